"""Which items of a feed become entries. Pure; every refusal is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from pipeline.discover.items import ChildSitemap, FeedItem
from pipeline.errors import Skip
from pipeline.urls import absolute, host_of, url_key
from pipeline.warehouse.polls import ChildState, Listing

LASTMOD_SLACK = timedelta(hours=36)
"""Publishers' `lastmod` lags: local time without a zone, a cached index, a day where a moment is meant. A child that
changed within this time of our last look is asked again, conditionally, which costs one 304."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken of a feed: each address once, in the feed's order; and how many items were refused."""

    listings: tuple[Listing, ...]
    refused_count: int


def select(items: Iterable[FeedItem], *, base: str, homepage: str, oldest: datetime) -> Selection:
    """Take the items with a web address, not older than `oldest` by their own date, that are not the front page.

    Undated items and dates in the future are taken as they are. An address listed twice counts once.
    """
    home = url_key(homepage)
    taken: dict[str, Listing] = {}
    refused = 0
    for item in items:
        listing = _listing(item, base)
        claimed = item.published_at or item.modified_at
        if listing is None or listing.url_key == home or (claimed is not None and claimed < oldest):
            refused += 1
        else:
            taken.setdefault(listing.url_key, listing)
    return Selection(tuple(taken.values()), refused)


def children_to_read(
    children: Iterable[ChildSitemap],
    known: dict[str, ChildState],
    *,
    base: str,
    oldest: datetime,
    at_most: int,
) -> tuple[list[str], int]:
    """Which child sitemaps to read now, and how many were refused (no address, or nothing new enough in them).

    Dated ones that changed since we read them come first, newest first; then undated ones, longest unread first,
    so that each gets its turn; last the dated ones that may have changed all the same (`LASTMOD_SLACK`).
    """
    changed: list[tuple[float, str]] = []
    undated: list[tuple[float, str]] = []
    perhaps: list[tuple[float, str]] = []
    refused = 0
    for child in children:
        address = _child_address(child.url, base)
        if address is None or (child.modified_at is not None and child.modified_at < oldest):
            refused += 1
            continue
        state = known.get(address)
        if child.modified_at is None:
            undated.append((state.asked_at.timestamp() if state else 0.0, address))
        elif state is None or state.read_at is None or state.read_at <= child.modified_at:
            changed.append((-child.modified_at.timestamp(), address))
        elif state.read_at - LASTMOD_SLACK <= child.modified_at:
            perhaps.append((-child.modified_at.timestamp(), address))
    ordered = [address for _, address in [*sorted(changed), *sorted(undated, key=lambda u: u[0]), *sorted(perhaps)]]
    return list(dict.fromkeys(ordered))[:at_most], refused


def _listing(item: FeedItem, base: str) -> Listing | None:
    try:
        url = absolute(item.url or "", base)
    except Skip:
        return None
    # A stranger's feed must not name our own files: `drop://` is for drop folders only.
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    return Listing(url, url_key(url), host_of(url), item.title, item.published_at)


def _child_address(link: str, base: str) -> str | None:
    """Where a child sitemap lies, as written: its parameters choose it, so none is dropped as tracking."""
    try:
        absolute(link, base)
        address = urljoin(base, link.strip())
    except (Skip, ValueError):
        return None
    return address if urlsplit(address).scheme in ("http", "https") else None
