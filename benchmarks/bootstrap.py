"""Intervals of 95 % by bootstrap over pages: the pages drawn again and again, with replacement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS = 1_000


def draws(pages: int) -> NDArray[np.int64]:
    """Which pages each draw takes, one draw per row; the same each time for the same number of pages."""
    return np.random.default_rng(7).integers(0, pages, (DRAWS, pages))


def bounds(values: NDArray[np.float64]) -> tuple[float, float]:
    """Where 95 of 100 values lie."""
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
