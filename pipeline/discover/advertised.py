"""Feeds that an HTML page advertises in its head (`<link rel="alternate">`)."""

from __future__ import annotations

from html.parser import HTMLParser

from pipeline.errors import Skip
from pipeline.urls import absolute

_HEAD_BYTES = 300_000
"""The head of any page is over by then; what follows is not looked at."""
_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})


def advertised_feeds(document: bytes, base: str) -> list[str]:
    """Addresses of RSS, Atom and JSON feeds, each once, in the page's order; never raises for what the page holds."""
    reader = _HeadReader()
    reader.feed(document[:_HEAD_BYTES].decode("utf-8", "replace"))
    found: dict[str, None] = {}
    for link in reader.links:
        try:
            found.setdefault(absolute(link, reader.base or base), None)
        except Skip:
            continue
    return list(found)


class _HeadReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the page's head says of feeds."""
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and self.base is None and values.get("href", "").startswith(("http://", "https://")):
            self.base = values["href"]
        kind = values.get("type", "").partition(";")[0].strip().lower()
        if tag == "link" and "alternate" in values.get("rel", "").lower().split() and kind in _TYPES:
            self.links.append(values.get("href", ""))
