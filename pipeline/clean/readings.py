"""What three extractors keep of a page: trafilatura strict and loose, and the readability algorithm.

All three are trafilatura's own code without its fallbacks: 33 ms a page together, where one reading with
fallbacks takes 23 to 29. Which blocks each of them kept is what the selector goes by (selector.py).
"""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement
from trafilatura.external import try_readability

from pipeline.clean.blocks import Block, share_found, squeeze

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every odd page; we give reasons instead

NAMES = ("strict", "loose", "readability")
_SHORT = 25
"""Squeezed characters under which a block must be a whole line of the reading: "Share" stands in many texts."""
_PIECES, _PIECE_CHARS = 8, 20
"""A block that a reading has cut or joined is looked for in pieces."""
_TEXT_TAGS = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "td", "div")


@dataclass(frozen=True, slots=True)
class Reading:
    """The text one extractor gives, and what it takes to find a block in it."""

    name: str
    text: str
    squeezed: str
    lines: frozenset[str]

    def share(self, block: Block, *, in_pieces: bool = True) -> float:
        """How much of a block the reading kept, 0 to 1."""
        squeezed = block.squeezed
        if not self.squeezed:
            return 0.0
        if len(squeezed) < _SHORT:
            return float(squeezed in self.lines)
        if squeezed in self.squeezed:
            return 1.0
        if len(squeezed) < 60 or not in_pieces:
            return 0.0
        return share_found(squeezed, self.squeezed, _PIECES, _PIECE_CHARS)


def reading_of(name: str, text: str) -> Reading:
    """A reading from its text, one paragraph per line."""
    return Reading(name, text, squeeze(text), frozenset(map(squeeze, text.split("\n"))))


def read_all(tree: HtmlElement, url: str | None) -> list[Reading]:
    """The readings, in the order of `NAMES`. The tree is not changed."""
    return [
        reading_of("strict", _trafilatura(tree, url, favor_precision=True)),
        reading_of("loose", _trafilatura(tree, url, favor_recall=True)),
        reading_of("readability", _readability(tree)),
    ]


def _trafilatura(tree: HtmlElement, url: str | None, **mode: bool) -> str:
    document = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, with_metadata=False, fast=True, **mode
    )
    return (document.text or "") if document is not None else ""


def _readability(tree: HtmlElement) -> str:
    lines = []
    for element in try_readability(copy.deepcopy(tree)).iter(*_TEXT_TAGS):
        parts = [element.text or ""] if element.tag == "div" else [t for t in element.itertext() if isinstance(t, str)]
        if line := " ".join(" ".join(parts).split()):
            lines.append(line)
    return "\n".join(lines)
