"""What a backfill writes: pages that come from foreign WARC files, with their entries, claims and where they came from.

A WARC file or URL list stands in `core.feed` as a feed of kind `backfill`, one row per source that it named pages of,
so that `mm why` can say which file named a URL. Such a feed is retired from the start: nothing polls it, and the
registry's synchronisation leaves it alone. So is the source `backfill`, which takes pages on nobody's domain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, text

from pipeline import landing
from pipeline.errors import Reason
from pipeline.records import State
from pipeline.urls import host_of
from pipeline.warehouse.claims import claim_brought
from pipeline.warehouse.db import copy_rows
from pipeline.warehouse.events import Move
from pipeline.warehouse.pages import FetchOutcome, PageAttempt, write_outcomes

OTHER_SOURCE = "backfill"
"""Key of the source for pages on nobody's domain. One for all, not one per domain: a CC-NEWS file has thousands of
them, and the archive has a file per source and segment. Once an outlet is registered, its domain claims what comes
after."""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """One archived page of an entry."""

    page_id: int
    run_key: str
    fetched_at: datetime
    sha256: str
    origin: str | None
    is_kept: bool  # False once its bytes have left the archive


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """One entry as a backfill finds it."""

    entry_id: int
    state: str
    claimed_by: str | None
    pages: tuple[KnownPage, ...] = ()  # archived ones, in the order they were written


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse knows of the addresses and bodies of some pages."""

    entries: Mapping[str, KnownEntry] = field(default_factory=dict)  # by url_key
    tombstones: frozenset[str] = frozenset()  # url_keys and digests that are never taken again


@dataclass(frozen=True, slots=True)
class Brought:
    """One page that a backfill brings: its entry, and the outcome to write for it."""

    url: str
    url_key: str
    source_key: str
    seen_at: datetime  # first_seen_at of an entry that is new
    file: str  # URI of the file that named it
    outcome: FetchOutcome  # its entry_id is a stand-in (below 0) if the entry is new


def look_up(connection: Connection, url_keys: Collection[str], digests: Collection[str]) -> Known:
    """What is known of these addresses and bodies."""
    pages: dict[int, list[KnownPage]] = {}
    for row in connection.execute(text(_PAGES), {"url_keys": sorted(url_keys)}):
        pages.setdefault(row.entry_id, []).append(KnownPage(*row[1:]))
    entries = {
        row.url_key: KnownEntry(row.entry_id, row.state, row.claimed_by, tuple(pages.get(row.entry_id, ())))
        for row in connection.execute(text(_ENTRIES), {"url_keys": sorted(url_keys)})
    }
    values = {"url_keys": sorted(url_keys), "digests": sorted(digests)}
    return Known(entries, frozenset(connection.scalars(text(_TOMBSTONES), values)))


def ensure_feed(connection: Connection, source_key: str, file: str, now: datetime) -> int:
    """The feed that stands for a file among a source's feeds; the source `backfill` is made when first needed."""
    if source_key == OTHER_SOURCE:
        connection.execute(text(_OTHER_SOURCE), {"source_key": OTHER_SOURCE, "now": now})
    values = {"source_key": source_key, "url": file, "now": now}
    connection.execute(text(_MAKE_FEED), values)
    feed_id: int = connection.execute(text(_FIND_FEED), values).scalar_one()
    return feed_id


def write_brought(connection: Connection, run_key: str, pages: Sequence[Brought], *, now: datetime) -> set[str]:
    """Write entries, sightings, claims, pages and moves as parts of one transaction.

    Returns the url_keys whose entries the run now holds with a page; the others another run holds. Of several pages
    of one entry the run works on the one fetched last. Doing it again changes nothing.
    """
    feeds = {key: ensure_feed(connection, *key, now) for key in sorted({(p.source_key, p.file) for p in pages})}
    connection.execute(text("DROP TABLE IF EXISTS brought"))
    connection.execute(text(_BROUGHT))
    rows = [
        (p.url_key, p.url, host_of(p.url), p.source_key, feeds[p.source_key, p.file], p.seen_at)
        for p in sorted(pages, key=lambda p: (p.url_key, p.seen_at))
    ]
    columns = ("url_key", "url", "host", "source_key", "feed_id", "first_seen_at")
    copy_rows(connection, "brought", columns, rows)
    values = {"run_key": run_key, "now": now}
    connection.execute(text(_INSERT_ENTRIES), values)
    ids: dict[str, int] = {row.url_key: row.entry_id for row in connection.execute(text(_IDS))}
    connection.execute(text(_SIGHTINGS), values)
    claim_brought(connection, run_key, sorted(ids.values()), now=now)
    outcomes = [_with_id(page.outcome, ids[page.url_key]) for page in pages]
    write_outcomes(connection, run_key, outcomes, at=now)
    _register_files(connection, run_key, pages, now)
    values = {"run_key": run_key, "entry_ids": sorted(ids.values())}
    connection.execute(text(_HOLD_NEWEST), values)
    connection.execute(text(_SEEN_EARLIER), values)
    held = set(connection.scalars(text(_HELD), values))
    return {key for key, entry_id in ids.items() if entry_id in held}


def fetched(entry_id: int, page: PageAttempt | None, held_page_id: int | None = None) -> FetchOutcome:
    """The outcome of an entry whose bytes are there, new or in the archive already."""
    detail = f"copied from {page.origin}" if page is not None else f"archived page {held_page_id}"
    moved = Move(entry_id, State.FETCHED, Reason.STORED, "fetch", detail)
    return FetchOutcome(entry_id, page, moved, held_page_id)


def _register_files(connection: Connection, run_key: str, pages: Sequence[Brought], now: datetime) -> None:
    files: dict[str, list[Brought]] = {}
    for page in pages:
        if page.outcome.page is not None and page.outcome.page.warc_uri is not None:
            files.setdefault(page.outcome.page.warc_uri, []).append(page)
    for uri, inside in sorted(files.items()):
        values = {"uri": uri, "source_key": inside[0].source_key, "run_key": run_key, "now": now}
        connection.execute(text(_ARCHIVE_FILE), {**values, "records": len(inside), "bytes": landing.size(uri)})


def _with_id(outcome: FetchOutcome, entry_id: int) -> FetchOutcome:
    if outcome.entry_id == entry_id:
        return outcome
    return replace(
        outcome,
        entry_id=entry_id,
        page=replace(outcome.page, entry_id=entry_id) if outcome.page else None,
        move=replace(outcome.move, entry_id=entry_id) if outcome.move else None,
    )


_PAGES = """
SELECT e.entry_id, p.page_id, p.run_key, p.fetched_at, p.sha256, p.origin, p.removed_at IS NULL AS is_kept
FROM raw.entry e JOIN raw.page p USING (entry_id)
WHERE e.url_key = ANY(:url_keys) AND p.outcome = 'archived' ORDER BY p.page_id
"""

_ENTRIES = "SELECT url_key, entry_id, state, claimed_by FROM raw.entry WHERE url_key = ANY(:url_keys)"

_TOMBSTONES = """
SELECT coalesce(url_key, sha256) FROM core.tombstone WHERE url_key = ANY(:url_keys) OR sha256 = ANY(:digests)
"""

_OTHER_SOURCE = """
INSERT INTO core.source (source_key, name, homepage, domain, added_at, retired_at, config_digest)
VALUES (:source_key, 'Backfill: outlets that are not registered', 'https://backfill.invalid/', 'backfill.invalid',
    :now, :now, '')
ON CONFLICT (source_key) DO NOTHING
"""

# A minute of zero length: in force for no time, so no mart expects anything of it.
_MAKE_FEED = """
INSERT INTO core.feed (source_id, url, kind, added_at, retired_at, every_minutes)
SELECT source_id, :url, 'backfill', :now, :now, 1440 FROM core.source WHERE source_key = :source_key
ON CONFLICT (source_id, url) DO NOTHING
"""

_FIND_FEED = """
SELECT feed_id FROM core.feed JOIN core.source USING (source_id) WHERE source_key = :source_key AND url = :url
"""

_ARCHIVE_FILE = """
INSERT INTO raw.archive_file (warc_uri, source_key, run_key, written_at, record_count, file_bytes)
VALUES (:uri, :source_key, :run_key, :now, :records, :bytes) ON CONFLICT (warc_uri) DO NOTHING
"""

_BROUGHT = """
CREATE TEMP TABLE brought (
    url_key text NOT NULL, url text NOT NULL, host text NOT NULL, source_key text NOT NULL,
    feed_id bigint NOT NULL, first_seen_at timestamptz NOT NULL
) ON COMMIT DROP
"""

_INSERT_ENTRIES = """
WITH added AS (
    INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at)
    SELECT DISTINCT ON (b.url_key) b.url_key, b.url, b.host, b.source_key, b.first_seen_at,
        'new', 'new', CAST(:now AS timestamptz)
    FROM brought b WHERE NOT EXISTS (SELECT FROM raw.entry e WHERE e.url_key = b.url_key)
    ORDER BY b.url_key, b.first_seen_at
    ON CONFLICT (url_key) DO NOTHING
    RETURNING entry_id, source_key
)
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
SELECT CAST(:now AS timestamptz)::date, :now, :run_key, entry_id, source_key, NULL, 'new', 'discover', 'new'
FROM added ORDER BY entry_id
"""

_IDS = "SELECT DISTINCT e.url_key, e.entry_id FROM raw.entry e JOIN brought b USING (url_key)"

# The file listed it now, whenever it was fetched.
_SIGHTINGS = """
INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at)
SELECT DISTINCT e.entry_id, b.feed_id, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
FROM brought b JOIN raw.entry e USING (url_key) ORDER BY e.entry_id
ON CONFLICT (entry_id, feed_id) DO UPDATE
SET last_seen_at = greatest(raw.entry_sighting.last_seen_at, excluded.last_seen_at)
"""

_HOLD_NEWEST = """
UPDATE raw.entry e SET held_page_id = (
    SELECT p.page_id FROM raw.page p WHERE p.entry_id = e.entry_id AND p.run_key = :run_key AND p.outcome = 'archived'
    ORDER BY p.fetched_at DESC, p.sha256 LIMIT 1)
WHERE e.entry_id = ANY(:entry_ids) AND e.claimed_by = :run_key AND e.state = 'fetched' AND EXISTS (
    SELECT FROM raw.page p WHERE p.entry_id = e.entry_id AND p.run_key = :run_key AND p.outcome = 'archived')
"""

# An earlier look at an entry that this very run has made, met later in its files: the order of files says nothing.
_SEEN_EARLIER = """
UPDATE raw.entry e SET first_seen_at = earliest.at
FROM (SELECT url_key, min(first_seen_at) AS at FROM brought GROUP BY url_key) earliest
WHERE e.url_key = earliest.url_key AND earliest.at < e.first_seen_at
  AND e.claimed_by = :run_key AND e.state = 'fetched' AND EXISTS (
    SELECT FROM ops.entry_event v WHERE v.entry_id = e.entry_id AND v.run_key = :run_key AND v.from_state IS NULL)
"""

_HELD = """
SELECT entry_id FROM raw.entry
WHERE entry_id = ANY(:entry_ids) AND claimed_by = :run_key AND state = 'fetched'
"""
