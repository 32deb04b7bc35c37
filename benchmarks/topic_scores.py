"""How answers about topics are scored: F1 and agreement of readers. Level 1 is texts × TOP throughout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.bootstrap import bounds, draws
from training.topics.labelled import TOP

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def marked(sets: Sequence[Sequence[str]]) -> Bools:
    """Sets of level-1 codes as texts × TOP."""
    return np.array([[code in topics for code in TOP] for topics in sets])


def f1_scores(found: Bools, gold: Bools) -> tuple[float, float, Floats]:
    """Macro-F1, micro-F1 and F1 by topic. A topic that neither has counts 0, as it does elsewhere."""
    right = (found & gold).sum(0)
    all_of_both = found.sum(0) + gold.sum(0)
    by_topic = 2 * right / np.maximum(all_of_both, 1)
    return float(by_topic.mean()), float(2 * right.sum() / max(1, all_of_both.sum())), by_topic


def intervals(found: Bools, gold: Bools) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % intervals of macro- and micro-F1, the texts drawn again and again."""
    drawn = [f1_scores(found[rows], gold[rows])[:2] for rows in draws(len(gold))]
    macro, micro = np.array(drawn).T
    return bounds(macro), bounds(micro)


def alpha(first: Sequence[Any], second: Sequence[Any]) -> float:
    """Krippendorff's alpha for two readers and nominal values (Krippendorff, Content Analysis, 2004, chapter 11)."""
    pairs = list(zip(first, second, strict=True))
    counts = Counter(value for pair in pairs for value in pair)
    total = sum(counts.values())
    observed = sum(a != b for a, b in pairs) / len(pairs)
    expected = 1 - sum(n * (n - 1) for n in counts.values()) / (total * (total - 1))
    return 1 - observed / expected
