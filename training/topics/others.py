"""Languages that only keywords read: how sure a keyword score makes, fitted on invented news in five of them.

other_languages/<language>.txt holds articles under `=== <level-1 topics>`. Every second one fits the line, the others
report (benchmarks.topics). Invented texts say more plainly what they are about than real ones: the figures flatter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.topics.features import scores_of
from training.topics.labelled import NAMES, TOP
from training.topics.texts import HERE, NewsText


@dataclass(frozen=True, slots=True)
class Foreign:
    """One invented text in another language, with its level-1 codes."""

    text: NewsText
    language: str  # ISO 639-1
    topics: frozenset[str]


def foreign(*, to_fit: bool) -> Iterator[Foreign]:
    """The half to fit on, or the half to report on."""
    for path in sorted((HERE / "other_languages").glob("*.txt")):
        parts = re.split(r"(?m)^=== ", path.read_text(encoding="utf-8"))[1:]
        for number, part in enumerate(parts):
            if (number % 2 == 0) != to_fit:
                continue
            head, _, body = part.partition("\n")
            title, _, text = body.strip().partition("\n")
            topics = frozenset(f"medtop:{NAMES[name.strip()]}000000" for name in head.split(","))
            yield Foreign(NewsText(f"{path.stem}-{number}", title.strip(), text.strip()), path.stem, topics)


def fit_other_languages() -> tuple[float, float, float, float]:
    """Offset, slope per keyword score, what being the best adds (in logits); and the probability that assigns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    rows, sides = [], []
    for one in foreign(to_fit=True):
        scores = scores_of(one.text, one.language)
        best = max((scores.get(code, 0.0) for code in TOP), default=0.0)
        for code in TOP:
            score = scores.get(code, 0.0)
            rows.append((score, 0.0 < best <= score))
            sides.append(code in one.topics)
    features, gold = np.array(rows, dtype=float), np.array(sides)
    model = LogisticRegression(C=10.0).fit(features, gold)
    found = model.predict_proba(features)[:, 1].reshape(-1, len(TOP))
    steps = np.arange(0.1, 0.6, 0.01)
    by_step = [f1_score(gold.reshape(found.shape), found >= step, average="macro") for step in steps]
    threshold = float(steps[int(np.argmax(by_step))])
    return float(model.intercept_[0]), float(model.coef_[0, 0]), float(model.coef_[0, 1]), threshold
