"""A takedown from end to end: the warehouse, then the archive, the files of runs, the reports and the marts.

The warehouse comes first, in one transaction; what is still to do afterwards is worked out from what stands there,
so `finish` may be killed anywhere and run again, by the command or by the nightly housekeeping.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import frames, landing, warc_file
from pipeline.log import anomaly, event
from pipeline.ops.archive import register_files
from pipeline.settings import get_settings
from pipeline.warehouse import archive_files, db, takedown
from pipeline.warehouse.archive_files import ArchiveFile

_REMOVED_DAYS = 30
"""How far back it is looked whether a file that should be gone is: far longer than any kill goes unnoticed."""

_ENTRIES, _KEYS, _HASHES = (
    ("entry_id",),
    ("url_key", "article_key", "address_key", "copy_of_key"),
    ("sha256", "page_sha256"),
)
"""Columns of stage files by which rows of a takedown are found."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What was done after the warehouse, and what has to wait."""

    records: int = 0  # pages cut out of archive files
    files: int = 0  # archive files rewritten or removed
    waiting_files: tuple[str, ...] = ()  # archive files that a run under way still reads
    stage_rows: int = 0  # rows removed from files of runs
    reports: int = 0  # reports drawn anew
    mart_rows: int = 0  # rows removed from mart tables

    @property
    def is_all(self) -> bool:
        """True if nothing has to wait for a run to end."""
        return not self.waiting_files


def take_down(url_keys: Collection[str], sha256s: Collection[str], *, reason: str, now: datetime) -> takedown.Reach:
    """The first step, which is the commit point: out of the warehouse, and never collected again."""
    work = partial(takedown.erase, url_keys=url_keys, sha256s=sha256s, reason=reason, at=now)
    reach = db.in_transaction(work)
    event("taken_down", addresses=len(reach.url_keys), bodies=len(reach.sha256s), articles=len(reach.articles))
    return reach


def finish(now: datetime | None = None) -> Finished:
    """Do what is left to do of every takedown; raises `Retryable` if the database stays away."""
    now = now or datetime.now(UTC)
    _follow_up(now)
    remove_bytes_of_removed_files(now)
    done = _cut_records(now)
    rows, reports = _clean_run_files(now)
    marts = db.in_transaction(takedown.forget_in_marts)
    done = replace(done, stage_rows=rows, reports=reports, mart_rows=marts)
    if done != Finished():
        event("takedowns_finished", records=done.records, files=done.files, waiting=len(done.waiting_files))
    return done


def remove_bytes_of_removed_files(now: datetime) -> int:
    """Remove archive files whose rows say they are gone: the step that a kill may have cut off."""
    with db.reading() as connection:
        gone = archive_files.removed_since(connection, now - timedelta(days=_REMOVED_DAYS))
    return sum(landing.remove(uri) for uri in gone)


def _follow_up(now: datetime) -> None:
    """What came in after the takedown: other addresses that turned out to be of the same article, entries listed
    before the tombstone stood, pages whose fetch was under way, articles out of a restored backup."""
    with db.reading() as connection:
        others = takedown.unfinished(connection)
    for reason in sorted(set(others.values())):
        take_down([key for key, why in others.items() if why == reason], (), reason=reason, now=now)
    db.in_transaction(lambda c: takedown.drop_tombstoned_entries(c, now))
    db.in_transaction(lambda c: takedown.scrub_pages(c, takedown.late_pages(c)))


def _cut_records(now: datetime) -> Finished:
    register_files()
    with db.reading() as connection:
        wanted = takedown.pages_to_cut(connection)
        files = {uri: archive_files.file_of(connection, uri) for uri in wanted}
    records, done, waiting = 0, 0, []
    for uri, page_ids in wanted.items():
        file = files[uri]
        if file is not None and cut(file, page_ids, now):
            records, done = records + len(page_ids), done + 1
        else:
            waiting.append(uri)
    return Finished(records=records, files=done, waiting_files=tuple(waiting))


def cut(file: ArchiveFile, page_ids: Collection[int], now: datetime) -> bool:
    """Rewrite a file without these pages. False if a run still reads it, or it changed meanwhile.

    The new file is written whole beside the old one, all pages are switched to it in one transaction, and then the
    old one goes: whenever this is cut off, every row points to bytes that are there.
    """
    with db.reading() as connection:
        if archive_files.holders(connection, file):
            return False
        pages = archive_files.pages_of(connection, file)
    gone = [page for page in pages if page.page_id in page_ids]
    kept = [page for page in pages if page.page_id not in page_ids]
    new = replace(file, warc_uri=warc_file.rewritten_name(file.warc_uri), written_at=now, record_count=len(kept))
    offsets: dict[int, int] = {}
    if kept and not landing.exists(file.warc_uri):
        anomaly("archive_file_missing", file=file.warc_uri)
        db.in_transaction(partial(archive_files.mark_pages, file=file, page_ids=page_ids, at=now))
        return True
    if kept:
        data = landing.get_bytes(file.warc_uri)
        spans = warc_file.spans_of(data, [(page.warc_offset, page.warc_length) for page in gone])
        rest = warc_file.without(data, spans)
        landing.put_bytes(new.warc_uri, rest)
        new = replace(new, file_bytes=len(rest), verified_at=None, trouble=None)
        offsets = {page.page_id: warc_file.moved(page.warc_offset, spans) for page in kept}
    switch = partial(archive_files.switch, file=file, new=new, gone=set(page_ids), offsets=offsets, at=now)
    if not db.in_transaction(switch):
        if kept:
            landing.remove(new.warc_uri)
        return False
    landing.remove(file.warc_uri)
    return True


def _clean_run_files(now: datetime) -> tuple[int, int]:
    """Stage files and reports of runs that have ended. Those under way load nothing that was taken down; their
    files are cleaned when they are over."""
    since = now - timedelta(days=get_settings().work_files_keep_d + 1)
    with db.reading() as connection:
        found = takedown.traces(connection, since)
    if not (found.url_keys or found.sha256s):
        return 0, 0
    rows = 0
    for uri in landing.find(landing.uri("runs"), ".parquet"):
        if uri.split("/")[-3] not in found.running:
            rows += _without_traces(uri, found)
    return rows, _redraw(found.reports)


def _without_traces(uri: str, found: takedown.Traces) -> int:
    """Remove rows of takedowns from one stage file; returns how many."""
    source = pq.ParquetFile(pa.BufferReader(landing.get_bytes(uri)))
    names = [name for name in source.schema_arrow.names if name in (*_ENTRIES, *_KEYS, *_HASHES)]
    table = source.read(columns=names)
    is_trace = pa.array([False] * table.num_rows, pa.bool_())
    for columns, values, kind in (
        (_ENTRIES, found.entry_ids, pa.int64()),
        (_KEYS, found.url_keys, pa.string()),
        (_HASHES, found.sha256s, pa.string()),
    ):
        for name in columns:
            if name in table.column_names:
                hit = pc.is_in(table[name].combine_chunks(), value_set=pa.array(sorted(values), kind))
                is_trace = pc.or_(is_trace, pc.fill_null(hit, False))
    count = int(pc.sum(is_trace).as_py() or 0)
    if count:
        frames.write_table(uri, source.read().filter(pc.invert(is_trace)))
    return count


def _redraw(reports: dict[str, datetime]) -> int:
    """Draw reports anew that are older than the takedown; one that cannot be drawn is removed."""
    from pipeline.report import write_report

    drawn = 0
    for uri, taken_down_at in reports.items():
        if not landing.exists(uri) or landing.written_at(uri) > taken_down_at:
            continue
        with db.reading() as connection:
            run_key = takedown.run_of_report(connection, uri)
        new_uri = None
        try:
            new_uri = write_report(run_key)
        except Exception as error:  # whatever the cause
            anomaly("report_failed", run=run_key, error=f"{type(error).__name__}: {error}")
        if new_uri != uri:  # the old page must not stay, whatever kept the new one from its place
            landing.remove(uri)
        drawn += 1
    return drawn
