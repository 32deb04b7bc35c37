"""Span precision, recall and F1: a name counts if start, end and kind are right."""

from __future__ import annotations

from collections.abc import Sequence

from training.ner.fit import Scores, predicted
from training.ner.texts import KINDS, Document

Counts = dict[str, list[int]]  # by kind: right, found, gold


def counts_of(documents: Sequence[Document], scores: Sequence[list[tuple[int, int, int, Scores]]]) -> list[Counts]:
    """One row of counts per document. What is found on an unsure stretch is not counted."""
    rows = []
    for document, words in zip(documents, scores, strict=True):
        counts: Counts = {kind: [0, 0, 0] for kind in KINDS}
        gold = {(i, span) for i, s in enumerate(document.sentences) for span in s.spans}
        for number, span, _ in predicted(words):
            unsure = document.sentences[number].unsure
            if any(a < span[1] and b > span[0] for a, b in unsure):
                continue
            counts[span[2]][1] += 1
            counts[span[2]][0] += (number, span) in gold
        for _, span in gold:
            counts[span[2]][2] += 1
        rows.append(counts)
    return rows


def f1(rows: Sequence[Counts], kinds: Sequence[str]) -> tuple[float, float, float]:
    """F1, precision and recall over documents and kinds."""
    right, found, gold = (sum(row[kind][i] for row in rows for kind in kinds) for i in range(3))
    return 2 * right / max(1, found + gold), right / max(1, found), right / max(1, gold)


def report(name: str, rows: Sequence[Counts], kinds: Sequence[str]) -> str:
    """A line: F1 by kind, over all, precision and recall."""
    parts = " ".join(f"{kind} {f1(rows, (kind,))[0]:.3f}" for kind in kinds)
    total = f1(rows, kinds)
    return f"{name}: {parts} | all {total[0]:.4f} p {total[1]:.3f} r {total[2]:.3f}"
