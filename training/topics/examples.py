"""How well a few examples tell a topic: the experiment behind the numbers of few_examples.py and docs/own-topics.md.

`python -m training.topics.examples`, ten minutes; needs ../shared. The sections of BBC news and of MasakhaNEWS stand in
for topics of one's own: k texts of a section, each cut to headline and 300 characters, are its examples, all other texts
are scored. BBC is tuned on, MasakhaNEWS only reported. F1 is at score 0.5, the mean over sections and draws; ECE is the
mean distance between score and share of right ones in ten bins, over all texts.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.tag.interfaces import Floats
from pipeline.tag.ner.model import SHIPPED, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.topics.background import Background, load_background, unit
from pipeline.tag.topics.few_examples import fitted
from training.calibration import calibration_error, logistic_line, reliability
from training.ner.corpora import SHARED

SIZES = (3, 5, 10, 20)
DRAWS = 6
_SHORT = 300
_NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class News:
    """Texts with one section each. Embeddings are of the whole texts, and of them cut short as examples are."""

    texts: list[tuple[str, str]]  # headline, text
    sections: np.ndarray
    whole: Floats
    short: Floats


@dataclass(frozen=True, slots=True)
class Scored:
    """One topic tried: how far each text lies in its direction, whether it is of the section, and the tightness."""

    spreads: Floats
    is_right: Floats
    tightness: float


Way = Callable[[Floats, Floats, Background], tuple[Floats, float]]
"""Examples, texts, background → spreads above the usual, tightness."""


def by_mean(examples: Floats, texts: Floats, background: Background) -> tuple[Floats, float]:
    """The way in force: the mean direction of the examples."""
    topic = fitted(examples, np.zeros((0, examples.shape[1])), background)
    return topic.spreads(background.directions_of(texts)), topic.tightness


def by_nearest(examples: Floats, texts: Floats, background: Background) -> tuple[Floats, float]:
    """The mean nearness of the three nearest examples."""
    shown = background.directions_of(examples)

    def near(rows: Floats) -> Floats:
        found: Floats = np.sort(rows @ shown.T, axis=1)[:, -_NEIGHBOURS:].mean(1)
        return found

    usual = near(background.directions)
    among = np.sort(shown @ shown.T, axis=1)[:, :-1][:, -_NEIGHBOURS:].mean(1)
    above = (near(background.directions_of(texts)) - usual.mean()) / usual.std()
    return above, float((among.mean() - usual.mean()) / usual.std())


def by_regression(examples: Floats, texts: Floats, background: Background) -> tuple[Floats, float]:
    """Logistic regression of the examples against the background, both of equal weight, by Newton's method."""
    shown = background.directions_of(examples)
    rows = np.vstack([shown, background.directions])
    is_right = np.repeat([1.0, 0.0], [len(shown), len(background.directions)])
    weight = np.where(is_right == 1, 0.5 / len(shown), 0.5 / len(background.directions))
    line = np.zeros(rows.shape[1])
    for _ in range(6):
        chance = 1 / (1 + np.exp(-rows @ line))
        slope = rows.T @ (weight * (chance - is_right)) + 0.01 * line
        bend = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + 0.01 * np.eye(len(line))
        line -= np.linalg.solve(bend, slope)
    usual = background.directions @ line
    above = (background.directions_of(texts) @ line - usual.mean()) / usual.std()
    return above, float(((shown @ line).mean() - usual.mean()) / usual.std())


def main() -> None:
    """Print the constants of each way and its table."""
    tuned_on, reported_on = bbc(), masakha()
    background = load_background()
    for way in (by_mean, by_nearest, by_regression):
        tuned = {k: tried(tuned_on, way, k, background) for k in SIZES}
        line = line_of([scored for several in tuned.values() for scored in several])
        print(f"{way.__name__}: offset {line[0]:.3f}, per spread {line[1]:.3f}, per tightness {line[2]:.3f}")
        for k in SIZES:
            print(f"  {k:2} examples  BBC {figures(tuned[k], line)}", end="")
            print(f"  MasakhaNEWS {figures(tried(reported_on, way, k, background), line)}", flush=True)


def tried(news: News, way: Way, k: int, background: Background) -> list[Scored]:
    """Each section with k examples drawn by chance, several times."""
    found = []
    for draw in range(DRAWS):
        for number, section in enumerate(sorted(set(news.sections))):
            chance = np.random.default_rng(1000 * draw + 10 * k + number)
            drawn = chance.choice(np.flatnonzero(news.sections == section), k, replace=False)
            others = np.setdiff1d(np.arange(len(news.sections)), drawn)
            spreads, tightness = way(news.short[drawn], news.whole[others], background)
            found.append(Scored(spreads, (news.sections[others] == section).astype(float), tightness))
    return found


def line_of(scored: Sequence[Scored]) -> Floats:
    """Offset and weights of spreads and tightness that make scores of them."""
    return logistic_line(np.vstack([_columns(s) for s in scored]), np.concatenate([s.is_right for s in scored]))


def figures(scored: Sequence[Scored], line: Floats) -> str:
    """F1, precision, recall at 0.5, and ECE."""
    scores = [1 / (1 + np.exp(-_columns(s) @ line)) for s in scored]
    hits = [
        (s.is_right[score >= 0.5].sum(), (score >= 0.5).sum(), s.is_right.sum())
        for s, score in zip(scored, scores, strict=True)
    ]
    f1 = np.mean([2 * hit / (found + there) for hit, found, there in hits])
    precision = np.mean([hit / max(found, 1) for hit, found, _ in hits])
    recall = np.mean([hit / there for hit, _, there in hits])
    error = calibration_error(reliability(np.concatenate(scores), np.concatenate([s.is_right for s in scored])))
    return f"F1 {f1:.2f} (precision {precision:.2f}, recall {recall:.2f}), ECE {error:.3f}"


def _columns(scored: Scored) -> Floats:
    count = len(scored.spreads)
    return np.column_stack([np.ones(count), scored.spreads, np.full(count, scored.tightness)])


def bbc() -> News:
    """Every third text of BBC news, five sections."""
    with zipfile.ZipFile(SHARED / "topics" / "bbc.zip") as archive:
        rows = [json.loads(line) for line in archive.read("bbc.jsonl").decode("utf-8").splitlines()][::3]
    return _embedded([(row["label"], *row["text"].partition("\n\n")[::2]) for row in rows])


def masakha() -> News:
    """The English development part of MasakhaNEWS, six sections."""
    with (SHARED / "topics" / "masakhanews_en_dev.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return _embedded([(row["label"], row["headline"], row["text"]) for row in rows])


def _embedded(rows: Sequence[tuple[str, str, str]]) -> News:
    encoder = ModelSpans(load(SHIPPED))

    def all_of(texts: Sequence[str]) -> Floats:
        return unit(np.stack([found for text in texts if (found := encoder.read(text).embedding) is not None]))

    whole = all_of([f"{title}\n{text}" for _, title, text in rows])
    short = all_of([f"{title}\n{text[:_SHORT]}" for _, title, text in rows])
    texts = [(title, text) for _, title, text in rows]
    return News(texts, np.array([section for section, _, _ in rows]), whole, short)


if __name__ == "__main__":
    main()
