"""The selector: trees, smoothing and the choice of a threshold, each reckoned by hand; the shipped model as it loads."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.clean.block_features import NAMES_OF_COLUMNS
from pipeline.clean.selector import WrongModelError, load_trees, smoothed, threshold

CHARS, WORDS, LINKS = (NAMES_OF_COLUMNS.index(name) for name in ("chars", "words", "link_share"))
STUMP = {"column": [CHARS, 0, 0], "threshold": [100.0, 0.0, 0.0], "left": [1, 1, 2], "right": [2, 1, 2],
         "value": [0.0, -1.0, 1.0]}  # fmt: skip
DEEPER = {"column": [LINKS, WORDS, 0, 0, 0], "threshold": [0.3, 10.0, 0.0, 0.0, 0.0], "left": [1, 3, 2, 3, 4],
          "right": [2, 4, 2, 3, 4], "value": [0.0, 0.0, -2.0, 0.5, 1.5]}  # fmt: skip


def _model(path: Path, columns: tuple[str, ...] = NAMES_OF_COLUMNS) -> Path:
    path.write_text(json.dumps({"columns": columns, "depth": 2, "trees": [STUMP, DEEPER]}), encoding="utf-8")
    return path


def _row(chars: float, words: float, links: float) -> list[float]:
    row = [0.0] * len(NAMES_OF_COLUMNS)
    row[CHARS], row[WORDS], row[LINKS] = chars, words, links
    return row


@pytest.mark.parametrize(
    ("row", "summed"),
    [
        (_row(300, 50, 0), 1.0 + 1.5),
        (_row(300, 5, 0), 1.0 + 0.5),
        (_row(300, 50, 0.9), 1.0 - 2.0),
        (_row(100, 10, 0.3), -1.0 + 0.5),  # at most is left
        (_row(20, 3, 0.9), -1.0 - 2.0),
    ],
)
def test_two_trees_by_hand(row: list[float], summed: float, tmp_path: Path) -> None:
    trees = load_trees(_model(tmp_path / "two.json"))
    (score,) = trees.scores(np.array([row]))
    assert score == pytest.approx(1 / (1 + math.exp(-summed)))


def test_rows_are_scored_each_for_itself(tmp_path: Path) -> None:
    trees = load_trees(_model(tmp_path / "two.json"))
    rows = np.array([_row(300, 50, 0), _row(20, 3, 0.9), _row(300, 5, 0)])
    assert trees.scores(rows[::-1]).tolist() == trees.scores(rows)[::-1].tolist()


def test_a_model_for_other_columns_says_what_to_do(tmp_path: Path) -> None:
    path = _model(tmp_path / "old.json", (*NAMES_OF_COLUMNS[1:], "brightness"))
    with pytest.raises(WrongModelError, match=r"old\.json .*other columns.*training\.clean\.train"):
        load_trees(path)


def test_models_are_told_apart_by_their_digest(tmp_path: Path) -> None:
    assert load_trees(_model(tmp_path / "two.json")).digest != load_trees().digest
    assert len(load_trees().digest) == 12


def _rows() -> np.ndarray:
    return np.random.default_rng(7).uniform(-5, 400, size=(500, len(NAMES_OF_COLUMNS)))


def test_the_shipped_model_gives_the_same_probabilities_each_time() -> None:
    trees, rows = load_trees(), _rows()
    scores = trees.scores(rows)
    assert scores.tolist() == trees.scores(rows.copy()).tolist()
    assert scores.tolist() == load_trees.__wrapped__().scores(rows).tolist()
    assert ((scores > 0) & (scores < 1)).all()
    assert scores.max() - scores.min() > 0.2


def test_leaves_of_the_shipped_model_lead_to_themselves() -> None:
    trees = load_trees()
    deeper = replace(trees, depth=trees.depth + 3)
    assert deeper.scores(_rows()).tolist() == trees.scores(_rows()).tolist()


def test_smoothed_by_hand() -> None:
    found = smoothed(np.array([1.0, 0.0, 0.5]), np.array([0, 0, 1]), np.array([100.0, 300.0, 50.0]))
    # The first two share a mean of (100 × 1 + 300 × 0) / 400; the third is its own.
    assert found.tolist() == pytest.approx([0.7 + 0.3 * 0.25, 0.3 * 0.25, 0.5])


@pytest.mark.parametrize(
    ("scores", "words", "taken_from"),
    [
        # Right so far 9, 17, 18; there 0.8 × 18: 18/24.4, 34/34.4, 36/44.4.
        ([0.9, 0.8, 0.1], [10, 10, 10], 0.8),
        ([0.1, 0.8, 0.9], [10, 10, 10], 0.8),
        # A long block of even odds is worth it: right 9, 59; there 47.2: 18/57.2, 118/157.2.
        ([0.9, 0.5], [10, 100], 0.5),
        # A long block that is hardly text is not: right 90, 100; there 80: 180/180, 200/280.
        ([0.9, 0.1], [100, 100], 0.9),
        # What there is counts 0.8: right 9, 13; there 10.4: 18/20.4, 26/30.4. Counted whole, 18/23 < 26/33.
        ([0.9, 0.4], [10, 10], 0.9),
        # Low everywhere: the best of it; right 2, 3; there 2.4: 4/12.4, 6/22.4.
        ([0.2, 0.1], [10, 10], 0.2),
        ([0.4], [10], 0.4),
    ],
)
def test_threshold_by_hand(scores: list[float], words: list[int], taken_from: float) -> None:
    assert threshold(np.array(scores), np.array(words) * 5.5) == taken_from
