"""Sitemaps (sitemaps.org 0.9): urlset with news tags, sitemap index, and the plain list of addresses.

XML is streamed: each element is forgotten once read, entities stay unexpanded, nothing is loaded from outside,
and libxml2's own limits on depth and size stay on.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from pipeline.discover.encoding import is_wide, to_clean_utf8
from pipeline.discover.items import (
    ChildSitemap,
    FeedItem,
    ParsedFeed,
    clean_title,
    end_of_day,
    is_bare_day,
    parse_date,
)
from pipeline.errors import Reason

MAX_ITEMS = 100_000
"""Addresses read of one sitemap. The protocol allows 50,000; some publishers go a little over."""
_SAMPLE_BYTES = 65_536
_OPEN_TAG = re.compile(rb"<(?![!?])(?=[^<>]*(?:<|\Z))")
"""A `<` of a tag that never ends. XML has none; libxml2 looks for the end of each to the end of the document, so that
10 MB of them would take hours."""
_MAX_SEARCHED_BYTES = 1_000_000_000  # by these searches in all: 0.3 s


def parse_sitemap(document: bytes, kind: str) -> ParsedFeed:
    """A urlset or a sitemap index. Namespaces are not looked at: half of the publishers get them wrong."""
    items: list[FeedItem] = []
    children: list[ChildSitemap] = []
    plain = to_clean_utf8(document, None) if is_wide(document) else document.lstrip(b" \t\r\n\x00")
    end = _readable_end(plain)
    is_cut = end < len(plain)
    plain = plain[:end]
    reader = etree.iterparse(
        io.BytesIO(plain),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        encoding=_encoding(plain),
        recover=True,
        huge_tree=False,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    reason: Reason | None = None
    detail: str | None = None
    try:
        for element in _forgetting(reader):
            if len(items) + len(children) >= MAX_ITEMS:
                reason, detail = Reason.TOO_LARGE, f"more than {MAX_ITEMS} addresses; the rest was left out"
                break
            if _name(element) == "sitemap":
                child = _child(element)
                children.extend([child] if child else [])
            else:
                items.append(_item(element))
    except etree.XMLSyntaxError as error:
        reason, detail = Reason.BROKEN_FEED, str(error)[:200]
    fatal = next((entry for entry in reader.error_log if entry.level == etree.ErrorLevels.FATAL), None)
    if reason is None and fatal is not None:
        reason, detail = Reason.BROKEN_FEED, f"line {fatal.line}: {fatal.message[:200]}"
    if reason is None and is_cut:
        reason, detail = Reason.BROKEN_FEED, "tags that never end"
    found = "sitemap_index" if children or kind == "sitemap_index" else "sitemap"
    return ParsedFeed(found, tuple(items), tuple(children), reason, detail)


def parse_url_list(document: bytes) -> ParsedFeed:
    """A sitemap as plain text: one address per line."""
    lines = document.decode("utf-8-sig", "replace").split("\n", MAX_ITEMS)[:MAX_ITEMS]
    return ParsedFeed("sitemap", tuple(FeedItem(line.strip()) for line in lines if line.strip()))


def _readable_end(document: bytes) -> int:
    """Where to stop reading: at the tag without end that is one too many, else at the document's end."""
    at_most = _MAX_SEARCHED_BYTES // (len(document) + 1)
    one_too_many = next(islice(_OPEN_TAG.finditer(document), at_most, None), None)
    return one_too_many.start() if one_too_many else len(document)


def _forgetting(reader: etree.iterparse) -> Iterator[etree._Element]:
    """Elements as they end; each, and what stands before it, is freed afterwards."""
    for _, element in reader:
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _item(element: etree._Element) -> FeedItem:
    location = title = published = modified = None
    for child in element:
        name = _name(child)
        if name == "loc":
            location = location or child.text
        elif name == "lastmod":
            modified = child.text
        elif name == "news":
            for tag in child:
                if _name(tag) == "title":
                    title = tag.text
                elif _name(tag) == "publication_date":
                    published = tag.text
    return FeedItem(location, clean_title(title), parse_date(published), parse_date(modified))


def _child(element: etree._Element) -> ChildSitemap | None:
    values = {_name(child): (child.text or "").strip() for child in element}
    if not values.get("loc"):
        return None
    lastmod = values.get("lastmod", "")
    modified_at = parse_date(lastmod)
    if modified_at is not None and is_bare_day(lastmod):
        modified_at = end_of_day(modified_at)
    return ChildSitemap(values["loc"], modified_at)


def _name(element: etree._Element) -> str:
    """Local name: `{namespace}loc`, `sm:loc` (prefix never declared) and `loc` are one."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _encoding(document: bytes) -> str | None:
    """`utf-8` if the beginning is that beyond ASCII, whatever it declares; None leaves it to the declaration."""
    sample = document[:_SAMPLE_BYTES]
    if sample.isascii():
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return None
    return "utf-8"
