"""Old polls as sums by day, on real Postgres: nothing is lost, nothing counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from pipeline.ops import maintenance
from pipeline.warehouse import db, schema
from pipeline.warehouse.poll_days import roll_up
from pipeline.warehouse.tables import core, raw

pytestmark = pytest.mark.db
TODAY = date(2026, 11, 23)
FEED = "https://dockside.example/sitemap.xml"


def _rows(query: str) -> Sequence[Any]:
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def feeds(warehouse: None) -> None:
    at = datetime(2026, 7, 1, tzinfo=UTC)
    source = {"source_id": 1, "source_key": "dockside", "name": "Dockside", "homepage": "https://dockside.example/"}
    feed = {"feed_id": 1, "source_id": 1, "url": FEED, "kind": "sitemap", "added_at": at, "every_minutes": 60}
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, [TODAY - timedelta(days=n) for n in (0, 31, 62, 93, 124)])
        connection.execute(
            insert(core.source), [{**source, "domain": "dockside.example", "added_at": at, "config_digest": "d"}]
        )
        connection.execute(insert(core.feed), [feed, {**feed, "feed_id": 2, "url": FEED + "?2"}])


def _poll(days_ago: int, hour: int = 8, **fields: object) -> dict[str, Any]:
    at = datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=UTC) - timedelta(days=days_ago)
    ok = {
        "outcome": "ok", "reason": None, "url": FEED, "feed_id": 1, "item_count": 40, "new_count": 2, "known_count": 38,
        "refused_count": 1, "body_bytes": 48_000, "elapsed_ms": 90, "is_overflow": False,
    }  # fmt: skip
    return {"polled_on": at.date(), "polled_at": at, **ok, **fields}


def _write(*polls: dict[str, Any]) -> None:
    with db.engine().begin() as connection:
        connection.execute(insert(raw.poll), list(polls))


FAILED = {"outcome": "failed", "reason": "timeout", "item_count": None, "new_count": None, "body_bytes": None}
_DAYS = """
SELECT feed_id, polled_on, is_child, outcome, reason, poll_count, item_count, new_count, known_count, refused_count,
    overflow_count, body_bytes FROM raw.poll_day ORDER BY feed_id, polled_on, is_child, outcome
"""


def test_a_day_is_summed_by_feed_outcome_and_reason_and_its_polls_go(feeds: None) -> None:
    old = TODAY - timedelta(days=100)
    _write(
        _poll(100, 7), _poll(100, 8, is_overflow=True), _poll(100, 9, **FAILED, known_count=None, refused_count=None),
        _poll(100, 9, url="https://dockside.example/2026-08.xml"), _poll(100, 9, feed_id=2, url=FEED + "?2"),
        _poll(10),
    )  # fmt: skip
    assert roll_up(TODAY - timedelta(days=90)) == 5
    assert _rows(_DAYS) == [
        (1, old, False, "failed", "timeout", 1, 0, 0, 0, 0, 0, 0),
        (1, old, False, "ok", None, 2, 80, 4, 76, 2, 1, 96_000),
        (1, old, True, "ok", None, 1, 40, 2, 38, 1, 0, 48_000),
        (2, old, False, "ok", None, 1, 40, 2, 38, 1, 0, 48_000),
    ]
    assert _rows("SELECT polled_on FROM raw.poll") == [(TODAY - timedelta(days=10),)]
    span = "SELECT min(first_polled_at), max(last_polled_at) FROM raw.poll_day WHERE outcome = 'ok' AND feed_id = 1"
    assert [at.hour for at in _rows(span)[0]] == [7, 9]


def test_again_changes_nothing_and_a_late_poll_is_added_to_its_day(feeds: None) -> None:
    _write(_poll(100), _poll(99))
    before = TODAY - timedelta(days=90)
    assert roll_up(before) == 2
    first = _rows(_DAYS)
    assert roll_up(before) == 0
    assert _rows(_DAYS) == first
    _write(_poll(100, 12))
    assert roll_up(before) == 1
    assert _rows("SELECT polled_on, poll_count, item_count FROM raw.poll_day ORDER BY 1") == [
        (TODAY - timedelta(days=100), 2, 80),
        (TODAY - timedelta(days=99), 1, 40),
    ]


def test_two_at_once_count_every_poll_once(feeds: None) -> None:
    _write(*(_poll(91 + n % 20, n % 24, feed_id=1 + n % 2) for n in range(400)))
    with ThreadPoolExecutor(2) as both:
        rolled = list(both.map(lambda _: roll_up(TODAY - timedelta(days=90)), range(2)))
    assert sum(rolled) == 400
    assert _rows("SELECT sum(poll_count), sum(new_count), sum(item_count) FROM raw.poll_day") == [(400, 800, 16_000)]
    assert _rows("SELECT count(*) FROM raw.poll") == [(0,)]


def test_maintenance_keeps_the_polls_of_the_last_ninety_days(feeds: None) -> None:
    real_today = datetime.now(UTC).date()
    days = [real_today - timedelta(days=n) for n in (0, 89, 90, 91, 120)]
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, days)
    _write(*(_poll(0) | {"polled_on": day, "polled_at": datetime(day.year, day.month, day.day, tzinfo=UTC)}
             for day in days))  # fmt: skip
    assert maintenance.roll_up_polls() == {"polls": 2}
    assert _rows("SELECT polled_on FROM raw.poll ORDER BY 1 DESC") == [(day,) for day in days[:3]]
