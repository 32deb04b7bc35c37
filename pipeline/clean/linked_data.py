"""JSON-LD (schema.org) in a page: found, mended where it is broken, and the article among its nodes."""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from pipeline.folding import fold_name

Node = dict[str, Any]

_ARTICLE = re.compile(r"(article|posting|report|review|opinion|analysis|background)(newsarticle)?$", re.IGNORECASE)
_COMMENTS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|(?://\s*)?\]\]>|/\*\s*\]\]>\s*\*/)\s*$"
)
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_MAX_NODES = 2000
"""Walked per page; shop pages list thousands of offers, articles stand near the top."""


def nodes(tree: HtmlElement) -> list[Node]:
    """Every JSON-LD object of the page, outer ones first. Broken scripts are skipped."""
    found: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            found.extend(_walk(_load(script.text)))
            if len(found) > _MAX_NODES:
                break
    return found[:_MAX_NODES]


def article(found: list[Node], page_titles: list[str]) -> Node:
    """The node that describes this page's article; `{}` if there is none.

    Pages list related articles as full nodes too, so one whose headline is a title of the page wins.
    """
    articles = [node for node in found if any(_ARTICLE.search(t) for t in types(node))]
    if not articles:
        return {}
    titles = {fold_name(t) for t in page_titles if t}

    def rank(node: Node) -> int:
        headline = fold_name(string(node.get("headline")) or string(node.get("name")) or "")
        agrees = bool(headline) and any(headline in t or (t and t in headline) for t in titles)
        return 8 * agrees + 2 * ("datePublished" in node) + ("author" in node) + ("headline" in node)

    return max(articles, key=rank)


def types(node: Node) -> list[str]:
    """The node's types, without the schema.org prefix."""
    return [t.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for t in strings(node.get("@type"))]


def strings(value: Any) -> list[str]:
    """Every text of a value that may be a text, a node with a name, or a list of those."""
    if isinstance(value, str):
        text = plain(value)
        return [text] if text else []
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    if isinstance(value, dict):
        return strings(value.get("name") or value.get("@value"))
    return []


def string(value: Any) -> str | None:
    """The first text of a value."""
    return next(iter(strings(value)), None)


def link(value: Any) -> str | None:
    """The first address of a value that may be an address, a node with `url` or `@id`, or a list of those."""
    if isinstance(value, list):
        return next((found for item in value if (found := link(item))), None)
    if isinstance(value, dict):
        return link(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return value.strip() if isinstance(value, str) and value.strip() else None


_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f]")
"""Not those that are blanks, and not U+0080 to U+009F, of which `repair_mojibake` makes letters again."""


def plain(value: str) -> str:
    """One line without entities, tags and control characters; lone surrogates from `\\ud83d` escapes become U+FFFD."""
    unescaped = html.unescape(value) if "&" in value else value
    if "<" in unescaped:
        unescaped = re.sub(r"</?[a-zA-Z][^<>]{0,200}>", " ", unescaped)
    return " ".join(_CONTROL.sub("", re.sub("[\ud800-\udfff]", "\ufffd", unescaped)).split())


def _load(text: str) -> Any:
    bare = _COMMENTS.sub("", text.strip()).strip().rstrip(";")
    for attempt in (bare, _TRAILING_COMMA.sub(r"\1", bare), html.unescape(bare)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _walk(value: Any) -> Iterator[Node]:
    queue = deque([value])
    seen = 0
    while queue and seen < 4 * _MAX_NODES:
        item = queue.popleft()
        seen += 1
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            if "@type" in item:
                yield item
            queue.extend(v for v in item.values() if isinstance(v, dict | list))
