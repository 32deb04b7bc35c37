"""An HTML page as a tree, safely: bytes in any charset, bounded depth, nothing loaded from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from pipeline.discover.encoding import header_charset, is_wide, to_clean_utf8

MAX_LINKED_DATA_BYTES = 2_000_000
_MAX_TEXT = 2_000
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """One page; `root` is None if nothing could be read, `trouble` says why reading stopped early."""

    root: etree._Element | None
    trouble: str | None = None

    def base(self, url: str) -> str:
        """What relative links of the page are relative to."""
        if self.root is None:
            return url
        for element in self.root.iter("base"):
            if href := element.get("href"):
                try:
                    return urljoin(url, href.strip())
                except ValueError:
                    break
        return url

    def xpath(self, path: str) -> list[etree._Element]:
        """The elements an XPath expression finds; none if it finds something else, or is wrong."""
        if self.root is None:
            return []
        try:
            found = self.root.xpath(path)
        except etree.XPathError:
            return []
        return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []


def read_html(body: bytes, content_type: str | None = None) -> HtmlPage:
    """Read a page; broken markup is repaired as browsers do, as far as libxml2's limits on depth and size allow."""
    if not header_charset(content_type) and not is_wide(body) and (named := _META.search(body[:_META_BYTES])):
        content_type = f"text/html; charset={named[1].decode('ascii')}"
    document = to_clean_utf8(body, content_type)
    if not document:
        return HtmlPage(None, "an empty page")
    parser = etree.HTMLParser(
        encoding="utf-8", recover=True, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return HtmlPage(None, f"the page could not be read: {str(error)[:200]}")
    fatal = next((entry for entry in parser.error_log if entry.level == etree.ErrorLevels.FATAL), None)
    return HtmlPage(root, f"line {fatal.line}: {fatal.message[:200]}" if fatal is not None else None)


def text_of(element: etree._Element) -> str:
    """The text of an element on one line, without scripts, at most 2,000 characters."""
    parts: list[str] = []
    size = 0
    for piece in _texts(element):
        parts.append(piece)
        size += len(piece)
        if size > _MAX_TEXT:
            break
    return " ".join(" ".join(parts).split())[:_MAX_TEXT]


def linked_data(page: HtmlPage) -> Iterator[dict[str, Any]]:
    """Every JSON-LD object of the page, those inside lists and `@graph` and one level down included."""
    if page.root is None:
        return
    for script in page.root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        raw = script.text or ""
        if len(raw) > MAX_LINKED_DATA_BYTES:
            continue
        try:
            data = json.loads(raw, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _objects(data, depth=0)


def _objects(data: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(data, list):
        for item in data:
            yield from _objects(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "publisher", "isPartOf"):
            yield from _objects(data.get(name), depth + 1)


def _texts(element: etree._Element) -> Iterator[str]:
    for node in element.iter():
        if isinstance(node.tag, str) and node.tag not in ("script", "style") and node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail
