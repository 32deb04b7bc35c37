"""What must hold of everything discovery gives out, whatever the bytes were."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from pipeline.discover.items import MAX_TITLE_CHARS, ParsedFeed
from pipeline.discover.rules import select
from pipeline.errors import Reason
from pipeline.urls import MAX_URL_CHARS, normalize, url_key

BASE = "https://www.dockside.example/news/feed.xml"
HOME = "https://www.dockside.example/"
KINDS = {"rss", "atom", "json_feed", "sitemap", "sitemap_index", "html", "other"}
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile("[0-9a-f]{32}")


def keeps_promises(parsed: ParsedFeed) -> None:
    """A parse result that later stages and the database can take as it is."""
    assert parsed.kind in KINDS, parsed.kind
    assert parsed.reason in (None, Reason.BROKEN_FEED, Reason.NOT_A_FEED, Reason.TOO_LARGE), parsed.reason
    assert parsed.reason is None or parsed.detail, "a reason without a detail"
    for item in parsed.items:
        is_title(item.title)
        is_moment(item.published_at)
        is_moment(item.modified_at)
    for child in parsed.children:
        assert child.url.strip()
        is_moment(child.modified_at)
    chosen = select(parsed.items, base=BASE, homepage=HOME, oldest=_ALWAYS)
    assert len(chosen.listings) + chosen.refused_count <= len(parsed.items)
    for listing in chosen.listings:
        is_address(listing.url)
        assert _KEY.fullmatch(listing.url_key)
        assert listing.url_key != url_key(HOME)


def is_title(title: str | None) -> None:
    """One line of text without control characters, at most 1,000 characters; None rather than empty."""
    if title is not None:
        assert title
        assert title == title.strip()
        assert len(title) <= MAX_TITLE_CHARS, len(title)
        assert not _CONTROL.search(title), ascii(title)


def is_moment(moment: datetime | None) -> None:
    """UTC, and of a year that news has."""
    if moment is not None:
        assert moment.utcoffset() == timedelta(0), moment
        assert 1900 <= moment.year <= 2200, moment


def is_address(url: str) -> None:
    """An http(s) address in normal form: ASCII, bounded, without name or password."""
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https"), url
    assert parts.hostname, url
    assert "@" not in parts.netloc, url
    assert url.isascii(), ascii(url)
    assert not re.search("[\x00-\x20\x7f]", url), ascii(url)
    assert len(url) <= MAX_URL_CHARS
    assert normalize(url) == url, (url, normalize(url))
