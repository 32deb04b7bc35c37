"""Finding the feeds of an outlet from any of its addresses: its front page, a feed, a sitemap.

Few and polite questions: the page itself, what it advertises or links to, the sitemaps robots.txt names, and only
where that gives nothing a handful of usual paths. Every address is asked once, as far as robots.txt allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from protego import Protego

from pipeline.discover.home_page import OutletFacts, facts_of_feed, facts_of_page, feed_links
from pipeline.discover.index_page import NO_RULE
from pipeline.discover.probe import Look, Probe, look, look_at
from pipeline.discover.reading import Reading, read
from pipeline.errors import MonitorError, Reason, Skip
from pipeline.http import Client
from pipeline.settings import Settings
from pipeline.urls import normalize

FEED_PATHS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")
SITEMAP_PATHS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml")
MAX_LINKS = 40
"""Addresses tried per outlet at most: some front pages link to hundreds of feeds, one per tag."""
MAX_LISTS_OF_FEEDS = 2
MAX_NEWS_CHILDREN = 2
Progress = Callable[[int, int], None]
"""Told after each address: how many are done, and how many there are so far."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """One address that was tried, how it was found, and what it gave."""

    url: str
    found_by: str  # in words
    probe: Probe
    facts: OutletFacts
    title: str | None = None  # the words it was linked with, or its own title

    @property
    def kind(self) -> str:
        """The kind a source file declares: an index of sitemaps is a sitemap."""
        kind = self.probe.kind or "rss"
        return "sitemap" if kind == "sitemap_index" else kind


@dataclass(frozen=True, slots=True)
class Finding:
    """What an address and the site behind it gave. `trouble` says why the address itself could not be read."""

    asked: str
    homepage: str
    feeds: tuple[FoundFeed, ...]
    index_page: FoundFeed | None = None  # the front page read as a list of articles
    facts: OutletFacts = field(default_factory=OutletFacts)
    trouble: Reason | None = None
    detail: str | None = None
    left_out: int = 0  # addresses over MAX_LINKS that were not tried


@dataclass(frozen=True, slots=True)
class _Candidate:
    url: str
    found_by: str
    title: str | None = None
    may_list_feeds: bool = False  # a page that links to feeds rather than being one


async def find_feeds(
    client: Client, url: str, now: datetime, settings: Settings, progress: Progress | None = None
) -> Finding:
    """Find and try the feeds of the outlet at `url`. Never raises for what network or servers do."""
    return await _Search(client, now, settings, progress or _untold).run(url)


def _untold(_done: int, _total: int) -> None:
    """Nobody wants to know."""


class _Search:
    """One search. Addresses tried are remembered, so that none is asked twice."""

    def __init__(self, client: Client, now: datetime, settings: Settings, progress: Progress) -> None:
        self._client = client
        self._now = now
        self._settings = settings
        self._progress = progress
        self._tried: set[str] = set()
        self._feeds: list[FoundFeed] = []
        self._lists: list[Look] = []
        self._done = 0
        self._left_out = 0

    async def run(self, url: str) -> Finding:
        url = url if urlsplit(url).path else _front_page(url)
        reading = await self._read(url)
        if reading.reason is not None and reading.reason != Reason.ROBOTS_DISALLOWED:
            return Finding(url, _front_page(url), (), trouble=reading.reason, detail=reading.detail)
        homepage, page = await self._home(url, reading)
        facts, index = OutletFacts(), None
        if page is not None:
            facts = facts_of_page(page.body, page.content_type)
            index = await self._as_index(page, homepage)
            await self._try(_links_of(page, "front page"), homepage)
            await self._try_lists(homepage)
        sitemaps = await self._sitemaps_in_robots(homepage)
        await self._try((_Candidate(address, "named by robots.txt") for address in sitemaps), homepage)
        if reading.reason is None:
            await self._try_usual_paths(homepage)
        return Finding(
            url,
            homepage,
            tuple(self._feeds),
            index,
            facts,
            trouble=reading.reason,
            detail=reading.detail,
            left_out=self._left_out,
        )

    async def _home(self, url: str, reading: Reading) -> tuple[str, Reading | None]:
        """The front page's address, and its answer if it may be read; a feed given instead is tried first."""
        if reading.reason is not None:
            return _front_page(url), None
        given = await look_at(self._client, reading.url, reading, _front_page(reading.url), self._now, self._settings)
        if given.parsed is not None and given.parsed.kind in ("html", "other"):
            return reading.url, reading
        facts = facts_of_feed(reading.body, reading.content_type)
        homepage = facts.homepage if facts.homepage and _is_address(facts.homepage) else _front_page(reading.url)
        self._tried.add(_identity(reading.url))
        await self._try([_Candidate(reading.url, "given")], homepage, again=True)
        page = await self._read(homepage)
        if page.reason == Reason.FORBIDDEN_ADDRESS:
            return _front_page(reading.url), None  # a stranger's feed must not name this machine as its home
        return (page.url, page) if page.reason is None else (homepage, None)

    async def _as_index(self, page: Reading, homepage: str) -> FoundFeed:
        seen = await look_at(self._client, page.url, page, homepage, self._now, self._settings, NO_RULE)
        return FoundFeed(page.url, "the front page itself", seen.probe, OutletFacts())

    async def _try_lists(self, homepage: str) -> None:
        """Pages like "Our RSS feeds", which the front page links to as if they were feeds."""
        for page in self._lists[:MAX_LISTS_OF_FEEDS]:
            await self._try(_links_of(page.reading, f"page {page.reading.url}"), homepage)

    async def _try_usual_paths(self, homepage: str) -> None:
        """In turn, and no further than the first that works: these are guesses."""
        if not any(feed.probe.is_working and feed.kind != "sitemap" for feed in self._feeds):
            await self._first_of(FEED_PATHS, homepage)
        if not any(feed.probe.is_working and feed.kind == "sitemap" for feed in self._feeds):
            await self._first_of(SITEMAP_PATHS, homepage)

    async def _first_of(self, paths: Sequence[str], homepage: str) -> None:
        for path in paths:
            before = len(self._feeds)
            await self._try([_Candidate(urljoin(homepage, path), "usual path")], homepage)
            if any(feed.probe.is_working for feed in self._feeds[before:]):
                return
            del self._feeds[before:]  # that a guess was wrong is no news

    async def _try(self, candidates: Iterable[_Candidate], homepage: str, *, again: bool = False) -> None:
        fresh: list[_Candidate] = []
        for candidate in candidates:
            identity = _identity(candidate.url)
            if identity in self._tried and not again:
                continue
            if len(self._tried) >= MAX_LINKS:
                self._left_out += 1
                continue
            self._tried.add(identity)
            fresh.append(candidate)
        self._progress(self._done, self._done + len(fresh))
        looks = await _all(self._look(candidate, homepage) for candidate in fresh)
        for candidate, seen in zip(fresh, looks, strict=True):
            self._keep(candidate, seen)
        children = [child for seen in looks for child in _news_children(seen)]
        if children:
            await self._try(children, homepage)

    async def _look(self, candidate: _Candidate, homepage: str) -> Look:
        seen = await look(self._client, candidate.url, homepage, self._now, self._settings)
        self._done += 1
        self._progress(self._done, max(self._done, len(self._tried)))
        return seen

    def _keep(self, candidate: _Candidate, seen: Look) -> None:
        if seen.parsed is not None and seen.parsed.kind == "html" and candidate.may_list_feeds:
            self._lists.append(seen)
            return
        facts = OutletFacts() if seen.parsed is None else facts_of_feed(seen.reading.body, seen.reading.content_type)
        url = seen.probe.moved_to or candidate.url
        title = candidate.title or facts.name
        self._feeds.append(FoundFeed(url, candidate.found_by, replace(seen.probe, url=url), facts, title))

    async def _sitemaps_in_robots(self, homepage: str) -> list[str]:
        address = urljoin(homepage, "/robots.txt")
        try:
            answer = await self._client.get(address, max_bytes=self._settings.max_page_bytes)
        except MonitorError:
            return []
        if answer.status != 200:
            return []
        named = [
            urljoin(address, line.strip()) for line in Protego.parse(answer.body.decode("utf-8", "replace")).sitemaps
        ]
        news = [url for url in named if "news" in url.lower()]
        return list(dict.fromkeys([*news, *named]))[:10]

    async def _read(self, url: str) -> Reading:
        reading = await read(self._client, url, max_bytes=self._settings.max_feed_bytes, now=self._now)
        self._done += 1
        self._progress(self._done, self._done)
        return reading


async def _all(looks: Iterable[Awaitable[Look]]) -> list[Look]:
    """All at once: the client itself asks one host one question at a time."""
    return list(await asyncio.gather(*looks))


def _links_of(page: Reading, where: str) -> list[_Candidate]:
    links = feed_links(page.body, base=page.url, content_type=page.content_type)
    return [
        _Candidate(
            link.url,
            f"advertised by the {where}" if link.is_advertised else f"linked from the {where}",
            link.title,
            may_list_feeds=not link.is_advertised,
        )
        for link in sorted(links, key=lambda link: not link.is_advertised)
    ]


def _news_children(seen: Look) -> list[_Candidate]:
    """Sitemaps of news inside an index that lists the whole site."""
    if seen.parsed is None or "news" in urlsplit(seen.reading.url).path.lower():
        return []
    named = [child.url for child in seen.parsed.children if "news" in urlsplit(child.url).path.lower()]
    if len(named) == len(seen.parsed.children):
        return []  # an index of news only is read as a whole, and outlives its children
    return [
        _Candidate(urljoin(seen.reading.url, url), f"named by {seen.reading.url}") for url in named[-MAX_NEWS_CHILDREN:]
    ]


def _front_page(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _is_address(url: str) -> bool:
    try:
        normalize(url)
    except Skip:
        return False
    return url.isprintable()


def _identity(url: str) -> str:
    """Equal for http and https, and with or without a trailing slash."""
    return url.partition("://")[2].rstrip("/")
