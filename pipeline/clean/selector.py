"""Which blocks of a page are its text: a small learnt score per block, then the choice that promises the best F1.

The score is a sum of regression trees (gradient boosting, LightGBM; training/clean) over numbers that name no
language and no site (block_features.py). A fixed threshold is right for no page: the blocks are taken in order of
score as long as the expected F1 of what is taken, against what the scores say there is, rises.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.clean.block_features import NAMES_OF_COLUMNS, Numbers

_CHARS_PER_WORD = 5.5
_DRAWN = 0.3
"""How far a block's score is drawn to its group's. Cross-validated F1 of the three sets (published way): 0 gives
0.9740, 0.9488 and 0.9312, 0.3 gives 0.9750, 0.9493 and 0.9320."""
_THERE = 0.8
"""What the scores promise on the whole page counts so much: many low scores add up to more than there is. 1, 0.85 and
0.7 give 0.9749, 0.9751 and 0.9762 (aeb), 0.9472, 0.9491 and 0.9498 (andy), 0.9329, 0.9347 and 0.9341 (wcxb)."""
SHIPPED = "text_blocks.json"


@dataclass(frozen=True, slots=True)
class Trees:
    """A boosted model: the nodes of all trees one after the other; a leaf leads to itself."""

    roots: NDArray[np.intp]
    column: NDArray[np.intp]
    threshold: Numbers  # goes left if the column is at most this
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: Numbers  # of leaves; 0 elsewhere
    depth: int
    digest: str  # of the file, first 12 digits of SHA-256

    def scores(self, rows: Numbers) -> Numbers:
        """Probability of each row to be text, 0 to 1. The same rows give the same scores on every machine."""
        flat = np.ascontiguousarray(rows).ravel()
        first = (np.arange(len(rows)) * rows.shape[1])[:, None]
        node = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        for _ in range(self.depth):
            goes_left = flat.take(first + self.column.take(node)) <= self.threshold.take(node)
            node = np.where(goes_left, self.left.take(node), self.right.take(node))
        summed: Numbers = self.value.take(node).sum(axis=1)
        probability: Numbers = 1 / (1 + np.exp(-summed))
        return np.round(probability, 9)  # exp differs by processor in the last digits


class WrongModelError(Exception):
    """The model was trained for other columns than this code computes."""


@lru_cache(maxsize=8)
def load_trees(path: Path | None = None) -> Trees:
    """Read a model file, the shipped one by default; raises WrongModelError if it does not fit the features."""
    import hashlib

    raw = path.read_bytes() if path else files("pipeline.clean.models").joinpath(SHIPPED).read_bytes()
    model: dict[str, Any] = json.loads(raw)
    if tuple(model["columns"]) != NAMES_OF_COLUMNS:
        raise WrongModelError(f"{path or SHIPPED} was trained for other columns; run `python -m training.clean.train`")
    trees = model["trees"]
    starts = np.cumsum([0, *(len(tree["value"]) for tree in trees)])[:-1]

    def joined(name: str, kind: Any) -> Any:
        return np.concatenate([np.array(tree[name], dtype=kind) for tree in trees])

    def led(name: str) -> Any:
        """Nodes are numbered within their tree in the file, through all trees here."""
        return np.concatenate([start + np.array(tree[name]) for start, tree in zip(starts, trees, strict=True)])

    return Trees(
        roots=starts,
        column=joined("column", np.intp),
        threshold=joined("threshold", np.float64),
        left=led("left"),
        right=led("right"),
        value=joined("value", np.float64),
        depth=model["depth"],
        digest=hashlib.sha256(raw).hexdigest()[:12],
    )


def smoothed(scores: Numbers, groups: NDArray[np.int64], chars: Numbers) -> Numbers:
    """Scores drawn towards the mean of blocks that are named alike, by length: neighbours share their fate."""
    whole = np.maximum(1.0, np.bincount(groups, chars))
    mean = np.bincount(groups, chars * scores) / whole
    drawn: Numbers = (1 - _DRAWN) * scores + _DRAWN * mean[groups]
    return drawn


def threshold(scores: Numbers, chars: Numbers) -> float:
    """The score from which on blocks are taken: where 2 × right / (taken + there) is expected to be highest.

    By F-measure maximisation over calibrated probabilities (Ye, Chai, Lee and Chieu, ICML 2012), words standing
    for shingles.
    """
    words = np.maximum(1.0, chars / _CHARS_PER_WORD)
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum((scores * words)[order])
    taken = np.cumsum(words[order])
    best = int(np.argmax(2 * right / (taken + _THERE * right[-1])))
    return float(scores[order][best])
