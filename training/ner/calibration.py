"""How sure is sure: the score of a span, mapped to the share of such spans that are right (Platt, by kind)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.tag.ner.model import load
from pipeline.tag.ner.spans import ModelSpans
from training.calibration import calibration_error, logistic_line, reliability
from training.ner.texts import KINDS, Document, Span

_ENOUGH = 150
"""Spans of a kind from which it has a line of its own; a rarer kind shares the line of all."""
Judged = list[tuple[str, float, bool]]  # kind, score, whether span and kind are right


def as_text(document: Document) -> tuple[str, set[Span], list[tuple[int, int]]]:
    """A document as one text of lines, with its spans and unsure stretches."""
    text, spans, unsure = "", set[Span](), list[tuple[int, int]]()
    for sentence in document.sentences:
        low = len(text)
        spans |= {(a + low, b + low, kind) for a, b, kind in sentence.spans}
        unsure += [(a + low, b + low) for a, b in sentence.unsure]
        text += sentence.text + "\n"
    return text, spans, unsure


def judged(folder: Path, documents: Sequence[Document]) -> Judged:
    """What the exported model finds in documents, with its raw score and whether it is right."""
    finder = ModelSpans(load(folder))
    found: Judged = []
    for document in documents:
        text, gold, unsure = as_text(document)
        for span in finder.spans([text])[0]:
            if not any(a < span.end and b > span.start for a, b in unsure):
                found.append((span.kind, span.score, (span.start, span.end, span.kind) in gold))
    return found


def calibrate(folder: Path, documents: Sequence[Document]) -> dict[str, list[float]]:
    """Write calibration.json: slope and offset of the score's logit by kind. The folder must have none yet."""
    rows = judged(folder, documents)
    lines = {
        kind: _line([r for r in rows if r[0] == kind]) for kind in KINDS if sum(r[0] == kind for r in rows) >= _ENOUGH
    }
    everyone = _line(rows)
    chosen = {kind: [round(v, 4) for v in lines.get(kind, everyone)] for kind in KINDS}
    (folder / "calibration.json").write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")
    return chosen


def _line(rows: Judged) -> tuple[float, float]:
    """Slope and offset of the logit, held a little towards 1 and 0."""
    logits = np.array([_logit(score) for _, score, _ in rows])
    right = np.array([float(is_right) for *_, is_right in rows])
    slope, offset = logistic_line(np.stack([logits, np.ones_like(logits)], 1), right, held=1.0, towards=(1.0, 0.0))
    return float(slope), float(offset)


def _logit(score: float) -> float:
    score = min(max(score, 1e-6), 1 - 1e-6)
    return float(np.log(score / (1 - score)))


def expected_error(rows: Judged) -> float:
    """Expected calibration error: how far score and share of right ones are apart, over ten bins of equal width."""
    return calibration_error(
        reliability(np.array([score for _, score, _ in rows]), np.array([is_right for *_, is_right in rows]))
    )
