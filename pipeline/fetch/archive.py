"""The archive side of a shard: bytes to WARC, segments to the landing zone, rows to the database.

The event loop only hands over. One thread writes (zlib lets go of the interpreter lock), one commits, so a slow
disk or a database that is away holds up neither the network nor each other.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from yarl import URL

from pipeline import landing, warc
from pipeline.content_type import charset_of
from pipeline.errors import Reason, Retryable
from pipeline.fetch.drop import DroppedFile
from pipeline.fetch.rows import Attempt, outcome_of
from pipeline.fetch.spool import ArchiveName, Segment, discard, left_over, publish, salvage, sole_user, source_of, tidy
from pipeline.fetch.verdict import Ending, Finding
from pipeline.http import HttpAnswer
from pipeline.identity import final_address
from pipeline.log import anomaly, event
from pipeline.records import ClaimedEntry, State
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.archive_files import ArchiveFile
from pipeline.warehouse.pages import FetchOutcome, save_outcomes
from pipeline.warehouse.progress import advance
from pipeline.warehouse.tombstones import Tombstones, tombstones

SEGMENT_PAGES = 200
"""Attempts before a segment may count as full: about 10 MB of archive."""

FILE_PAGES = 10
"""Attempts per archive file, on average, before a segment counts as full: with 500 outlets in a shard, 200 attempts
would be 200 files of one page."""

SEGMENT_MAX_PAGES = 2_000
"""Full whatever the number of its files: a commit of this size takes a second."""

SEGMENT_S = 30.0
"""Age at which a smaller segment is committed; shorter would litter the archive with files of a few pages."""

PROGRESS_S = 2.0
"""How often the live view is told how far the shard has come."""


_TAKEN_DOWN = Finding(Reason.TAKEN_DOWN, State.DROPPED, "taken down; not kept")


class ArchiveFailedError(Exception):
    """The archive cannot go on, for no passing reason: a broken disk, or our code and the schema disagree. What was
    fetched stays in the spool."""


class Sink(Protocol):
    """Takes what happens to entries; returns once it is kept."""

    async def add(self, entry: ClaimedEntry, attempt: Attempt | None, ending: Ending | None) -> None: ...


class Archive:
    """Keeps what a shard fetches, segment by segment; an async context manager.

    Leaving it normally commits the rest; leaving it by an error leaves the spool for the next attempt.
    Raises `Retryable` when the disk is full or the database stays away.
    """

    def __init__(
        self,
        run_key: str,
        part: str,
        folder: Path,
        *,
        first_number: int,
        done_before: int,
        warcinfo: dict[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._run_key, self._part, self._folder = run_key, part, folder
        self._warcinfo, self._now = warcinfo, now
        self._number = first_number
        self._done = done_before
        self._reasons: Counter[str] = Counter()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="warc")
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._rolling = asyncio.Lock()
        self._leaving = asyncio.Event()
        self._commit: asyncio.Future[None] | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._pending = 0
        self._segment = self._new_segment()
        self._taken_down = Tombstones()

    async def __aenter__(self) -> Archive:
        await self._in(self._committer, self._learn_takedowns)
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        self._leaving.set()
        try:
            if self._ticker is not None:
                await self._ticker  # in its own time: a segment it is rolling must reach its commit
            if error is None:
                await self._roll()
                await self._commit_done()
        finally:
            with suppress(ArchiveFailedError, Retryable):  # the first error is the one to tell of
                await self._in(self._writer, _close, self._segment)
            self._writer.shutdown(wait=True, cancel_futures=True)
            self._committer.shutdown(wait=True, cancel_futures=True)

    async def add(self, entry: ClaimedEntry, attempt: Attempt | None, ending: Ending | None) -> None:
        """Lay down an attempt with its bytes, the entry's end, or both; they survive a kill once this returns.

        Bytes that were taken down, or come from an address that was, are not kept, and the entry ends with that.
        """
        if attempt is not None and attempt.found.has_page and self._is_taken_down(entry, attempt):
            attempt = replace(attempt, found=_TAKEN_DOWN, content=None)
            ending = ending and Ending(State.DROPPED, Reason.TAKEN_DOWN)
        self._pending += 1
        await self._in(self._writer, self._write, self._segment, entry, attempt, ending)
        if ending is not None:
            self._done += 1
            self._reasons[ending.reason.value] += 1
        if self._is_full:
            await self._roll(only_if_full=True)

    @property
    def _is_full(self) -> bool:
        wanted = max(SEGMENT_PAGES, FILE_PAGES * self._segment.file_count)
        return len(self._segment.outcomes) >= min(SEGMENT_MAX_PAGES, wanted)

    async def _roll(self, *, only_if_full: bool = False) -> None:
        """Close the segment and commit it; the next one takes over at once.

        All hosts that add to a full segment come here; once the first has rolled it, it is no longer full for the
        others, which would else close the next one after a page or two.
        """
        async with self._rolling:
            if self._pending == 0 or (only_if_full and not self._is_full):
                return
            full, self._segment, self._pending = self._segment, self._new_segment(), 0
            await self._in(self._writer, _close, full)
            await self._commit_done()
            self._commit = self._in(self._committer, self._commit_segment, full)

    async def _commit_done(self) -> None:
        """Wait for the commit under way; a failed one fails every later one too, so no error is lost."""
        if self._commit is None:
            return
        try:
            await self._commit
        except Retryable:
            raise
        except Exception as error:
            raise ArchiveFailedError(str(error)) from error

    async def _tick(self) -> None:
        """Show progress and commit small segments in time, until the archive is left."""
        opened = time.monotonic()
        while not self._leaving.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), PROGRESS_S)
            if self._commit is None or self._commit.done():
                await self._in(self._committer, self._show_progress, self._done, dict(self._reasons))
            if time.monotonic() - opened >= SEGMENT_S:
                opened = time.monotonic()
                await self._roll()

    def _write(self, segment: Segment, entry: ClaimedEntry, attempt: Attempt | None, ending: Ending | None) -> None:
        outcome = outcome_of(self._run_key, entry, attempt, ending)
        records = None
        if attempt is not None and attempt.content is not None and attempt.found.has_page and outcome.page is not None:
            body = attempt.content.body
            page = replace(outcome.page, sha256=hashlib.sha256(body).hexdigest(), body_bytes=len(body))
            outcome = replace(outcome, page=page)
            records = _records(page.final_url or entry.url, attempt, _about(self._run_key, entry, attempt))
        try:
            segment.add(entry.source_key, outcome, records)
        except OSError as error:
            raise _explained(error, segment.folder) from error

    def _commit_segment(self, segment: Segment) -> None:
        commit_segment(self._run_key, segment, self._now)
        self._learn_takedowns()

    def _learn_takedowns(self) -> None:
        self._taken_down = db.in_transaction(lambda connection: tombstones(connection, self._taken_down))

    def _is_taken_down(self, entry: ClaimedEntry, attempt: Attempt) -> bool:
        """Hashes are only worked out where any are forbidden."""
        known, content = self._taken_down, attempt.content
        if content is None or not (known.url_keys or known.sha256s):
            return False
        came_from = content.url if isinstance(content, HttpAnswer) else entry.url
        digest = hashlib.sha256(content.body).hexdigest() if known.sha256s else None
        return known.forbid(entry.url_key, url_key(final_address(entry.url, came_from)), sha256=digest)

    def _show_progress(self, done: int, reasons: dict[str, int]) -> None:
        try:
            advance(self._run_key, "fetch", self._part, done, reasons)
        except Retryable as away:  # the commits will say so, if it lasts
            anomaly("progress_not_shown", run=self._run_key, part=self._part, error=away)

    def _new_segment(self) -> Segment:
        name = ArchiveName(self._run_key, self._part, self._number)
        self._number += 1
        return Segment(self._folder, name, self._warcinfo, self._now())

    @staticmethod
    def _in(pool: ThreadPoolExecutor, work: Callable[..., None], *arguments: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(pool, work, *arguments)


def _close(segment: Segment) -> None:
    try:
        segment.close()
    except OSError as error:
        raise _explained(error, segment.folder) from error


def commit_segment(run_key: str, segment: Segment, now: Callable[[], datetime]) -> None:
    """Publish a closed segment and commit its rows; raises `Retryable` when a disk is full or the database away."""
    if segment.outcomes:
        commit_outcomes(run_key, segment.folder, segment.outcomes, now)


def commit_outcomes(run_key: str, folder: Path, outcomes: list[FetchOutcome], now: Callable[[], datetime]) -> None:
    """Bytes first, then rows (the commit point), then the spool goes. May be done again from any point."""
    try:
        publish(folder, outcomes)
        at = now()
        save_outcomes(run_key, outcomes, at=at, files=_files(run_key, outcomes, at))
        discard(folder)
    except OSError as error:
        raise _explained(error, folder) from error


def finish_spool(run_key: str, folder: Path, *, is_copy: bool = False) -> int:
    """Commit what a part of a run that has ended left in its spool; returns the segments dealt with.

    With `is_copy` (the copies of a backfill, whose rows are not known before its commit) it is discarded instead.
    The bytes and their rows are kept; the entries stay as they are, for the run holds none any more. A folder that
    a task still works in is left alone.
    """
    try:
        with sole_user(folder):
            segments = left_over(folder)
            for segment in segments:
                if is_copy:
                    event("spool_of_a_copy_removed", run=run_key, segment=segment)
                    discard(segment)
                else:
                    commit_outcomes(run_key, segment, salvage(segment), lambda: datetime.now(UTC))
            tidy(folder)
    except Retryable as busy:
        anomaly("spool_busy", folder=folder, error=busy)
        return 0
    return len(segments)


def _files(run_key: str, outcomes: list[FetchOutcome], at: datetime) -> list[ArchiveFile]:
    """The archive files these outcomes lie in, which are published."""
    uris = Counter(o.page.warc_uri for o in outcomes if o.page is not None and o.page.warc_uri is not None)
    return [
        ArchiveFile(uri, source_of(uri), run_key, at, record_count=count, file_bytes=landing.size(uri))
        for uri, count in sorted(uris.items())
    ]


def _records(url: str, attempt: Attempt, about: list[tuple[str, str]]) -> tuple[bytes, bytes]:
    """What goes before the page's own record (its request, its metadata), and the record."""
    record_id = warc.new_record_id()
    metadata = warc.metadata_record(url, record_id, about, attempt.at)
    content = attempt.content
    if isinstance(content, DroppedFile):
        record = warc.file_record(url, content.body, content.content_type, attempt.at, record_id=record_id)
        return metadata, record
    assert content is not None  # noqa: S101  (records belong to bytes)
    target = URL(url, encoded=True)
    request, response = warc.exchange_records(
        url,
        request_line=f"GET {target.raw_path_qs} HTTP/1.1",
        request_headers=list(content.request_headers.items()),
        status_line=f"{content.http_version} {content.status} {content.reason}",
        response_headers=content.raw_headers,
        body=content.raw_body,
        at=attempt.at,
        peer=content.peer,
        record_id=record_id,
    )
    return request + metadata, response


def _about(run_key: str, entry: ClaimedEntry, attempt: Attempt) -> list[tuple[str, str]]:
    """What the metadata record says: enough to put the page back into its place without the warehouse."""
    fields = [
        ("source", entry.source_key),
        ("entry", entry.url),
        ("urlKey", entry.url_key),
        ("firstSeenAt", entry.first_seen_at.isoformat()),
        ("run", run_key),
        ("inflow", entry.inflow),
        ("attempt", str(attempt.number)),
    ]
    content = attempt.content
    if isinstance(content, HttpAnswer):
        charset = charset_of(content.headers.get("Content-Type"))
        fields.append(("fetchTimeMs", str(content.elapsed_ms)))
        fields += [("redirect", f"{status} {url}") for url, status in content.redirects]
        fields += [("charset", charset)] if charset else []
    return fields


def _explained(error: OSError, folder: Path) -> Retryable | ArchiveFailedError:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveFailedError(f"{folder}: {error}")
    return Retryable(
        Reason.DISK_FULL,
        f"no space left for the archive ({error.filename or folder}); free some and run the task again: "
        "what was fetched is kept in the spool",
    )
