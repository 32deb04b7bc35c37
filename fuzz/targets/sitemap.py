"""Sitemaps and sitemap indexes, plain and gzip: never raises, children are web addresses, bounded."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from fuzz.targets._promises import BASE, keeps_promises
from pipeline.discover.parse import parse
from pipeline.discover.rules import children_to_read
from pipeline.discover.sitemap import parse_sitemap, parse_url_list

MAX_LEN = 4_096
DICTIONARY = (
    "<urlset", "<sitemapindex", "<url>", "</url>", "<loc>", "</loc>", "<lastmod>", "<news:news>", "<news:title>",
    "<news:publication_date>", "<sitemap>", "<!DOCTYPE", "<!ENTITY", "SYSTEM 'file:///etc/hostname'", "&a;",
    "<![CDATA[", "https://", "//", "2026-11-23", "encoding='utf-16'", "xmlns='", "</sitemapindex>",
)  # fmt: skip


def check(data: bytes) -> None:
    """The first byte chooses the way in, the rest is the body."""
    way, body = (data[0] % 5, data[1:]) if data else (0, b"")
    if way == 0:
        parsed = parse(body, base=BASE, max_bytes=100_000)
    elif way == 1:
        parsed = parse_sitemap(body, "sitemap")
    elif way == 2:
        parsed = parse_sitemap(body, "sitemap_index")
    elif way == 3:
        parsed = parse_url_list(body)
    else:
        packed = gzip.compress(body, 1, mtime=0)
        parsed = parse(packed[: len(packed) - len(body) % 7], base=BASE, max_bytes=100_000)
    keeps_promises(parsed)
    children, refused = children_to_read(
        parsed.children, {}, base=BASE, oldest=datetime(2000, 1, 1, tzinfo=UTC), at_most=10
    )
    assert len(children) <= 10
    assert len(children) + sum(refused.values()) <= len(parsed.children)
    assert all(child.startswith(("http://", "https://")) for child in children), children
