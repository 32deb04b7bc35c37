"""The spool: what a shard has fetched and not yet committed, laid down so that a kill loses nothing.

A segment is a folder on the local disk with one WARC file per source and a journal: one JSON line per attempt,
written after its bytes. Publishing moves the WARC files to the landing zone; the database rows come after that,
and only then the journal goes. So a folder that is still there when a shard starts is work to finish: `salvage`
reads it, cuts off what was half written, and gives the outcomes that are whole.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import landing, warc
from pipeline.errors import Reason, Retryable
from pipeline.log import anomaly
from pipeline.records import State
from pipeline.warehouse.events import Move
from pipeline.warehouse.pages import FetchOutcome, PageAttempt

_JOURNAL = "pages.jsonl"
_WARC_SUFFIX = ".warc.gz"
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class ArchiveName:
    """Names the archive files of one segment."""

    run_key: str
    part: str
    number: int

    def uri(self, source_key: str, month: datetime) -> str:
        """`warc/<source>/<yyyy>/<mm>/<run>-<part>-<segment>.warc.gz` in the landing zone."""
        name = f"{self.run_key}-{self.part}-{self.number:04d}{_WARC_SUFFIX}"
        return landing.uri("warc", source_key, f"{month:%Y}", f"{month:%m}", name)


class Segment:
    """One segment being written. Not safe for threads: one writer."""

    def __init__(self, folder: Path, name: ArchiveName, warcinfo: dict[str, str], started_at: datetime) -> None:
        self.name = name
        self.outcomes: list[FetchOutcome] = []
        self._folder = folder / f"{name.number:04d}"
        self._warcinfo = warcinfo
        self._started_at = started_at
        self._files: dict[str, _Appended] = {}
        self._journal: _Appended | None = None

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._folder

    @property
    def file_count(self) -> int:
        """Archive files in it so far, one per source."""
        return len(self._files)

    def add(self, source_key: str, outcome: FetchOutcome, records: tuple[bytes, bytes] | None = None) -> None:
        """Append an outcome, and the members of its archive record: what goes before it (request, metadata), and
        the record, which `raw.page` is to point to.

        Raises OSError if the disk is full; then the segment stands as before.
        """
        if records is not None:
            outcome = self._archive(source_key, outcome, *records)
        if self._journal is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._journal = _Appended(self._folder / _JOURNAL)
        line = json.dumps({"source_key": source_key, **_as_json(outcome)}, ensure_ascii=False)
        self._journal.append(line.encode() + b"\n")
        self.outcomes.append(outcome)

    def close(self) -> None:
        """Make it durable: nothing is written any more."""
        for file in [*self._files.values(), *([self._journal] if self._journal else [])]:
            file.close()

    def _archive(self, source_key: str, outcome: FetchOutcome, before: bytes, record: bytes) -> FetchOutcome:
        assert outcome.page is not None  # noqa: S101  (records belong to an attempt)
        uri = self.name.uri(source_key, self._started_at)
        file = self._files.get(source_key)
        if file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = _Appended(self._folder / f"{source_key}{_WARC_SUFFIX}")
            file.append(warc.info_record(uri.rpartition("/")[2], self._warcinfo, self._started_at))
            self._files[source_key] = file
        offset = file.append(before + record) + len(before)
        page = replace(outcome.page, warc_uri=uri, warc_offset=offset, warc_length=len(record))
        return replace(outcome, page=page)


def publish(folder: Path, outcomes: list[FetchOutcome]) -> None:
    """Move a closed segment's WARC files to their places in the landing zone; done before is done."""
    for uri in sorted({o.page.warc_uri for o in outcomes if o.page is not None and o.page.warc_uri is not None}):
        path = folder / f"{source_of(uri)}{_WARC_SUFFIX}"
        if path.exists():
            landing.put_file(path, uri)


def source_of(warc_uri: str) -> str:
    """The source whose pages an archive file holds, as its address says."""
    return warc_uri.split("/")[-4]


def discard(folder: Path) -> None:
    """Remove a segment whose rows are committed."""
    shutil.rmtree(folder)


def left_over(folder: Path) -> list[Path]:
    """Segments that an earlier, killed attempt has left, oldest first."""
    return sorted(path for path in folder.iterdir() if path.is_dir())


def salvage(folder: Path) -> list[FetchOutcome]:
    """The outcomes of a left-over segment whose bytes are whole; WARC files are cut after the last whole record."""
    outcomes = list(_read_journal(folder / _JOURNAL))
    ends = dict.fromkeys(folder.glob(f"*{_WARC_SUFFIX}"), 0)
    damaged: set[Path] = set()
    whole: list[FetchOutcome] = []
    for outcome in outcomes:
        page = outcome.page
        if page is None or page.warc_uri is None:
            whole.append(outcome)
            continue
        path = folder / f"{source_of(page.warc_uri)}{_WARC_SUFFIX}"
        if path not in ends:
            if _is_published(page):  # before the kill
                whole.append(outcome)
        elif path not in damaged and _is_whole(path, ends[path], page):
            ends[path] = (page.warc_offset or 0) + (page.warc_length or 0)
            whole.append(outcome)
        else:
            damaged.add(path)
    for path, end in ends.items():
        _cut(path, end)
    anomaly("spool_salvaged", segment=folder.name, kept=len(whole), lost=len(outcomes) - len(whole))
    return whole


@contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """Hold the folder against another process that works on the same part; raises `Retryable` if there is one."""
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Retryable(Reason.NOT_REACHED, f"another process still works in {folder}") from error
        yield


def tidy(folder: Path) -> None:
    """Remove the folder of a finished part; never what is in it."""
    if not left_over(folder):
        (folder / _LOCK).unlink(missing_ok=True)
        with suppress(OSError):  # somebody has put something there
            folder.rmdir()


class _Appended:
    """A file that only grows by whole pieces. Not kept open: a shard may have thousands of sources, a process may not
    have thousands of files open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = path.stat().st_size if path.exists() else 0

    def append(self, data: bytes) -> int:
        """Write at the end; returns where it begins. On error, what was written of it is taken back."""
        start = self._end
        with self._path.open("ab", buffering=0) as file:
            try:
                view = memoryview(data)
                while view:
                    view = view[file.write(view) :]
            except OSError:
                with suppress(OSError):  # the first error is the one to tell of; salvage cuts too
                    file.truncate(start)
                raise
        self._end = start + len(data)
        return start

    def close(self) -> None:
        """Make it durable."""
        with self._path.open("rb") as file:
            os.fsync(file.fileno())


def _is_whole(path: Path, start: int, page: PageAttempt) -> bool:
    """True if the page's record and all that lies between it and the page before (its request, its metadata) is
    whole: half a request in front of a good response would make the file unreadable."""
    end = (page.warc_offset or 0) + (page.warc_length or 0)
    with path.open("rb") as source:
        source.seek(start)
        data = source.read(end - start)
    return len(data) == end - start and warc.is_whole_member(data)


def _is_published(page: PageAttempt) -> bool:
    """True if the record is in the landing zone; a file of that name may be another machine's later attempt."""
    try:
        data = landing.get_range(page.warc_uri or "", page.warc_offset or 0, page.warc_length or 0)
    except FileNotFoundError:
        return False
    return _is_record(data, page)


def _is_record(data: bytes, page: PageAttempt) -> bool:
    return len(data) == page.warc_length and warc.is_whole_member(data)


def _cut(path: Path, size: int) -> None:
    if size == 0:
        path.unlink()
        return
    with path.open("r+b") as file:
        file.truncate(size)
        os.fsync(file.fileno())


def _as_json(outcome: FetchOutcome) -> dict[str, Any]:
    content = asdict(outcome)
    if outcome.page is not None:
        content["page"]["fetched_at"] = outcome.page.fetched_at.isoformat()
    if outcome.move is not None and outcome.move.due_at is not None:
        content["move"]["due_at"] = outcome.move.due_at.isoformat()
    return content


def _read_journal(path: Path) -> Iterator[FetchOutcome]:
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        try:
            content = json.loads(line)
        except ValueError:
            continue  # the line the kill cut off, and what follows the last line break
        page, moved = content["page"], content["move"]
        if page is not None:
            page = PageAttempt(**{**page, "fetched_at": datetime.fromisoformat(page["fetched_at"])})
        if moved is not None:
            due_at = moved["due_at"]
            moved = Move(
                **{
                    **moved,
                    "to_state": State(moved["to_state"]),
                    "reason": Reason(moved["reason"]),
                    "due_at": datetime.fromisoformat(due_at) if due_at else None,
                }
            )
        yield FetchOutcome(content["entry_id"], page, moved, content["held_page_id"])
