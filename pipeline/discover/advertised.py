"""Feeds that an HTML page advertises in its head (`<link rel="alternate">`)."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree

from pipeline.errors import Skip
from pipeline.urls import absolute

_HEAD_BYTES = 300_000
"""The head of any page is over by then; what follows is not looked at."""
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})


def advertised_feeds(document: bytes, base: str) -> list[str]:
    """Addresses of RSS, Atom and JSON feeds, each once, in the page's order; never raises for what the page holds."""
    parser = etree.HTMLParser(recover=True, no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(document[:_HEAD_BYTES], parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    if root is None:
        return []
    found: dict[str, None] = {}
    for link in root.iter("link"):
        try:
            if _is_feed(link):
                found.setdefault(absolute(link.get("href") or "", _base(root, base)), None)
        except (Skip, ValueError):
            continue
    return list(found)


def _is_feed(link: etree._Element) -> bool:
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    return kind in _TYPES and "alternate" in (link.get("rel") or "").lower().split()


def _base(root: etree._Element, base: str) -> str:
    named = root.find(".//base[@href]")
    return base if named is None else urljoin(base, named.get("href") or "")
