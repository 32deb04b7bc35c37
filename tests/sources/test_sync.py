"""Sources in the database: added, changed, retired, restored; nothing is ever deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.sources import FeedConfig, SourceConfig
from pipeline.warehouse import db
from pipeline.warehouse.sources import SyncCounts, source_states, sync_sources

pytestmark = pytest.mark.db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def source(key: str, *feeds: str, **fields: object) -> SourceConfig:
    return SourceConfig.model_validate(
        {
            "key": key,
            "name": key.title(),
            "homepage": f"https://www.{key}.co.uk/news",
            "feeds": [{"url": url, "kind": "rss"} for url in feeds or (f"https://www.{key}.co.uk/feed",)],
            **fields,
        }
    )


def sync(*sources: SourceConfig, at: datetime) -> SyncCounts:
    return db.in_transaction(lambda c: sync_sources(c, list(sources), at))


def rows(statement: str) -> list[tuple[object, ...]]:
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_a_source_over_its_life(warehouse: None) -> None:
    days = [NOW + timedelta(days=n) for n in range(6)]
    first = source("dockside", "https://a.example/1", "https://a.example/2", country="GB")
    assert sync(first, source("hilltop"), at=days[0]) == SyncCounts(added=2, changed=0, retired=0, restored=0)
    assert sync(first, source("hilltop"), at=days[1]) == SyncCounts(0, 0, 0, 0)

    edited = source("dockside", "https://a.example/2", "https://a.example/3", country="IE", verified=date(2026, 11, 24))
    assert sync(edited, source("hilltop"), at=days[2]) == SyncCounts(added=0, changed=1, retired=0, restored=0)
    assert sync(source("hilltop"), at=days[3]) == SyncCounts(added=0, changed=0, retired=1, restored=0)
    assert rows("SELECT source_key, retired_at FROM core.source ORDER BY 1") == [
        ("dockside", days[3]),
        ("hilltop", None),
    ]
    assert sync(edited, source("hilltop"), at=days[4]) == SyncCounts(added=0, changed=0, retired=0, restored=1)

    stored = "SELECT domain, country, added_at, verified_at, retired_at FROM core.source WHERE source_key = 'dockside'"
    verified_at = datetime(2026, 11, 24, tzinfo=UTC)
    assert rows(stored) == [("dockside.co.uk", "IE", days[0], verified_at, None)]
    assert rows("SELECT url, added_at, retired_at FROM core.feed WHERE url LIKE '%a.example%' ORDER BY 1") == [
        ("https://a.example/1", days[0], days[2]),
        ("https://a.example/2", days[0], None),
        ("https://a.example/3", days[2], None),
    ]
    history = "SELECT valid_from, valid_to, config->>'country' FROM ops.source_history WHERE source_key = 'dockside'"
    assert sorted(rows(history)) == [(days[0], days[2], "GB"), (days[2], days[3], "IE"), (days[4], None, "IE")]


def test_retired_feeds_come_back_fresh(warehouse: None) -> None:
    sync(source("dockside"), at=NOW)
    with db.engine("loader").begin() as connection:
        connection.execute(
            text("UPDATE core.feed SET etag = 'x', body_sha256 = 'y', failure_count = 3, next_poll_at = :at"),
            {"at": NOW + timedelta(hours=9)},
        )
    sync(source("hilltop"), at=NOW + timedelta(days=1))
    sync(source("hilltop"), source("dockside"), at=NOW + timedelta(days=2))
    kept = "SELECT f.etag, f.body_sha256, f.failure_count, f.next_poll_at, f.retired_at FROM core.feed f"
    assert set(rows(kept)) == {(None, None, 0, None, None)}


def test_states(warehouse: None) -> None:
    sync(source("a"), source("b", "https://b.example/1", "https://b.example/2"), source("c"), source("d"), at=NOW)
    with db.engine("loader").begin() as connection:
        connection.execute(
            text("UPDATE core.feed SET last_polled_at = :at WHERE url <> :a"),
            {"at": NOW, "a": "https://www.a.co.uk/feed"},
        )
        connection.execute(
            text(
                "UPDATE core.feed SET failure_count = 2 WHERE url IN ('https://b.example/1', 'https://www.c.co.uk/feed')"
            )
        )
    sync(source("a"), source("b", "https://b.example/1", "https://b.example/2"), source("c"), at=NOW)
    with db.reading() as connection:
        states = {key: state.state for key, state in source_states(connection).items()}
    assert states == {"a": "new", "b": "failing", "c": "down", "d": "retired"}


def test_a_source_rests_when_all_its_feeds_do_and_its_own_yaml_wakes_it(warehouse: None) -> None:
    two = ("https://b.example/1", "https://b.example/2")
    sync(source("b", *two), at=NOW)

    def rest(*urls: str) -> str:
        with db.engine("loader").begin() as connection:
            connection.execute(
                text("UPDATE core.feed SET last_polled_at = :at, resting_since = :at, failure_count = 9,"
                     " failure_points = 120, poll_interval_s = 900, last_reason = 'gone' WHERE url = ANY(:urls)"),
                {"at": NOW, "urls": list(urls)},
            )  # fmt: skip
        with db.reading() as connection:
            return source_states(connection)["b"].state

    assert rest(two[0]) == "failing"
    assert rest(*two) == "resting"
    changed = source("b", *two).model_copy(update={"country": "IE"})
    sync(changed, at=NOW + timedelta(days=1))
    standing = "SELECT resting_since, failure_points, last_reason, next_poll_at, poll_interval_s FROM core.feed"
    assert set(rows(standing)) == {(None, 0.0, None, None, 900)}
    # Another interval in the YAML counts from the next poll on, whatever pace was found before.
    feeds = tuple(feed.model_copy(update={"every_minutes": 20}) for feed in changed.feeds)
    sync(changed.model_copy(update={"feeds": feeds}), at=NOW + timedelta(days=2))
    assert set(rows(standing)) == {(None, 0.0, None, None, None)}


def test_a_drop_folder_is_known_by_its_uri(warehouse: None) -> None:
    folder = FeedConfig(kind="drop_folder", path="/srv/in tray")
    config = source("clippings").model_copy(update={"feeds": (folder,)})
    sync(config, at=NOW)
    assert rows("SELECT url, kind FROM core.feed") == [("file:///srv/in%20tray", "drop_folder")]
