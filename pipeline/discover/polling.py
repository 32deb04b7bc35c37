"""Polling one feed: read it, parse it, choose its items, commit; a sitemap index with its children."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from pipeline.discover.drop_folder import scan
from pipeline.discover.index_page import NO_RULE, LinkRule
from pipeline.discover.items import ParsedFeed
from pipeline.discover.parse import parse
from pipeline.discover.reading import Reading, read, storable
from pipeline.discover.rules import Selection, children_to_read, select
from pipeline.errors import Reason, Skip
from pipeline.http import Client
from pipeline.log import anomaly
from pipeline.settings import Settings
from pipeline.warehouse import db
from pipeline.warehouse.polls import (
    FAILED,
    NOT_MODIFIED,
    OK,
    ChildState,
    FeedToPoll,
    PollResult,
    RecordedPoll,
    child_states,
    fingerprints,
    record_poll,
)
from pipeline.warehouse.sources import folder_of

T = TypeVar("T")

MAX_DEPTH = 3
"""Indexes of indexes that are followed; the protocol has one level, some publishers have two."""
CHILD_MEMORY = timedelta(days=30)
"""How far back the polls of child sitemaps are looked up; older ones are simply read again."""
UNAUDITED_AT_MOST = timedelta(hours=12)
"""As long as 304s are believed without a look at the whole body, by the feed's interval."""
_PARSERS = 2  # documents parsed at once: parsing holds the interpreter, so more would only hold more memory


@dataclass(frozen=True, slots=True)
class Asking:
    """What one request for a feed says of the last body: its validators, or nothing."""

    etag: str | None = None
    last_modified: str | None = None
    is_audit: bool = False

    @property
    def is_conditional(self) -> bool:
        """True if an unchanged body need not be sent."""
        return bool(self.etag or self.last_modified)


def asking(feed: FeedToPoll, before: ChildState | None, *, audit_every: int) -> Asking:
    """How to ask. Validators go along, unless they were caught lying; every so many times they are left out.

    Some caches answer 304 for hours although the feed behind them changed: only asking for the whole shows it.
    A feed asked rarely is audited sooner than after `audit_every` polls, since 304s make it rarer still.
    """
    if before is None or feed.has_false_validators:
        return Asking()
    with_validators = Asking(before.etag, before.last_modified)
    polls = before.polls_since_audit + 1
    is_long = polls > 2 and polls * feed.interval >= UNAUDITED_AT_MOST
    if with_validators.is_conditional and audit_every and (polls >= audit_every or is_long):
        return Asking(is_audit=True)
    return with_validators


@dataclass(frozen=True)
class Round:
    """One round of discovery: what all its polls share."""

    run_key: str | None
    started_at: datetime
    settings: Settings
    client: Client
    link_rules: Mapping[tuple[str, str], LinkRule] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)
    parsing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PARSERS))
    writing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))  # of the pool's 6 connections

    def now(self) -> datetime:
        """The round's start plus the time since: one clock, whatever the machine's does meanwhile."""
        return self.started_at + timedelta(seconds=time.monotonic() - self.begun)

    @property
    def oldest(self) -> datetime:
        """Items dated before this are not collected."""
        return self.started_at - timedelta(days=self.settings.entry_max_age_d)

    async def store(self, work: partial[T]) -> T:
        """Run database work in a thread, as one transaction."""
        async with self.writing:
            return await asyncio.to_thread(db.in_transaction, work)


async def poll_feed(feed: FeedToPoll, here: Round) -> AsyncIterator[tuple[PollResult, RecordedPoll]]:
    """Poll one feed; each poll (a child sitemap has its own) is committed before it is given out.

    Trouble with the feed is a poll with outcome `failed`. Raises only if the database stays away, or for a bug.
    """
    if feed.kind == "drop_folder":
        yield await _poll_folder(feed, here)
        return
    known: dict[str, ChildState] = {}
    if feed.kind == "sitemap":
        known = await here.store(partial(child_states, feed_id=feed.feed_id, since=here.started_at - CHILD_MEMORY))
    # An index is always read whole: after a 304 we would not know its children, which may have changed.
    before = ChildState(here.started_at, None, feed.etag, feed.last_modified, feed.body_sha256, feed.polls_since_audit)
    poll, recorded, children = await _poll_address(feed, feed.url, None if known else before, known, here, depth=0)
    yield poll, recorded
    asked = {feed.url}
    queue = [(child, 1) for child in children]
    while queue and len(asked) <= here.settings.sitemaps_per_poll:
        address, depth = queue.pop(0)
        if address in asked:
            continue
        asked.add(address)
        poll, recorded, children = await _poll_address(feed, address, known.get(address), known, here, depth=depth)
        yield poll, recorded
        queue.extend((child, depth + 1) for child in children if depth < MAX_DEPTH)


async def _poll_address(
    feed: FeedToPoll, url: str, before: ChildState | None, known: dict[str, ChildState], here: Round, *, depth: int
) -> tuple[PollResult, RecordedPoll, list[str]]:
    """Read one feed, sitemap or child sitemap and commit what it brought; returns the children to read next."""
    polled_at = here.now()
    ask = asking(feed, before, audit_every=here.settings.feed_audit_every)
    reading = await read(
        here.client,
        url,
        max_bytes=here.settings.max_feed_bytes,
        now=polled_at,
        etag=ask.etag,
        last_modified=ask.last_modified,
    )
    poll = _result(feed, url, polled_at, reading, before, ask, here, is_child=depth > 0)
    children: list[str] = []
    if poll.outcome == OK and not _same_body(reading, before):
        poll, children = await _with_items(poll, feed, reading, known, here)
    return poll, await _commit(poll, here), children


async def _commit(poll: PollResult, here: Round) -> RecordedPoll:
    recorded = await here.store(partial(record_poll, poll=poll))
    keys = {"source": poll.source_key, "url": poll.url}
    if poll.reason is not None:
        anomaly("poll_trouble", **keys, outcome=poll.outcome, reason=poll.reason, detail=poll.detail)
    if recorded.is_overflow:
        anomaly("feed_overflow", **keys, items=len(poll.listings or ()))
    if recorded.has_false_validators:
        anomaly("false_validators", **keys, etag=poll.etag, last_modified=poll.last_modified)
    return recorded


async def _with_items(
    poll: PollResult, feed: FeedToPoll, reading: Reading, known: dict[str, ChildState], here: Round
) -> tuple[PollResult, list[str]]:
    """The poll with what its body lists, and the child sitemaps to read."""
    read_body = partial(_parse_and_select, reading, feed, here)
    async with here.parsing:
        parsed, selection = await asyncio.to_thread(read_body)
    nothing_saved = parsed.reason is not None and not selection.listings and not parsed.children
    if nothing_saved:
        failed = replace(poll, outcome=FAILED, reason=parsed.reason, detail=storable(parsed.detail))
        return replace(failed, body_sha256=None, moved_to=None), []
    children, refused = children_to_read(
        parsed.children, known, base=reading.url, oldest=here.oldest, at_most=here.settings.sitemaps_per_poll
    )
    return replace(
        poll,
        reason=parsed.reason,
        detail=storable(parsed.detail),
        listings=selection.listings,
        refused=Counter(selection.refused) + Counter(refused),
        asked_pause=parsed.asked_pause,
    ), children


def _parse_and_select(reading: Reading, feed: FeedToPoll, here: Round) -> tuple[ParsedFeed, Selection]:
    parsed = parse(
        reading.body,
        base=reading.url,
        max_bytes=here.settings.max_feed_bytes,
        content_type=reading.content_type,
        links=here.link_rules.get((feed.source_key, feed.url), NO_RULE) if feed.kind == "index_page" else None,
    )
    chosen = select(
        parsed.items, base=reading.url, homepage=feed.homepage, oldest=here.oldest, hubs=(*parsed.hub_urls, reading.url)
    )
    return parsed, chosen


async def _poll_folder(feed: FeedToPoll, here: Round) -> tuple[PollResult, RecordedPoll]:
    polled_at = here.now()
    known = await here.store(partial(fingerprints, feed_id=feed.feed_id))
    poll = PollResult(feed.feed_id, feed.source_key, feed.url, polled_at, OK, run_key=here.run_key)
    limit = here.settings.max_page_bytes
    look = partial(scan, folder_of(feed.url), feed.source_key, known, max_bytes=limit)
    try:
        selection = await asyncio.to_thread(look)
        poll = replace(poll, listings=selection.listings, refused=selection.refused)
    except (Skip, OSError) as error:
        reason = error.reason if isinstance(error, Skip) else Reason.FILE_MISSING
        poll = replace(poll, outcome=FAILED, reason=reason, detail=storable(str(error)))
    return poll, await _commit(poll, here)


def _result(
    feed: FeedToPoll,
    url: str,
    polled_at: datetime,
    reading: Reading,
    before: ChildState | None,
    ask: Asking,
    here: Round,
    *,
    is_child: bool,
) -> PollResult:
    """The poll as far as the answer alone tells."""
    poll = PollResult(
        feed_id=feed.feed_id,
        source_key=feed.source_key,
        url=url,
        polled_at=polled_at,
        outcome=OK,
        run_key=here.run_key,
        is_child=is_child,
        reason=reading.reason,
        detail=reading.detail,
        status=reading.status,
        etag=reading.etag,
        last_modified=reading.last_modified,
        body_sha256=reading.sha256,
        body_bytes=len(reading.body) if reading.body else None,
        elapsed_ms=reading.elapsed_ms,
        retry_after=reading.retry_after,
        final_url=storable(reading.url) if reading.redirects else None,
        moved_to=reading.moved_to,
        is_name_gone=reading.is_name_gone,
        is_conditional=ask.is_conditional,
        is_audit=ask.is_audit,
        is_contradicted=ask.is_audit and _hid_a_change(reading, before),
    )
    if reading.reason is not None:
        return replace(poll, outcome=FAILED)
    if reading.is_not_modified:
        kept = before or ChildState(polled_at, None, None, None, None)
        return replace(
            poll,
            outcome=NOT_MODIFIED,
            etag=reading.etag or kept.etag,
            last_modified=reading.last_modified or kept.last_modified,
            body_sha256=kept.body_sha256,
        )
    return poll


def _same_body(reading: Reading, before: ChildState | None) -> bool:
    """True for the very bytes of last time, under whatever ETag: there is nothing to parse."""
    return before is not None and reading.sha256 is not None and reading.sha256 == before.body_sha256


def _hid_a_change(reading: Reading, before: ChildState | None) -> bool:
    """True if another body came under the validators that would have brought a 304."""
    if before is None or reading.sha256 is None or before.body_sha256 in (None, reading.sha256):
        return False
    return (reading.etag, reading.last_modified) == (before.etag, before.last_modified)
