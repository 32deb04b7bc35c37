"""One round of discovery: all due feeds at once, each by itself, counted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pipeline.discover.index_page import LinkRule
from pipeline.discover.polling import Round, poll_feed
from pipeline.errors import BatchFailed, Reason, Retryable
from pipeline.http import Client, HostMemory
from pipeline.log import event
from pipeline.records import StageCounts
from pipeline.settings import Settings, get_settings
from pipeline.warehouse import db
from pipeline.warehouse.hosts import SharedMemory
from pipeline.warehouse.polls import FAILED, FeedToPoll, PollResult, RecordedPoll, feeds_left_out, feeds_to_poll
from pipeline.warehouse.progress import advance
from pipeline.warehouse.sources import SourceFields

_PROGRESS_S = 1.0


def discover(
    run_key: str | None,
    sources: Sequence[SourceFields],
    now: datetime,
    *,
    feeds: Literal["due", "all"],
    settings: Settings | None = None,
) -> StageCounts:
    """Poll the feeds of these sources (as last synchronised into `core.feed`) and record everything they list.

    `rows_in` counts polls (child sitemaps have their own), `rows_out` new entries, `reasons` polls by outcome,
    failed ones by reason, ones that may have missed items as `overflow`; and feeds that were left alone although
    all were wanted (`resting`, or the reason for which the server asked for a pause: no polls, so not in
    `rows_in`). A feed that fails is counted and never stops the others. Raises
    `Retryable(database_unavailable)`, or `BatchFailed` at the end for what is a bug of ours; what was polled
    before is committed.
    """
    settings = settings or get_settings()
    keys = [source.key for source in sources]
    with db.reading() as connection:
        chosen = feeds_to_poll(connection, now, due_only=feeds == "due", source_keys=keys)
        left_out = feeds_left_out(connection, now, source_keys=keys) if feeds == "all" else {}
    tally = _Tally(left_out)
    if chosen:
        asyncio.run(_poll_all(chosen, sources, run_key, now, settings, tally))
    counts = tally.counts()
    event("discovered", run=run_key, feeds=len(chosen), polls=counts.rows_in, new=counts.rows_out, **counts.reasons)
    return counts


def client_for(settings: Settings, sources: Sequence[SourceFields], memory: HostMemory | None = None) -> Client:
    """A client that knows which hosts may be on this machine, and which want longer pauses. With `memory` it takes
    turns with other workers; without, it works alone, as a person's command does."""
    local = frozenset(host for source in sources if source.allow_loopback for host in source.hosts)
    delays = {host: s.host_delay_s for s in sources if s.host_delay_s is not None for host in s.hosts}
    return Client(settings, local, delays, memory=memory)


def _link_rules(sources: Sequence[SourceFields]) -> dict[tuple[str, str], LinkRule]:
    """How index pages are narrowed, by source and address; this stands in the source files only."""
    pages = [(source.key, feed) for source in sources for feed in source.feeds if feed.kind == "index_page"]
    return {(key, page.address): LinkRule(page.include, page.exclude, page.within) for key, page in pages}


async def _poll_all(
    feeds: Sequence[FeedToPoll],
    sources: Sequence[SourceFields],
    run_key: str | None,
    now: datetime,
    settings: Settings,
    tally: _Tally,
) -> None:
    async with client_for(settings, sources, SharedMemory()) as client:
        here = Round(run_key, now, settings, client, _link_rules(sources))
        # No limit on feeds here: the client bounds connections, and a feed that waits for its host costs little.
        ends = await asyncio.gather(*(_poll_one(feed, here, tally) for feed in feeds), return_exceptions=True)
    failures = [(feed, end) for feed, end in zip(feeds, ends, strict=True) if end is not None]
    for _, error in failures:
        if isinstance(error, Retryable) or not isinstance(error, Exception):
            raise error
    if failures:
        first = failures[0][1]
        raise BatchFailed([f"{feed.url}: {type(error).__name__}: {error}" for feed, error in failures]) from first


async def _poll_one(feed: FeedToPoll, here: Round, tally: _Tally) -> None:
    async for poll, recorded in poll_feed(feed, here):
        if tally.add(poll, recorded) and here.run_key is not None:
            counts = tally.counts()
            await asyncio.to_thread(advance, here.run_key, "discover", "all", counts.rows_out, counts.reasons)


class _Tally:
    """Counts of a round, told to `ops.stage_part` about once a second."""

    def __init__(self, left_out: Mapping[str, int]) -> None:
        self._polls = 0
        self._new = 0
        self._reasons: Counter[str] = Counter(left_out)
        self._told = time.monotonic()

    def add(self, poll: PollResult, recorded: RecordedPoll) -> bool:
        """Count one poll; True if it is time to tell."""
        self._polls += 1
        self._new += recorded.new_count
        self._reasons[_kind_of(poll, recorded)] += 1
        is_time = time.monotonic() - self._told >= _PROGRESS_S
        if is_time:
            self._told = time.monotonic()
        return is_time

    def counts(self) -> StageCounts:
        """The counts so far."""
        return StageCounts(self._polls, self._new, dict(sorted(self._reasons.items())))


def _kind_of(poll: PollResult, recorded: RecordedPoll) -> str:
    if recorded.is_overflow:
        return Reason.OVERFLOW
    return poll.reason if poll.outcome == FAILED and poll.reason else poll.outcome
