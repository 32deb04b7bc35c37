"""What stands together with a block: under one parent, or in elements that are named alike.

A body divided over sibling containers has the same names in all of them, so what a reading kept in one speaks
for the others.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.clean import block_marks
from pipeline.clean.blocks import Block

Numbers = NDArray[np.float64]

_DIGITS = re.compile(r"\d+")
_DEPTH = 7
"""Elements that a signature names: enough to tell the body from a list of teasers on 574 real pages."""
_HOSTS = ("div", "section", "article", "td")
_SCORED = frozenset(("p", "td", "pre", "div", "blockquote", "li", "section", "article"))
_TAG_WEIGHT = {
    "div": 5, "article": 8, "section": 3, "td": 3, "pre": 3, "blockquote": 3, "main": 5, "ul": -3, "ol": -3, "dl": -3,
    "form": -3, "aside": -5, "nav": -5, "footer": -5, "header": -3,
}  # fmt: skip
_NAME_WEIGHT = 25
_MIN_CHARS = 25
_FAR = 50

_GROUP_COLUMNS = ("strict", "loose", "prose", "count", "mass")
COLUMNS = (
    *(f"{group}_{what}" for group in ("path", "kind", "parent", "grandparent") for what in _GROUP_COLUMNS),
    "best_distance", "parent_score", "near_score", "best_share",
)  # fmt: skip
"""For the blocks with the same path of names, with the same tag and class in one like it, under the same parent
and under its parent: the share that the strict and the loose reading kept, their share of the page's prose, how
many they are, and their share of the strict reading. Then the readability score of what is around (Arc90's formula)."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Which blocks stand together: one number per block and way of grouping."""

    path: NDArray[np.int64]  # the same names all the way up
    kind: NDArray[np.int64]  # the same tag and class in an element of the same
    parent: NDArray[np.int64]
    grandparent: NDArray[np.int64]


def groups_of(blocks: list[Block]) -> Groups:
    """Group the blocks of a page."""
    signatures: dict[HtmlElement, tuple[str, str]] = {}
    names: dict[HtmlElement, str] = {}
    named = [_signature(block.element, signatures, names) for block in blocks]
    parents = [_outer(block.element) for block in blocks]
    return Groups(
        _numbered(path for path, _ in named),
        _numbered(kind for _, kind in named),
        _numbered(parents),
        _numbered(map(_outer, parents)),
    )


def _numbered(keys: Iterable[Hashable]) -> NDArray[np.int64]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def columns(blocks: list[Block], groups: Groups, kept: Numbers, size: Numbers, prose: NDArray[np.bool_]) -> Numbers:
    """One row per block, columns as in `COLUMNS`."""
    ways = (groups.path, groups.kind, groups.parent, groups.grandparent)
    return np.column_stack([*(_masses(ids, kept, size, prose) for ids in ways), _scores(blocks, size)])


def _masses(ids: NDArray[np.int64], kept: Numbers, size: Numbers, prose: NDArray[np.bool_]) -> Numbers:
    def total(values: Numbers) -> Numbers:
        return np.asarray(np.bincount(ids, values), dtype=np.float64)

    strict, loose = size * (kept[:, 0] >= 0.5), size * (kept[:, 1] >= 0.5)
    whole = np.maximum(1.0, total(size))
    page_prose, page_strict = max(1.0, (size * prose).sum()), max(1.0, strict.sum())
    found = (
        total(strict) / whole,
        total(loose) / whole,
        total(size * prose) / page_prose,
        total(np.ones(len(ids))),
        total(strict) / page_strict,
    )
    return np.column_stack([values[ids] for values in found])


def _signature(
    element: HtmlElement, known: dict[HtmlElement, tuple[str, str]], names: dict[HtmlElement, str]
) -> tuple[str, str]:
    if element not in known:
        parts: list[str] = []
        current: HtmlElement | None = element
        while current is not None and current.tag != "body" and len(parts) < _DEPTH:
            if current not in names:
                names[current] = f"{current.tag}.{_DIGITS.sub('', current.get('class') or '')}"
            parts.append(names[current])
            current = current.getparent()
        known[element] = ("/".join(parts), "/".join(parts[:2]))
    return known[element]


def _outer(element: HtmlElement) -> HtmlElement:
    parent = element.getparent()
    return parent if parent is not None else element


def _scores(blocks: list[Block], size: Numbers) -> Numbers:
    """The readability score of containers: a point a block, one a comma, up to three for length.

    The next outer element gets half of it.
    """
    scores: dict[HtmlElement, float] = {}
    for block, chars in zip(blocks, size, strict=True):
        if chars < _MIN_CHARS or block.element.tag not in _SCORED:
            continue
        text = block.text
        points = 1 + text.count(",") + text.count("،") + text.count("、") + min(len(text) / 100, 3)
        host = block.element if block.element.tag in _HOSTS else _outer(block.element)
        for element, share in ((host, 1.0), (host.getparent(), 0.5)):
            if element is not None:
                scores[element] = scores.get(element, _weight(element)) + share * points
    texts, linked = _contents(blocks, scores)
    for element in scores:
        scores[element] *= 1 - min(1.0, linked.get(element, 0.0) / max(1.0, texts.get(element, 0.0)))
    best = max(scores, key=lambda element: scores[element], default=None)
    top = max(1.0, scores[best]) if best is not None else 1.0
    share = texts.get(best, 0.0) / max(1.0, sum(len(b.text) for b in blocks)) if best is not None else 0.0
    distances: dict[HtmlElement, int] = {}
    rows = []
    for block in blocks:
        parent = _outer(block.element)
        around = [scores.get(element, 0.0) for element in (block.element, parent, _outer(parent))]
        rows.append((_distance(block.element, best, distances), around[1] / top, max(around) / top, share))
    return np.array(rows)


def _contents(
    blocks: list[Block], scores: dict[HtmlElement, float]
) -> tuple[dict[HtmlElement, float], dict[HtmlElement, float]]:
    """Characters and characters of links under each scored element."""
    own: dict[HtmlElement, list[float]] = {}
    for block in blocks:
        entry = own.setdefault(block.element, [0.0, 0.0])
        entry[0] += len(block.text)
        entry[1] += block.link_chars
    texts: dict[HtmlElement, float] = {}
    linked: dict[HtmlElement, float] = {}
    for element, (chars, link_chars) in own.items():
        current: HtmlElement | None = element
        while current is not None:
            if current in scores:
                texts[current] = texts.get(current, 0.0) + chars
                linked[current] = linked.get(current, 0.0) + link_chars
            current = current.getparent()
    return texts, linked


def _weight(element: HtmlElement) -> float:
    weight = float(_TAG_WEIGHT.get(element.tag, 0))
    for name in (element.get("class"), element.get("id")):
        bits = 0
        for part in (name or "").split()[:20]:
            bits |= block_marks.groups_of(part[:80])
        weight += _NAME_WEIGHT * ((bits >> block_marks.ARC_GOOD & 1) - (bits >> block_marks.ARC_BAD & 1))
    return weight


def _distance(element: HtmlElement, best: HtmlElement | None, known: dict[HtmlElement, int]) -> int:
    """Steps from an element up to the best container; 50 if it stands elsewhere."""
    way = []
    current: HtmlElement | None = element
    while current is not None and current is not best and current not in known:
        way.append(current)
        current = current.getparent()
    steps = _FAR if current is None else 0 if current is best else known[current]
    for step in reversed(way):
        steps = known[step] = min(_FAR, steps + 1)
    return steps
