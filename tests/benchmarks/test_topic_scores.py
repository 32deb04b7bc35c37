"""Scores of topics, on answers small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.topic_scores import alpha, f1_scores, intervals, marked
from training.calibration import calibration_error, logistic_line, reliability
from training.topics.labelled import TOP


def test_f1_counts_topics_that_nobody_has_as_nothing() -> None:
    found = marked([[TOP[0]], [TOP[0], TOP[1]]])
    gold = marked([[TOP[0]], [TOP[1]]])
    macro, micro, by_topic = f1_scores(found, gold)
    assert by_topic[:3].tolist() == [pytest.approx(2 / 3), 1.0, 0.0]
    assert macro == pytest.approx((2 / 3 + 1) / 17)
    assert micro == pytest.approx(4 / 5)


def test_intervals_hold_the_value_and_are_narrow_where_all_is_right() -> None:
    gold = marked([[TOP[0]], [TOP[1]], [TOP[2]], []] * 20)
    wrong = marked([[TOP[0]], [TOP[1]], [], [TOP[3]]] * 20)
    _, (low, high) = intervals(gold, gold)
    assert (low, high) == (1.0, 1.0)
    _, (low, high) = intervals(wrong, gold)
    assert low < f1_scores(wrong, gold)[1] < high


def test_alpha_is_as_in_the_book() -> None:
    """Krippendorff 2004, the example of ten nominal units by two coders: alpha 0.095."""
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    assert alpha(first, second) == pytest.approx(0.095, abs=0.001)
    assert alpha([1, 2, 3], [1, 2, 3]) == 1.0


def test_calibration_error_is_the_mean_distance_by_decisions() -> None:
    scores = np.array([[0.05, 0.05, 0.85, 0.85]])
    gold = np.array([[False, False, True, False]])
    table = reliability(scores, gold)
    assert [(row["from"], row["decisions"], row["right"]) for row in table] == [(0.0, 2, 0.0), (0.8, 2, 0.5)]
    assert calibration_error(table) == pytest.approx((2 * 0.05 + 2 * 0.35) / 4)


def test_a_logistic_line_finds_what_made_the_answers() -> None:
    scores = np.linspace(-3, 3, 4001)
    chances = 1 / (1 + np.exp(-(2.0 * scores - 0.5)))
    line = logistic_line(np.stack([scores, np.ones_like(scores)], 1), chances)
    assert line.tolist() == [pytest.approx(2.0, abs=0.01), pytest.approx(-0.5, abs=0.01)]
    rows = np.stack([scores[:3], np.ones(3)], 1)
    held = logistic_line(rows, np.zeros(3), held=1e6, towards=(1.0, 0.0))
    assert held.tolist() == [pytest.approx(1.0, abs=0.01), pytest.approx(0.0, abs=0.01)]
