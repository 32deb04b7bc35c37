"""How sure is sure: scores against how often they are right, and the logistic line that makes one of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def reliability(scores: Floats, right: npt.NDArray[Any]) -> list[dict[str, float]]:
    """Ten steps of score: how many decisions, their mean score, and the share that are right. Empty steps are left out."""
    step = np.minimum((scores * 10).astype(int), 9)
    return [
        {
            "from": i / 10,
            "decisions": int(inside.sum()),
            "score": float(scores[inside].mean()),
            "right": float(right[inside].mean()),
        }
        for i in range(10)
        if (inside := step == i).any()
    ]


def calibration_error(table: Sequence[Mapping[str, float]]) -> float:
    """Expected calibration error: the mean distance of score and share right, by decisions (Naeini et al., AAAI 2015)."""
    total = sum(row["decisions"] for row in table)
    return float(sum(row["decisions"] * abs(row["score"] - row["right"]) for row in table) / total)


def logistic_line(
    rows: Floats, is_right: Floats, *, held: float = 1e-3, towards: Sequence[float] | None = None
) -> Floats:
    """Weights of the columns, by Newton's method; held so much towards these (zeros if none are given)."""
    start = np.zeros(rows.shape[1]) if towards is None else np.array(towards, dtype=np.float64)
    line = start.copy()
    for _ in range(30):
        chance = 1 / (1 + np.exp(-rows @ line))
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + held * np.eye(len(line))
        line = line - np.linalg.solve(bend, rows.T @ (chance - is_right) + held * (line - start))
    return line
