"""The blocks of the labelled pages with their features, and whether a person kept them.

One row is one block of one page. Pages and gold texts are read from ../shared/pages and stay there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import clean as bench
from pipeline.clean import body, facts, titles
from pipeline.clean.block_features import Numbers
from pipeline.clean.blocks import Block, share_found, squeeze
from pipeline.clean.charset import decode
from pipeline.clean.lines import count_words
from pipeline.clean.page import parse


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """One page: its blocks as rows, which of them are in the gold text, and the words of that text."""

    gold: dict[str, Any]
    fold: int
    rows: Numbers
    is_text: Numbers  # 1 where the gold text has most of the block
    squeezed: list[int]  # length of each block
    gold_words: int


def labelled_pages() -> Iterator[LabelledPage]:
    """Every page of the three sets that has blocks."""
    logging.disable(logging.CRITICAL)
    for gold in bench.load_gold(1):
        page = _page(gold)
        if page is not None:
            yield page


def _page(gold: dict[str, Any]) -> LabelledPage | None:
    url = gold.get("url")
    tree = parse(decode(bench.html_of(gold), None).text)
    if tree is None:
        return None
    stated = facts.read_facts(tree, url)
    title, _ = titles.choose_title(stated, url, None, None)
    weighed = body.weigh(tree, url, stated, titles.title_variants(stated, title, None), body.stated_body(stated))
    if weighed is None:
        return None
    text = gold.get("text") or ""
    return LabelledPage(
        gold=gold,
        fold=bench.fold_of(gold),
        rows=weighed.rows,
        is_text=_labels(weighed.blocks, text),
        squeezed=[len(block.squeezed) for block in weighed.blocks],
        gold_words=count_words(text),
    )


def _labels(blocks: list[Block], text: str) -> Numbers:
    whole, lines = squeeze(text), {squeeze(line) for line in text.split("\n")}
    return np.array([_share(block.squeezed, whole, lines) >= 0.5 for block in blocks], dtype=float)


def _share(squeezed: str, whole: str, lines: set[str]) -> float:
    """Share of a block that the gold text has; a short block must be a line of it, as "Share" is in many texts."""
    if len(squeezed) < 12:
        return float(squeezed in lines)
    if squeezed in whole:
        return 1.0
    return 0.0 if len(squeezed) < 40 else share_found(squeezed, whole, min(10, len(squeezed) // 15), 15)
