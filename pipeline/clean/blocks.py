"""The blocks of a page: its paragraphs, headings, list items, table rows, in the order in which they stand.

What an extractor keeps or drops is decided block by block, so that a body divided over sibling containers is
not cut in half and a teaser inside the body is not kept with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

_SKIPPED = frozenset((
    "script", "style", "noscript", "template", "svg", "head", "iframe", "object", "embed", "canvas", "select",
    "option", "button", "input", "textarea", "audio", "video", "map", "datalist", "math", "title", "meta", "link",
))  # fmt: skip
"""Elements whose text no reader of the article sees as text."""
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "html", "label", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
_CELLS = ("td", "th")
_CELL_CHARS = 120
"""A row whose cells are all shorter is one of a table of data, and one block; longer cells are for layout."""
_BLANKS = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[\W_]+")
_LARGE = 400
"""Squeezed characters from which on a block may repeat what others say: the whole text once more, for machines."""
_COVERED_BY = 0.7
"""Blocks up to this share of its length may cover it."""
_PROBES, _PROBE_CHARS = 10, 25
MAX_BLOCKS = 20_000
"""More are not read: of 574 real pages the one with most has 2,900."""


@dataclass(slots=True)
class Block:
    """One block: its text on one line, the element that holds it, how many of its characters are links."""

    text: str
    element: HtmlElement
    link_chars: int
    squeezed: str  # lower case, letters and digits only: what readings are compared by


def squeeze(text: str) -> str:
    """Letters and digits in lower case: the same text in whatever markup and punctuation."""
    return _NOT_WORD.sub("", text.casefold())


def blocks_of(tree: HtmlElement) -> list[Block]:
    """Blocks with at least one letter or digit, in page order, without those that repeat all the others."""
    body = tree.find("body")
    found = [
        Block(text, element, link_chars, squeezed)
        for text, element, link_chars in _texts(body if body is not None else tree)
        if (squeezed := squeeze(text))
    ]
    return _without_covers(found)


class _Gathering:
    """Text met since the last boundary between blocks."""

    __slots__ = ("link_chars", "parts")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.link_chars = 0

    def add(self, text: str | None, *, in_link: bool) -> None:
        if text:
            self.parts.append(text)
            if in_link:
                self.link_chars += len(" ".join(text.split()))

    def take(self) -> tuple[str, int]:
        taken = _BLANKS.sub(" ", "".join(self.parts)).strip(), self.link_chars
        self.parts, self.link_chars = [], 0
        return taken


def _texts(root: HtmlElement) -> Iterator[tuple[str, HtmlElement, int]]:
    """Walk without recursion; a boundary is a block element's start or end, or a br."""
    gathering, number = _Gathering(), 0
    rows: dict[HtmlElement, bool] = {}
    stack: list[tuple[HtmlElement, bool, HtmlElement, bool]] = [(root, False, root, False)]
    while stack and number < MAX_BLOCKS:
        element, is_end, owner, in_link = stack.pop()
        tag = element.tag
        is_shown = isinstance(tag, str) and tag not in _SKIPPED and (element.get("hidden") is None or tag == "body")
        is_boundary = is_shown and (tag in _BLOCKS or tag == "br") and not _in_data_row(element, owner, rows)
        if is_boundary and gathering.parts:
            text, link_chars = gathering.take()
            if text:
                number += any(map(str.isalnum, text))
                yield text, (element if is_end else owner), link_chars
        if is_end or not is_shown:
            if element is not root:
                gathering.add(f" {element.tail or ''}" if tag == "br" else element.tail, in_link=in_link)
            continue
        stack.append((element, True, owner, in_link))
        inner = in_link or tag == "a"
        gathering.add(f" {element.text or ''}" if tag in _CELLS else element.text, in_link=inner)
        own = element if is_boundary and tag != "br" else owner
        stack.extend((child, False, own, inner) for child in reversed(element))
    rest, link_chars = gathering.take()
    if rest:
        yield rest, root, link_chars


def _in_data_row(element: HtmlElement, owner: HtmlElement, rows: dict[HtmlElement, bool]) -> bool:
    """A cell of a row of short cells, or a break in one: the row is the block."""
    if element.tag not in (*_CELLS, "br"):
        return False
    row = owner if element.tag == "br" else element.getparent()
    if row is None or row.tag != "tr":
        return False
    if row not in rows:
        inner = sum(
            1 for e in row.iter() if isinstance(e.tag, str) and e.tag in _BLOCKS and e.tag not in (*_CELLS, "tr")
        )
        rows[row] = len(row) > 1 and inner <= len(row) and max(len(cell.text_content()) for cell in row) < _CELL_CHARS
    return rows[row]


def _without_covers(blocks: list[Block]) -> list[Block]:
    """Some pages hold the whole text a second time in one hidden block."""
    large = [block for block in blocks if len(block.squeezed) > _LARGE]
    covers = {
        id(block)
        for block in sorted(large, key=lambda b: -len(b.squeezed))[:20]
        if _is_covered(
            block.squeezed, "".join(b.squeezed for b in blocks if len(b.squeezed) < _COVERED_BY * len(block.squeezed))
        )
    }
    return [block for block in blocks if id(block) not in covers] if covers else blocks


def _is_covered(squeezed: str, others: str) -> bool:
    if len(others) < 0.8 * len(squeezed):
        return False
    return share_found(squeezed, others, _PROBES, _PROBE_CHARS) >= 0.8


def share_found(squeezed: str, text: str, probes: int, chars: int) -> float:
    """Share of evenly spread pieces of one squeezed text that stand in another."""
    room = len(squeezed) - chars
    starts = [room * probe // max(1, probes - 1) for probe in range(probes)]
    return sum(squeezed[start : start + chars] in text for start in starts) / probes
