"""Decisions applied to the past: on real rows, in any order, cut off and done again."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from pipeline.decisions import sealed
from pipeline.errors import ConfigError
from pipeline.records import EntityDecision
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.checksum import checksum
from pipeline.warehouse.entity_apply import Change, apply_decisions, preview
from pipeline.warehouse.entity_decisions import decide, withdraw
from tests.warehouse.nights import BODY, NIGHT, Seen, rows, run

pytestmark = pytest.mark.db
A, B = "https://tribune.example/2026/11/19/board", "https://tribune.example/2026/11/19/ferry"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NEXT = NIGHT + timedelta(days=1)


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: object) -> None:
    """An empty warehouse and a landing zone for each test."""


def decision(action: str, key: str, into: str, surface: str | None = None, *articles: str) -> EntityDecision:
    name = into.partition(":")[2].title()
    return sealed(EntityDecision("", action, key, into, name, surface, articles, "a colleague knows", "ada", AT))


MERGE = decision("merge", "LOC:bremen", "LOC:rotterdam")
CHAIN = decision("merge", "LOC:rotterdam", "LOC:free ports")
SPLIT = decision("split", "ORG:harbour board", "ORG:port board", "Harbour Board", url_key(B))
ALIAS = decision("alias", "PER:the dockers leader", "PER:solveig brandt", "The dockers' leader")


def decided(*decisions: EntityDecision) -> None:
    db.in_transaction(lambda c: decide(c, decisions))


def two_articles() -> None:
    run([Seen(A), Seen(B, text=BODY.replace("fourth", "fifth"))])


def sums() -> dict[str, str]:
    with db.reading() as connection:
        return checksum(connection)


def facts() -> dict[tuple[str, str], tuple[object, ...]]:
    found = rows(
        "SELECT a.url, e.entity_key, x.mention_count, x.first_offset, x.salience, x.is_in_title, x.role"
        " FROM core.article_entity x JOIN core.article a USING (article_id) JOIN core.entity e USING (entity_id)"
    )
    return {(str(row[0]), str(row[1])): row[2:] for row in found}


def test_a_merge_moves_every_mention_and_counts_anew() -> None:
    two_articles()
    before = facts()
    decided(MERGE)
    assert preview() == Change(entities=0, merges=1, articles=2, mentions=4, aliases=0)
    assert facts() == before, "a preview keeps nothing"
    change = apply_decisions()
    assert replace(change, aliases=0) == Change(0, 1, 2, 4, 0)
    after = facts()
    assert after.keys() == {key for key in before if key[1] != "LOC:bremen"}
    count, first, salience, in_title, _ = after[A, "LOC:rotterdam"]
    assert (count, first, in_title) == (4, BODY.index("Bremen"), True)
    assert before[A, "LOC:rotterdam"][2] < salience <= 1
    assert rows("SELECT alias FROM core.entity_alias JOIN core.entity USING (entity_id) WHERE name = 'Bremen'") == []
    assert apply_decisions().is_nothing, "a second time changes nothing"


def test_withdrawing_gives_back_exactly_what_was() -> None:
    two_articles()
    before = sums()
    decided(MERGE, SPLIT, ALIAS)
    apply_decisions()
    assert sums() != before
    for one in (MERGE, SPLIT, ALIAS):
        db.in_transaction(lambda c, key=one.decision_key: withdraw(c, key, by="bo", reason="no", at=AT))
    apply_decisions()
    changed = {table for table, value in sums().items() if value != before[table]}
    assert changed == {"core.entity_decision"}, "the entity that the split had made is gone too"
    assert rows("SELECT entity_key FROM core.entity WHERE merged_into IS NOT NULL") == []
    with pytest.raises(ConfigError, match="No decision in force"):
        db.in_transaction(lambda c: withdraw(c, MERGE.decision_key, by="bo", reason="no", at=AT))


def test_decisions_in_any_order_applied_at_any_time_give_the_same_rows() -> None:
    results = []
    for order in itertools.islice(itertools.permutations([MERGE, CHAIN, SPLIT, ALIAS]), 0, 24, 5):
        with db.engine("owner").begin() as connection:
            connection.execute(text("TRUNCATE core.entity_decision, core.entity, core.article, raw.entry CASCADE"))
        two_articles()
        for one in order:
            decided(one)
            apply_decisions()
        assert apply_decisions().is_nothing
        results.append(sums())
    assert all(result == results[0] for result in results)
    assert rows("SELECT DISTINCT e.entity_key FROM core.mention JOIN core.entity e USING (entity_id) ORDER BY 1") == [
        ("LOC:free ports",), ("ORG:harbour board",), ("ORG:port board",), ("PER:solveig brandt",)
    ]  # fmt: skip


def test_a_night_after_the_decision_and_the_past_give_the_same_rows() -> None:
    two_articles()
    decided(MERGE, CHAIN, SPLIT)
    apply_decisions()
    applied = facts()
    with db.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE core.entity, core.article, raw.entry CASCADE"))
    run([Seen(A), Seen(B, text=BODY.replace("fourth", "fifth"))], night=NEXT)
    assert facts() == applied
    assert apply_decisions().mentions == 0


def test_an_article_seen_again_is_not_written_because_of_a_decision() -> None:
    two_articles()
    decided(MERGE)
    apply_decisions()
    applied = facts()
    assert run([Seen(A, fetched_at=NEXT)], night=NEXT).rows_out == 0
    assert facts() == applied


def test_a_merge_taken_back_counts_no_longer_for_articles_to_come() -> None:
    """Though the past still shows it, until that is put right."""
    two_articles()
    decided(MERGE)
    apply_decisions()
    db.in_transaction(lambda c: withdraw(c, MERGE.decision_key, by="bo", reason="no", at=AT))
    new = "https://tribune.example/2026/11/20/new"
    run([Seen(new, text=BODY.replace("fourth", "sixth"))], night=NEXT)
    assert {key for url, key in facts() if url == new} >= {"LOC:bremen", "LOC:rotterdam"}
    assert {key for url, key in facts() if url == A} & {"LOC:bremen"} == set()


def test_a_name_first_met_after_the_decision_is_the_other_at_once() -> None:
    decided(MERGE)
    two_articles()
    assert rows(
        "SELECT t.entity_key FROM core.entity e JOIN core.entity t ON t.entity_id = e.merged_into"
        " WHERE e.entity_key = 'LOC:bremen'"
    ) == [("LOC:rotterdam",)]
    with db.engine().begin() as connection:  # as a load leaves it that did not see the decision
        connection.execute(text("UPDATE core.entity SET merged_into = NULL"))
    assert preview().mentions == 0, "what the decisions say counts, not the column"


def test_an_alias_that_hits_two_is_refused() -> None:
    two_articles()
    with db.engine().begin() as connection:
        connection.execute(
            text(
                "INSERT INTO core.entity_alias SELECT entity_id, 'the board', 'text' FROM core.entity WHERE kind = 'ORG'"
            )
        )
    with pytest.raises(ConfigError, match="two entities"):
        decided(decision("alias", "ORG:the board", "ORG:port board", "The Board"))
    decided(decision("alias", "ORG:the board", "ORG:harbour board", "The Board"))


def test_killed_half_way_it_is_finished_the_next_time() -> None:
    two_articles()
    decided(MERGE, SPLIT)
    held = psycopg.connect(db.url_for("owner", "postgresql"))
    held.execute("SELECT 1 FROM core.article WHERE article_id = (SELECT max(article_id) FROM core.article) FOR UPDATE")
    process = subprocess.Popen(
        [sys.executable, "-c", "from pipeline.warehouse.entity_apply import apply_decisions; apply_decisions(size=1)"]
    )
    try:
        _wait_for(
            lambda: rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'")
        )
        with pytest.raises(ConfigError, match="at this moment"):
            apply_decisions()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        held.close()
    _wait_for(lambda: not rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"))
    moved = rows("SELECT count(DISTINCT article_id) FROM core.mention WHERE entity_id <> named_entity_id")
    assert moved == [(1,)], "one article is done, the other untouched"
    apply_decisions()
    interrupted = sums()
    with db.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE core.entity, core.article, raw.entry CASCADE"))
    two_articles()
    apply_decisions()
    assert sums() == interrupted


def _wait_for(happened: object) -> None:
    deadline = time.monotonic() + 120
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_two_hundred_thousand_mentions_are_moved() -> None:
    two_articles()
    with db.engine("owner").begin() as connection:
        connection.execute(text(_MANY))
        connection.execute(text("ANALYZE core.mention, core.article_entity, core.article"))
    decided(MERGE)
    change = apply_decisions()
    assert (change.articles, change.mentions > 60_000) == (10_002, True)


_MANY = """
WITH a AS (SELECT * FROM core.article ORDER BY article_id LIMIT 1), made AS (
    INSERT INTO core.article (url_key, first_seen_on, source_id, url, revision_no, title, published_precision,
        first_seen_at, fetched_at, loaded_at, publisher_tags, word_count, quality, quality_reasons, is_paywalled,
        text_sha256, content_digest, clean_maker_id, tag_maker_id, run_key)
    SELECT 'many ' || n, a.first_seen_on, a.source_id, a.url || n, 1, a.title, 'none', a.first_seen_at, a.fetched_at,
        a.loaded_at, '{}', a.word_count, a.quality, '{}', false, a.text_sha256, 'c', a.clean_maker_id,
        a.tag_maker_id, a.run_key
    FROM a, generate_series(1, 10000) AS n RETURNING article_id, first_seen_on
), texts AS (
    INSERT INTO core.article_revision (article_id, first_seen_on, revision_no, cause, recorded_at, title, text,
        text_sha256, word_count, page_id, page_sha256, maker_id, run_key)
    SELECT made.article_id, made.first_seen_on, 1, 'new', r.recorded_at, r.title, r.text, r.text_sha256, r.word_count,
        r.page_id, r.page_sha256, r.maker_id, r.run_key
    FROM made, core.article_revision r JOIN a USING (article_id)
)
INSERT INTO core.mention (article_id, first_seen_on, start_offset, end_offset, entity_id, named_entity_id, surface,
    score, method, is_in_title)
SELECT made.article_id, made.first_seen_on, m.start_offset + 1000 * copy, m.end_offset + 1000 * copy, m.entity_id,
    m.named_entity_id, m.surface, m.score, m.method, m.is_in_title
FROM made, generate_series(0, 2) AS copy, core.mention m JOIN a USING (article_id)
"""
