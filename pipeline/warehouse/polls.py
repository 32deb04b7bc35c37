"""Polls: which feeds are due, and what one attempt to read a feed brought.

`record_poll` is the commit point of discovery: the poll, the feed's standing, new entries with their events and
all sightings are one transaction. Rows are written in key order, under the feed's row lock, so two discoverers
at once neither deadlock nor insert twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.warehouse.listings import Written, write_listings
from pipeline.warehouse.poll_records import (
    FAILED,
    NOT_MODIFIED,
    OK,
    ChildState,
    FeedToPoll,
    Listing,
    PollResult,
    RecordedPoll,
)
from pipeline.warehouse.standing import MAX_PAUSE, NOT_ASKED, Standing, after

__all__ = [
    "FAILED",
    "NOT_ASKED",
    "NOT_MODIFIED",
    "OK",
    "ChildState",
    "FeedToPoll",
    "Listing",
    "PollResult",
    "RecordedPoll",
    "child_states",
    "feeds_left_out",
    "feeds_to_poll",
    "fingerprints",
    "has_due_feeds",
    "record_poll",
]

_NEVER_OVERFLOWS = frozenset({"drop_folder", "backfill"})


def feeds_to_poll(
    connection: Connection, now: datetime, *, due_only: bool, source_keys: Collection[str]
) -> list[FeedToPoll]:
    """Feeds in force of these sources, longest unpolled first: due ones, or all that may be asked.

    Asked never before their time are feeds that rest, and feeds whose server sent a Retry-After.
    """
    condition = "is_due" if due_only else "(is_due OR NOT is_left_alone)"
    rows = connection.execute(text(f"{_FEEDS} WHERE {condition} {_IN_TURN}"), _choice(now, source_keys))
    return [FeedToPoll(**row) for row in rows.mappings()]


def feeds_left_out(connection: Connection, now: datetime, *, source_keys: Collection[str]) -> dict[str, int]:
    """How many feeds `feeds_to_poll(due_only=False)` leaves out: `resting`, or why the last attempt failed."""
    rows = connection.execute(text(_LEFT_OUT), _choice(now, source_keys))
    return {row.why: row.feeds for row in rows}


def has_due_feeds(connection: Connection, now: datetime, *, source_keys: Collection[str]) -> bool:
    """True if a feed of these sources is due."""
    return bool(connection.scalar(text(_HAS_DUE), {"now": now, "source_keys": sorted(source_keys)}))


def child_states(connection: Connection, feed_id: int, since: datetime) -> dict[str, ChildState]:
    """The child sitemaps of a feed that were asked for since then, by address."""
    rows = connection.execute(text(_CHILDREN), {"feed_id": feed_id, "since": since})
    return {row.url: ChildState(*row[1:]) for row in rows}


def fingerprints(connection: Connection, feed_id: int) -> dict[str, str]:
    """Fingerprints of a drop folder's files as last listed, by url_key."""
    rows = connection.execute(text(_FINGERPRINTS), {"feed_id": feed_id})
    return {row.url_key: row.fingerprint for row in rows}


def record_poll(connection: Connection, poll: PollResult) -> RecordedPoll:
    """Write one poll and all it brought. The same poll twice adds a poll row and no entry, event or sighting."""
    before = Standing(**connection.execute(text(_LOCK_FEED), {"feed_id": poll.feed_id}).mappings().one())
    written = write_listings(connection, poll) if poll.listings else Written()
    recorded = RecordedPoll(
        written.new_count,
        written.known_count,
        written.reopened_count,
        is_overflow=_is_overflow(before, poll, written),
        has_false_validators=poll.is_contradicted and written.known_count < written.listed_count,
    )
    now = before if poll.is_child else after(before, poll, recorded, written.overlap)
    connection.execute(text(_INSERT_POLL), _poll_values(poll, written, recorded, now))
    if poll.is_child:
        _note_child(connection, poll, recorded)
    else:
        connection.execute(text(_UPDATE_FEED), asdict(now) | {"feed_id": poll.feed_id})
    return recorded


def _is_overflow(before: Standing, poll: PollResult, written: Written) -> bool:
    """True if nothing links this list to what was read before, so that items may have come and gone in between.

    A list that reaches back to items too old to be taken leaves no gap. A child sitemap is a list of its own
    days, and a drop folder is meant to be emptied.
    """
    if poll.is_child or before.kind in _NEVER_OVERFLOWS or not before.is_read:
        return False
    return written.overlap == 0.0 and not (poll.refused or {}).get(Reason.TOO_OLD)


def _note_child(connection: Connection, poll: PollResult, recorded: RecordedPoll) -> None:
    if recorded.new_count or recorded.has_false_validators:
        values = {"has_new": recorded.new_count > 0, "is_false": recorded.has_false_validators}
        connection.execute(text(_NOTE_CHILD), {"feed_id": poll.feed_id, "at": poll.polled_at, **values})


def _choice(now: datetime, source_keys: Collection[str]) -> dict[str, object]:
    return {"now": now, "longest_s": MAX_PAUSE.total_seconds(), "source_keys": sorted(source_keys)}


def _poll_values(poll: PollResult, written: Written, recorded: RecordedPoll, now: Standing) -> dict[str, object]:
    is_read = poll.listings is not None
    refused = {str(reason): count for reason, count in sorted((poll.refused or {}).items()) if count}
    if written.taken_down_count:
        refused[Reason.TAKEN_DOWN] = refused.get(Reason.TAKEN_DOWN, 0) + written.taken_down_count
    return {
        "polled_on": poll.polled_at.date(),
        "at": poll.polled_at,
        "feed_id": poll.feed_id,
        "run_key": poll.run_key,
        "url": poll.url,
        "outcome": poll.outcome,
        "reason": poll.reason or (Reason.OVERFLOW if recorded.is_overflow else None),
        "detail": poll.detail,
        "status": poll.status,
        "etag": poll.etag,
        "last_modified": poll.last_modified,
        "body_sha256": poll.body_sha256,
        "body_bytes": poll.body_bytes,
        "item_count": written.listed_count if is_read else None,
        "new_count": written.new_count if poll.outcome != FAILED else None,
        "known_count": written.known_count if is_read else None,
        "refused_count": sum(refused.values()) if poll.refused is not None or refused else None,
        "refused": json.dumps(refused) if refused else None,
        "elapsed_ms": poll.elapsed_ms,
        "final_url": poll.final_url,
        "is_conditional": poll.is_conditional,
        "is_audit": poll.is_audit,
        "overlap": written.overlap,
        "is_overflow": recorded.is_overflow,
        "retry_after_s": round(poll.retry_after.total_seconds()) if poll.retry_after is not None else None,
        "next_poll_at": None if poll.is_child else now.next_poll_at,
    }


_IN_FORCE = """
core.feed f JOIN core.source s USING (source_id)
WHERE f.retired_at IS NULL AND s.retired_at IS NULL AND f.kind <> 'backfill' AND s.source_key = ANY(:source_keys)
"""

# A failed feed's last poll tells whether its pause was asked for by the server.
_CHOICE = f"""
WITH chosen AS (
    SELECT f.*, s.source_key, s.homepage, coalesce(f.next_poll_at, '-infinity') <= :now AS is_due,
        f.resting_since IS NOT NULL OR (f.failure_count > 0 AND EXISTS (
            SELECT FROM raw.poll p
            WHERE p.feed_id = f.feed_id AND p.polled_at = f.last_polled_at AND p.url = f.url
              AND p.polled_on = (f.last_polled_at AT TIME ZONE 'UTC')::date
              AND p.retry_after_s > 0 AND p.polled_at + make_interval(secs => least(p.retry_after_s, :longest_s)) > :now
        )) AS is_left_alone
    FROM {_IN_FORCE}
)
"""

_FEEDS = f"""{_CHOICE}
SELECT feed_id, source_key, homepage, url, kind, every_minutes, etag, last_modified, body_sha256, polls_since_audit,
    has_false_validators, poll_interval_s
FROM chosen
"""

_IN_TURN = "ORDER BY last_polled_at NULLS FIRST, source_key, url"

_LEFT_OUT = f"""{_CHOICE}
SELECT CASE WHEN resting_since IS NOT NULL THEN 'resting' ELSE coalesce(last_reason, 'failed') END AS why,
    count(*) AS feeds
FROM chosen WHERE NOT is_due AND is_left_alone GROUP BY 1 ORDER BY 1
"""

_HAS_DUE = f"SELECT EXISTS (SELECT FROM {_IN_FORCE} AND coalesce(f.next_poll_at, '-infinity') <= :now)"

_CHILDREN = """
WITH asked AS (
    SELECT p.*, max(p.polled_at) FILTER (WHERE p.outcome = 'ok') OVER (PARTITION BY p.url) AS whole_at
    FROM raw.poll p JOIN core.feed f USING (feed_id)
    WHERE p.feed_id = :feed_id AND p.url <> f.url
      AND p.polled_at >= :since AND p.polled_on >= CAST(:since AS timestamptz)::date
)
SELECT url, max(polled_at) AS asked_at,
    max(polled_at) FILTER (WHERE outcome <> 'failed') AS read_at,
    (array_agg(etag ORDER BY polled_at DESC) FILTER (WHERE outcome <> 'failed'))[1] AS etag,
    (array_agg(last_modified ORDER BY polled_at DESC) FILTER (WHERE outcome <> 'failed'))[1] AS last_modified,
    (array_agg(body_sha256 ORDER BY polled_at DESC) FILTER (WHERE outcome <> 'failed'))[1] AS body_sha256,
    count(*) FILTER (WHERE outcome = 'not_modified' AND polled_at > coalesce(whole_at, '-infinity'))
        AS polls_since_audit
FROM asked GROUP BY url
"""

_FINGERPRINTS = """
SELECT e.url_key, s.fingerprint FROM raw.entry_sighting s JOIN raw.entry e USING (entry_id)
WHERE s.feed_id = :feed_id AND s.fingerprint IS NOT NULL
"""

_DECIDED = tuple(field.name for field in fields(Standing) if field.name not in ("kind", "added_at", "every_minutes"))

_LOCK_FEED = f"""
SELECT {", ".join(field.name for field in fields(Standing))} FROM core.feed
WHERE feed_id = :feed_id FOR NO KEY UPDATE
"""

_UPDATE_FEED = f"UPDATE core.feed SET {', '.join(f'{name} = :{name}' for name in _DECIDED)} WHERE feed_id = :feed_id"

_NOTE_CHILD = """
UPDATE core.feed SET
    last_new_at = CASE WHEN :has_new THEN greatest(last_new_at, :at) ELSE last_new_at END,
    has_false_validators = has_false_validators OR :is_false
WHERE feed_id = :feed_id
"""

_INSERT_POLL = """
INSERT INTO raw.poll (polled_on, polled_at, feed_id, run_key, url, outcome, reason, detail, status, etag,
    last_modified, body_sha256, body_bytes, item_count, new_count, known_count, refused_count, refused, elapsed_ms,
    final_url, is_conditional, is_audit, overlap, is_overflow, retry_after_s, next_poll_at)
VALUES (:polled_on, :at, :feed_id, :run_key, :url, :outcome, :reason, :detail, :status, :etag,
    :last_modified, :body_sha256, :body_bytes, :item_count, :new_count, :known_count, :refused_count,
    CAST(:refused AS jsonb), :elapsed_ms,
    :final_url, :is_conditional, :is_audit, :overlap, :is_overflow, :retry_after_s, :next_poll_at)
"""
