"""Looking at a feed without recording anything: what `mm sources check` shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.discover.drop_folder import scan
from pipeline.discover.items import ParsedFeed
from pipeline.discover.parse import parse
from pipeline.discover.reading import read, storable
from pipeline.discover.rules import children_to_read, select
from pipeline.errors import MonitorError, Reason, Skip
from pipeline.http import Client
from pipeline.settings import Settings

SAMPLE_LINKS = 3
_EVER = datetime(1, 1, 1, tzinfo=UTC)


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


async def probe(client: Client, url: str, homepage: str, now: datetime, settings: Settings) -> Probe:
    """Read one feed or sitemap; of an index also the child that discovery would read first."""
    robots = await _robots(client, url)
    reading = await read(client, url, max_bytes=settings.max_feed_bytes, now=now)
    if reading.reason is not None:
        return Probe(url, False, reading.status, robots=robots, reason=reading.reason, detail=reading.detail)
    parsed = await asyncio.to_thread(
        parse, reading.body, base=reading.url, max_bytes=settings.max_feed_bytes, content_type=reading.content_type
    )
    if not parsed.children:
        found = _judge(url, parsed, reading.url, homepage)
        return replace(found, status=reading.status, robots=robots)
    oldest = now - timedelta(days=settings.entry_max_age_d)
    addresses, _ = children_to_read(parsed.children, {}, base=reading.url, oldest=oldest, at_most=1)
    about = f"{len(parsed.children)} child sitemaps"
    if not addresses:
        detail = f"{about}, none changed in the last {settings.entry_max_age_d} days"
        return Probe(url, False, reading.status, parsed.kind, robots=robots, detail=detail)
    child = await probe(client, addresses[0], homepage, now, settings)
    detail = f"{about}; read {addresses[0]}" + (f": {child.detail}" if child.detail else "")
    return replace(child, url=url, kind=parsed.kind, robots=robots, detail=detail)


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


def _judge(url: str, parsed: ParsedFeed, base: str, homepage: str) -> Probe:
    """A feed that lists nothing does not work: nothing tells it from one that has been given up."""
    listings = select(parsed.items, base=base, homepage=homepage, oldest=_EVER).listings
    dates = [date for item in parsed.items if (date := item.published_at or item.modified_at)]
    return Probe(
        url,
        is_working=bool(listings),
        kind=parsed.kind,
        item_count=len(listings),
        newest_at=max(dates, default=None),
        samples=tuple(listing.url for listing in listings[:SAMPLE_LINKS]),
        reason=parsed.reason,
        detail=storable(parsed.detail) or (None if listings else "no item with an address in it"),
    )


async def _robots(client: Client, url: str) -> str:
    try:
        return "allowed" if await client.robots_allows(url) else "disallowed"
    except MonitorError:
        return "unavailable"
