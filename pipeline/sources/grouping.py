"""The feeds of a subscription list as sources: one per outlet, by registrable domain. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from pipeline.errors import Skip
from pipeline.sources.config import SourceConfig, is_loopback
from pipeline.sources.countries import country_of_host, is_country, is_language
from pipeline.sources.opml import OpmlFeed, source_of
from pipeline.sources.registry import address_identity
from pipeline.sources.source_file import key_for
from pipeline.urls import host_of, normalize, registrable_domain

_SHARED_HOSTS = frozenset(
    {"feedburner.com", "google.com", "medium.com", "blogspot.com", "wordpress.com", "substack.com", "tumblr.com",
     "livejournal.com", "typepad.com", "github.io", "youtube.com", "reddit.com", "feedproxy.com", "rsshub.app",
     "megaphone.fm", "libsyn.com", "podbean.com", "soundcloud.com", "over-blog.com", "ghost.io", "beehiiv.com"}
)  # fmt: skip
"""Domains that many outlets share: there a host, or even an address, is an outlet of its own."""
_BY_ADDRESS = frozenset({"feedburner.com", "google.com", "medium.com", "youtube.com", "reddit.com", "rsshub.app",
                         "megaphone.fm", "soundcloud.com", "feedproxy.com"})  # fmt: skip
_FEED_HOST = re.compile(r"^(?:feeds?|rss|xml)\d*\.", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[|–—:·•»/>-]|\s)\s*$")
_MIN_PREFIX = 3


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One feed of the list that makes no source, and why."""

    feed: OpmlFeed
    why: str


@dataclass(frozen=True, slots=True)
class Grouped:
    """What a list comes to."""

    sources: tuple[SourceConfig, ...]
    left_out: tuple[LeftOut, ...]


def group(feeds: Sequence[OpmlFeed], registered: Sequence[tuple[SourceConfig, Path]]) -> Grouped:
    """Sources for the feeds that no registered source has yet, in the list's order.

    Feeds of a list that we wrote go back to their source as it was; of other lists, feeds of one registrable
    domain become one source. A feed whose outlet is registered already is left out: files are never changed.
    """
    return _Grouping(registered).run(feeds)


class _Grouping:
    def __init__(self, registered: Sequence[tuple[SourceConfig, Path]]) -> None:
        self._known = {address_identity(feed.address): config.key for config, _ in registered for feed in config.feeds}
        self._outlets = {
            outlet: (config.key, path)
            for config, path in registered
            if (outlet := _outlet(config.homepage, config.homepage))
        }
        self._keys = {config.key for config, _ in registered}
        self._seen: dict[str, OpmlFeed] = {}
        self._sources: list[SourceConfig] = []
        self._left_out: list[LeftOut] = []

    def run(self, feeds: Sequence[OpmlFeed]) -> Grouped:
        groups: dict[str, list[OpmlFeed]] = {}
        for feed in feeds:
            why = self._against(feed)
            if why is not None:
                self._left_out.append(LeftOut(feed, why))
                continue
            own_key = feed.source.get("key")
            groups.setdefault(f"={own_key}" if own_key else _outlet(feed.url or "", feed.html_url), []).append(feed)
        for outlet, members in groups.items():
            self._add(outlet, members)
        return Grouped(tuple(self._sources), tuple(self._left_out))

    def _against(self, feed: OpmlFeed) -> str | None:
        address = feed.url or Path(feed.own.get("path", "")).absolute().as_uri()
        if feed.url is not None:
            try:
                normalize(feed.url)
            except Skip:
                return "no web address"
            if urlsplit(feed.url).scheme.lower() not in ("http", "https"):
                return "no web address"
        identity = address_identity(address)
        if identity in self._known:
            return f"source {self._known[identity]} has it already"
        if identity in self._seen:
            return f"the list has it twice; it stands in line {self._seen[identity].line} already"
        self._seen[identity] = feed
        if is_loopback(address) and "allow_loopback" not in feed.source:
            return "an address on this very machine"
        if "key" not in feed.source and (found := self._outlets.get(_outlet(feed.url or "", feed.html_url))):
            return f"its outlet is source {found[0]}: add the feed to {found[1]} by hand"
        return None

    def _add(self, outlet: str, members: Sequence[OpmlFeed]) -> None:
        ours = outlet.startswith("=")
        values = _ours(members) if ours else _theirs(members, self._keys)
        if values["key"] in self._keys:
            why = f"there is a source {values['key']} already, with other feeds: add the feed to its file by hand"
            self._left_out.extend(LeftOut(feed, why) for feed in members)
            return
        try:
            source = SourceConfig.model_validate(values)
        except ValidationError as error:
            why = "; ".join(_told(detail) for detail in error.errors(include_url=False)[:3])
            self._left_out.extend(LeftOut(feed, why) for feed in members)
            return
        self._keys.add(source.key)
        self._sources.append(source)


def _ours(members: Sequence[OpmlFeed]) -> dict[str, Any]:
    return source_of(members[0].source, [feed.own for feed in members])


def _theirs(members: Sequence[OpmlFeed], keys: set[str]) -> dict[str, Any]:
    homepage = _homepage(members)
    domain = registrable_domain(host_of(homepage))
    name = _name(members) or domain
    return {
        "key": key_for(name, _outlet(members[0].url or "", members[0].html_url), keys),
        "name": name,
        "country": _country(members, homepage),
        "language": _language(members),
        "homepage": homepage,
        "feeds": [{"url": feed.url, "kind": feed.kind, "every_minutes": 30} for feed in members],
    }


def _outlet(url: str, html_url: str | None) -> str:
    """What feeds of one outlet share: the registrable domain of its pages, if they are named, else of the feed."""
    page = html_url if html_url and _is_web(html_url) else url
    try:
        host = host_of(page).split(":")[0].removeprefix("www.")
        domain = registrable_domain(host_of(page))
    except ValueError:
        return page
    if domain in _BY_ADDRESS:
        return f"{domain}{urlsplit(page).path.rstrip('/')}?{urlsplit(page).query}"
    return host if domain in _SHARED_HOSTS else domain


def _homepage(members: Sequence[OpmlFeed]) -> str:
    """The shortest page named; else the front page of the feed's host, without `feeds.`."""
    named = [feed.html_url for feed in members if feed.html_url and _is_web(feed.html_url)]
    if named:
        return min(named, key=lambda url: (len(urlsplit(url).path.rstrip("/")), len(url)))
    parts = urlsplit(members[0].url or "")
    return f"{parts.scheme.lower()}://{_FEED_HOST.sub('www.', parts.netloc.rpartition('@')[2])}/"


def _is_web(url: str) -> bool:
    try:
        normalize(url)
    except Skip:
        return False
    return url.lower().startswith(("http://", "https://"))


def _name(members: Sequence[OpmlFeed]) -> str | None:
    """The title, or what the titles begin with in common: `BBC News - World`, `BBC News - UK` → `BBC News`."""
    titles = [_visible(feed.title) for feed in members if feed.title]
    titles = [title for title in titles if title]
    if not titles:
        return None
    if len(titles) == 1:
        return titles[0]
    words = [title.split(" ") for title in titles]
    shared = [first for first, *rest in zip(*words, strict=False) if all(word == first for word in rest)]
    prefix = " ".join(shared)
    while prefix != (shorter := _SEPARATOR.sub("", prefix)):
        prefix = shorter
    return prefix if len(prefix) >= _MIN_PREFIX else None


def _visible(text: str) -> str:
    return " ".join("".join(ch for ch in text if ch.isprintable()).split())[:200]


def _country(members: Sequence[OpmlFeed], homepage: str) -> str | None:
    for feed in members:
        for folder in feed.folders:
            if re.fullmatch("[A-Z]{2}", folder) and is_country(folder):
                return folder
    return country_of_host(host_of(homepage))


def _language(members: Sequence[OpmlFeed]) -> str | None:
    """The first language told, like `en` or `en-GB`."""
    tags = (re.split("[-_]", (feed.language or "").strip().lower())[0] for feed in members)
    return next((tag for tag in tags if is_language(tag)), None)


def _told(detail: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in detail["loc"])
    return f"{field}: {str(detail['msg']).removeprefix('Value error, ')}"
