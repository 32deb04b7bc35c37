"""Fetched pages: `raw.page`, and what fetch writes about the entries it works on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, insert, select, text, tuple_
from sqlalchemy.exc import DBAPIError

from pipeline.errors import Reason, Retryable
from pipeline.records import ArchivedPage, State
from pipeline.warehouse import db
from pipeline.warehouse.archive_files import ArchiveFile, add_files
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.tables import raw


@dataclass(frozen=True, slots=True)
class PageAttempt:
    """One attempt to get a page: a row of `raw.page`, failed ones included. Times are UTC.

    An attempt is identified by entry, run, `attempt` and `fetched_at`.
    """

    entry_id: int
    run_key: str
    fetched_at: datetime
    attempt: int  # within the run, from 1
    outcome: str  # archived, not_modified, failed
    reason: str | None = None  # Reason, unless archived
    detail: str | None = None
    status: int | None = None
    final_url: str | None = None
    content_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None  # of the body as unpacked
    body_bytes: int | None = None
    warc_uri: str | None = None
    warc_offset: int | None = None
    warc_length: int | None = None
    elapsed_ms: int | None = None
    origin: str | None = None  # <file>@<offset> of the foreign WARC record it was copied from


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """What fetch has to say about one entry: an attempt, its end in this stage, or both."""

    entry_id: int
    page: PageAttempt | None = None
    move: Move | None = None
    held_page_id: int | None = None  # an archived page to work on instead of a new one


_COLUMNS = [f.name for f in fields(PageAttempt)]
_Identity = tuple[int, str, int, datetime]
_IDENTITY = (raw.page.c.entry_id, raw.page.c.run_key, raw.page.c.attempt, raw.page.c.fetched_at)

# By key, for the reason that events._MOVE gives.
_HOLD_PAGES = """
UPDATE raw.entry e SET held_page_id = h.page_id
FROM (
    SELECT w.entry_id, w.page_id
    FROM unnest(CAST(:entry_ids AS bigint[]), CAST(:page_ids AS bigint[])) AS w(entry_id, page_id)
    CROSS JOIN LATERAL (
        SELECT state, claimed_by FROM raw.entry WHERE entry_id = w.entry_id OFFSET 0 FOR UPDATE) c
    WHERE c.claimed_by = :run_key AND c.state = 'claimed'
) h
WHERE e.entry_id = h.entry_id
"""
# page_id and validators belong together, and only move forward in time: neither a replay, nor what was salvaged
# late, nor an old page that a backfill copies may take them back.
_LAST_PAGE = """
UPDATE raw.entry e SET page_id = p.page_id, etag = p.etag, last_modified = p.last_modified
FROM raw.page p
WHERE p.page_id = ANY(:page_ids) AND p.fetched_on = ANY(:days) AND e.entry_id = p.entry_id
    AND p.page_id IS DISTINCT FROM e.page_id AND coalesce(e.page_id, 0) < p.page_id
    AND NOT EXISTS (
        SELECT FROM raw.page q WHERE q.entry_id = e.entry_id AND q.fetched_at > p.fetched_at
            AND q.fetched_on >= p.fetched_on AND q.outcome = 'archived')
"""
_ARCHIVED = """
SELECT e.entry_id, p.page_id, e.url_key, e.url, coalesce(p.final_url, e.url), e.source_key, c.inflow,
    e.first_seen_at, p.fetched_at, p.content_type, p.charset, p.sha256, p.warc_uri, p.warc_offset, p.warc_length,
    s.title, s.published_at
FROM raw.entry e
JOIN raw.page p ON p.page_id = e.held_page_id
JOIN LATERAL (
    SELECT v.reason AS inflow FROM ops.entry_event v
    WHERE v.entry_id = e.entry_id AND v.run_key = :run_key AND v.to_state = 'claimed'
    ORDER BY v.at DESC, v.event_id DESC LIMIT 1) c ON true
LEFT JOIN LATERAL (
    SELECT
        (array_agg(title ORDER BY first_seen_at, feed_id) FILTER (WHERE title IS NOT NULL))[1] AS title,
        (array_agg(published_at ORDER BY first_seen_at, feed_id)
            FILTER (WHERE published_at IS NOT NULL))[1] AS published_at
    FROM raw.entry_sighting WHERE entry_id = e.entry_id) s ON true
WHERE e.claimed_by = :run_key AND e.state = 'fetched' AND p.outcome = 'archived' AND p.removed_at IS NULL
ORDER BY e.first_seen_at, e.url_key
"""
_STILL_CLAIMED = """
SELECT entry_id FROM raw.entry WHERE entry_id = ANY(:entry_ids) AND claimed_by = :run_key AND state = 'claimed'
"""
_REQUESTS = """
SELECT e.host, count(*) AS requests FROM raw.page p JOIN raw.entry e USING (entry_id)
WHERE p.run_key = :run_key AND p.origin IS NULL GROUP BY e.host
"""
_REASONS = """
SELECT reason, count(*) AS entries FROM ops.entry_event
WHERE run_key = :run_key AND stage = 'fetch' AND entry_id = ANY(:entry_ids) GROUP BY reason ORDER BY reason
"""


def insert_pages(connection: Connection, rows: Sequence[PageAttempt]) -> list[int]:
    """Write attempts and give their page ids, in order. An attempt that is there already keeps its row and id."""
    if not rows:
        return []
    known = _known_ids(connection, rows)
    fresh = list({_identity(row): row for row in rows if _identity(row) not in known}.values())
    if fresh:
        # Found again by identity: asked to return them in order, SQLAlchemy inserts row by row.
        statement = insert(raw.page).returning(*_IDENTITY, raw.page.c.page_id)
        known.update(_by_identity(connection.execute(statement, [_values(row) for row in fresh])))
    return [known[_identity(row)] for row in rows]


def save_outcomes(
    run_key: str, outcomes: Sequence[FetchOutcome], *, at: datetime, files: Sequence[ArchiveFile] = ()
) -> int:
    """`write_outcomes` as a transaction of its own; raises `Retryable` while the database is away or its disk full."""
    try:
        return db.in_transaction(lambda connection: write_outcomes(connection, run_key, outcomes, at=at, files=files))
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.DiskFull):
            raise Retryable(Reason.DATABASE_UNAVAILABLE, f"its disk is full: {str(error.orig).strip()}") from error
        raise


def write_outcomes(
    connection: Connection,
    run_key: str,
    outcomes: Sequence[FetchOutcome],
    *,
    at: datetime,
    files: Sequence[ArchiveFile] = (),
) -> int:
    """Write attempts with the archive files they lie in, what the entries now hold, and their moves, as parts of
    one transaction.

    Only entries that the run holds in state `claimed` move; returns how many did. Doing it again changes nothing.
    """
    pages = [outcome.page for outcome in outcomes if outcome.page is not None]
    page_ids = insert_pages(connection, pages)
    add_files(connection, files)
    archived = [(row, key) for row, key in zip(pages, page_ids, strict=True) if row.outcome == "archived"]
    held = {row.entry_id: key for row, key in archived}
    held.update({o.entry_id: o.held_page_id for o in outcomes if o.held_page_id is not None})
    if held:
        ids = sorted(held)  # locked in the order in which `move` locks
        values = {"run_key": run_key, "entry_ids": ids, "page_ids": [held[entry_id] for entry_id in ids]}
        connection.execute(text(_HOLD_PAGES), values)
    if archived:
        days = sorted({row.fetched_at.date() for row, _ in archived})
        connection.execute(text(_LAST_PAGE), {"page_ids": [key for _, key in archived], "days": days})
    moves = [outcome.move for outcome in outcomes if outcome.move is not None]
    return move(connection, moves, from_states=[State.CLAIMED], run_key=run_key, at=at)


def archived_pages(connection: Connection, run_key: str) -> list[ArchivedPage]:
    """Every entry the run holds in state `fetched` with the page to work on, by age of the entry.

    Feed title and date are the earliest that any feed gave.
    """
    found: Iterable[Sequence[Any]] = connection.execute(text(_ARCHIVED), {"run_key": run_key})
    return [ArchivedPage(*row) for row in found]


def still_claimed(connection: Connection, run_key: str, entry_ids: Iterable[int]) -> set[int]:
    """Those of the entries that the run still has to fetch."""
    values = {"run_key": run_key, "entry_ids": list(entry_ids)}
    return {int(row.entry_id) for row in connection.execute(text(_STILL_CLAIMED), values)}


def requests_by_host(connection: Connection, run_key: str) -> dict[str, int]:
    """Requests the run has made so far, by host."""
    return {str(row.host): int(row.requests) for row in connection.execute(text(_REQUESTS), {"run_key": run_key})}


def fetch_reasons(connection: Connection, run_key: str, entry_ids: Iterable[int]) -> dict[str, int]:
    """How fetch ended for these entries in this run: entries by reason."""
    values = {"run_key": run_key, "entry_ids": list(entry_ids)}
    return {str(row.reason): int(row.entries) for row in connection.execute(text(_REASONS), values)}


def archive_files(connection: Connection, run_key: str) -> set[str]:
    """URIs of the archive files that hold pages of this run."""
    rows = connection.execute(text("SELECT DISTINCT warc_uri FROM raw.page WHERE run_key = :key"), {"key": run_key})
    return {str(row.warc_uri) for row in rows if row.warc_uri is not None}


def _known_ids(connection: Connection, rows: Sequence[PageAttempt]) -> dict[_Identity, int]:
    wanted = tuple_(*_IDENTITY).in_([_identity(row) for row in rows])
    return _by_identity(connection.execute(select(*_IDENTITY, raw.page.c.page_id).where(wanted)))


def _by_identity(rows: Iterable[Sequence[Any]]) -> dict[_Identity, int]:
    return {(int(row[0]), str(row[1]), int(row[2]), row[3]): int(row[4]) for row in rows}


def _identity(row: PageAttempt) -> _Identity:
    return row.entry_id, row.run_key, row.attempt, row.fetched_at


def _values(row: PageAttempt) -> dict[str, object]:
    return {"fetched_on": row.fetched_at.date(), **{name: getattr(row, name) for name in _COLUMNS}}
