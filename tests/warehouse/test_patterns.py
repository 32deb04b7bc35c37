"""What outlets repeat, from night to night on a real Postgres: learnt once, held, refused, renewed, taken down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline import frames, landing
from pipeline.identity import PATTERN_DAYS, in_force
from pipeline.records import SourceProfile
from pipeline.urls import url_key
from pipeline.warehouse import db, takedown
from pipeline.warehouse.patterns import (
    articles_to_learn_from,
    date_order,
    habits_of,
    learn_patterns,
    patterns_of,
    set_refused,
)
from tests.warehouse.local_paper import SUBJECTS, article
from tests.warehouse.nights import NIGHT, Seen, prepare, rows, run, run_key_of

pytestmark = pytest.mark.db
PROMO = "Sign up for Morning Tide, our free newsletter, every weekday at 7."
FOLDED = "sign up for morning tide our free newsletter every weekday at"
NEXT = NIGHT + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: Path) -> None:
    """An empty warehouse and a landing zone for each test."""


def an_issue(night: datetime = NIGHT, line: str | None = PROMO, **given: object) -> list[Seen]:
    """One article on each subject, fetched in this night."""
    return [
        replace(
            Seen(
                f"https://tribune.example/{night:%Y/%m/%d}/{subject}",
                title=f"Monday brings the {subject} back",
                text="\n".join([article(subject, night.toordinal() % 9), *([line] if line else [])]),
                first_seen_at=night - timedelta(hours=12, minutes=n),
                fetched_at=night,
            ),
            **given,  # type: ignore[arg-type]
        )
        for n, subject in enumerate(SUBJECTS)
    ]


def profile_of(night: datetime) -> SourceProfile:
    uri = landing.run_uri(run_key_of(night), "context", "sources.parquet")
    return {p.source_key: p for p in frames.read_records(uri, SourceProfile)}["tribune"]


def learn(night: datetime, sources: Sequence[str] = ("tribune",)) -> int:
    return db.in_transaction(lambda c: learn_patterns(c, sources, night))


def learnt() -> list[tuple[object, ...]]:
    return rows("SELECT kind, value, article_count, looked_at, learnt_at FROM core.source_pattern ORDER BY 1, 2, 5")


def test_a_run_knows_what_the_run_before_it_shows() -> None:
    run(an_issue())
    assert profile_of(NIGHT).repeated_lines == ()
    prepare([Seen("https://tribune.example/new", fetched_at=NEXT)], night=NEXT)
    assert learnt() == [("repeated_line", FOLDED, 12, 12, NIGHT)]
    known = profile_of(NEXT)
    assert (known.repeated_lines, known.repeated_since) == ((FOLDED,), (NIGHT,))
    assert rows("SELECT example FROM core.source_pattern") == [(PROMO,)]


def test_an_outlet_is_learnt_from_when_only_the_feed_of_another_lists_its_articles() -> None:
    run(an_issue(source_key="courier"))
    assert rows("SELECT DISTINCT s.source_key FROM core.article JOIN core.source s USING (source_id)") == [("tribune",)]
    prepare([Seen("https://tribune.example/new", source_key="courier", fetched_at=NEXT)], night=NEXT)
    assert learnt() == [("repeated_line", FOLDED, 12, 12, NIGHT)]
    assert profile_of(NEXT).repeated_lines == (FOLDED,)


def test_learning_again_adds_nothing() -> None:
    """As when a task is killed between learning and freezing, or the night is worked again later."""
    run(an_issue())
    assert (learn(NEXT), learn(NEXT), learn(NEXT + 30 * DAY)) == (1, 0, 0)
    before = learnt()
    run(an_issue(NEXT, line=None), night=NEXT)
    assert learn(NEXT + DAY) == 0
    assert learnt() == before


def test_another_outlets_articles_and_copies_teach_nothing() -> None:
    run(an_issue())
    assert learn(NEXT, ["courier"]) == 0
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE core.article SET copy_of_key = 'elsewhere'"))
    assert learn(NEXT) == 0


def test_titles_teach_suffixes() -> None:
    run([replace(seen, title=f"{seen.title} | Tide & Tern") for seen in an_issue(line=None)])
    prepare([Seen("https://tribune.example/new", fetched_at=NEXT)], night=NEXT)
    assert learnt() == [("title_suffix", "tidetern", 12, 12, NIGHT)]
    assert (profile_of(NEXT).title_suffixes, profile_of(NEXT).suffixes_since) == (("tidetern",), (NIGHT,))


def test_a_pattern_is_for_pages_first_seen_after_it_was_learnt_and_for_90_days() -> None:
    def holds(seen: datetime) -> bool:
        return in_force(["a line"], [NIGHT], seen) == {"a line"}

    late = NIGHT + timedelta(days=PATTERN_DAYS)
    assert [holds(NIGHT - DAY), holds(NIGHT), holds(NIGHT + DAY), holds(late), holds(late + DAY)] == [
        False, False, True, True, False
    ]  # fmt: skip


def test_after_90_days_it_is_learnt_again_if_it_still_stands() -> None:
    run(an_issue())
    learn(NEXT)
    later = NIGHT + timedelta(days=PATTERN_DAYS + 2)
    run(an_issue(later), night=later)
    assert learn(later + DAY) == 1
    assert [row[-1] for row in learnt()] == [NIGHT, later]
    prepare([Seen("https://tribune.example/new", first_seen_at=later, fetched_at=later + DAY)], night=later + DAY)
    assert profile_of(later + DAY).repeated_since == (later,), "what no page of the run can need is left out"


def test_what_an_operator_refused_is_not_used_and_not_learnt_again() -> None:
    run(an_issue())
    learn(NEXT)
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert db.in_transaction(lambda c: set_refused(c, "tribune", "no such line", at)) == []
    (refused,) = db.in_transaction(lambda c: set_refused(c, "tribune", PROMO, at))
    assert (refused.value, refused.refused_at) == (FOLDED, at)
    later = NIGHT + timedelta(days=PATTERN_DAYS + 2)
    run(an_issue(later), night=later)
    assert profile_of(later).repeated_lines == ()
    assert learn(later + DAY) == 0
    db.in_transaction(lambda c: set_refused(c, "tribune", FOLDED, None))
    assert learn(later + DAY) == 1


def test_a_line_we_learnt_to_drop_is_no_edit_but_an_edit_is() -> None:
    story = Seen("https://tribune.example/story", text=f"{article('harbour')}\n{PROMO}", hints_digest="knew nothing")
    run([story])
    dropped = replace(story, text=article("harbour"), page_sha256="6" * 64, fetched_at=NEXT, hints_digest="knew more")
    assert run([dropped], night=NEXT).reasons == {"reprocessed": 1}
    assert rows("SELECT hints_digest FROM core.article") == [("knew more",)]
    edited = replace(dropped, text=article("harbour", 2), page_sha256="7" * 64, fetched_at=NEXT + DAY)
    assert run([edited], night=NEXT + DAY).reasons == {"edited": 1}
    assert rows("SELECT cause FROM core.article_revision ORDER BY revision_no") == [
        ("new",), ("reprocessed",), ("publisher_edit",)
    ]  # fmt: skip


def test_the_same_words_with_other_knowledge_are_noted_without_a_revision() -> None:
    story = Seen("https://tribune.example/story", hints_digest="knew nothing")
    run([story])
    run([replace(story, fetched_at=NEXT, page_sha256="6" * 64, hints_digest="knew more")], night=NEXT)
    assert rows("SELECT revision_no, hints_digest FROM core.article") == [(1, "knew more")]


def test_dates_are_read_as_nearly_all_of_the_outlets_dates_are() -> None:
    shown = ["day_first"] * 9 + ["month_first"] + [None] * 2
    run([replace(seen, date_order=order) for seen, order in zip(an_issue(), shown, strict=True)])
    prepare([Seen("https://tribune.example/new", fetched_at=NEXT)], night=NEXT)
    assert profile_of(NEXT).date_order == "day_first"
    with db.engine("loader").begin() as connection:
        found = habits_of(connection, "tribune")
        assert found is not None
        assert (found.day_first, found.month_first, found.date_order) == (9, 1, "day_first")
        assert habits_of(connection, "no-such-source") is None
        connection.execute(text("UPDATE core.article SET date_order = 'month_first' WHERE url LIKE '%/harbour'"))
    prepare([Seen("https://tribune.example/new", fetched_at=NEXT + DAY)], night=NEXT + DAY)
    assert profile_of(NEXT + DAY).date_order is None, "8 of 10 leave it open"


def test_a_takedown_takes_what_the_article_taught() -> None:
    run(an_issue())
    learn(NEXT)
    key = url_key("https://tribune.example/2026/11/20/harbour")
    db.in_transaction(lambda c: takedown.erase(c, [key], [], reason="court order", at=NEXT))
    with db.reading() as connection:
        assert patterns_of(connection, "tribune") == []


def test_a_takedown_keeps_what_was_refused_while_another_article_has_it() -> None:
    run(an_issue())
    learn(NEXT)
    db.in_transaction(lambda c: set_refused(c, "tribune", PROMO, NEXT))
    first, *others = [url_key(seen.url) for seen in an_issue()]
    db.in_transaction(lambda c: takedown.erase(c, [first], [], reason="court order", at=NEXT))
    with db.reading() as connection:
        (kept,) = patterns_of(connection, "tribune")
    assert (kept.value, kept.example, kept.refused_at) == (FOLDED, FOLDED, NEXT)
    assert learn(NEXT) == 0
    db.in_transaction(lambda c: takedown.erase(c, others, [], reason="court order", at=NEXT))
    assert learnt() == []


def test_copies_and_what_is_too_old_are_no_articles_to_learn_from() -> None:
    run(an_issue())
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE core.article SET copy_of_key = 'elsewhere' WHERE url LIKE '%/harbour'"))
        assert articles_to_learn_from(connection, "tribune", NEXT) == 11
        assert articles_to_learn_from(connection, "tribune", NEXT + timedelta(days=PATTERN_DAYS)) == 0
        assert articles_to_learn_from(connection, "courier", NEXT) == 0


def test_dates_need_three_witnesses() -> None:
    votes = [(2, 0), (3, 0), (0, 3), (9, 1), (8, 1), (1, 30), (0, 0)]
    assert [date_order(*vote) for vote in votes] == [
        None, "day_first", "month_first", "day_first", None, "month_first", None
    ]  # fmt: skip
