"""`record_poll` on a real database: one transaction, nothing twice, no deadlock, fast enough."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.errors import Reason
from pipeline.sources import SourceConfig
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.polls import (
    FAILED,
    NOT_MODIFIED,
    OK,
    Listing,
    PollResult,
    RecordedPoll,
    feeds_to_poll,
    record_poll,
)
from pipeline.warehouse.sources import sync_sources

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def listings(*numbers: int) -> tuple[Listing, ...]:
    urls = [f"https://www.dockside.example/news/{n}" for n in numbers]
    return tuple(Listing(url, url_key(url), "www.dockside.example", f"Story {url}", NOW) for url in urls)


def result(feed_id: int = 1, *numbers: int, at: datetime = NOW, **fields: object) -> PollResult:
    url = f"https://www.dockside.example/{feed_id}"
    poll = PollResult(feed_id, "dockside", url, at, OK, listings=listings(*numbers))
    return replace(poll, **fields)  # type: ignore[arg-type]


def record(poll: PollResult) -> RecordedPoll:
    return db.in_transaction(lambda c: record_poll(c, poll))


def rows(statement: str) -> list[tuple[object, ...]]:
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def feeds(warehouse: None) -> None:
    feeds = [{"url": f"https://www.dockside.example/{n}", "kind": "rss"} for n in (1, 2, 3)]
    source = {"key": "dockside", "name": "Dockside", "homepage": "https://www.dockside.example/", "feeds": feeds}
    config = SourceConfig.model_validate(source)
    db.in_transaction(lambda c: sync_sources(c, [config], NOW - timedelta(days=1)))


@pytest.mark.db
def test_entries_events_and_sightings(feeds: None) -> None:
    assert record(result(1, 1, 2, run_key="r", refused={Reason.TOO_OLD: 4})) == RecordedPoll(2, 0, 0)
    later = NOW + timedelta(hours=1)
    assert record(result(1, 2, 3, at=later)) == RecordedPoll(1, 1, 0)
    assert record(result(2, 3, at=later)) == RecordedPoll(0, 0, 0)

    entries = "SELECT e.url, e.host, e.source_key, e.state, e.reason, e.first_seen_at FROM raw.entry e ORDER BY 1"
    assert rows(entries) == [
        (f"https://www.dockside.example/news/{n}", "www.dockside.example", "dockside", "new", "new", at)
        for n, at in ((1, NOW), (2, NOW), (3, later))
    ]
    events = "SELECT run_key, from_state, to_state, stage, reason, at, event_on FROM ops.entry_event ORDER BY event_id"
    assert rows(events) == [
        (run_key, None, "new", "discover", "new", at, at.date())
        for run_key, at in (("r", NOW), ("r", NOW), (None, later))
    ]
    sightings = """SELECT e.url, feed_id, s.first_seen_at, s.last_seen_at
                   FROM raw.entry_sighting s JOIN raw.entry e USING (entry_id) ORDER BY 1, 2"""
    assert [(str(u)[-1], *rest) for u, *rest in rows(sightings)] == [
        ("1", 1, NOW, NOW), ("2", 1, NOW, later), ("3", 1, later, later), ("3", 2, later, later),
    ]  # fmt: skip
    polls = "SELECT feed_id, outcome, item_count, new_count, known_count, refused_count FROM raw.poll ORDER BY poll_id"
    assert rows(polls) == [(1, "ok", 2, 2, 0, 4), (1, "ok", 2, 1, 1, None), (2, "ok", 1, 0, 0, None)]


@pytest.mark.db
def test_the_feed_keeps_validators_through_trouble(feeds: None) -> None:
    standing = """SELECT last_polled_at, last_ok_at, last_new_at, failure_count, failure_points, last_reason,
                      etag, last_modified, body_sha256 FROM core.feed WHERE feed_id = 1"""
    due = "SELECT next_poll_at - last_polled_at FROM core.feed WHERE feed_id = 1"
    record(result(1, 1, etag='"a"', last_modified="Mon", body_sha256="s"))
    assert rows(standing) == [(NOW, NOW, NOW, 0, 0.0, None, '"a"', "Mon", "s")]

    at = NOW + timedelta(hours=1)
    broken = result(1, at=at, outcome=FAILED, reason=Reason.SERVER_ERROR, detail="503", status=503, listings=None)
    record(broken)
    assert rows(standing) == [(at, NOW, NOW, 1, 1.0, "server_error", '"a"', "Mon", "s")]
    first = rows(due)[0][0]
    record(broken)
    assert first * 2 == rows(due)[0][0]

    again = NOW + timedelta(hours=5)
    record(result(1, at=again, outcome=NOT_MODIFIED, status=304, listings=None))
    assert rows(standing) == [(again, again, NOW, 0, 1.0, None, '"a"', "Mon", "s")]
    assert rows("SELECT polled_at, next_poll_at FROM raw.poll ORDER BY poll_id DESC LIMIT 1") == rows(
        "SELECT last_polled_at, next_poll_at FROM core.feed WHERE feed_id = 1"
    )
    polls = "SELECT outcome, reason, detail, status, item_count, new_count FROM raw.poll ORDER BY poll_id"
    assert rows(polls)[1] == ("failed", "server_error", "503", 503, None, None)
    assert rows(polls)[3] == ("not_modified", None, None, 304, None, 0)


@pytest.mark.db
def test_a_child_sitemap_leaves_the_feeds_standing_alone(feeds: None) -> None:
    record(result(1, 1, is_child=True, url="https://www.dockside.example/child.xml", etag='"c"'))
    record(result(1, is_child=True, outcome=FAILED, reason=Reason.TIMEOUT, listings=None))
    assert rows("SELECT last_polled_at, last_new_at, failure_count, etag FROM core.feed WHERE feed_id = 1") == [
        (None, NOW, 0, None)
    ]


@pytest.mark.db
def test_due_feeds(feeds: None) -> None:
    record(result(1, 1))
    record(result(2, outcome=FAILED, reason=Reason.TIMEOUT, listings=None, retry_after=timedelta(hours=2)))

    def due(at: datetime, due_only: bool = True, source: str = "dockside") -> list[int]:
        with db.reading() as connection:
            return [f.feed_id for f in feeds_to_poll(connection, at, due_only=due_only, source_keys=[source])]

    assert due(NOW) == [3]
    assert due(NOW, due_only=False) == [3, 1]  # not the one whose server asked for two hours
    assert due(NOW + timedelta(minutes=30)) == [3, 1]  # the third start from then on of a job every 10 minutes
    assert due(NOW + timedelta(hours=2)) == [3, 1, 2]
    assert due(NOW, due_only=False, source="other") == []
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE core.feed SET retired_at = now() WHERE feed_id = 3"))
    assert due(NOW) == []


@pytest.mark.db
def test_two_discoverers_at_once(feeds: None) -> None:
    """Two threads, overlapping lists in opposite order, three feeds: every address one entry and one event."""
    errors: list[BaseException] = []

    def work(order: int) -> None:
        try:
            for n in range(12):
                numbers = list(range(n * 50, n * 50 + 200))[::order]
                record(result(1 + n % 3, *numbers, at=NOW + timedelta(minutes=n)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(order,)) for order in (1, -1, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    expected = 11 * 50 + 200
    assert rows("SELECT count(*), count(DISTINCT url_key) FROM raw.entry") == [(expected, expected)]
    assert rows("SELECT count(*), count(DISTINCT entry_id) FROM ops.entry_event") == [(expected, expected)]
    assert rows("SELECT count(*), sum(new_count) FROM raw.poll") == [(36, expected)]


@pytest.mark.db
def test_fifty_thousand_items(feeds: None) -> None:
    poll = result(1, *range(50_000))
    started = time.perf_counter()
    assert record(poll).new_count == 50_000
    first = time.perf_counter() - started
    started = time.perf_counter()
    assert record(poll) == RecordedPoll(0, 50_000, 0)
    second = time.perf_counter() - started
    assert first < 15  # measured: about 3 s; the bound is for a busy machine
    assert second < 15
