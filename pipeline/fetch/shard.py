"""One shard of a run: hosts side by side, the URLs of one host one after the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline import __version__, frames, landing
from pipeline.errors import BatchFailed, Reason
from pipeline.fetch.archive import Archive, Sink, commit_outcomes
from pipeline.fetch.host_line import HostLine, Work
from pipeline.fetch.spool import left_over, salvage, sole_user, tidy
from pipeline.http import Client, HostBudgets, HostMemory
from pipeline.log import event
from pipeline.records import ClaimedEntry, StageCounts, State
from pipeline.settings import Settings
from pipeline.sources import SourceConfig
from pipeline.warehouse import db, pages
from pipeline.warehouse.events import Move
from pipeline.warehouse.hosts import SharedMemory
from pipeline.warehouse.pages import FetchOutcome


def _utc_now() -> datetime:
    return datetime.now(UTC)


def fetch_shard(
    run_key: str,
    shard_uri: str,
    part: str,
    *,
    sources: Iterable[SourceConfig],
    settings: Settings,
    now: Callable[[], datetime] = _utc_now,
) -> StageCounts:
    """Fetch the claimed entries of one shard into the archive and move each to how it ended.

    May be killed and run again: what the first attempt had laid down is salvaged, and only entries that are
    still claimed are fetched. Entries that come with an archived page touch no network. Returns the whole
    shard's counts, earlier attempts included, by reason.

    Raises `Retryable` (disk full, database away, another process at work on this part) and, after everything
    else is committed, `BatchFailed` for entries on which our own code failed.
    """
    entries = frames.read_records(shard_uri, ClaimedEntry)
    folder = landing.spool_folder(run_key, part)
    with sole_user(folder):
        for segment in left_over(folder):
            commit_outcomes(run_key, segment, salvage(segment), now)
        _hold_archived(run_key, entries, now)
        failures = asyncio.run(_fetch_rest(run_key, part, folder, entries, list(sources), settings, now))
        tidy(folder)
    ids = [entry.entry_id for entry in entries]
    with db.reading() as connection:
        reasons = pages.fetch_reasons(connection, run_key, ids)
    event("shard_fetched", run=run_key, part=part, entries=len(entries), **reasons)
    if failures:
        raise BatchFailed(failures)
    return StageCounts(rows_in=len(entries), rows_out=sum(reasons.values()), reasons=reasons)


def _hold_archived(run_key: str, entries: Sequence[ClaimedEntry], now: Callable[[], datetime]) -> None:
    """Entries whose bytes are in the archive already (a night done again, a retry from quarantine)."""
    outcomes = [
        FetchOutcome(
            entry.entry_id,
            move=Move(entry.entry_id, State.FETCHED, Reason.STORED, "fetch", f"archived page {entry.page_id}"),
            held_page_id=entry.page_id,
        )
        for entry in entries
        if entry.page_id is not None
    ]
    pages.save_outcomes(run_key, outcomes, at=now())


async def _fetch_rest(
    run_key: str,
    part: str,
    folder: Path,
    entries: Sequence[ClaimedEntry],
    sources: Sequence[SourceConfig],
    settings: Settings,
    now: Callable[[], datetime],
) -> list[str]:
    with db.reading() as connection:
        claimed = pages.still_claimed(connection, run_key, [entry.entry_id for entry in entries])
        spent = pages.requests_by_host(connection, run_key)
        number = last_number(pages.archive_files(connection, run_key), run_key, part) + 1
    due = [entry for entry in entries if entry.entry_id in claimed]
    archive = Archive(
        run_key,
        part,
        folder,
        first_number=number,
        done_before=len(entries) - len(due),
        warcinfo={"software": f"media-monitor/{__version__}", "format": "WARC File Format 1.1", "isPartOf": run_key},
        now=now,
    )
    async with archive:
        return await collect(
            due, archive, sources=sources, settings=settings, now=now, spent=spent, memory=SharedMemory()
        )


async def collect(
    entries: Sequence[ClaimedEntry],
    sink: Sink,
    *,
    sources: Sequence[SourceConfig],
    settings: Settings,
    now: Callable[[], datetime] = _utc_now,
    spent: Mapping[str, int] | None = None,
    memory: HostMemory | None = None,
) -> list[str]:
    """Fetch entries into a sink: hosts at the same time, each host's entries in order. No database.

    `spent` is what the run has taken from each host's budget before; `memory` what workers share about hosts
    (default: nothing is shared). Returns one line per entry on which our
    own code failed; `Retryable` from the sink ends all.
    """
    loopback = frozenset(host for source in sources if source.allow_loopback for host in source.hosts)
    delays = {h: source.host_delay_s for source in sources if source.host_delay_s is not None for h in source.hosts}
    budgets = {h: source.host_budget for source in sources if source.host_budget is not None for h in source.hosts}
    folders = {source.key: _drop_folders(source) for source in sources}
    lines: list[HostLine] = []
    try:
        allowance = HostBudgets(settings.host_budget, budgets, spent or {})
        polite = Client(settings, loopback, delays, memory=memory, budgets=allowance)
        async with polite as client, asyncio.TaskGroup() as group:
            work = Work(client, sink, settings, now, folders)
            for waiting in _by_host(entries).values():
                line = HostLine(work)
                lines.append(line)
                group.create_task(line.fetch(waiting))
    except ExceptionGroup as trouble:
        raise trouble.exceptions[0] from trouble
    return [failure for line in lines for failure in line.failures]


def _by_host(entries: Iterable[ClaimedEntry]) -> dict[str, list[ClaimedEntry]]:
    hosts: dict[str, list[ClaimedEntry]] = {}
    for entry in entries:
        hosts.setdefault(entry.host, []).append(entry)
    return hosts


def _drop_folders(source: SourceConfig) -> list[Path]:
    return [Path(feed.path) for feed in source.feeds if feed.kind == "drop_folder" and feed.path]


def last_number(warc_uris: Iterable[str], run_key: str, part: str) -> int:
    """The highest segment number that is committed; 0 if there is none."""
    pattern = re.compile(rf"/{re.escape(run_key)}-{re.escape(part)}-(\d+)\.warc\.gz$")
    return max((int(found.group(1)) for uri in warc_uris if (found := pattern.search(uri))), default=0)
