"""Sources and feeds in the database: synchronised from the registry, retired but never deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import ConfigError
from pipeline.urls import host_of, registrable_domain
from pipeline.warehouse import db


class FeedFields(Protocol):
    """What is read of a configured feed (`pipeline.sources.FeedConfig` has it)."""

    @property
    def kind(self) -> str: ...
    @property
    def every_minutes(self) -> int: ...
    @property
    def address(self) -> str: ...
    @property
    def include(self) -> str | None: ...
    @property
    def exclude(self) -> str | None: ...
    @property
    def within(self) -> str | None: ...


class SourceFields(Protocol):
    """What is read of a configured source (`pipeline.sources.SourceConfig` has it)."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def homepage(self) -> str: ...
    @property
    def country(self) -> str | None: ...
    @property
    def language(self) -> str | None: ...
    @property
    def time_zone(self) -> str | None: ...
    @property
    def verified(self) -> date | None: ...
    @property
    def allow_loopback(self) -> bool: ...
    @property
    def host_delay_s(self) -> float | None: ...
    @property
    def hosts(self) -> frozenset[str]: ...
    @property
    def recheck_hours(self) -> Sequence[int] | None: ...
    @property
    def feeds(self) -> Sequence[FeedFields]: ...
    def record(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """What one synchronisation changed, in sources; all zero when the files are as they were."""

    added: int
    changed: int
    retired: int
    restored: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source stands, for `mm sources list`."""

    source_key: str
    name: str
    state: str  # new (never polled), ok, failing (some feeds), down (all feeds), resting (all feeds), retired
    feed_count: int  # feeds in force
    last_ok_at: datetime | None
    last_new_at: datetime | None


def sync_sources(connection: Connection, sources: Sequence[SourceFields], now: datetime) -> SyncCounts:
    """Bring `core.source` and `core.feed` in line with the registry, and write `ops.source_history`.

    `sources` is the whole registry: a source that is not in it is retired with its feeds, and comes back
    (restored) when its file does. Feeds of a changed source are due at once and read afresh.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sync_sources'))"))
    known = {row.source_key: row for row in connection.execute(text(_KNOWN))}
    added = changed = restored = 0
    for source in sorted(sources, key=lambda s: s.key):
        before = known.get(source.key)
        digest = _digest(source)
        if before is not None and before.config_digest == digest and before.retired_at is None:
            continue
        _write_source(connection, source, digest, now)
        if before is None:
            added += 1
        elif before.retired_at is not None:
            restored += 1
        else:
            changed += 1
    gone = {key for key, row in known.items() if row.retired_at is None} - {source.key for source in sources}
    _retire(connection, gone, now)
    return SyncCounts(added=added, changed=changed, retired=len(gone), restored=restored)


def source_states(connection: Connection) -> dict[str, SourceState]:
    """Every source the database knows, retired ones too, by key."""
    return {row.source_key: _state_of(row) for row in connection.execute(text(_STATES))}


def states_if_reachable() -> dict[str, SourceState]:
    """Like `source_states`, at once; empty where there is no warehouse yet, or it is down."""
    try:
        with db.reading() as connection:
            return source_states(connection)
    except (ConfigError, SQLAlchemyError):
        return {}


def folder_of(feed_url: str) -> Path:
    """The folder behind the `file://` URI by which `core.feed` knows a drop folder."""
    return Path(unquote(urlsplit(feed_url).path))


def _digest(source: SourceFields) -> str:
    canonical = json.dumps(source.record(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _write_source(connection: Connection, source: SourceFields, digest: str, now: datetime) -> None:
    values = {
        "source_key": source.key,
        "name": source.name,
        "homepage": source.homepage,
        "domain": registrable_domain(host_of(source.homepage)),
        "country": source.country,
        "language": source.language,
        "time_zone": source.time_zone,
        "config_digest": digest,
        "recheck_hours": None if source.recheck_hours is None else json.dumps(source.recheck_hours),
        "verified_at": datetime.combine(source.verified, time(), UTC) if source.verified else None,
        "now": now,
    }
    source_id: int = connection.execute(text(_UPSERT_SOURCE), values).scalar_one()
    addresses = [feed.address for feed in source.feeds]
    connection.execute(text(_RETIRE_FEEDS), {"source_id": source_id, "kept": addresses, "now": now})
    for feed in source.feeds:
        fields = {"url": feed.address, "kind": feed.kind, "every_minutes": feed.every_minutes}
        connection.execute(text(_UPSERT_FEED), {"source_id": source_id, "now": now, **fields})
    connection.execute(text(_END_HISTORY), {"keys": [source.key], "now": now})
    config = json.dumps(source.record(), ensure_ascii=False)
    history = {"source_key": source.key, "config": config, "config_digest": digest, "now": now}
    connection.execute(text(_BEGIN_HISTORY), history)


def _retire(connection: Connection, keys: Collection[str], now: datetime) -> None:
    if keys:
        for statement in (_RETIRE_SOURCES, _RETIRE_FEEDS_OF, _END_HISTORY):
            connection.execute(text(statement), {"keys": sorted(keys), "now": now})


def _state_of(row: Row[Any]) -> SourceState:
    if row.retired_at is not None:
        state = "retired"
    elif row.polled_count == 0:
        state = "new"
    elif row.failing_count == 0:
        state = "ok"
    elif row.resting_count == row.feed_count:
        state = "resting"
    else:
        state = "down" if row.failing_count == row.feed_count else "failing"
    return SourceState(row.source_key, row.name, state, row.feed_count, row.last_ok_at, row.last_new_at)


_KNOWN = "SELECT source_key, config_digest, retired_at FROM core.source"

_UPSERT_SOURCE = """
INSERT INTO core.source
    (source_key, name, homepage, domain, country, language, time_zone, added_at, config_digest, verified_at,
        recheck_hours)
VALUES
    (:source_key, :name, :homepage, :domain, :country, :language, :time_zone, :now, :config_digest, :verified_at,
        CAST(:recheck_hours AS jsonb))
ON CONFLICT (source_key) DO UPDATE SET
    name = excluded.name, homepage = excluded.homepage, domain = excluded.domain, country = excluded.country,
    language = excluded.language, time_zone = excluded.time_zone, config_digest = excluded.config_digest,
    verified_at = excluded.verified_at, recheck_hours = excluded.recheck_hours, retired_at = NULL
RETURNING source_id
"""

_UPSERT_FEED = """
INSERT INTO core.feed (source_id, url, kind, added_at, every_minutes)
VALUES (:source_id, :url, :kind, :now, :every_minutes)
ON CONFLICT (source_id, url) DO UPDATE SET
    kind = excluded.kind, every_minutes = excluded.every_minutes, retired_at = NULL,
    next_poll_at = NULL, failure_count = 0, failure_points = 0, last_reason = NULL, resting_since = NULL,
    poll_interval_s = CASE WHEN core.feed.every_minutes = excluded.every_minutes THEN core.feed.poll_interval_s END,
    polls_since_audit = 0, has_false_validators = false, moved_to = NULL, moved_since = NULL,
    etag = NULL, last_modified = NULL, body_sha256 = NULL
"""

_RETIRE_FEEDS = """
UPDATE core.feed SET retired_at = :now
WHERE source_id = :source_id AND retired_at IS NULL AND NOT (url = ANY(:kept))
"""

_RETIRE_SOURCES = "UPDATE core.source SET retired_at = :now WHERE source_key = ANY(:keys)"

_RETIRE_FEEDS_OF = """
UPDATE core.feed f SET retired_at = :now FROM core.source s
WHERE s.source_id = f.source_id AND s.source_key = ANY(:keys) AND f.retired_at IS NULL
"""

_END_HISTORY = "UPDATE ops.source_history SET valid_to = :now WHERE source_key = ANY(:keys) AND valid_to IS NULL"

_BEGIN_HISTORY = """
INSERT INTO ops.source_history (source_key, valid_from, config, config_digest)
VALUES (:source_key, :now, CAST(:config AS jsonb), :config_digest)
ON CONFLICT (source_key, valid_from) DO UPDATE SET
    config = excluded.config, config_digest = excluded.config_digest, valid_to = NULL
"""

# A feed fails when its last attempt did; failure_count goes back to 0 with the first success.
_STATES = """
SELECT s.source_key, s.name, s.retired_at,
    count(f.feed_id) FILTER (WHERE f.retired_at IS NULL) AS feed_count,
    count(f.feed_id) FILTER (WHERE f.retired_at IS NULL AND f.last_polled_at IS NOT NULL) AS polled_count,
    count(f.feed_id) FILTER (WHERE f.retired_at IS NULL AND f.failure_count > 0) AS failing_count,
    count(f.feed_id) FILTER (WHERE f.retired_at IS NULL AND f.resting_since IS NOT NULL) AS resting_count,
    max(f.last_ok_at) AS last_ok_at, max(f.last_new_at) AS last_new_at
FROM core.source s LEFT JOIN core.feed f ON f.source_id = s.source_id AND f.kind <> 'backfill'
GROUP BY s.source_id
"""
