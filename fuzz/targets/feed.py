"""RSS and Atom, any bytes: `discover.parse` never raises, and what it gives can be stored."""

from __future__ import annotations

from fuzz.targets._promises import BASE, keeps_promises
from pipeline.discover.parse import parse

INSTRUMENT = ("feedparser", "sgmllib")
MAX_LEN = 4_096
DICTIONARY = (
    "<rss", "<channel>", "<item>", "</item>", "<title>", "<link>", "<link href='", "<guid isPermaLink='false'>",
    "<pubDate>", "<dc:date>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "<updated>", "<published>",
    "<rdf:RDF", "xml:base='", "<![CDATA[", "]]>", "<!DOCTYPE", "<!ENTITY", "&amp;", "&#0;", "&#x1F600;", "&eacute;",
    "type='xhtml'", "type='html'", "<media:content", "<georss:point>", "<itunes:", "mode='base64'", "<!--", "-->",
    "encoding='utf-16'", "encoding='iso-2022-jp'", "Mon, 23 Nov 2026 06:30:00 GMT", "2026-11-23T06:30:00Z",
)  # fmt: skip
_CONTENT_TYPES = (None, "text/xml", "text/xml; charset=windows-1251", "application/rss+xml; charset=utf-7")


def check(data: bytes) -> None:
    """The first byte chooses the header, the rest is the body."""
    content_type = _CONTENT_TYPES[data[0] % len(_CONTENT_TYPES)] if data else None
    keeps_promises(parse(data[1:], base=BASE, max_bytes=100_000, content_type=content_type))
