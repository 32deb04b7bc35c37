"""WARC files as rows: `raw.archive_file`, and the pages of `raw.page` that lie in them.

A file's row is written in the transaction of its pages, so a file without a row was never committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

RETENTION, TAKEDOWN = "retention", "takedown"
"""Values of `removed_why`."""


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One published WARC file: a row of `raw.archive_file`. Times are UTC."""

    warc_uri: str
    source_key: str
    run_key: str
    written_at: datetime
    record_count: int  # pages in it
    file_bytes: int
    verified_at: datetime | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class FiledPage:
    """One page that lies in an archive file, as its row says."""

    page_id: int
    entry_id: int
    url: str | None  # WARC-Target-URI its record should have; None if its address was taken down
    warc_offset: int
    warc_length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Version:
    """One time the archive got the bytes of a page. Times are UTC."""

    page_id: int
    fetched_at: datetime
    status: int | None
    content_type: str | None
    body_bytes: int
    sha256: str
    run_key: str
    warc_uri: str
    warc_offset: int | None
    warc_length: int | None
    removed_at: datetime | None
    removed_why: str | None


_COLUMNS = "warc_uri, source_key, run_key, written_at, record_count, file_bytes, verified_at, trouble"
_INSERT = """
INSERT INTO raw.archive_file (warc_uri, source_key, run_key, written_at, record_count, file_bytes)
VALUES (:warc_uri, :source_key, :run_key, :written_at, :record_count, :file_bytes)
ON CONFLICT (warc_uri) DO NOTHING
"""
_UNREGISTERED = """
SELECT p.warc_uri, p.run_key, max(p.fetched_at) AS written_at, count(*) AS record_count FROM raw.page p
WHERE p.warc_uri IS NOT NULL AND p.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM raw.archive_file f WHERE f.warc_uri = p.warc_uri)
GROUP BY p.warc_uri, p.run_key ORDER BY p.warc_uri
"""
_FILES = f"""
SELECT {_COLUMNS} FROM raw.archive_file
WHERE removed_at IS NULL
  AND (CAST(:source AS text) IS NULL OR source_key = :source)
  AND (CAST(:run_key AS text) IS NULL OR starts_with(run_key, :run_key))
  AND (CAST(:since AS timestamptz) IS NULL OR written_at >= :since)
  AND (NOT CAST(:unverified AS boolean) OR verified_at IS NULL)
ORDER BY written_at, warc_uri
"""
_PAGES = """
SELECT p.page_id, p.entry_id,
    CASE WHEN e.reason IS DISTINCT FROM 'taken_down' THEN coalesce(p.final_url, e.url) END AS url,
    p.warc_offset, p.warc_length, p.sha256
FROM raw.page p LEFT JOIN raw.entry e USING (entry_id)
WHERE p.run_key = :run_key AND p.warc_uri = :warc_uri AND p.removed_at IS NULL
ORDER BY p.warc_offset
"""
_SUMMARY = """
SELECT source_key, to_char(written_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
    count(*) FILTER (WHERE removed_at IS NULL) AS files,
    coalesce(sum(file_bytes) FILTER (WHERE removed_at IS NULL), 0)::bigint AS bytes,
    coalesce(sum(record_count) FILTER (WHERE removed_at IS NULL), 0)::bigint AS pages,
    count(*) FILTER (WHERE removed_at IS NULL AND verified_at IS NULL) AS unverified,
    count(*) FILTER (WHERE removed_at IS NULL AND trouble IS NOT NULL) AS troubled,
    count(*) FILTER (WHERE removed_at IS NOT NULL) AS removed
FROM raw.archive_file WHERE (CAST(:source AS text) IS NULL OR source_key = :source)
GROUP BY 1, 2 ORDER BY 1, 2
"""
# A run that is under way has offsets of these pages in its files, or is about to.
_HOLDERS = """
SELECT DISTINCT e.claimed_by FROM raw.page p JOIN raw.entry e USING (entry_id)
WHERE p.run_key = :run_key AND p.warc_uri = :warc_uri AND p.removed_at IS NULL AND e.claimed_by IS NOT NULL
ORDER BY e.claimed_by
"""
_LOCK = "SELECT removed_at IS NULL FROM raw.archive_file WHERE warc_uri = :warc_uri FOR UPDATE"
_MARK_FILE = """
UPDATE raw.archive_file SET removed_at = :at, removed_why = :why WHERE warc_uri = :warc_uri AND removed_at IS NULL
"""
_MARK_ALL_PAGES = """
UPDATE raw.page SET removed_at = :at, removed_why = :why
WHERE run_key = :run_key AND warc_uri = :warc_uri AND removed_at IS NULL
"""
_MARK_PAGES = """
UPDATE raw.page SET removed_at = :at, removed_why = :why, warc_offset = NULL, warc_length = NULL
WHERE run_key = :run_key AND warc_uri = :warc_uri AND page_id = ANY(:page_ids)
"""
_MOVE_PAGES = """
UPDATE raw.page p SET warc_uri = :new_uri, warc_offset = n.warc_offset
FROM unnest(CAST(:page_ids AS bigint[]), CAST(:offsets AS bigint[])) AS n (page_id, warc_offset)
WHERE p.page_id = n.page_id AND p.run_key = :run_key AND p.warc_uri = :warc_uri
"""
_OLD = """
SELECT f.warc_uri FROM raw.archive_file f
LEFT JOIN unnest(CAST(:sources AS text[]), CAST(:days AS int[])) AS own (source_key, days) USING (source_key)
WHERE f.removed_at IS NULL AND coalesce(own.days, :default_days) > 0
  AND f.written_at < CAST(:now AS timestamptz) - make_interval(days => coalesce(own.days, :default_days))
  AND NOT EXISTS (
    SELECT FROM raw.page p WHERE p.run_key = f.run_key AND p.warc_uri = f.warc_uri AND p.removed_at IS NULL
      AND p.fetched_at >= CAST(:now AS timestamptz) - make_interval(days => coalesce(own.days, :default_days)))
ORDER BY f.written_at, f.warc_uri
"""
_REMOVED_SINCE = "SELECT warc_uri FROM raw.archive_file WHERE removed_at >= :since ORDER BY warc_uri"
_VERIFIED = "UPDATE raw.archive_file SET verified_at = :at, trouble = :trouble WHERE warc_uri = :warc_uri"

_OF_URL = """
SELECT p.page_id, p.fetched_at, p.status, p.content_type, p.body_bytes, p.sha256, p.run_key, p.warc_uri,
    p.warc_offset, p.warc_length, p.removed_at, p.removed_why
FROM raw.page p
WHERE p.outcome = 'archived' AND p.entry_id IN (
    SELECT e.entry_id FROM raw.entry e WHERE e.url_key = :url_key
    UNION SELECT e.entry_id FROM core.article_url mine JOIN core.article_url other USING (article_id)
        JOIN raw.entry e ON e.url_key = other.url_key WHERE mine.url_key = :url_key)
ORDER BY p.fetched_at, p.page_id
"""


def add_files(connection: Connection, files: Iterable[ArchiveFile]) -> None:
    """Add published files; a file that is known keeps its row."""
    for file in files:
        values = {name: getattr(file, name) for name in ArchiveFile.__slots__ if name not in ("verified_at", "trouble")}
        connection.execute(text(_INSERT), values)


def unregistered(connection: Connection) -> list[dict[str, Any]]:
    """Files that pages point to and that have no row (published before there were rows): `warc_uri`, `run_key`,
    `written_at` (of its last page), `record_count`."""
    return [dict(row) for row in connection.execute(text(_UNREGISTERED)).mappings()]


def files(
    connection: Connection,
    *,
    source: str | None = None,
    run_key: str | None = None,
    since: datetime | None = None,
    unverified: bool = False,
) -> list[ArchiveFile]:
    """Files that are there, oldest first; `run_key` may be the first letters of one."""
    values = {"source": source, "run_key": run_key, "since": since, "unverified": unverified}
    return [ArchiveFile(**row) for row in connection.execute(text(_FILES), values).mappings()]


def file_of(connection: Connection, warc_uri: str) -> ArchiveFile | None:
    """One file, if it is (still) there."""
    query = f"SELECT {_COLUMNS} FROM raw.archive_file WHERE warc_uri = :warc_uri AND removed_at IS NULL"
    row = connection.execute(text(query), {"warc_uri": warc_uri}).mappings().one_or_none()
    return ArchiveFile(**row) if row else None


def known_uris(connection: Connection) -> dict[str, bool]:
    """URI of every file ever published → whether it should be there."""
    rows = connection.execute(text("SELECT warc_uri, removed_at IS NULL FROM raw.archive_file"))
    return {str(row[0]): bool(row[1]) for row in rows}


def pages_of(connection: Connection, file: ArchiveFile) -> list[FiledPage]:
    """The pages that lie in a file, in order."""
    return [FiledPage(**row) for row in connection.execute(text(_PAGES), _key(file)).mappings()]


def versions(connection: Connection, url_key: str) -> list[Version]:
    """All versions of a page, oldest first, at whichever of its article's addresses they were fetched."""
    return [Version(**row) for row in connection.execute(text(_OF_URL), {"url_key": url_key}).mappings()]


def holders(connection: Connection, file: ArchiveFile) -> list[str]:
    """Runs under way that may still read pages of a file; while there are any, it has to stay."""
    return list(connection.scalars(text(_HOLDERS), _key(file)))


def summary(connection: Connection, source: str | None = None) -> list[dict[str, Any]]:
    """Files, bytes and pages by source and month of writing."""
    return [dict(row) for row in connection.execute(text(_SUMMARY), {"source": source}).mappings()]


def save_verdict(connection: Connection, warc_uri: str, trouble: str | None, at: datetime) -> None:
    """Note that a file was read whole, and what was wrong."""
    connection.execute(text(_VERIFIED), {"warc_uri": warc_uri, "trouble": trouble, "at": at})


def old_files(
    connection: Connection, *, now: datetime, default_days: int, days_by_source: Mapping[str, int]
) -> list[str]:
    """Files whose keeping time is over, and that of all their pages; 0 days means for ever."""
    values = {
        "now": now,
        "default_days": default_days,
        "sources": list(days_by_source),
        "days": list(days_by_source.values()),
    }
    return list(connection.scalars(text(_OLD), values))


def mark_removed(connection: Connection, file: ArchiveFile, *, why: str, at: datetime) -> bool:
    """Say that a file and all its pages are gone: the commit point, the bytes go afterwards.

    False, and nothing happens, if that was said before or a run under way still holds one of its pages.
    """
    if not _is_there(connection, file) or holders(connection, file):
        return False
    values = {**_key(file), "why": why, "at": at}
    connection.execute(text(_MARK_ALL_PAGES), values)
    connection.execute(text(_MARK_FILE), values)
    return True


def mark_pages(connection: Connection, file: ArchiveFile, page_ids: Collection[int], at: datetime) -> None:
    """Say that these pages of a file were taken down."""
    connection.execute(text(_MARK_PAGES), {**_key(file), "why": TAKEDOWN, "at": at, "page_ids": sorted(page_ids)})


def switch(
    connection: Connection,
    file: ArchiveFile,
    new: ArchiveFile,
    *,
    gone: Collection[int],
    offsets: Mapping[int, int],
    at: datetime,
) -> bool:
    """Let pages point into the rewritten file, and say that the others (`gone`, page ids) were taken down.

    `offsets` has the new place of every page that stays. False, and nothing happens, if the file has changed since
    it was read, or a run under way still holds one of its pages.
    """
    if not _is_there(connection, file) or holders(connection, file):
        return False
    if {page.page_id for page in pages_of(connection, file)} != set(offsets) | set(gone):
        return False
    values: dict[str, Any] = {**_key(file), "why": TAKEDOWN, "at": at}
    mark_pages(connection, file, gone, at)
    if offsets:
        moved = {"new_uri": new.warc_uri, "page_ids": list(offsets), "offsets": list(offsets.values())}
        add_files(connection, [new])
        connection.execute(text(_MOVE_PAGES), {**values, **moved})
    connection.execute(text(_MARK_FILE), values)
    return True


def removed_since(connection: Connection, since: datetime) -> Sequence[str]:
    """Files that should be gone since then."""
    return connection.scalars(text(_REMOVED_SINCE), {"since": since}).all()


def _is_there(connection: Connection, file: ArchiveFile) -> bool:
    return bool(connection.scalar(text(_LOCK), {"warc_uri": file.warc_uri}))


def _key(file: ArchiveFile) -> dict[str, Any]:
    return {"run_key": file.run_key, "warc_uri": file.warc_uri}
