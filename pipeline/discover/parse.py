"""Bytes → `ParsedFeed`: the kind is seen from the bytes, never taken from the declaration. Pure.

`parse` never raises for what the bytes hold: a feed of any brokenness gives what could be saved and a reason.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

from pipeline.discover import json_feed, sitemap, syndication
from pipeline.discover.advertised import advertised_feeds
from pipeline.discover.index_page import LinkRule, parse_index_page
from pipeline.discover.items import ParsedFeed
from pipeline.errors import Reason

_HEAD_BYTES = 4_096
_SKIPPED = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s[^\[>]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_KIND_OF_ROOT = {
    b"rss": "rss",
    b"rdf": "rss",
    b"channel": "rss",
    b"feed": "atom",
    b"urlset": "sitemap",
    b"sitemapindex": "sitemap_index",
    b"html": "html",
    b"head": "html",
    b"body": "html",
}
_HTML_DOCTYPE = re.compile(rb"<!doctype\s+html", re.IGNORECASE)
_WEB_LINE = re.compile(rb"https?://\S+\s*(\r?\n|$)", re.IGNORECASE)


def parse(
    body: bytes, *, base: str, max_bytes: int, content_type: str | None = None, links: LinkRule | None = None
) -> ParsedFeed:
    """Read a feed, sitemap or sitemap index of any kind; an HTML page only where `links` says what to take of it.

    `base` is where it was read from (relative links are resolved later, against it or the feed's xml:base);
    a gzip file is unpacked up to `max_bytes`.
    """
    unpacked = _unpack(body, max_bytes)
    if isinstance(unpacked, ParsedFeed):
        return unpacked
    document, cut = unpacked
    kind = detect(document)
    if kind in ("sitemap", "sitemap_index"):
        parsed = sitemap.parse_sitemap(document, kind)
    elif kind == "url_list":
        parsed = sitemap.parse_url_list(document)
    elif kind == "json":
        parsed = json_feed.parse_json_feed(document)
    elif links is not None and kind in ("html", "other"):
        parsed = parse_index_page(document, base=base, content_type=content_type, rule=links)
    elif kind == "html":
        parsed = ParsedFeed("html", reason=Reason.NOT_A_FEED, detail=_html_detail(document, base))
    elif kind == "empty":
        parsed = ParsedFeed("other", reason=Reason.BROKEN_FEED, detail="an empty body")
    else:
        parsed = syndication.parse_syndication(document, kind, base=base, content_type=content_type)
    if cut and parsed.reason is None:
        return replace(parsed, reason=Reason.BROKEN_FEED, detail="the gzip file is cut off")
    return parsed


def detect(document: bytes) -> str:
    """rss, atom, sitemap, sitemap_index, json, url_list, html, empty, or other; from the first bytes."""
    head = _plain_head(document)
    if not head:
        return "empty"
    if head[:1] in b"{[":
        return "json"
    if _WEB_LINE.match(head):
        return "url_list"
    rest = head
    while found := _SKIPPED.match(rest):
        if _HTML_DOCTYPE.match(found[0]):
            return "html"
        rest = rest[found.end() :]
    root = _ROOT.search(rest)
    return _KIND_OF_ROOT.get(root[1].lower(), "other") if root else "other"


def _html_detail(document: bytes, base: str) -> str:
    """What to say of a page where a feed was; it may name the feed's new address."""
    found = advertised_feeds(document, base)
    if not found:
        return "an HTML page instead of a feed"
    if len(found) == 1:
        return f"an HTML page instead of a feed; it advertises {found[0]}"
    return f"an HTML page instead of a feed; it advertises {len(found)} feeds"


def _plain_head(document: bytes) -> bytes:
    """The beginning as ASCII-compatible bytes: UTF-16 and UTF-32 lose their zero bytes, marks are cut."""
    head = document[:_HEAD_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")) or b"\x00" in head[:4]:
        head = head.replace(b"\x00", b"").lstrip(b"\xff\xfe")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00")


def _unpack(body: bytes, max_bytes: int) -> tuple[bytes, bool] | ParsedFeed:
    """The document and whether its gzip stream is cut off or damaged; several gzip members are joined."""
    if not body.startswith(b"\x1f\x8b"):
        return body, False
    parts: list[bytes] = []
    size, rest = 0, body
    while rest.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(rest, max_bytes - size + 1)
        except zlib.error:
            return b"".join(parts), True
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            detail = f"the gzip file unpacks to more than {max_bytes} bytes"
            return ParsedFeed("other", reason=Reason.TOO_LARGE, detail=detail)
        if not unpacker.eof:
            return b"".join(parts), True
        rest = unpacker.unused_data
    return b"".join(parts), False
