"""What a front page and a feed say of their outlet: its feeds, its name, its language and country. Pure."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from pipeline.discover.encoding import to_clean_utf8
from pipeline.discover.html_tree import HtmlPage, linked_data, read_html, text_of
from pipeline.discover.items import clean_title
from pipeline.urls import host_of, registrable_domain

_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "application/xml"}
)
_FEED_PATH = re.compile(
    r"(?:^|[/._-])(?:rss|rss2|feeds?|atom|xmlfeed)(?:[/._-]|$|\d)|\.(?:rss|atom|rdf)$|/index\.xml$", re.IGNORECASE
)
_FEED_QUERY = re.compile(
    r"(?:^|&)(?:feed|format|type|alt|output|outputtype)=(?:rss2?|atom|xml|feed)(?:&|$)", re.IGNORECASE
)
_FEED_HOST = re.compile(r"^(?:rss|feeds?)\d*\.|(?:^|\.)feedburner\.com$|^feedproxy\.google\.com$", re.IGNORECASE)
_OUTLET_KINDS = frozenset({"Organization", "NewsMediaOrganization", "WebSite", "Newspaper", "Periodical"})
_OFFSET = re.compile(rb"\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?([+-])(\d\d):?(\d\d)(?=[\s<\"&])")
_OFFSET_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """What one document says of its outlet; every field as it stands there, None if it says nothing."""

    name: str | None = None
    page_title: str | None = None  # whole: `News, sport and opinion | The Harbour Ledger`
    language_tag: str | None = None  # like en-GB
    country: str | None = None  # as written: GB, United Kingdom …
    homepage: str | None = None
    offset_minutes: int | None = None  # of the times it prints, where they agree and are not UTC


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One address that may be a feed, and the words it is linked with."""

    url: str
    title: str | None
    is_advertised: bool  # by <link rel="alternate">; else an ordinary link whose address looks like a feed's


def feed_links(body: bytes, *, base: str, content_type: str | None = None) -> list[FeedLink]:
    """Feeds a page advertises, then links on it that look like feeds; each once, in the page's order."""
    page = read_html(body, content_type)
    if page.root is None:
        return []
    base = page.base(base)
    domain = registrable_domain(host_of(base))
    found: dict[str, FeedLink] = {}
    for element in page.root.iter("link"):
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in (element.get("rel") or "").lower().split() and kind in _FEED_TYPES:
            _keep(found, element.get("href"), element.get("title"), base, is_advertised=True)
    for element in page.root.iter("a"):
        if _looks_like_feed(element.get("href"), base, domain):
            _keep(found, element.get("href"), text_of(element), base, is_advertised=False)
    return list(found.values())


def facts_of_page(body: bytes, content_type: str | None = None) -> OutletFacts:
    """What a front page says of its outlet."""
    page = read_html(body, content_type)
    if page.root is None:
        return OutletFacts()
    outlet = next((thing for thing in linked_data(page) if _is_outlet(thing)), {})
    named = _meta(page, "og:site_name") or _text(outlet.get("name")) or _meta(page, "application-name")
    language = page.root.get("lang") or _meta(page, "og:locale") or _meta(page, "content-language")
    address = outlet.get("address")
    country = address.get("addressCountry") if isinstance(address, dict) else None
    if isinstance(country, dict):
        country = country.get("name")
    return OutletFacts(
        name=clean_title(named),
        page_title=clean_title(page.root.findtext(".//title")),
        language_tag=_tag(language) or _tag(_meta(page, "og:locale")),
        country=_text(country),
    )


def facts_of_feed(body: bytes, content_type: str | None = None) -> OutletFacts:
    """What an RSS, Atom or JSON feed (or a sitemap) says of its outlet."""
    offset = _offset(body)
    if body.lstrip()[:1] == b"{":
        return _facts_of_json(body, offset)
    clean = to_clean_utf8(body[: 4 * _OFFSET_BYTES], content_type)
    try:
        feed: Any = feedparser.parse(
            io.BytesIO(clean), response_headers={"content-type": "application/xml"}, sanitize_html=False
        ).feed
    except Exception:  # its fallback parser trips over odd markup in many ways; then the feed says nothing
        return OutletFacts(offset_minutes=offset)
    link = feed.get("link")
    return OutletFacts(
        name=clean_title(feed.get("title")),
        language_tag=_tag(feed.get("language") or (feed.get("title_detail") or {}).get("language")),
        homepage=link if isinstance(link, str) and link.startswith(("http://", "https://")) else None,
        offset_minutes=offset,
    )


def _facts_of_json(body: bytes, offset: int | None) -> OutletFacts:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return OutletFacts(offset_minutes=offset)
    home = data.get("home_page_url") if isinstance(data, dict) else None
    return OutletFacts(
        name=clean_title(data.get("title")) if isinstance(data, dict) else None,
        language_tag=_tag(data.get("language")) if isinstance(data, dict) else None,
        homepage=home if isinstance(home, str) and home.startswith(("http://", "https://")) else None,
        offset_minutes=offset,
    )


def _keep(found: dict[str, FeedLink], href: str | None, title: str | None, base: str, *, is_advertised: bool) -> None:
    try:
        # As written, not in normal form: parameters may choose the feed, and none of them is dropped.
        url = urljoin(base, (href or "").strip()).partition("#")[0].replace(" ", "%20")
        is_web = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname) and url.isprintable()
    except ValueError:
        return
    if is_web:
        found.setdefault(url, FeedLink(url, clean_title(title), is_advertised))


def _looks_like_feed(href: str | None, base: str, domain: str) -> bool:
    try:
        parts = urlsplit(urljoin(base, (href or "").strip()))
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    if registrable_domain(host_of(parts.geturl())) != domain:
        return bool(_FEED_HOST.search(host)) and domain.partition(".")[0] in parts.geturl()
    return bool(_FEED_HOST.search(host) or _FEED_PATH.search(parts.path) or _FEED_QUERY.search(parts.query))


def _is_outlet(thing: dict[str, Any]) -> bool:
    kinds = thing.get("@type")
    return bool(
        _OUTLET_KINDS.intersection(k for k in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(k, str))
    )


def _meta(page: HtmlPage, name: str) -> str | None:
    if page.root is None:
        return None
    for element in page.root.iter("meta"):
        named = element.get("property") or element.get("name") or element.get("http-equiv") or ""
        if named.lower() == name and (content := _text(element.get("content"))):
            return content
    return None


def _text(value: object) -> str | None:
    return " ".join(value.split())[:200] or None if isinstance(value, str) else None


def _tag(value: object) -> str | None:
    """`en_gb` → `en-GB`; None for what is no language tag."""
    found = (
        re.match(r"\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?\b", value)
        if isinstance(value, str)
        else None
    )
    if found is None:
        return None
    return found[1].lower() + (f"-{found[3].upper()}" if found[3] else "")


def _offset(body: bytes) -> int | None:
    """The distance from UTC that most of its times have; None where it is zero or they have none."""
    seen = Counter(
        (1 if sign == b"+" else -1) * (int(hours) * 60 + int(minutes))
        for sign, hours, minutes in _OFFSET.findall(body[:_OFFSET_BYTES])
    )
    if not seen:
        return None
    offset, count = seen.most_common(1)[0]
    return offset if offset and 2 * count > seen.total() and abs(offset) <= 14 * 60 else None
