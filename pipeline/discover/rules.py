"""Which items of a feed become entries. Pure; every refusal is counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from pipeline.discover.items import ChildSitemap, FeedItem
from pipeline.discover.twins import without_amp
from pipeline.errors import Reason, Skip
from pipeline.urls import absolute, host_of, normalize, registrable_domain, url_key
from pipeline.warehouse.polls import ChildState, Listing

LASTMOD_SLACK = timedelta(hours=36)
"""Publishers' `lastmod` lags: local time without a zone, a cached index, a day where a moment is meant. A child that
changed within this time of our last look is asked again, conditionally, which costs one 304."""
_FRONT_PAGE = re.compile(r"/(?:index|home|default)\.(?:html?|php|aspx?|jsp)", re.IGNORECASE)
_LINK_LISTS = re.compile(r"/(?:(?:tags?|authors?)(?:/[^/]+)?|search)/?", re.IGNORECASE)
"""No article has such an address. `/category/…` and plain words like `/economy/` are left out on purpose: on some
sites articles have them, and a page of links is told by what it holds, once fetched (reason `index_page`)."""
_ARTICLE_LIKE = re.compile(r"\d{4}|[^/-]+-[^/-]+-[^/-]+-")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is taken of a feed: each address once, in the feed's order; and why the other items were refused."""

    listings: tuple[Listing, ...]
    refused: Mapping[Reason, int]

    @property
    def refused_count(self) -> int:
        """How many items were refused."""
        return sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a feed lies: what its links are relative to, its folder, and the outlet's domain."""

    base: str
    folder: str
    domain: str

    def absolute(self, link: str) -> str:
        """The link in normal form; one written without its scheme is repaired. Raises `Skip(bad_url)`.

        `example.org/a` stands for a path, and comes out below the feed's own folder. It is a host's name if it
        begins with `www.` or belongs to the outlet's domain.
        """
        url = absolute(link, self.base)
        if not url.startswith(self.folder):
            return url
        rest = url[len(self.folder) :]
        name = rest.partition("/")[0].partition("?")[0].lower()
        is_host = "." in name and (name.startswith("www.") or registrable_domain(name) == self.domain)
        return normalize(f"{urlsplit(self.base).scheme}://{rest}") if is_host else url


def select(
    items: Iterable[FeedItem], *, base: str, homepage: str, oldest: datetime, hubs: Iterable[str] = ()
) -> Selection:
    """Take the items with a web address, not older than `oldest` by their own date, that are no page of links.

    Undated items and dates in the future are taken as they are. An address listed twice counts once, also where
    it is listed plainly and as AMP. `hubs` are the pages the feed itself says it belongs to.
    """
    home = _home_keys(homepage)
    place = _Place(base, urljoin(base, "."), registrable_domain(host_of(homepage)))
    hub_keys = _hub_keys(hubs, base)
    taken: dict[str, Listing] = {}
    refused: Counter[Reason] = Counter()
    for item in items:
        listing = _listing(item, place)
        reason = Reason.BAD_URL if listing is None else _refusal(listing, item, home, hub_keys, oldest)
        if reason is not None:
            refused[reason] += 1
        elif listing is not None:
            taken.setdefault(listing.url_key, listing)
    return Selection(_without_twins(taken), dict(refused))


def children_to_read(
    children: Iterable[ChildSitemap],
    known: dict[str, ChildState],
    *,
    base: str,
    oldest: datetime,
    at_most: int,
) -> tuple[list[str], dict[Reason, int]]:
    """Which child sitemaps to read now, and how many were refused why (no address, or nothing new enough in them).

    Dated ones that changed since we read them come first, newest first; then undated ones, longest unread first,
    so that each gets its turn; last the dated ones that may have changed all the same (`LASTMOD_SLACK`).
    """
    changed: list[tuple[float, str]] = []
    undated: list[tuple[float, str]] = []
    perhaps: list[tuple[float, str]] = []
    refused: Counter[Reason] = Counter()
    for child in children:
        address = _child_address(child.url, base)
        is_old = child.modified_at is not None and child.modified_at < oldest
        if address is None or is_old:
            refused[Reason.BAD_URL if address is None else Reason.TOO_OLD] += 1
            continue
        state = known.get(address)
        if child.modified_at is None:
            undated.append((state.asked_at.timestamp() if state else 0.0, address))
        elif state is None or state.read_at is None or state.read_at <= child.modified_at:
            changed.append((-child.modified_at.timestamp(), address))
        elif state.read_at - LASTMOD_SLACK <= child.modified_at:
            perhaps.append((-child.modified_at.timestamp(), address))
    ordered = [address for _, address in [*sorted(changed), *sorted(undated, key=lambda u: u[0]), *sorted(perhaps)]]
    return list(dict.fromkeys(ordered))[:at_most], dict(refused)


def _refusal(
    listing: Listing, item: FeedItem, home: frozenset[str], hubs: frozenset[str], oldest: datetime
) -> Reason | None:
    claimed = item.published_at or item.modified_at
    if listing.url_key in home:
        return Reason.HOME_PAGE
    if listing.url_key in hubs or _is_link_list(listing.url):
        return Reason.HUB_PAGE
    return Reason.TOO_OLD if claimed is not None and claimed < oldest else None


def _is_link_list(url: str) -> bool:
    path = urlsplit(url).path
    return bool(_LINK_LISTS.fullmatch(path)) and not _ARTICLE_LIKE.search(path)


def _home_keys(homepage: str) -> frozenset[str]:
    """Keys of the front page and of its usual other names; `url_key` sees to http/https and www."""
    parts = urlsplit(homepage)
    folder = parts.path.rpartition("/")[0] if _FRONT_PAGE.fullmatch(parts.path) else parts.path.rstrip("/")
    names = ("/index.html", "/index.htm", "/index.php", "/home.html", "/default.aspx")
    site = f"{parts.scheme}://{parts.netloc}{folder}"
    return frozenset({url_key(homepage), url_key(f"{site}/"), *(url_key(site + name) for name in names)})


def _hub_keys(hubs: Iterable[str], base: str) -> frozenset[str]:
    """Keys of the feed's own pages. One whose address looks like an article's is none of them: the channel of a
    live blog, or of an article's comments, links to the very article that its items belong to."""
    keys = set()
    for hub in hubs:
        try:
            url = absolute(hub, base)
        except Skip:
            continue
        parts = urlsplit(url)
        if not parts.query and not _ARTICLE_LIKE.search(parts.path):
            keys.add(url_key(url))
    return frozenset(keys)


def _without_twins(taken: dict[str, Listing]) -> tuple[Listing, ...]:
    """Of an article listed plainly and as AMP the plain one; of two AMP addresses of one article the first."""
    seen = set(taken)
    kept = []
    for listing in taken.values():
        if listing.plain_url is not None:
            plain = url_key(listing.plain_url)
            if plain in seen:
                continue
            seen.add(plain)
        kept.append(listing)
    return tuple(kept)


def _listing(item: FeedItem, place: _Place) -> Listing | None:
    try:
        url = place.absolute(item.url or "")
    except Skip:
        return None
    # A stranger's feed must not name our own files: `drop://` is for drop folders only.
    if urlsplit(url).scheme not in ("http", "https"):
        return None
    return Listing(url, url_key(url), host_of(url), item.title, item.published_at, plain_url=without_amp(url))


def _child_address(link: str, base: str) -> str | None:
    """Where a child sitemap lies, as written: its parameters choose it, so none is dropped as tracking."""
    try:
        absolute(link, base)
        address = urljoin(base, link.strip())
    except (Skip, ValueError):
        return None
    return address if urlsplit(address).scheme in ("http", "https") else None
