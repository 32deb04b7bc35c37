"""Load, on a real Postgres: what one night writes, what the next one changes, and that nothing is written twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.decisions import sealed
from pipeline.records import DecisionAction, EntityDecision
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.checksum import TABLES, checksum
from pipeline.warehouse.entity_decisions import decide
from tests.warehouse.nights import (
    BODY,
    CLEAN,
    FIRST_SEEN,
    NIGHT,
    TAG_2,
    Seen,
    load,
    prepare,
    rows,
    run,
)

pytestmark = pytest.mark.db
A = "https://tribune.example/2026/11/19/dockers-meet-the-board"
B = "https://tribune.example/2026/11/19/ferry-turns-back-at-noon"
NEXT = NIGHT + timedelta(days=1)
EDITED = BODY.replace("a fourth day", "a fifth day")
OTHER = BODY.replace("Cranes", "Trucks").replace("Solveig Brandt", "A speaker")


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: object) -> None:
    """An empty warehouse and a landing zone for each test."""


def sums() -> dict[str, str]:
    with db.reading() as connection:
        return checksum(connection)


def versions_of_rows() -> dict[str, list[tuple[object, ...]]]:
    """Where each row lies and which transaction wrote it: changes with any UPDATE, even to equal values."""
    return {table: rows(f"SELECT tableoid::regclass, ctid, xmin FROM {table} ORDER BY 1, 2") for table in TABLES}


def test_a_first_load_writes_every_fact() -> None:
    counts = run([Seen(A)])
    assert (counts.rows_in, counts.rows_out, counts.reasons) == (1, 1, {"stored": 1})
    assert rows("SELECT url_key, url, revision_no, title, language, first_seen_on::text FROM core.article") == [
        (url_key(A), A, 1, "Harbour Board and dockers meet in Bremen", "en", "2026-11-19")
    ]
    assert rows("SELECT revision_no, cause, text, recorded_at FROM core.article_revision") == [(1, "new", BODY, NIGHT)]
    assert rows("SELECT url_key, url, kind FROM core.article_url") == [(url_key(A), A, "listed")]
    assert rows(
        "SELECT x.position, n.name, n.name_key FROM core.article_author x JOIN core.author n USING (author_id)"
        " ORDER BY 1"
    ) == [(1, "Inés Falk", "ines falk"), (2, "Omar Haddad", "omar haddad")]
    assert rows("SELECT language, name FROM core.language") == [("en", "English")]
    for start, end, surface in rows("SELECT start_offset, end_offset, surface FROM core.mention"):
        assert BODY[start:end] == surface  # type: ignore[misc]
    assert rows("SELECT count(*) FROM core.mention") == [(7,)]
    assert rows("SELECT code, score FROM core.article_topic JOIN core.topic USING (topic_id)") == [
        ("medtop:04000000", 0.7)
    ]
    assert rows("SELECT code, label, level, parent_code, qid FROM core.topic ORDER BY code") == [
        ("medtop:04000000", "economy, business and finance", 1, None, None),
        ("medtop:20000344", "economy", 2, "medtop:04000000", "Q159810"),
    ]
    assert rows("SELECT alias, origin FROM core.entity_alias ORDER BY 1") == [
        ("bremen", "text"), ("harbour board", "text"), ("rotterdam", "text"), ("solveig brandt", "text")
    ]  # fmt: skip
    assert rows("SELECT state, reason, claimed_by FROM raw.entry") == [("loaded", "stored", None)]
    assert rows("SELECT from_state, to_state, stage, reason FROM ops.entry_event") == [
        ("fetched", "loaded", "load", "stored")
    ]


def test_what_an_article_is_about_stands_first() -> None:
    run([Seen(A)])
    found = rows(
        "SELECT e.name, x.mention_count, x.is_in_title FROM core.article_entity x JOIN core.entity e USING (entity_id)"
        " ORDER BY x.salience DESC"
    )
    assert found == [
        ("Bremen", 2, True),
        ("Harbour Board", 2, True),
        ("Rotterdam", 2, False),
        ("Solveig Brandt", 1, False),
    ]
    salience = [row[0] for row in rows("SELECT salience FROM core.article_entity")]
    assert all(0.0 <= value <= 1.0 for value in salience)  # type: ignore[operator]


def test_the_same_batch_again_changes_no_row() -> None:
    parts = prepare([Seen(A), Seen(B, text=OTHER)])
    load(parts)
    before, places = sums(), versions_of_rows()
    assert load(parts).rows_out == 0
    assert sums() == before
    assert versions_of_rows() == places


def test_the_same_night_again_in_a_later_run_changes_no_row() -> None:
    night = [Seen(A), Seen(B, text=OTHER, source_key="courier")]
    run(night)
    before, places = sums(), versions_of_rows()
    counts = run(night, night=NEXT)
    assert counts.reasons == {"same_content": 2}
    assert sums() == before
    assert versions_of_rows() == places
    assert set(rows("SELECT state, reason FROM raw.entry")) == {("unchanged", "same_content")}


def test_core_emptied_and_rebuilt_gives_the_same_checksums() -> None:
    nights = {
        NIGHT: [Seen(A), Seen(B, text=OTHER)],
        NEXT: [
            Seen(A, text=EDITED, fetched_at=NEXT),
            Seen(f"{B}?page=2", canonical_url=B, text=OTHER, fetched_at=NEXT),
        ],
    }
    for night, seen in nights.items():
        run(seen, night=night)
    before = sums()
    tables = [t for t in TABLES if t not in ("core.source", "core.feed")]
    with db.engine("owner").begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))
    assert sums() != before
    for night, seen in nights.items():
        run(seen, night=night + timedelta(hours=9))
    assert sums() == before


def test_an_edit_becomes_revision_2_and_replaces_the_facts() -> None:
    run([Seen(A)])
    shorter = BODY.split("\n")[0].replace("fourth", "fifth") + " and nobody spoke of Rotterdam any more at all" * 5
    counts = run([Seen(A, text=shorter, fetched_at=NEXT)], night=NEXT)
    assert counts.reasons == {"edited": 1}
    assert rows("SELECT revision_no, cause, recorded_at, text FROM core.article_revision ORDER BY 1") == [
        (1, "new", NIGHT, BODY), (2, "publisher_edit", NEXT, shorter)
    ]  # fmt: skip
    assert rows("SELECT revision_no, fetched_at FROM core.article") == [(2, NEXT)]
    for start, end, surface in rows("SELECT start_offset, end_offset, surface FROM core.mention"):
        assert shorter[start:end] == surface  # type: ignore[misc]
    assert rows("SELECT count(*) FROM core.article_entity") == [(3,)]


def test_a_new_cleaning_version_is_no_edit_by_the_publisher() -> None:
    run([Seen(A, page_sha256="5" * 64)])
    newer = replace(CLEAN, code_version="0.2.0", digest="digest of clean 2")
    counts = run([Seen(A, text=EDITED, page_sha256="5" * 64)], night=NEXT, clean_maker=newer)
    assert counts.reasons == {"reprocessed": 1}
    assert rows(
        "SELECT r.revision_no, r.cause, m.digest, r.recorded_at FROM core.article_revision r JOIN ops.maker m USING"
        " (maker_id) ORDER BY 1"
    ) == [(1, "new", CLEAN.digest, NIGHT), (2, "reprocessed", newer.digest, NEXT)]


def test_a_new_tagging_version_replaces_facts_but_adds_no_revision() -> None:
    run([Seen(A)])
    counts = run([Seen(A)], night=NEXT, tag_maker=TAG_2)
    assert counts.rows_out == 1
    assert rows("SELECT revision_no, cause FROM core.article_revision") == [(1, "new")]
    assert rows("SELECT m.digest FROM core.article a JOIN ops.maker m ON m.maker_id = a.tag_maker_id") == [
        (TAG_2.digest,)
    ]
    assert rows("SELECT count(*) FROM core.mention") == [(7,)]


def test_an_older_page_loaded_late_is_superseded() -> None:
    run([Seen(A, text=EDITED, fetched_at=NEXT)], night=NEXT)
    before = sums()
    counts = run([Seen(A, fetched_at=NIGHT)])
    assert counts.reasons == {"superseded": 1}
    assert sums() == before


def test_a_duplicate_is_another_address_of_the_article() -> None:
    run([Seen(A), Seen(B, first_seen_at=FIRST_SEEN + timedelta(minutes=5))])
    assert rows("SELECT url FROM core.article") == [(A,)]
    assert rows("SELECT u.url FROM core.article_url u ORDER BY 1") == [(A,), (B,)]
    assert rows("SELECT url, state, stage FROM raw.entry JOIN ops.entry_event USING (entry_id) ORDER BY 1") == [
        (A, "loaded", "load"), (B, "duplicate", "resolve")
    ]  # fmt: skip
    run([Seen(B, text=EDITED, fetched_at=NEXT)], night=NEXT)
    assert rows("SELECT url, revision_no FROM core.article") == [(A, 2)]


def test_a_copy_on_another_domain_is_its_own_article() -> None:
    copy = "https://www.courier.example/wire/88-dockers"
    run([Seen(A)])
    run([Seen(copy, source_key="courier", first_seen_at=FIRST_SEEN + timedelta(hours=3))], night=NEXT)
    assert rows(
        "SELECT a.url, s.source_key, a.copy_of_key FROM core.article a JOIN core.source s USING (source_id)"
        " ORDER BY a.first_seen_at"
    ) == [(A, "tribune", None), (copy, "courier", url_key(A))]


def test_garbage_ends_as_clean_said_and_leaves_no_article() -> None:
    counts = run([Seen(A, verdict="quarantined", verdict_reason="teaser", text="Subscribe to read on."), Seen(B)])
    assert counts.reasons == {"stored": 1, "teaser": 1}
    assert rows("SELECT url FROM core.article_url") == [(B,)]
    assert rows("SELECT to_state, stage FROM ops.entry_event WHERE reason = 'teaser'") == [("quarantined", "clean")]


def test_an_article_that_names_nobody_loads() -> None:
    run([Seen(A, text="It rained all day and nothing else was heard of.", authors=())])
    assert rows("SELECT count(*) FROM core.article_topic") == [(1,)]
    assert rows("SELECT count(*) FROM core.mention") == rows("SELECT count(*) FROM core.article_author") == [(0,)]


def test_entities_merged_since_link_saw_them_are_one_entity() -> None:
    run([Seen(A)])
    parts = prepare([Seen(B, text=OTHER)], night=NEXT)
    who = ("LOC:bremen", "LOC:rotterdam", "Rotterdam", None, (), "one port", "ada", NEXT)
    merge = sealed(EntityDecision("", DecisionAction.MERGE, *who))
    db.in_transaction(lambda c: decide(c, [merge]))
    load(parts, night=NEXT)
    found = (
        "SELECT e.name, x.mention_count FROM core.article_entity x JOIN core.entity e USING (entity_id)"
        f" JOIN core.article a USING (article_id) WHERE a.url = '{B}' ORDER BY 1"
    )
    assert rows(found) == [("Harbour Board", 2), ("Rotterdam", 4)]


def test_a_batch_without_articles_only_ends_its_entries() -> None:
    run([Seen(A, verdict="quarantined", verdict_reason="empty", text="")])
    assert rows("SELECT state FROM raw.entry") == [("quarantined",)]


def test_odd_articles_load() -> None:
    """No language, no author, no title; a NUL in the text; more words than a search index takes."""
    many = " ".join(f"word{n:06}" for n in range(60_000))
    odd = [
        Seen(A, language=None, authors=(), text=BODY.replace("noon", "noon\x00")),
        Seen(B, language="tlh", authors=(" ", "INÉS FALK"), text=many),
        Seen(f"{B}/c", authors=("Inés Falk", "Ines Falk"), text=OTHER),
    ]
    run(odd)
    assert rows("SELECT count(*) FROM core.article") == [(3,)]
    assert rows("SELECT count(*) FROM core.article_revision WHERE position('noon' || chr(65533) IN text) > 0") == [(1,)]
    assert rows("SELECT name FROM core.author") == [("Inés Falk",)]
    assert rows("SELECT count(*) FROM core.article_author") == [(2,)]


def test_a_month_without_a_partition_gets_one() -> None:
    long_ago = datetime(2019, 3, 7, 12, 0, tzinfo=UTC)
    run([Seen(A, first_seen_at=long_ago)])
    assert rows("SELECT DISTINCT tableoid::regclass::text FROM core.mention") == [("core.mention_201903",)]


def test_batches_do_not_change_what_is_loaded() -> None:
    night = [
        Seen(A),
        Seen(B),
        Seen(f"{A}-again", text=OTHER),
        Seen("https://www.courier.example/wire/1", source_key="courier"),
    ]
    load(prepare(night, batch_size=200))
    whole = sums()
    with db.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE core.article, core.author, core.entity, core.language, core.topic CASCADE"))
    load(prepare(night, batch_size=1, night=NEXT)[::-1], night=NEXT)
    assert sums() == whole


def test_a_stub_in_place_of_an_article_changes_nothing_but_the_entry() -> None:
    run([Seen(A)])
    before = rows("SELECT revision_no, word_count, loaded_at, run_key FROM core.article")
    later = NIGHT + timedelta(days=1)
    counts = run([Seen(A, text="Subscribe to read on.", fetched_at=later)], night=later)
    assert counts.reasons == {"worse_replacement": 1}
    assert rows("SELECT revision_no, word_count, loaded_at, run_key FROM core.article") == before
    assert rows("SELECT state, reason, recheck_at IS NOT NULL FROM raw.entry") == [
        ("unchanged", "worse_replacement", True)
    ]


def test_an_error_page_in_place_of_an_article_is_no_quarantine() -> None:
    run([Seen(A)])
    later = NIGHT + timedelta(days=1)
    page = Seen(A, text="", verdict="quarantined", verdict_reason="empty", fetched_at=later)
    assert run([page], night=later).reasons == {"empty_replacement": 1}
    assert rows("SELECT state, reason FROM raw.entry") == [("unchanged", "empty_replacement")]
