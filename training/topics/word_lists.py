"""How well a user's list of keywords tells a topic: the experiment behind the three numbers of pipeline/tag/topics/own.py.

`python -m training.topics.word_lists`, a minute; needs ../shared. Lists are drawn by chance from our own English
keywords of a section's IPTC topic, short ones and long ones; F1 and ECE as in training/topics/examples.py.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Sequence

import numpy as np

from pipeline.tag.interfaces import TagContext
from pipeline.tag.lexicon import read_yaml
from pipeline.tag.topics.keywords import points_by_word, title_words_of, words_of
from pipeline.tag.topics.own import by_words, enough_for
from pipeline.tag.topics.taxonomy import POINTS, TAXONOMY_FOLDER, Clue, Keywords, add_term
from training.ner.corpora import SHARED
from training.topics.examples import calibration_error

DRAWS = 4
LISTS = {"short": (12, 8, 4), "long": (30, 15, 5)}
"""How many strong, medium and weak words."""
_TOPICS = {
    "business": "04", "politics": "11", "sport": "15", "sports": "15", "tech": "13", "technology": "13",
    "entertainment": "01", "health": "07", "religion": "12",
}  # fmt: skip


def main() -> None:
    """Print the table."""
    for name, rows in (("BBC", _bbc()), ("MasakhaNEWS", _masakha())):
        texts = [(words_of(text), title_words_of(title, TagContext())) for _, title, text in rows]
        sections = np.array([section for section, _, _ in rows])
        for size, numbers in LISTS.items():
            scores = [scores_of(texts, sections, numbers, draw) for draw in range(DRAWS)]
            print(f"{name}, {size} lists: {figures(scores, sections)}")


def figures(scores: Sequence[dict[str, np.ndarray]], sections: np.ndarray) -> str:
    """F1 at 0.5, the mean over sections and draws, and ECE over all texts."""
    f1, all_scores, all_right = [], [], []
    for drawn in scores:
        for section, score in drawn.items():
            is_right, found = sections == section, score >= 0.5
            f1.append(2 * (is_right & found).sum() / (is_right.sum() + found.sum()))
            all_scores.append(score)
            all_right.append(is_right.astype(float))
    error = calibration_error(np.concatenate(all_scores), np.concatenate(all_right))
    return f"F1 {np.mean(f1):.2f}, ECE {error:.3f}"


def scores_of(
    texts: Sequence[tuple[list[str], list[str]]], sections: np.ndarray, numbers: tuple[int, int, int], draw: int
) -> dict[str, np.ndarray]:
    """Section → the score of each text by a list drawn for that section."""
    codes = sorted(set(sections))
    keywords = _drawn(codes, numbers, draw)
    scores = {code: np.zeros(len(texts)) for code in codes}
    for row, (words, title_words) in enumerate(texts):
        points: dict[str, float] = {}
        for (code, _), worth in points_by_word(words, title_words, keywords, "en").items():
            points[code] = points.get(code, 0.0) + worth
        for code, worth in points.items():
            scores[code][row] = by_words(math.fsum([worth]), enough_for(len(words) + len(title_words)))
    return scores


def _drawn(sections: Sequence[str], numbers: tuple[int, int, int], draw: int) -> Keywords:
    ours, keywords = read_yaml(TAXONOMY_FOLDER / "keywords.en.yml"), Keywords()
    for section in sections:
        groups, chance = ours[f"medtop:{_TOPICS[section]}000000"], np.random.default_rng(7 * draw + 1)
        for (strength, worth), number in zip(POINTS.items(), numbers, strict=True):
            for term in chance.choice(groups[strength], min(number, len(groups[strength])), replace=False):
                add_term(keywords, str(term).lower(), Clue(section, worth))
    return keywords


def _bbc() -> list[tuple[str, str, str]]:
    with zipfile.ZipFile(SHARED / "topics" / "bbc.zip") as archive:
        rows = [json.loads(line) for line in archive.read("bbc.jsonl").decode("utf-8").splitlines()][::6]
    return [(row["label"], *row["text"].partition("\n\n")[::2]) for row in rows]


def _masakha() -> list[tuple[str, str, str]]:
    with (SHARED / "topics" / "masakhanews_en_dev.jsonl").open(encoding="utf-8") as lines:
        return [(row["label"], row["headline"], row["text"]) for row in map(json.loads, lines)]


if __name__ == "__main__":
    main()
