"""How keywords and examples of one topic are put together: the experiment behind `together` of pipeline/tag/topics/own.py.

`python -m training.topics.together`, ten minutes; needs ../shared. Sections stand in for topics as in examples.py, with
4 or 10 examples and lists of word_lists.py. BBC is tuned on, MasakhaNEWS only reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.tag.interfaces import Floats, TagContext
from pipeline.tag.topics.background import load_background
from pipeline.tag.topics.few_examples import probability
from pipeline.tag.topics.keywords import title_words_of, words_of
from pipeline.tag.topics.own import evidence_of_both, together
from training.calibration import calibration_error, logistic_line, reliability
from training.topics import examples, word_lists

DRAWS = 3
SIZES = (4, 10)


@dataclass(frozen=True, slots=True)
class Both:
    """One topic tried: scores by words and by examples of each text, and whether it is of the section."""

    spoken: Floats
    shown: Floats
    is_right: Floats


def main() -> None:
    """Print the line fitted on BBC, and how the ways compare on both."""
    bbc, masakha = _tried(examples.bbc()), _tried(examples.masakha())
    rows = np.vstack([_rows(b) for b in bbc])
    print(
        "offset, per logit of examples, per evidence of words:",
        logistic_line(rows, np.concatenate([b.is_right for b in bbc])),
    )
    ways: dict[str, Callable[[Both], Floats]] = {
        "words": lambda b: b.spoken,
        "examples": lambda b: b.shown,
        "either (1 - both wrong)": lambda b: 1 - (1 - b.spoken) * (1 - b.shown),
        "in force": lambda b: np.array([together(s, e) for s, e in zip(b.spoken, b.shown, strict=True)]),
    }
    for name, way in ways.items():
        print(f"{name}: BBC {_figures(bbc, way)}; MasakhaNEWS {_figures(masakha, way)}")


def _tried(news: examples.News) -> list[Both]:
    texts = [(words_of(text), title_words_of(title, TagContext())) for title, text in news.texts]
    found = []
    for numbers in word_lists.LISTS.values():
        for draw in range(DRAWS):
            spoken = word_lists.scores_of(texts, news.sections, numbers, draw)
            for k in SIZES:
                for number, section in enumerate(sorted(set(news.sections))):
                    chance = np.random.default_rng(100 * draw + number + k)
                    drawn = chance.choice(np.flatnonzero(news.sections == section), k, replace=False)
                    others = np.setdiff1d(np.arange(len(texts)), drawn)
                    spreads, tightness = examples.by_mean(news.short[drawn], news.whole[others], load_background())
                    is_right = (news.sections[others] == section).astype(float)
                    found.append(Both(spoken[section][others], probability(spreads, tightness), is_right))
    return found


def _rows(both: Both) -> Floats:
    evidence = [evidence_of_both(s, e) for s, e in zip(both.spoken, both.shown, strict=True)]
    return np.column_stack([np.ones(len(evidence)), np.array(evidence)])


def _figures(tried: list[Both], way: Callable[[Both], Floats]) -> str:
    scores = [way(both) for both in tried]
    f1 = np.mean(
        [
            2 * (b.is_right * (s >= 0.5)).sum() / (b.is_right.sum() + (s >= 0.5).sum())
            for b, s in zip(tried, scores, strict=True)
        ]
    )
    error = calibration_error(reliability(np.concatenate(scores), np.concatenate([b.is_right for b in tried])))
    return f"F1 {f1:.2f}, ECE {error:.3f}"


if __name__ == "__main__":
    main()
