"""The archive as a whole: files that had no row get one, files are read whole and checked, old ones are removed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from pipeline import landing, warc_file
from pipeline.log import anomaly, event
from pipeline.warc_file import PAGE_KINDS, Member
from pipeline.warehouse import archive_files, db
from pipeline.warehouse.archive_files import RETENTION, ArchiveFile, FiledPage

_UNCOMMITTED = timedelta(days=1)
"""A file without a row may be about to get one: published and not committed yet. A day is longer than any task."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with the archive."""

    file: str
    what: str  # missing, damaged, orphan_record, orphan_row, wrong_page, orphan_file or not_removed
    detail: str
    advice: str


_ADVICE = {
    "missing": "Restore the file from a backup. Without one, its pages cannot be read again.",
    "damaged": "Restore the file from a backup; what is whole in it can still be read.",
    "orphan_record": "No row leads to it, so nothing reads it. Harmless; report how it came about.",
    "orphan_row": "Restore the file from a backup: the page is not where its row says.",
    "wrong_page": "The row leads to other bytes than were fetched. Restore file and warehouse from one backup.",
    "orphan_file": "No row knows it: a task that was killed between file and row, or a file from elsewhere. Clear the "
    "fetch task of its run, or remove it.",
    "not_removed": "It was removed by retention or takedown, and is there again. `maintain` removes it.",
}


@dataclass(slots=True)
class Verdict:
    """What a check of the archive found."""

    files: int = 0
    pages: int = 0
    bytes: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def register_files() -> int:
    """Give files that were published before there were rows for files theirs; returns how many."""
    with db.reading() as connection:
        rows = archive_files.unregistered(connection)
    found = [
        ArchiveFile(**row, source_key=row["warc_uri"].split("/")[-4], file_bytes=_size(row["warc_uri"])) for row in rows
    ]
    db.in_transaction(partial(archive_files.add_files, files=found))
    return len(found)


def chosen_files(
    *, source: str | None, run_key: str | None, since: datetime | None, every: bool, sample: int | None
) -> list[ArchiveFile]:
    """Files to check; without any choice those that never were."""
    is_open = not every and source is None and run_key is None and since is None and sample is None
    with db.reading() as connection:
        found = archive_files.files(connection, source=source, run_key=run_key, since=since, unverified=is_open)
    if sample is not None and sample < len(found):
        found = sorted(random.sample(found, sample), key=lambda file: file.warc_uri)
    return found


def verify(files: Sequence[ArchiveFile], now: datetime, told: Callable[[ArchiveFile], None]) -> Verdict:
    """Read files whole and compare them with their rows; what is found is noted in `raw.archive_file`.

    `told` is called after each file.
    """
    verdict = Verdict()
    for file in files:
        with db.reading() as connection:
            pages = archive_files.pages_of(connection, file)
        troubles = _check(file, pages)
        shown = "; ".join(f"{t.what}: {t.detail}" for t in troubles[:5]) or None
        db.in_transaction(partial(archive_files.save_verdict, warc_uri=file.warc_uri, trouble=shown, at=now))
        verdict.files += 1
        verdict.pages += len(pages)
        verdict.bytes += file.file_bytes
        verdict.troubles += troubles
        told(file)
    return verdict


def strangers(now: datetime, source: str | None = None) -> list[Trouble]:
    """Files in the archive that no row knows, or that should be gone."""
    with db.reading() as connection:
        known = archive_files.known_uris(connection)
    folder = landing.uri("warc", source) if source else landing.uri("warc")
    found = []
    for uri in landing.find(folder, ".warc.gz"):
        if uri not in known and landing.written_at(uri) < now - _UNCOMMITTED:
            found.append(_trouble(uri, "orphan_file", f"{landing.size(uri):,} bytes"))
        elif not known.get(uri, True):
            found.append(_trouble(uri, "not_removed", f"{landing.size(uri):,} bytes"))
    return found


def prunable(now: datetime, default_days: int, days_by_source: Mapping[str, int]) -> list[ArchiveFile]:
    """Files whose keeping time is over."""
    with db.reading() as connection:
        uris = archive_files.old_files(connection, now=now, default_days=default_days, days_by_source=days_by_source)
        found = [archive_files.file_of(connection, uri) for uri in uris]
    return [file for file in found if file is not None]


def prune(files: Iterable[ArchiveFile], now: datetime) -> list[ArchiveFile]:
    """Remove files: their rows say so first, then the bytes go. A file that a run still reads stays; returns those
    that went."""
    removed = []
    for file in files:
        mark = partial(archive_files.mark_removed, file=file, why=RETENTION, at=now)
        if db.in_transaction(mark):
            landing.remove(file.warc_uri)
            removed.append(file)
    if removed:
        event("archive_pruned", files=len(removed), bytes=sum(file.file_bytes for file in removed))
    return removed


def _check(file: ArchiveFile, pages: Sequence[FiledPage]) -> list[Trouble]:
    try:
        data = landing.get_bytes(file.warc_uri)
    except FileNotFoundError:
        if not _is_current(file):  # removed or rewritten while we were at work
            return []
        return [_trouble(file.warc_uri, "missing", f"{len(pages)} pages lie in it")]
    found = list(warc_file.members(data))
    troubles = [_trouble(file.warc_uri, "damaged", f"at {m.offset}: {m.trouble}") for m in found if m.trouble]
    records = {member.offset: member for member in found if member.kind in PAGE_KINDS}
    for page in pages:
        if (trouble := _compare(file, page, records.pop(page.warc_offset, None))) is not None:
            troubles.append(trouble)
    troubles += [_trouble(file.warc_uri, "orphan_record", f"at {offset}: {r.url}") for offset, r in records.items()]
    return troubles


def _compare(file: ArchiveFile, page: FiledPage, record: Member | None) -> Trouble | None:
    name = f"page {page.page_id} at {page.warc_offset}"
    if record is None or record.length != page.warc_length:
        return _trouble(file.warc_uri, "orphan_row", f"{name}: no record of {page.warc_length:,} bytes begins there")
    if record.trouble is not None:
        return None  # told as damaged
    if page.url is not None and record.url != page.url:
        return _trouble(file.warc_uri, "wrong_page", f"{name}: the record is of {record.url}")
    if record.sha256 != page.sha256:
        return _trouble(file.warc_uri, "wrong_page", f"{name}: the body has sha256 {record.sha256}")
    return None


def _trouble(uri: str, what: str, detail: str) -> Trouble:
    anomaly("archive_trouble", file=uri, what=what, detail=detail)
    return Trouble(uri, what, detail, _ADVICE[what])


def _is_current(file: ArchiveFile) -> bool:
    with db.reading() as connection:
        return archive_files.file_of(connection, file.warc_uri) is not None


def _size(uri: str) -> int:
    try:
        return landing.size(uri)
    except FileNotFoundError:  # `verify` tells of it
        return 0
