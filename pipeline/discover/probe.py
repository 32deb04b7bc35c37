"""Looking at a feed without recording anything: what `mm sources check`, `add` and `repair` show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.discover.drop_folder import scan
from pipeline.discover.index_page import LinkRule
from pipeline.discover.items import FeedItem, ParsedFeed
from pipeline.discover.parse import parse
from pipeline.discover.reading import Reading, read, storable
from pipeline.discover.rules import children_to_read, select
from pipeline.errors import MonitorError, Reason, Skip
from pipeline.http import Client
from pipeline.settings import Settings
from pipeline.urls import host_of, registrable_domain

SAMPLE_LINKS = 3
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_PACE_WINDOW = timedelta(days=7)
_MIN_DATES = 3  # fewer say nothing about a pace


@dataclass(frozen=True, slots=True)
class Probe:
    """What one feed gave just now. It works if it could be read and lists at least one item, however old."""

    url: str
    is_working: bool
    status: int | None = None
    kind: str | None = None  # as seen from its bytes
    item_count: int = 0  # items with a usable address; of an index, those of its first child
    newest_at: datetime | None = None
    samples: tuple[str, ...] = ()
    robots: str | None = None  # allowed, disallowed, unavailable; None for a folder
    reason: str | None = None
    detail: str | None = None
    titles: tuple[str, ...] = ()  # of the first items that have one
    per_day: float | None = None  # items a day, by the dates of its last seven days; None if they tell nothing
    dated_by: str | None = None  # published, or modified (a sitemap's lastmod); None if most items are undated
    own_count: int = 0  # items on the registrable domain of the source's front page
    moved_to: str | None = None  # where permanent redirects led
    keys: frozenset[str] = frozenset()  # url_keys of the items

    def record(self) -> dict[str, Any]:
        """As JSON data, without the keys."""
        values = asdict(replace(self, keys=frozenset()))
        del values["keys"]
        return {**values, "newest_at": self.newest_at.isoformat() if self.newest_at else None}


@dataclass(frozen=True, slots=True)
class Look:
    """A probe with what it was made from; `parsed` is None if nothing could be read."""

    probe: Probe
    reading: Reading
    parsed: ParsedFeed | None


async def probe(
    client: Client, url: str, homepage: str, now: datetime, settings: Settings, links: LinkRule | None = None
) -> Probe:
    """Read one feed, sitemap or (with `links`) index page; of a sitemap index also the child read first."""
    return (await look(client, url, homepage, now, settings, links)).probe


async def look(
    client: Client, url: str, homepage: str, now: datetime, settings: Settings, links: LinkRule | None = None
) -> Look:
    """Like `probe`, with the answer and what it lists."""
    robots = await _robots(client, url)
    reading = await read(client, url, max_bytes=settings.max_feed_bytes, now=now)
    if reading.reason is not None:
        failed = Probe(url, False, reading.status, robots=robots, reason=reading.reason, detail=reading.detail)
        return Look(failed, reading, None)
    return await look_at(client, url, reading, homepage, now, settings, links, robots=robots)


async def look_at(
    client: Client,
    url: str,
    reading: Reading,
    homepage: str,
    now: datetime,
    settings: Settings,
    links: LinkRule | None = None,
    *,
    robots: str = "allowed",
) -> Look:
    """Judge an answer that is already there."""
    parsed = await asyncio.to_thread(
        parse,
        reading.body,
        base=reading.url,
        max_bytes=settings.max_feed_bytes,
        content_type=reading.content_type,
        links=links,
    )
    told = Probe(url, False, reading.status, parsed.kind, robots=robots, moved_to=reading.moved_to)
    if not parsed.children:
        return Look(_judged(told, parsed, reading.url, homepage), reading, parsed)
    oldest = now - timedelta(days=settings.entry_max_age_d)
    addresses, _ = children_to_read(parsed.children, {}, base=reading.url, oldest=oldest, at_most=1)
    about = f"{len(parsed.children)} child sitemaps"
    if not addresses:
        detail = f"{about}, none changed in the last {settings.entry_max_age_d} days"
        return Look(replace(told, detail=detail), reading, parsed)
    child = await probe(client, addresses[0], homepage, now, settings)
    detail = f"{about}; read {addresses[0]}" + (f": {child.detail}" if child.detail else "")
    whole = replace(child, url=url, kind=parsed.kind, robots=robots, detail=detail, moved_to=reading.moved_to)
    return Look(whole, reading, parsed)


def probe_folder(folder: Path, source_key: str, settings: Settings) -> Probe:
    """Look into a drop folder. It works if it is there, even when it is empty."""
    address = folder.absolute().as_uri()
    try:
        files = scan(folder, source_key, {}, max_bytes=settings.max_page_bytes).listings
    except (Skip, OSError) as error:
        reason = error.reason if isinstance(error, Skip) else Reason.FILE_MISSING
        return Probe(address, False, kind="drop_folder", reason=reason, detail=storable(str(error)))
    return Probe(
        address, True, kind="drop_folder", item_count=len(files), samples=tuple(f.url for f in files[:SAMPLE_LINKS])
    )


def pace(dates: Sequence[datetime]) -> float | None:
    """Items a day in the seven days before the newest; None for fewer than three dates, or all at one moment."""
    if not dates:
        return None
    newest = max(dates)
    recent = [date for date in dates if date > newest - _PACE_WINDOW]
    span = newest - min(recent)
    if len(recent) < _MIN_DATES or span <= timedelta(minutes=1):
        return None
    return round((len(recent) - 1) / (span / timedelta(days=1)), 1)


def _judged(told: Probe, parsed: ParsedFeed, base: str, homepage: str) -> Probe:
    """A feed that lists nothing does not work: nothing tells it from one that has been given up."""
    listings = select(parsed.items, base=base, homepage=homepage, oldest=_EVER).listings
    dates = [date for item in parsed.items if (date := item.published_at or item.modified_at)]
    own = registrable_domain(host_of(homepage))
    return replace(
        told,
        is_working=bool(listings),
        item_count=len(listings),
        newest_at=max(dates, default=None),
        samples=tuple(listing.url for listing in listings[:SAMPLE_LINKS]),
        reason=parsed.reason,
        detail=storable(parsed.detail) or (None if listings else "no item with an address in it"),
        titles=tuple(listing.title for listing in listings if listing.title)[:SAMPLE_LINKS],
        per_day=pace(dates),
        dated_by=_dated_by(parsed.items),
        own_count=sum(registrable_domain(listing.host) == own for listing in listings),
        keys=frozenset(listing.url_key for listing in listings),
    )


def _dated_by(items: Sequence[FeedItem]) -> str | None:
    published = sum(item.published_at is not None for item in items)
    dated = sum((item.published_at or item.modified_at) is not None for item in items)
    if 2 * published > len(items):
        return "published"
    return "modified" if 2 * dated > len(items) else None


async def _robots(client: Client, url: str) -> str:
    try:
        return "allowed" if await client.robots_allows(url) else "disallowed"
    except MonitorError:
        return "unavailable"
