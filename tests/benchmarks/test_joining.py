"""B-cubed as benchmarks/joining.py counts it, on numbers that a person can check."""

from __future__ import annotations

import pytest

from benchmarks.joining import Labelled, Marked, alone_marks, b_cubed, figures, marked_by_reader


def _marks(**entities: str) -> list[Marked]:
    """Mentions a=, b=, … at one place each, with their entity."""
    return [Marked((ord(k), ord(k) + 1), "PER", entity, entity) for k, entity in entities.items()]


def test_mentions_joined_too_much_and_too_little() -> None:
    sums = b_cubed([_marks(a="x", b="x", c="y", d="y")], [_marks(a="1", b="1", c="1", d="2")], across=False)
    result = figures(sums, ("PER",))
    assert result["precision"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert result["recall"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


def test_missed_and_spurious_mentions_count_as_wrong() -> None:
    sums = b_cubed([_marks(a="x", b="x")], [_marks(a="1", z="1")], across=False)
    result = figures(sums, ("PER",))
    assert result["precision"] == pytest.approx((1 / 2 + 0) / 2)
    assert result["recall"] == pytest.approx((1 / 2 + 0) / 2)


def test_across_articles_the_same_key_is_one_entity() -> None:
    gold = [_marks(a="x"), _marks(a="x")]
    apart = [_marks(a="1"), _marks(a="2")]
    assert figures(b_cubed(gold, apart, across=False), ("PER",))["f1"] == pytest.approx(1.0)
    assert figures(b_cubed(gold, apart, across=True), ("PER",))["recall"] == pytest.approx(0.5)


def test_joining_alone_is_scored_on_the_readers_spans() -> None:
    text = "Senator Ann Lee spoke. Lee left. Lee came."
    article = Labelled("p", text, None, (("PER", "Ann Lee"),), ((0, 15, 0), (23, 26, 0)))
    marks = alone_marks([article])
    assert [m.span for m in marks[0]] == [(0, 15), (23, 26)]
    assert figures(b_cubed([marked_by_reader(article)], marks, across=False), ("PER",))["f1"] == pytest.approx(1.0)
