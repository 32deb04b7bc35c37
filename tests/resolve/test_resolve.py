"""What each page is: the rules of identity, one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipeline.records import Resolution
from pipeline.urls import url_key
from tests.resolve.looks import FETCHED, SEEN, known, known_text, look, resolved

A = "https://tribune.example/2026/11/20/harbour-strike-ends"
B = "https://tribune.example/2026/11/20/ferry-line-reopens"
C = "https://tribune.example/2026/11/20/council-votes-on-quay"


def test_a_new_page_is_stored_as_revision_1() -> None:
    row = resolved([look(1, A)])[1]
    assert (row.action, row.state, row.reason, row.cause, row.revision_no) == ("store", "loaded", "stored", "new", 1)
    assert (row.article_key, row.article_url, row.source_key) == (url_key(A), A, "tribune")
    assert (row.address_urls, row.address_kinds) == ((A,), ("listed",))


def test_a_page_that_is_no_article_ends_as_clean_said() -> None:
    row = resolved([look(1, A, verdict="quarantined", verdict_reason="teaser", verdict_detail="41 words")])[1]
    assert (row.action, row.state, row.reason, row.detail) == ("end", "quarantined", "teaser", "41 words")
    assert row.address_urls == ()


def test_the_address_after_redirects_identifies_a_new_article_and_both_lead_to_it() -> None:
    row = resolved([look(1, "https://tribune.example/r/881", final_url=A)])[1]
    assert row.article_key == url_key(A)
    assert dict(zip(row.address_kinds, row.address_urls, strict=True)) == {
        "listed": "https://tribune.example/r/881",
        "final": A,
    }


def test_a_canonical_link_on_the_same_domain_is_believed() -> None:
    row = resolved([look(1, f"{A}?page=print", canonical_url=A)])[1]
    assert (row.article_key, row.article_url) == (url_key(A), A)
    assert row.address_urls == (f"{A}?page=print", A)


@pytest.mark.parametrize(
    "canonical",
    [
        "https://agency.example/wire/2026/harbour-strike-ends",  # where the text came from
        "https://tribune.example/",
        "https://tribune.example/news/harbour",
        "mailto:desk@tribune.example",
        "https://[broken",
    ],
)
def test_canonical_links_that_name_another_page_are_not_believed(canonical: str) -> None:
    row = resolved([look(1, A, canonical_url=canonical)])[1]
    assert row.article_key == url_key(A)
    assert row.address_urls == (A,)


def test_a_canonical_link_that_several_articles_claim_is_not_believed() -> None:
    rows = resolved([look(1, A, canonical_url=C), look(2, B, canonical_url=C), look(3, C, canonical_url=C)])
    assert [rows[n].article_key for n in (1, 2, 3)] == [url_key(A), url_key(B), url_key(C)]
    assert {row.action for row in rows.values()} == {"store"}


def test_a_canonical_link_to_a_known_article_that_is_unlike_it_is_not_believed() -> None:
    row = resolved([look(1, A, "quite other words", canonical_url=C)], [known(C, "the council's vote")])[1]
    assert (row.action, row.cause, row.article_key) == ("store", "new", url_key(A))


def test_a_print_page_with_the_same_headline_is_the_same_article_and_its_own_address_has_the_text() -> None:
    printed = look(1, f"{A}?print=1", "text without captions", canonical_url=A, title="Harbour strike ends")
    full = look(2, A, "text with captions", title="Harbour strike ends")
    rows = resolved([printed, full])
    assert (rows[2].action, rows[2].cause) == ("store", "new")
    assert (rows[1].action, rows[1].state, rows[1].reason) == ("end", "duplicate", "same_article")
    assert rows[1].article_key == rows[2].article_key == url_key(A)
    assert set(rows[2].address_urls) == {A, f"{A}?print=1"}
    assert rows[1].address_urls == ()
    assert rows[2].first_seen_at == printed.first_seen_at


def test_of_pages_at_one_address_with_different_texts_the_newest_fetch_stores() -> None:
    first = look(1, "https://tribune.example/r/1", "as it was", final_url=A, fetched_at=FETCHED)
    second = look(
        2, "https://tribune.example/r/2", "as edited", final_url=A, fetched_at=FETCHED + timedelta(seconds=90)
    )
    rows = resolved([first, second])
    assert [rows[n].action for n in (1, 2)] == ["end", "store"]


def test_of_pages_with_one_text_the_earliest_stores() -> None:
    rows = resolved([look(2, "https://tribune.example/r/2", "t", final_url=A), look(1, A, "t")])
    assert [rows[n].action for n in (1, 2)] == ["store", "end"]
    assert set(rows[1].address_urls) == {A, "https://tribune.example/r/2"}


def test_an_article_keeps_its_identity_when_its_address_changes() -> None:
    moved = "https://tribune.example/business/harbour-strike-ends-at-last"
    row = resolved([look(1, A, "new words", final_url=moved)], [known(A, "old words")])[1]
    assert (row.article_key, row.action, row.cause, row.revision_no) == (url_key(A), "store", "publisher_edit", 2)
    assert row.address_urls == (moved,)


def test_a_page_of_the_same_run_under_the_new_address_is_that_article_too() -> None:
    moved = "https://tribune.example/business/harbour-strike-ends-at-last"
    rows = resolved([look(1, A, "w", final_url=moved), look(2, moved, "w")], [known(A, "old words")])
    assert {row.article_key for row in rows.values()} == {url_key(A)}
    assert [rows[n].reason for n in (1, 2)] == ["edited", "same_article"]


def test_a_known_address_that_now_leads_to_another_known_article_is_that_article() -> None:
    row = resolved([look(1, A, "b's text", final_url=B)], [known(A, "a's text"), known(B, "b's text")])[1]
    assert (row.article_key, row.action, row.reason) == (url_key(B), "end", "same_content")
    assert row.state == "unchanged"


def test_of_several_known_articles_the_earliest_is_meant() -> None:
    meeting = "https://tribune.example/live/harbour-strike"
    earlier = known(B, "text of b", first_seen_at=SEEN - timedelta(days=9))
    rows = resolved(
        [look(1, A, "live text", final_url=meeting), look(2, B, "live text", final_url=meeting)],
        [known(A, "text of a"), earlier],
    )
    assert {row.article_key for row in rows.values()} == {url_key(B)}


def test_redirected_to_the_front_page_is_no_edit() -> None:
    row = resolved([look(1, A, "all of today's news", final_url="https://tribune.example/")], [known(A, "a's text")])[1]
    assert (row.action, row.state, row.reason) == ("end", "unchanged", "worse_replacement")
    assert row.article_key == url_key(A)


def test_the_same_text_at_another_address_of_the_outlet_is_a_duplicate() -> None:
    rows = resolved([look(1, A, "one text"), look(2, B, "one text")])
    assert [rows[n].state for n in (1, 2)] == ["loaded", "duplicate"]
    assert rows[2].article_key == url_key(A)
    assert set(rows[1].address_urls) == {A, B}


def test_the_same_text_as_an_article_of_last_week_is_a_duplicate_of_it() -> None:
    row = resolved([look(1, B, "one text")], [], [known_text(A, "one text")])[1]
    assert (row.state, row.reason, row.article_key, row.article_url) == ("duplicate", "same_article", url_key(A), A)
    assert row.first_seen_at == SEEN - timedelta(days=2)
    assert row.address_urls == (B,)


def test_the_same_text_below_50_words_is_another_article() -> None:
    rows = resolved([look(1, A, "Read on in our app", word_count=49), look(2, B, "Read on in our app", word_count=49)])
    assert {row.action for row in rows.values()} == {"store"}
    assert len({row.article_key for row in rows.values()}) == 2


def test_the_same_text_on_another_domain_is_a_copy_of_the_earliest() -> None:
    copy = "https://www.courier.example/news/18823-strike"
    rows = resolved([look(2, copy, "wire text", source_key="courier"), look(1, A, "wire text")])
    assert [(rows[n].state, rows[n].copy_of_key) for n in (1, 2)] == [("loaded", None), ("loaded", url_key(A))]
    later = resolved([look(1, copy, "wire text", source_key="courier")], [], [known_text(A, "wire text")])[1]
    assert (later.action, later.copy_of_key) == ("store", url_key(A))


def test_the_source_is_the_outlet_whose_domain_published_it() -> None:
    own = resolved([look(1, "https://www.courier.example/news/18823-strike", source_key="tribune")])[1]
    assert own.source_key == "courier"
    nobody = resolved([look(1, "https://elsewhere.example/18823-strike", source_key="tribune")])[1]
    assert nobody.source_key == "tribune"


def test_a_page_taken_down_is_not_collected_again() -> None:
    row = resolved([look(1, A, "new words")], [known(A, "old words", is_tombstoned=True)])[1]
    assert (row.action, row.state, row.reason) == ("end", "dropped", "taken_down")


def test_another_address_of_a_page_taken_down_is_known_by_its_canonical_link() -> None:
    """Though what the warehouse has at that address (nothing) looks unlike the page."""
    found = resolved(
        [look(1, f"{A}/print", "new words", canonical_url=A), look(2, B, "other words")],
        [known(A, "", is_tombstoned=True)],
    )
    assert (found[1].state, found[1].reason, found[1].address_urls) == ("dropped", "taken_down", ())
    assert found[2].action == "store"


class TestKnownArticle:
    """The second look at an article."""

    def test_same_words_and_makers_end_unchanged(self) -> None:
        row = resolved([look(1, A, "words")], [known(A, "words")])[1]
        assert (row.action, row.state, row.reason) == ("end", "unchanged", "same_content")

    def test_other_words_in_a_newer_fetch_are_an_edit(self) -> None:
        row = resolved([look(1, A, "new words")], [known(A, "old words", revision_no=3)])[1]
        assert (row.action, row.reason, row.cause, row.revision_no) == ("store", "edited", "publisher_edit", 4)
        assert row.first_seen_at == SEEN - timedelta(days=2)

    def test_another_headline_alone_is_an_edit(self) -> None:
        row = resolved([look(1, A, "words", title="A calmer headline")], [known(A, "words")])[1]
        assert (row.action, row.cause) == ("store", "publisher_edit")

    def test_other_words_by_another_cleaning_version_are_ours(self) -> None:
        row = resolved([look(1, A, "new words")], [known(A, "old words", clean_maker="clean-0")])[1]
        assert (row.reason, row.cause, row.revision_no) == ("reprocessed", "reprocessed", 2)

    def test_other_words_from_the_same_bytes_are_ours(self) -> None:
        same = look(1, A, "new words", page_sha256="5" * 64)
        row = resolved([same], [known(A, "old words", page_sha256="5" * 64)])[1]
        assert (row.reason, row.cause) == ("reprocessed", "reprocessed")

    def test_other_words_read_with_other_knowledge_of_the_outlet_are_ours(self) -> None:
        row = resolved([look(1, A, "new words")], [known(A, "old words", hints_digest="two lines learnt")])[1]
        assert (row.reason, row.cause, row.revision_no) == ("reprocessed", "reprocessed", 2)

    def test_same_words_by_other_makers_or_knowledge_are_tagged_again(self) -> None:
        for old in ({"clean_maker": "clean-0"}, {"tag_maker": "tag-0"}, {"hints_digest": "two lines learnt"}):
            row = resolved([look(1, A, "words")], [known(A, "words", revision_no=2, **old)])[1]
            assert (row.action, row.state, row.cause, row.revision_no) == ("retag", "loaded", None, 2)

    def test_an_older_page_changes_nothing(self) -> None:
        for makers in ({}, {"clean_maker": "clean-0"}):
            newer = known(A, "newer words", fetched_at=FETCHED + timedelta(days=1), **makers)
            row = resolved([look(1, A, "old words")], [newer])[1]
            assert (row.action, row.state, row.reason) == ("end", "unchanged", "superseded")


STORY = "https://tribune.example/2026/11/18/harbour-vote"


def second_look(**given: Any) -> Resolution:
    """What becomes of another look at a known article of 300 words."""
    given = {"text": "another text", **given}
    return resolved([look(1, STORY, given.pop("text"), **given)], [known(STORY, "the text")])[1]


@pytest.mark.parametrize(
    ("given", "state", "reason"),
    [
        ({"word_count": 260}, "loaded", "edited"),
        ({"word_count": 90}, "loaded", "edited"),
        ({"word_count": 89}, "unchanged", "worse_replacement"),
        ({"word_count": 260, "is_paywalled": True}, "unchanged", "worse_replacement"),
        ({"word_count": 310, "is_paywalled": True}, "loaded", "edited"),
        ({"verdict": "quarantined", "verdict_reason": "paywall"}, "unchanged", "worse_replacement"),
        ({"verdict": "quarantined", "verdict_reason": "empty"}, "unchanged", "empty_replacement"),
        ({"final_url": "https://tribune.example/"}, "unchanged", "worse_replacement"),
    ],
)
def test_a_worse_replacement_is_refused_and_says_so(given: dict[str, Any], state: str, reason: str) -> None:
    row = second_look(**given)
    assert (row.state, row.reason) == (state, reason)
    assert (row.action == "end") == (state == "unchanged")
    if row.action == "end":
        assert row.detail is not None
        assert "revision 1" in row.detail


def test_the_worse_bytes_do_not_come_back_with_another_cleaning_version() -> None:
    earlier = known(STORY, "the text", clean_maker="clean-0")
    row = resolved([look(1, STORY, "a stub", word_count=30)], [earlier])[1]
    assert row.reason == "worse_replacement"
    same_bytes = look(1, STORY, "a shorter reading", word_count=30, page_sha256=earlier.page_sha256)
    assert resolved([same_bytes], [earlier])[1].reason == "reprocessed"


def test_a_new_address_that_shows_no_article_is_quarantined_as_ever() -> None:
    row = resolved([look(1, "https://tribune.example/new", verdict="quarantined", verdict_reason="paywall")])[1]
    assert (row.state, row.reason) == ("quarantined", "paywall")
