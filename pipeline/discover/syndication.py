"""RSS (all versions) and Atom, read by feedparser from bytes; it never fetches and never opens a file."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from xml.parsers import expat

import feedparser

from pipeline.discover.encoding import to_clean_utf8
from pipeline.discover.items import FeedItem, ParsedFeed, clean_title, sane
from pipeline.errors import Reason

MAX_BYTES = 15_000_000
"""Larger RSS and Atom documents are refused: feedparser reads a sound one at 5 MB/s (10 MB and 5,000 items in
1.9 s), but one made of nothing but tags at 0.5 MB/s. Sitemaps are large by nature, and streamed by another parser."""
MAX_BROKEN_BYTES = 2_000_000
"""Of a document that is no XML this much is read: feedparser's lenient parser takes 8 s for 2 MB made to hurt. What
is left out is the end, where a feed has its oldest items."""
MAX_ATTRIBUTES = 100
"""More on one element are refused: feedparser looks each up among all, so 20,000 take 4 s,
and twice as many four times as long."""
_TOO_MANY_ATTRIBUTES = f"an element with more than {MAX_ATTRIBUTES} attributes"
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
"""What feedparser calls bozo although the document was read whole."""
_PERIODS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
"""Of sy:updatePeriod. No news feed means weekly or yearly: those are a template's defaults, and not believed."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)


def parse_syndication(document: bytes, kind: str, *, base: str, content_type: str | None) -> ParsedFeed:
    """Items of an RSS or Atom document; links come out absolute where `base` or xml:base allow it.

    A document that breaks off gives the items before the break and reason `broken_feed`.
    """
    if len(document) > MAX_BYTES:
        return ParsedFeed(kind, reason=Reason.TOO_LARGE, detail=f"a feed of {len(document)} bytes; at most {MAX_BYTES}")
    clean = to_clean_utf8(document, content_type)
    fault = _fault(clean)
    if fault == _TOO_MANY_ATTRIBUTES:
        return ParsedFeed(kind, reason=Reason.BROKEN_FEED, detail=fault)
    if fault is not None and len(clean) > MAX_BROKEN_BYTES:
        clean = clean[:MAX_BROKEN_BYTES].decode("utf-8", "ignore").encode()
    try:
        # A stream, because feedparser takes bytes for a file name first and would open that file.
        feed = feedparser.parse(
            io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + clean),
            response_headers={"content-location": base, "content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:
        # Its fallback parser trips over odd markup in many ways (AssertionError, RecursionError, …); the
        # document is at fault, and one document never stops a run.
        detail = f"the feed parser failed: {type(error).__name__}: {str(error)[:200]}"
        return ParsedFeed(kind, reason=Reason.BROKEN_FEED, detail=detail)
    items = tuple(_item(entry) for entry in feed.entries)
    version = str(feed.get("version") or "")
    trouble = feed.get("bozo_exception") if feed.get("bozo") else None
    if not version and not items and kind == "other":
        return ParsedFeed("other", reason=Reason.NOT_A_FEED, detail="neither a feed nor a sitemap")
    found = "atom" if version.startswith("atom") else "rss" if version else kind
    if trouble is not None and not isinstance(trouble, _HARMLESS):
        detail = f"{type(trouble).__name__}: {str(trouble)[:200]}"
        return ParsedFeed(found, items, reason=Reason.BROKEN_FEED, detail=detail, hub_urls=_hubs(feed.feed))
    return ParsedFeed(found, items, hub_urls=_hubs(feed.feed), asked_pause=_asked_pause(feed.feed))


def _hubs(channel: Any) -> tuple[str, ...]:
    """The channel's own link: the front page or the section whose items it lists."""
    link = channel.get("link")
    return (link,) if isinstance(link, str) and link.strip() else ()


def _asked_pause(channel: Any) -> timedelta | None:
    """The longer of ttl (minutes) and sy:updatePeriod / sy:updateFrequency; each only if it is 1 minute to 1 day.

    skipHours and skipDays are not read: where they stand at all, they stand for ever, and news keeps no hours.
    """
    pauses = []
    ttl = _number(channel.get("ttl"))
    if ttl is not None:
        pauses.append(ttl * timedelta(minutes=1))
    period = _PERIODS.get(str(channel.get("sy_updateperiod") or "").strip().lower())
    times = _number(channel.get("sy_updatefrequency") or "1")
    if period is not None and times:
        pauses.append(period / times)
    return max((pause for pause in pauses if _SHORTEST_PAUSE <= pause <= _LONGEST_PAUSE), default=None)


def _number(raw: Any) -> int | None:
    value = str(raw or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 5 else None


def _fault(document: bytes) -> str | None:
    """Why feedparser's strict parser will not read this document to its end, found at 300 MB/s; None if it will."""

    def count(_name: str, attributes: list[str]) -> None:
        if len(attributes) > 2 * MAX_ATTRIBUTES:  # names and values in turn
            raise ValueError(_TOO_MANY_ATTRIBUTES)

    def refuse_subset(_name: str, _system: str | None, _public: str | None, has_subset: bool) -> None:
        if has_subset:
            raise ValueError("a document type of its own")

    reader = expat.ParserCreate("utf-8", " ")
    reader.ordered_attributes = True
    reader.StartElementHandler = count
    reader.StartDoctypeDeclHandler = refuse_subset
    try:
        reader.Parse(document, True)
    except (expat.ExpatError, ValueError) as error:
        return str(error)
    return None


def _item(entry: Any) -> FeedItem:
    return FeedItem(
        url=_link(entry),
        title=clean_title(entry.get("title"), is_markup=(entry.get("title_detail") or {}).get("type") != "text/plain"),
        published_at=_date(entry, "published_parsed") or _date(entry, "updated_parsed"),
    )


def _link(entry: Any) -> str | None:
    """The article's address: the original behind FeedBurner's, the alternate link, else a guid that is one."""
    for name in ("feedburner_origlink", "link"):
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            return value
    for link in entry.get("links") or []:
        if link.get("rel") in (None, "alternate", "related", "via") and link.get("href"):
            return urljoin(entry.get("base") or "", str(link["href"]))
    guid = entry.get("id")
    return guid if isinstance(guid, str) and guid.strip().lower().startswith(("http://", "https://")) else None


def _date(entry: Any, name: str) -> datetime | None:
    # dict.get, not the entry's own: that one answers for `updated` with `published`, and warns.
    value = dict.get(entry, name)
    if value is None:
        return None
    year, month, day, hour, minute, second = value[:6]
    try:
        return sane(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
