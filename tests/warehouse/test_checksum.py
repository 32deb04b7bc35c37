"""The checksum sees content and natural keys, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from pipeline.warehouse import db
from pipeline.warehouse.checksum import TABLES, checksum
from pipeline.warehouse.makers import ensure_makers
from pipeline.warehouse.tables import core
from tests.warehouse.nights import CLEAN, NIGHT, TAG, Seen, run

pytestmark = pytest.mark.db
A = "https://tribune.example/2026/11/19/dockers-meet-the-board"


def sums() -> dict[str, str]:
    with db.reading() as connection:
        return checksum(connection)


def test_every_table_of_core_has_a_checksum() -> None:
    assert set(TABLES) == {str(t) for t in core.article.metadata.sorted_tables if t.schema == "core"}


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("UPDATE core.article SET title = 'Another'", {"core.article"}),
        ("UPDATE core.article SET title = NULL", {"core.article"}),
        ("UPDATE core.article_revision SET text = text || ' '", {"core.article_revision"}),
        ("UPDATE core.mention SET score = score + 0.001", {"core.mention"}),
        ("DELETE FROM core.article_topic", {"core.article_topic"}),
        ("UPDATE core.article_embedding SET model = 'encoder 2'", {"core.article_embedding"}),
        ("UPDATE core.article_embedding SET embedding = embedding + embedding", {"core.article_embedding"}),
        ("UPDATE core.topic SET qid = 'Q1' WHERE level = 2", {"core.topic"}),
        ("UPDATE core.entity SET country = 'FR' WHERE name = 'Bremen'", {"core.entity"}),
        ("UPDATE core.article_author SET position = position + 1 WHERE position = 2", {"core.article_author"}),
        ("UPDATE core.article SET loaded_at = now(), run_key = 'another'", set()),
        ("UPDATE core.feed SET etag = 'W/1', next_poll_at = now()", set()),
    ],
)  # fmt: skip
def test_a_change_of_content_shows_in_its_table_only(
    warehouse: None, landing_zone: object, statement: str, tables: set[str]
) -> None:
    run([Seen(A)])
    before = sums()
    with db.engine("owner").begin() as connection:
        connection.execute(text(statement))
    after = sums()
    assert {table for table in TABLES if before[table] != after[table]} == tables


def test_it_does_not_depend_on_the_session(warehouse: None, landing_zone: object) -> None:
    run([Seen(A)])
    before = sums()
    with db.engine("loader").begin() as connection:
        connection.execute(text("SET LOCAL TimeZone = 'Asia/Karachi'"))
        connection.execute(text("SET LOCAL DateStyle = 'German'"))
        assert checksum(connection) == before


def test_makers_are_kept_once(warehouse: None) -> None:
    with db.engine("loader").begin() as connection:
        first = ensure_makers(connection, [CLEAN, TAG], NIGHT)
        assert ensure_makers(connection, [TAG, CLEAN, TAG], NIGHT) == first
        assert connection.scalar(text("SELECT count(*) FROM ops.maker")) == 2
    assert first.keys() == {CLEAN.digest, TAG.digest}
