"""Polls: which feeds are due, and what one attempt to read a feed brought.

`record_poll` is the commit point of discovery: the poll, the feed's standing, new entries with their events and
all sightings are one transaction. Rows are written in key order, under the feed's row lock, so two discoverers
at once neither deadlock nor insert twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.records import State
from pipeline.warehouse.db import copy_rows
from pipeline.warehouse.events import Move, move

MAX_PAUSE = timedelta(hours=24)
"""Longest pause after failures, and the most of a Retry-After that is honoured: a feed that came back is seen
within a day (a Retry-After of 88 hours has been met)."""
OK, NOT_MODIFIED, FAILED = "ok", "not_modified", "failed"


@dataclass(frozen=True, slots=True)
class FeedToPoll:
    """One feed in force, with what the last poll left for the next."""

    feed_id: int
    source_key: str
    homepage: str
    url: str
    kind: str
    every_minutes: int
    etag: str | None
    last_modified: str | None
    body_sha256: str | None


@dataclass(frozen=True, slots=True)
class ChildState:
    """What earlier polls of one child sitemap left; validators and hash are those of the last answered one."""

    asked_at: datetime
    read_at: datetime | None  # None: never answered
    etag: str | None
    last_modified: str | None
    body_sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One article address as a feed lists it, fit to be an entry."""

    url: str  # normal form
    url_key: str
    host: str
    title: str | None = None
    published_at: datetime | None = None
    fingerprint: str | None = None  # of a file in a drop folder


@dataclass(frozen=True, slots=True)
class PollResult:
    """One attempt to read a feed, a child sitemap or a drop folder: a row of `raw.poll` and what hangs on it."""

    feed_id: int
    source_key: str
    url: str
    polled_at: datetime
    outcome: str  # ok, not_modified, failed
    run_key: str | None = None
    is_child: bool = False  # a child sitemap: the feed's own standing is not touched
    reason: Reason | None = None  # of a failure; with outcome ok: broken_feed, what could be saved was taken
    detail: str | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    body_bytes: int | None = None
    listings: tuple[Listing, ...] | None = None  # None: nothing was read (failure, or body as last time)
    refused_count: int | None = None
    elapsed_ms: int | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RecordedPoll:
    """What a poll changed."""

    new_count: int  # entries that no feed had listed before
    known_count: int  # items that an earlier poll of this feed had listed
    reopened_count: int  # changed files of a drop folder


def feeds_to_poll(
    connection: Connection, now: datetime, *, due_only: bool, source_keys: Collection[str]
) -> list[FeedToPoll]:
    """Feeds in force of these sources (due ones, or all), longest unpolled first."""
    values = {"now": now, "due_only": due_only, "source_keys": sorted(source_keys)}
    rows = connection.execute(text(_FEEDS), values)
    return [FeedToPoll(**row) for row in rows.mappings()]


def child_states(connection: Connection, feed_id: int, since: datetime) -> dict[str, ChildState]:
    """The child sitemaps of a feed that were asked for since then, by address."""
    rows = connection.execute(text(_CHILDREN), {"feed_id": feed_id, "since": since})
    return {row.url: ChildState(*row[1:]) for row in rows}


def fingerprints(connection: Connection, feed_id: int) -> dict[str, str]:
    """Fingerprints of a drop folder's files as last listed, by url_key."""
    rows = connection.execute(text(_FINGERPRINTS), {"feed_id": feed_id})
    return {row.url_key: row.fingerprint for row in rows}


def record_poll(connection: Connection, poll: PollResult) -> RecordedPoll:
    """Write one poll and all it brought. The same poll twice adds a poll row and nothing else."""
    feed = connection.execute(text(_LOCK_FEED), {"feed_id": poll.feed_id}).one()
    recorded = RecordedPoll(0, 0, 0)
    if poll.listings:
        recorded = _record_listings(connection, poll)
    counts = {
        "item_count": None if poll.listings is None else len(poll.listings),
        "new_count": recorded.new_count if poll.outcome != FAILED else None,
        "known_count": None if poll.listings is None else recorded.known_count,
    }
    connection.execute(text(_INSERT_POLL), _poll_values(poll) | counts)
    if poll.is_child:
        if recorded.new_count:
            connection.execute(text(_FEED_NEW), {"feed_id": poll.feed_id, "at": poll.polled_at})
    else:
        _update_feed(connection, poll, recorded, feed.every_minutes, feed.failure_count)
    return recorded


def next_poll_at(poll: PollResult, every_minutes: int, failure_count: int) -> datetime:
    """When the feed is due again: after its interval; after failures later and later, up to a day.

    A tenth of the interval (5 minutes at most) is let off: else a feed of 30 minutes, polled some seconds after
    a job that starts every 30 minutes, would miss every second start.
    """
    interval = timedelta(minutes=every_minutes)
    if poll.outcome != FAILED:
        return poll.polled_at + interval - min(interval / 10, timedelta(minutes=5))
    doubled = interval * (1 << min(failure_count, 16))
    pause = max(interval, min(doubled, MAX_PAUSE), min(poll.retry_after or timedelta(), MAX_PAUSE))
    return poll.polled_at + pause


def _record_listings(connection: Connection, poll: PollResult) -> RecordedPoll:
    listings = sorted({item.url_key: item for item in reversed(poll.listings or ())}.values(), key=lambda i: i.url_key)
    connection.execute(text("DROP TABLE IF EXISTS listed"))
    connection.execute(text(_LISTED))
    rows = ((i.url_key, i.url, i.host, i.title, i.published_at, i.fingerprint) for i in listings)
    columns = ("url_key", "url", "host", "title", "published_at", "fingerprint")
    copy_rows(connection, "listed", columns, rows)
    connection.execute(text("ANALYZE listed"))
    values = {
        "feed_id": poll.feed_id,
        "source_key": poll.source_key,
        "run_key": poll.run_key,
        "at": poll.polled_at,
    }
    new_count = connection.execute(text(_INSERT_ENTRIES), values).rowcount
    reopened = _reopen_changed(connection, poll)
    known_count = connection.execute(text(_TOUCH_SIGHTINGS), values).rowcount
    connection.execute(text(_INSERT_SIGHTINGS), values)
    return RecordedPoll(new_count, known_count, reopened)


_REOPENABLE = (
    State.LOADED,
    State.UNCHANGED,
    State.DUPLICATE,
    State.QUARANTINED,
    State.SKIPPED,
    State.GONE,
    State.FAILED,
)


def _reopen_changed(connection: Connection, poll: PollResult) -> int:
    """Ask for another look at files whose content changed. One that an operator dropped stays dropped."""
    changed = connection.scalars(text(_CHANGED_FILES), {"feed_id": poll.feed_id})
    moves = [Move(entry_id, State.REOPENED, Reason.REOPENED, "discover", "the file changed") for entry_id in changed]
    return move(connection, moves, from_states=_REOPENABLE, run_key=None, at=poll.polled_at)


def _update_feed(
    connection: Connection, poll: PollResult, recorded: RecordedPoll, every_minutes: int, failures: int
) -> None:
    failure_count = failures + 1 if poll.outcome == FAILED else 0
    values = {
        "feed_id": poll.feed_id,
        "at": poll.polled_at,
        "next_poll_at": next_poll_at(poll, every_minutes, failure_count),
        "failure_count": failure_count,
        "is_ok": poll.outcome != FAILED,
        "has_body": poll.outcome == OK,
        "has_new": recorded.new_count > 0,
        "etag": poll.etag,
        "last_modified": poll.last_modified,
        "body_sha256": poll.body_sha256,
    }
    connection.execute(text(_UPDATE_FEED), values)


def _poll_values(poll: PollResult) -> dict[str, object]:
    return {
        "polled_on": poll.polled_at.date(),
        "at": poll.polled_at,
        "feed_id": poll.feed_id,
        "run_key": poll.run_key,
        "url": poll.url,
        "outcome": poll.outcome,
        "reason": poll.reason,
        "detail": poll.detail,
        "status": poll.status,
        "etag": poll.etag,
        "last_modified": poll.last_modified,
        "body_sha256": poll.body_sha256,
        "body_bytes": poll.body_bytes,
        "refused_count": poll.refused_count,
        "elapsed_ms": poll.elapsed_ms,
    }


_FEEDS = """
SELECT f.feed_id, s.source_key, s.homepage, f.url, f.kind, f.every_minutes, f.etag, f.last_modified, f.body_sha256
FROM core.feed f JOIN core.source s USING (source_id)
WHERE f.retired_at IS NULL AND s.retired_at IS NULL
  AND (NOT CAST(:due_only AS boolean) OR coalesce(f.next_poll_at, '-infinity') <= :now)
  AND s.source_key = ANY(:source_keys)
ORDER BY f.last_polled_at NULLS FIRST, s.source_key, f.url
"""

_CHILDREN = """
SELECT p.url, max(p.polled_at) AS asked_at,
    max(p.polled_at) FILTER (WHERE p.outcome <> 'failed') AS read_at,
    (array_agg(p.etag ORDER BY p.polled_at DESC) FILTER (WHERE p.outcome <> 'failed'))[1] AS etag,
    (array_agg(p.last_modified ORDER BY p.polled_at DESC) FILTER (WHERE p.outcome <> 'failed'))[1] AS last_modified,
    (array_agg(p.body_sha256 ORDER BY p.polled_at DESC) FILTER (WHERE p.outcome <> 'failed'))[1] AS body_sha256
FROM raw.poll p JOIN core.feed f USING (feed_id)
WHERE p.feed_id = :feed_id AND p.url <> f.url
  AND p.polled_at >= :since AND p.polled_on >= CAST(:since AS timestamptz)::date
GROUP BY p.url
"""

_FINGERPRINTS = """
SELECT e.url_key, s.fingerprint FROM raw.entry_sighting s JOIN raw.entry e USING (entry_id)
WHERE s.feed_id = :feed_id AND s.fingerprint IS NOT NULL
"""

_LOCK_FEED = "SELECT every_minutes, failure_count FROM core.feed WHERE feed_id = :feed_id FOR NO KEY UPDATE"

_LISTED = """
CREATE TEMP TABLE listed (
    url_key text NOT NULL, url text NOT NULL, host text NOT NULL, title text, published_at timestamptz, fingerprint text
) ON COMMIT DROP
"""

# The anti-join comes first only to save sequence numbers and dead rows; ON CONFLICT decides.
_INSERT_ENTRIES = """
WITH added AS (
    INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at)
    SELECT l.url_key, l.url, l.host, :source_key, :at, 'new', 'new', :at
    FROM listed l WHERE NOT EXISTS (SELECT FROM raw.entry e WHERE e.url_key = l.url_key)
    ORDER BY l.url_key
    ON CONFLICT (url_key) DO NOTHING
    RETURNING entry_id
)
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
SELECT CAST(:at AS timestamptz)::date, :at, CAST(:run_key AS text), entry_id, :source_key,
    NULL, 'new', 'discover', 'new'
FROM added ORDER BY entry_id
"""

# Fingerprint = size-time-hash; a file that was only touched keeps its hash.
_CHANGED_FILES = """
SELECT e.entry_id FROM listed l JOIN raw.entry e USING (url_key)
JOIN raw.entry_sighting s ON s.entry_id = e.entry_id AND s.feed_id = :feed_id
WHERE l.fingerprint IS NOT NULL AND split_part(l.fingerprint, '-', 3) <> split_part(s.fingerprint, '-', 3)
ORDER BY e.entry_id
"""

# A file that changes while a run holds its entry (or while its archived bytes wait for the next run) keeps the
# old fingerprint, so that a later poll reopens it.
_TOUCH_SIGHTINGS = """
UPDATE raw.entry_sighting s SET
    last_seen_at = greatest(s.last_seen_at, :at),
    fingerprint = CASE WHEN e.state IN ('claimed', 'fetched', 'carried') THEN s.fingerprint ELSE l.fingerprint END
FROM listed l JOIN raw.entry e USING (url_key)
WHERE s.entry_id = e.entry_id AND s.feed_id = :feed_id
"""

# In the order of entry_id, the order in which `events.move` locks: the foreign key locks the entry's row.
_INSERT_SIGHTINGS = """
INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at, title, published_at, fingerprint)
SELECT e.entry_id, :feed_id, :at, :at, l.title, l.published_at, l.fingerprint
FROM listed l JOIN raw.entry e USING (url_key)
WHERE NOT EXISTS (SELECT FROM raw.entry_sighting s WHERE s.entry_id = e.entry_id AND s.feed_id = :feed_id)
ORDER BY e.entry_id
ON CONFLICT (entry_id, feed_id) DO NOTHING
"""

_INSERT_POLL = """
INSERT INTO raw.poll (polled_on, polled_at, feed_id, run_key, url, outcome, reason, detail, status, etag,
    last_modified, body_sha256, body_bytes, item_count, new_count, known_count, refused_count, elapsed_ms)
VALUES (:polled_on, :at, :feed_id, :run_key, :url, :outcome, :reason, :detail, :status, :etag,
    :last_modified, :body_sha256, :body_bytes, :item_count, :new_count, :known_count, :refused_count, :elapsed_ms)
"""

_FEED_NEW = "UPDATE core.feed SET last_new_at = greatest(last_new_at, :at) WHERE feed_id = :feed_id"

# Validators are kept through a failure and a 304: they still belong to the last body that was read.
_UPDATE_FEED = """
UPDATE core.feed SET
    last_polled_at = :at,
    next_poll_at = :next_poll_at,
    failure_count = :failure_count,
    last_ok_at = CASE WHEN :is_ok THEN CAST(:at AS timestamptz) ELSE last_ok_at END,
    last_new_at = CASE WHEN :has_new THEN CAST(:at AS timestamptz) ELSE last_new_at END,
    etag = CASE WHEN :has_body THEN CAST(:etag AS text) ELSE etag END,
    last_modified = CASE WHEN :has_body THEN CAST(:last_modified AS text) ELSE last_modified END,
    body_sha256 = CASE WHEN :has_body THEN CAST(:body_sha256 AS text) ELSE body_sha256 END
WHERE feed_id = :feed_id
"""
