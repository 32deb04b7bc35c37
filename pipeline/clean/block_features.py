"""What the selector knows of each block: numbers only, none of them of one language or one site."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.clean import block_marks, containers, lines
from pipeline.clean.blocks import Block, squeeze
from pipeline.clean.readings import NAMES, Reading, reading_of

Numbers = NDArray[np.float64]

_TAGS = {
    "p": 1, "li": 2, "dd": 2, "dt": 2, "h1": 3, "h2": 4, "h3": 5, "h4": 6, "h5": 6, "h6": 6, "td": 7, "tr": 7, "th": 7,
    "blockquote": 8, "pre": 9, "figcaption": 10, "caption": 10, "div": 11, "section": 12, "article": 12, "main": 12,
    "body": 12, "label": 13,
}  # fmt: skip
_CREDIT = re.compile(
    r"\b(?:images?|photos?|photograph|picture|pic|credit|getty|reuters|shutterstock|fotos?|bild|imagen|imagem|crédit|"
    r"afp|epa|ap|via|courtesy|file|copyright|picture-alliance|imago|alamy|istock)\b|©|фото|صورة|تصویر|写真|图",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_UPPER, _DIGIT = (
    re.compile(f"[{''.join(ch for ch in map(chr, range(0x10000)) if is_one(ch))}]")
    for is_one in (str.isupper, str.isdigit)
)
"""Classes of characters: counted six times as fast as by asking each."""
PROSE_CHARS = 80
"""A block this long and less than a third of it links is prose."""
SOME_CHARS = 25
"""Squeezed characters from which on a block counts as text when masses and ends are taken."""
_LONG = 400
_SEARCHED_CHARS = 300_000_000
"""Blocks times characters of a reading over which blocks are looked for whole only: half a second's search. Of 574
real pages none comes near."""
_HEAD_CHARS, _HEAD_WORDS = 60, 20
"""Of a block, for shares of letters: the beginning tells, and all of it costs."""
_COMMON_WORDS = 40
"""So many of the most frequent words of the text are its function words, whatever the language."""
_NEAR = 6
_OFFSETS = (-3, -2, -1, 1, 2, 3)

NAMES_OF_COLUMNS = (
    "chars", "words", "link_share", "tag", "is_sentence", "commas", "upper_share", "digit_share", "capital_words",
    "has_credit", "has_address", "is_residue", "points_elsewhere", "is_edge", "repeats", "is_title", "is_description",
    *block_marks.COLUMNS,
    *containers.COLUMNS,
    "common_words", "overlap", "stated", "place", "place_by_chars", "from_first", "from_last", "from_title",
    "prose_kept", "blocks", "kept_blocks",
    *(f"kept_by_{name}" for name in NAMES),
    *(f"{what}_{offset:+}" for offset in _OFFSETS for what in ("chars", "links", "strict", "loose")),
    "near_strict", "near_loose", "near_prose",
)  # fmt: skip
"""One number each per block; `benchmarks` and `training/clean` name them so."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the page's head the blocks are compared with."""

    titles: frozenset[str]  # squeezed
    description: str  # squeezed
    stated: Reading | None  # the text that JSON-LD gives


def shown_of(titles: list[str], description: str | None, stated: str) -> Shown:
    """From what the page states about itself."""
    return Shown(
        frozenset(map(squeeze, titles)) - {""},
        squeeze(description or ""),
        reading_of("stated", stated) if len(stated) > 200 else None,
    )


def shares_of(blocks: list[Block], readings: list[Reading]) -> Numbers:
    """How much of each block (row) each reading (column) kept."""
    small = len(blocks) * max(len(reading.squeezed) for reading in readings) < _SEARCHED_CHARS
    return np.array([[reading.share(block, in_pieces=small) for reading in readings] for block in blocks])


def features(blocks: list[Block], groups: containers.Groups, kept: Numbers, shown: Shown) -> Numbers:
    """One row per block, columns as in `NAMES_OF_COLUMNS`; `kept` is what `shares_of` gives."""
    size = np.array([len(block.squeezed) for block in blocks], dtype=float)
    chars = np.array([len(block.text) for block in blocks], dtype=float)
    links = np.array([block.link_chars for block in blocks], dtype=float) / chars
    prose = (chars > PROSE_CHARS) & (links * 3 < 1)
    known: dict[HtmlElement, block_marks.Marks] = {}
    marks = np.array([block_marks.marks_of(block.element, known) for block in blocks], dtype=float)
    return np.column_stack(
        [
            _of_text(blocks, shown),
            marks,
            containers.columns(blocks, groups, kept, size, prose),
            _of_words(blocks, kept, size),
            np.array([shown.stated.share(block) if shown.stated else -1.0 for block in blocks]),
            _of_place(blocks, kept, size, prose, shown),
            kept,
            _of_neighbours(size, links, kept),
            *(_around(size, values) for values in (kept[:, 0], kept[:, 1], prose.astype(float))),
        ]
    )


def _of_text(blocks: list[Block], shown: Shown) -> Numbers:
    seen: Counter[str] = Counter()
    rows = []
    for block in blocks:
        text, length = block.text, len(block.text)
        head, first_words, words = (
            text[:_HEAD_CHARS],
            text[: 4 * _HEAD_CHARS].split()[:_HEAD_WORDS],
            lines.count_words(text),
        )
        residue, pointer, edge = lines.furniture(text, words) if length < _LONG else (False, False, False)
        rows.append(
            (
                length,
                words,
                block.link_chars / length,
                _TAGS.get(block.element.tag, 0),
                lines.is_sentence(text),
                text.count(",") + text.count("،") + text.count("、"),
                len(_UPPER.findall(head)) / len(head),
                len(_DIGIT.findall(head)) / len(head),
                sum(word[0].isupper() for word in first_words) / len(first_words),
                length < 600 and bool(_CREDIT.search(text)),
                "@" in text or "http" in text,
                residue,
                pointer,
                edge,
                seen[block.squeezed],
                _like_title(block.squeezed, shown.titles),
                _is_description(block.squeezed, shown.description),
            )
        )
        seen[block.squeezed] += 1
    return np.array(rows, dtype=float)


def _like_title(squeezed: str, titles: frozenset[str]) -> float:
    if squeezed in titles:
        return 1.0
    alike = len(squeezed) > 12 and any(
        len(t) > 15 and (t.startswith(squeezed) or squeezed.startswith(t)) for t in titles
    )
    return 0.8 * alike


def _is_description(squeezed: str, description: str) -> bool:
    return (
        bool(description) and len(squeezed) > 20 and (squeezed == description or description.startswith(squeezed[:60]))
    )


def _of_words(blocks: list[Block], kept: Numbers, size: Numbers) -> Numbers:
    """Share of the text's most frequent words, and of rarer words that stand elsewhere in the text, too.

    A story's own words come again; those of the next story's teaser do not.
    """
    tokens = [_WORD.findall(block.text.casefold()) for block in blocks]
    is_text = (kept[:, :2].max(axis=1) >= 0.5) & (size >= SOME_CHARS)
    counts: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    for words, counted in zip(tokens, is_text, strict=True):
        if counted:
            counts.update(words)
            holding.update(set(words))
    common = {word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_COMMON_WORDS]}
    rows = []
    for words, counted in zip(tokens, is_text, strict=True):
        rare = {word for word in words if len(word) > 3} - common
        again = sum(holding[word] > counted for word in rare)
        rows.append((sum(map(common.__contains__, words)) / max(1, len(words)), again / max(1, len(rare))))
    return np.array(rows)


def _of_place(blocks: list[Block], kept: Numbers, size: Numbers, prose: NDArray[np.bool_], shown: Shown) -> Numbers:
    count = len(blocks)
    number = np.arange(count, dtype=float)
    is_text = (kept[:, 1] >= 0.5) & (size >= SOME_CHARS)
    texts = np.flatnonzero(is_text)
    first, last = (texts[0], texts[-1]) if len(texts) else (0, count - 1)
    titles = [n for n, block in enumerate(blocks) if len(block.squeezed) > 8 and block.squeezed in shown.titles]
    mass = size[kept[:, 1] >= 0.5].sum() / max(1.0, size[prose].sum())
    total = max(1.0, size.sum())
    same = np.ones(count)
    return np.column_stack(
        [
            number / count,
            (np.cumsum(size) - size) / total,
            number - first,
            last - number,
            number - titles[0] if titles else same * 999,
            same * min(mass, 10.0),
            same * count,
            same * len(texts),
        ]
    )


def _of_neighbours(size: Numbers, links: Numbers, kept: Numbers) -> Numbers:
    values = np.column_stack([np.minimum(size, 400), links, kept[:, 0], kept[:, 1]])
    return np.column_stack([_shifted(values, offset) for offset in _OFFSETS])


def _shifted(values: Numbers, offset: int) -> Numbers:
    """The values of the block so many places on; -1 beyond the ends."""
    moved = np.full_like(values, -1.0)
    if abs(offset) < len(values):
        if offset < 0:
            moved[-offset:] = values[:offset]
        else:
            moved[:-offset] = values[offset:]
    return moved


def _around(size: Numbers, values: Numbers) -> Numbers:
    """Mean over the block and six on either side, by length."""
    mass, total = np.cumsum(np.r_[0.0, size * values]), np.cumsum(np.r_[0.0, size])
    number = np.arange(len(size))
    low, high = np.maximum(0, number - _NEAR), np.minimum(len(size), number + _NEAR + 1)
    around: Numbers = (mass[high] - mass[low]) / np.maximum(1.0, total[high] - total[low])
    return around
