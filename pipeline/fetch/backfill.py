"""Copying: the pages of foreign WARC files into our own archive, as if fetched when those records were written.

No network. A file is read once from front to back, and its pages are committed in segments, bytes first, rows after
them. A killed copy reads its files again; pages that are in the warehouse by then are told by file and offset, and
are neither written nor counted anew. Every record is counted once, by what became of it.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import __version__, landing, warc
from pipeline.errors import Reason, Retryable
from pipeline.fetch.foreign_page import ForeignPage, Wanted, page_of
from pipeline.fetch.foreign_warc import read_records
from pipeline.fetch.rows import Attempt, outcome_of
from pipeline.fetch.shard import last_number
from pipeline.fetch.spool import ArchiveName, Segment, discard, left_over, publish, sole_user, tidy
from pipeline.fetch.verdict import PAGE
from pipeline.log import event
from pipeline.records import ClaimedEntry, StageCounts, State
from pipeline.urls import host_of
from pipeline.warehouse import backfill, db, schema
from pipeline.warehouse.backfill import Brought, Known, KnownEntry, KnownPage
from pipeline.warehouse.pages import PageAttempt, archive_files
from pipeline.warehouse.progress import advance

SEGMENT_PAGES = 200
"""Pages per commit and archive file, as in fetch."""

SEGMENT_BYTES = 32_000_000
"""Most of unpacked bodies that wait for a commit: bounds memory where pages are large."""

_WITH_ARTICLE = frozenset({State.LOADED, State.UNCHANGED, State.DUPLICATE})


def _utc_now() -> datetime:
    return datetime.now(UTC)


def copy_files(
    run_key: str,
    part: str,
    files: Sequence[str],
    *,
    wanted: Wanted,
    max_bytes: int,
    limit: int = 0,
    now: Callable[[], datetime] = _utc_now,
) -> StageCounts:
    """Copy the wanted pages of foreign files (URIs) into the archive and claim their entries for the run.

    `limit` is the number of entries at most, 0 for no limit. `rows_in` counts records, `rows_out` entries that the
    run now holds, `reasons` records by what became of them. May be killed and run again. Raises `Retryable` while
    the database is away, the disk is full or another process works on this part, FileNotFoundError for a file that
    is not there.
    """
    # Below a folder of its own: what a killed copy leaves is read again from its file, never salvaged as fetch's is,
    # for its entries are not in the warehouse.
    folder = landing.spool_folder(run_key, landing.COPIES, part)
    with sole_user(folder):
        for segment in left_over(folder):
            discard(segment)
        copy = _Copy(run_key, part, folder, wanted=wanted, max_bytes=max_bytes, limit=limit, now=now)
        for file in files:
            copy.read(file)
        copy.commit()
        tidy(folder)
    return copy.counts()


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of one page."""

    reason: str
    entry_id: int | None = None  # None: it is left
    attempt: int = 1
    held_page_id: int | None = None  # the archive has these bytes: the run works on them


class _Copy:
    """One part's copying."""

    def __init__(
        self,
        run_key: str,
        part: str,
        folder: Path,
        *,
        wanted: Wanted,
        max_bytes: int,
        limit: int,
        now: Callable[[], datetime],
    ) -> None:
        self._run_key, self._part, self._folder = run_key, part, folder
        self._wanted, self._max_bytes, self._limit, self._now = wanted, max_bytes, limit, now
        self._waiting: list[tuple[str, ForeignPage]] = []  # with the file's URI
        self._waiting_bytes = 0
        self._records = 0
        self._reasons: Counter[str] = Counter()
        with db.reading() as connection:
            self._number = last_number(archive_files(connection, run_key), run_key, part) + 1

    def counts(self) -> StageCounts:
        """Records, entries held, and records by what became of them."""
        reasons = dict(sorted((str(reason), n) for reason, n in self._reasons.items()))
        return StageCounts(self._records, self._reasons[Reason.STORED], reasons)

    def read(self, file: str) -> None:
        """Read one file; stops at the limit."""
        before = self._records
        with landing.open_stream(file) as source:
            for record in read_records(source, max_block_bytes=self._max_bytes):
                if self._is_full():
                    break
                self._records += 1
                found = page_of(record, file, self._wanted, max_bytes=self._max_bytes, now=self._now())
                if isinstance(found, ForeignPage):
                    self._wait(file, found)
                else:
                    self._reasons[found] += 1
        event("foreign_file_read", run=self._run_key, part=self._part, file=file, records=self._records - before)

    def commit(self) -> None:
        """Bring what waits to an end: bytes to the archive, then rows."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if not waiting:
            return
        schema.make_missing_partitions({page.fetched_at.date() for _, page in waiting})
        decided = self._decide([page for _, page in waiting])
        segment = Segment(
            self._folder, ArchiveName(self._run_key, self._part, self._number), self._warcinfo(), self._now()
        )
        with _disk_explained():
            brought = [
                self._brought(segment, file, page, decision)
                for (file, page), decision in zip(waiting, decided, strict=True)
                if decision.entry_id is not None
            ]
            held = self._keep(segment, brought) if brought else set()
        for (_, page), decision in zip(waiting, decided, strict=True):
            is_lost = decision.entry_id is not None and page.url_key not in held  # to another run, just now
            self._reasons[Reason.NOT_REACHED if is_lost else decision.reason] += 1
        counts = self.counts()
        advance(self._run_key, "fetch", self._part, counts.rows_out, counts.reasons)

    def _keep(self, segment: Segment, brought: list[Brought]) -> set[str]:
        """Bytes first, then rows (the commit point), then the spool goes; gives the url_keys the run holds."""
        self._number += 1
        segment.close()
        publish(segment.folder, segment.outcomes)  # nothing, if all their bytes are in the archive already
        held = db.in_transaction(
            lambda connection: backfill.write_brought(connection, self._run_key, brought, now=self._now())
        )
        if segment.folder.exists():
            discard(segment.folder)
        return held

    def _wait(self, file: str, page: ForeignPage) -> None:
        self._waiting.append((file, page))
        self._waiting_bytes += len(page.answer.body)
        room = SEGMENT_PAGES if not self._limit else min(SEGMENT_PAGES, self._limit - self._reasons[Reason.STORED])
        if len(self._waiting) >= room or self._waiting_bytes >= SEGMENT_BYTES:
            self.commit()

    def _is_full(self) -> bool:
        return bool(self._limit) and self._reasons[Reason.STORED] >= self._limit

    def _decide(self, pages: Sequence[ForeignPage]) -> list[_Decision]:
        """What becomes of each page; a page of this very segment counts as known to those after it."""
        keys = {page.url_key for page in pages}
        with db.reading() as connection:
            known = backfill.look_up(connection, keys, {page.sha256 for page in pages})
        fresh = sorted(keys - known.entries.keys())
        entries = {**known.entries, **{key: KnownEntry(-n, State.NEW, None) for n, key in enumerate(fresh, start=1)}}
        decided = []
        for page in pages:
            entry = entries[page.url_key]
            decision = _decide(page, entry, known, self._run_key)
            if decision.entry_id is not None:
                entries[page.url_key] = _with(entry, page, self._run_key)
            decided.append(decision)
        return decided

    def _brought(self, segment: Segment, file: str, page: ForeignPage, decision: _Decision) -> Brought:
        assert decision.entry_id is not None  # noqa: S101  (only those are brought)
        if decision.held_page_id is not None:
            outcome = backfill.fetched(decision.entry_id, None, decision.held_page_id)
        else:
            attempt = _page_attempt(self._run_key, page, decision.entry_id, decision.attempt)
            answer, record_id = page.answer, warc.new_record_id()
            record = warc.copied_record(
                page.url,
                status_line=f"{answer.http_version} {answer.status} {answer.reason}",
                response_headers=answer.raw_headers,
                body=answer.raw_body,
                at=page.fetched_at,
                peer=answer.peer,
                record_id=record_id,
            )
            metadata = warc.metadata_record(page.url, record_id, self._about(page), page.fetched_at)
            segment.add(page.source_key, backfill.fetched(decision.entry_id, attempt), (metadata, record))
            outcome = segment.outcomes[-1]
        return Brought(page.url, page.url_key, page.source_key, page.fetched_at, file, outcome)

    def _about(self, page: ForeignPage) -> list[tuple[str, str]]:
        """What the metadata record says of a copied page; the names are those of a fetched one's."""
        return [
            ("source", page.source_key),
            ("run", self._run_key),
            ("entry", page.url),
            ("urlKey", page.url_key),
            ("copiedFrom", page.origin),
        ]

    def _warcinfo(self) -> dict[str, str]:
        return {
            "software": f"media-monitor/{__version__}",
            "format": "WARC File Format 1.1",
            "isPartOf": self._run_key,
            "description": "copied from WARC files of others; raw.page.origin says from which",
        }


@contextmanager
def _disk_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"no space left for the archive ({error.filename or 'landing zone'}); free some and clear the task"
        raise Retryable(Reason.DISK_FULL, message) from error


def _decide(page: ForeignPage, entry: KnownEntry, known: Known, run_key: str) -> _Decision:
    """Pure: what becomes of a page, by what is known of its address and bytes."""
    mine = [p for p in entry.pages if p.run_key == run_key]
    for place, copied in enumerate(mine):
        if copied.origin == page.origin:  # by an attempt that was killed
            return _Decision(Reason.STORED if place == 0 else Reason.SUPERSEDED)
    if page.url_key in known.tombstones or page.sha256 in known.tombstones:
        return _Decision(Reason.TAKEN_DOWN)
    if entry.state == State.DROPPED:
        return _Decision(Reason.OPERATOR)
    if entry.claimed_by not in (None, run_key):
        return _Decision(Reason.NOT_REACHED)
    same = [p for p in entry.pages if p.sha256 == page.sha256]
    if same:
        is_waiting = entry.claimed_by is None and entry.state in (State.NEW, State.CARRIED, State.REOPENED)
        if is_waiting and same[-1].is_kept:
            return _Decision(Reason.STORED, entry.entry_id, held_page_id=same[-1].page_id)
        if not is_waiting:
            return _Decision(Reason.SAME_CONTENT)
    is_newer_known = any(p.fetched_at >= page.fetched_at for p in entry.pages)
    if entry.state in _WITH_ARTICLE and is_newer_known:
        return _Decision(Reason.SUPERSEDED)  # the article stands on a later page
    # A run works on one page of an entry: of several captures, the latest; all are kept.
    reason = Reason.SUPERSEDED if entry.claimed_by == run_key and mine else Reason.STORED
    return _Decision(reason, entry.entry_id, attempt=len(mine) + 1)


def _with(entry: KnownEntry, page: ForeignPage, run_key: str) -> KnownEntry:
    """The entry as it will stand once this page is written."""
    written = KnownPage(0, run_key, page.fetched_at, page.sha256, page.origin, is_kept=True)
    return replace(entry, state=State.FETCHED, claimed_by=run_key, pages=(*entry.pages, written))


def _page_attempt(run_key: str, page: ForeignPage, entry_id: int, number: int) -> PageAttempt:
    """The row of `raw.page`; place in the archive is the segment's to add."""
    entry = ClaimedEntry(
        entry_id=entry_id,
        url_key=page.url_key,
        url=page.url,
        host=host_of(page.url),
        source_key=page.source_key,
        inflow=Reason.BACKFILLED,
        first_seen_at=page.fetched_at,
        attempt=1,
        feed_title=None,
        feed_published_at=None,
        etag=None,
        last_modified=None,
        page_id=None,
    )
    attempt = outcome_of(run_key, entry, Attempt(number, page.fetched_at, PAGE, page.answer), None).page
    assert attempt is not None  # noqa: S101  (an attempt was given)
    return replace(attempt, sha256=page.sha256, body_bytes=len(page.answer.body), elapsed_ms=None, origin=page.origin)
