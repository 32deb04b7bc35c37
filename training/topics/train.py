"""`make train-topics`: fit the topic head on all labels and write pipeline/tag/models/topics/head.npz.

Folds by site (and by days in the Groningen Meaning Bank) give what is fitted on scores: calibration, thresholds, the weight
of the publisher's signals. Everything is deterministic but for the encoder's last digits on another processor.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from pipeline.tag.topics.head import SHIPPED_HEAD, features_of
from pipeline.tag.topics.signals import SIGNALS, signals_of
from pipeline.tag.topics.taxonomy import load_taxonomy
from training.topics.features import Seen, seen
from training.topics.labelled import TOP, Labelled, to_learn
from training.topics.others import fit_other_languages

REGULARISATION = 1.0
UNHELD = 1e6
"""Strength for two numbers and thousands of answers, which need no holding back."""
LEAST_EXAMPLES = 6
"""Level-2 topics with fewer examples are not learnt, and then never given in English."""
BELOW_THRESHOLD = 0.3
"""A topic of level 2 is given from this share on: three may share an article at most, and usually one has most of it."""
KEYWORDS = (*TOP, *sorted(topic.code for topic in load_taxonomy() if topic.level == 2))
"""Keyword scores that are read: of both levels."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """The training texts as arrays; `shares` are the readers' shares per level-1 topic."""

    features: Floats
    shares: Floats
    weights: Floats
    mains: npt.NDArray[np.str_]  # "" where there is none
    groups: npt.NDArray[np.str_]


def rows_of(labelled: Sequence[Labelled], features: Sequence[Seen], keywords: Sequence[str]) -> Rows:
    """Texts as rows, in order."""
    matrix = [
        features_of(s.reading.embedding, s.reading.lead, s.scores, keywords)
        for s in features
        if s.reading.embedding is not None and s.reading.lead is not None
    ]
    return Rows(
        np.array(matrix),
        np.array([[one.share(code) for code in TOP] for one in labelled]),
        np.array([one.weight for one in labelled]),
        np.array([one.main or "" for one in labelled]),
        np.array([one.group for one in labelled]),
    )


def fit_shares(features: Floats, shares: Floats, weights: Floats, strength: float) -> tuple[Floats, float]:
    """Weights and offset of a logistic regression whose answers are shares: a text on which readers differ counts for
    both sides. `strength` is scikit-learn's C."""
    both = np.vstack([features, features])
    sides = np.repeat([1, 0], len(features))
    counts = np.concatenate([weights * shares, weights * (1 - shares)])
    used = counts > 0
    model = LogisticRegression(C=strength, max_iter=2000).fit(both[used], sides[used], sample_weight=counts[used])
    return model.coef_[0], float(model.intercept_[0])


def fit_top(rows: Rows, chosen: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """All level-1 topics: weights (features × topics) and offsets."""
    features, weights = rows.features[chosen], rows.weights[chosen]
    fitted = [fit_shares(features, rows.shares[chosen, i], weights, REGULARISATION) for i in range(len(TOP))]
    return np.stack([w for w, _ in fitted], axis=1), np.array([b for _, b in fitted])


def fit_below(rows: Rows, chosen: npt.NDArray[np.intp]) -> LogisticRegression:
    """The level-2 topics that have examples enough."""
    counts = Counter(rows.mains[chosen].tolist())
    used = np.array([i for i in chosen if rows.mains[i] and counts[rows.mains[i]] >= LEAST_EXAMPLES])
    model = LogisticRegression(C=REGULARISATION, max_iter=2000)
    return model.fit(rows.features[used], rows.mains[used], sample_weight=rows.weights[used])


def out_of_fold(rows: Rows) -> tuple[Floats, list[dict[str, float]]]:
    """Logits of level 1 and shares of level 2 for each text, from a model that has not seen its group."""
    logits = np.zeros(rows.shares.shape)
    shares: list[dict[str, float]] = [{} for _ in rows.mains]
    for inside, outside in GroupKFold(5, shuffle=True, random_state=0).split(rows.features, groups=rows.groups):
        weights, offsets = fit_top(rows, inside)
        logits[outside] = rows.features[outside] @ weights + offsets
        below = fit_below(rows, inside)
        for i, found in zip(outside, below.predict_proba(rows.features[outside]), strict=True):
            shares[i] = dict(zip(below.classes_.tolist(), found.tolist(), strict=True))
    return logits, shares


def fit_calibration(logits: Floats, shares: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and offset of Platt's line over all topics together: 17 lines would be fitted to noise."""
    slopes, offset = fit_shares(logits.reshape(-1, 1), shares.ravel(), np.repeat(weights, shares.shape[1]), UNHELD)
    return float(slopes[0]), offset


def fit_signals(logits: Floats, shares: Floats, features: Sequence[Seen]) -> Floats:
    """Signal → what it adds where it speaks for a topic, and for others only; fitted beside the text's own logit."""
    said = np.array(
        [
            [[signals.says(s, code) for s in SIGNALS] for code in TOP]
            for signals in (signals_of(x.context, "en") for x in features)
        ]
    )
    speaking = said.any(axis=2)
    own, about, known = logits[speaking], shares[speaking], said[speaking]
    columns = np.concatenate([known > 0, known < 0], axis=1).astype(float)

    def loss(weights: Floats) -> float:
        line = own + columns @ weights
        return float(np.mean(np.logaddexp(0, line) - about * line) + 0.5 * (weights**2).sum() / len(own))

    found = minimize(loss, np.zeros(columns.shape[1]), method="L-BFGS-B").x
    return np.stack([found[: len(SIGNALS)], found[len(SIGNALS) :]], axis=1)


def thresholds_of(probabilities: Floats, shares: Floats) -> Floats:
    """Where F1 is best, per topic, drawn half-way to the common best: few examples make a wild optimum."""
    gold = shares >= 0.5
    steps = np.arange(0.2, 0.66, 0.02)
    common = steps[np.argmax([f1_score(gold, probabilities >= t, average="macro") for t in steps])]
    own = [steps[np.argmax([f1_score(gold[:, i], probabilities[:, i] >= t) for t in steps])] for i in range(len(TOP))]
    return (np.array(own) + common) / 2


def main() -> None:
    """Fit, write, and print what the folds say."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", type=Path, required=True, help="folder for what is computed once")
    options.add_argument("--out", type=Path, default=SHIPPED_HEAD)
    given = options.parse_args()
    labelled = to_learn()
    features = seen([one.text for one in labelled], given.work)
    kept = [i for i, s in enumerate(features) if s.reading.embedding is not None]
    labelled, features = [labelled[i] for i in kept], [features[i] for i in kept]
    rows = rows_of(labelled, features, KEYWORDS)
    real = np.flatnonzero(rows.weights == 1.0)
    logits, shares = out_of_fold(rows)
    slope, offset = fit_calibration(logits[real], rows.shares[real], rows.weights[real])
    calibrated = slope * logits + offset
    signals = fit_signals(calibrated, rows.shares, features)
    probabilities = 1 / (1 + np.exp(-calibrated))
    thresholds = thresholds_of(probabilities[real], rows.shares[real])
    _report(rows, real, probabilities, thresholds, shares, slope, offset, signals)
    top_weights, top_offsets = fit_top(rows, np.arange(len(rows.mains)))
    below = fit_below(rows, np.arange(len(rows.mains)))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        given.out,
        keywords=np.array(KEYWORDS), top=np.array(TOP),
        top_weights=(top_weights * slope).astype(np.float16), top_offsets=(top_offsets * slope + offset).astype(np.float32),
        thresholds=thresholds.round(3), below=below.classes_.astype(str),
        below_weights=below.coef_.T.astype(np.float16), below_offsets=below.intercept_.astype(np.float32),
        below_threshold=BELOW_THRESHOLD, signals=signals.round(3), other_languages=np.array(fit_other_languages()).round(3),
    )  # fmt: skip
    print(
        f"{given.out.name}: {given.out.stat().st_size / 1000:.0f} kB, {len(rows.mains)} texts, {len(below.classes_)} topics of level 2"
    )


def _report(
    rows: Rows, real: npt.NDArray[np.intp], probabilities: Floats, thresholds: Floats, shares: list[dict[str, float]],
    slope: float, offset: float, signals: Floats,
) -> None:  # fmt: skip
    gold = rows.shares[real] >= 0.5
    found = probabilities[real] >= thresholds
    print(f"{len(real)} real texts of {len(rows.mains)}; calibration {slope:.2f} {offset:+.2f}")
    for name, (speaks, others) in zip(SIGNALS, signals, strict=True):
        print(f"signal {name}: {speaks:+.2f} for, {others:+.2f} against")
    for i, code in enumerate(TOP):
        print(
            f"{code}: {int(gold[:, i].sum()):4d} texts, F1 {f1_score(gold[:, i], found[:, i]):.3f}, from {thresholds[i]:.2f}"
        )
    print(
        f"folds, level 1: macro-F1 {f1_score(gold, found, average='macro'):.3f}, micro {f1_score(gold, found, average='micro'):.3f}"
    )
    best = [max(shares[i], key=lambda code: shares[i][code]) for i in real]
    print(
        f"folds, level 2: main topic right {np.mean([a == b for a, b in zip(best, rows.mains[real], strict=True)]):.3f}"
    )


if __name__ == "__main__":
    main()
