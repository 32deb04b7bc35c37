"""Topics by weighted keywords: the `TopicScorer` that needs no model, and whose every score can be explained."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.tag.interfaces import Reading, ScoredTopic, TagContext
from pipeline.tag.topics.taxonomy import (
    Clue,
    Keywords,
    load_keywords,
    topics_by_code,
    with_plain_apostrophes,
)

MAX_CHARS = 60_000
"""Read for topics; ten times a long article. What a text is about it says by then."""
LEAD_WORDS = 60
"""News says what it is about in its first sentences: words there count half as much again."""
LEAD_FACTOR = 1.5
TITLE_FACTOR = 2.0
"""A headline has eight words, and all of them are about the topic. Section and the publisher's tags likewise."""
SHARE_POWER = 0.8
"""How much less than the best topic the others are worth; below 1, so that the second of two is not lost."""
ENOUGH_BELOW = 0.5
"""Words for a topic of level 2 are fewer than its parent's: half the parent's points speak for it as fully."""
SHOWN_WORDS = 5
"""So many of the words found are told of each topic."""
THRESHOLD = 0.4
"""Below it a topic is not assigned: the text only touches it."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_ARABIC_CLITICS = ("وال", "بال", "فال", "كال", "ال", "لل", "و", "ف", "ب", "ل", "ك")


class KeywordTopicScorer:
    """Stateless; keywords are loaded once per language."""

    def topics(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[ScoredTopic]:
        """Topics with any evidence, by falling score. Languages without a keyword file have none."""
        del reading  # words alone speak here
        top, below = load_keywords(language), load_keywords(language, is_top=False)
        if top is None or below is None:
            return ()
        words, title_words = words_of(text), title_words_of(title, context)
        by_word = points_by_word(words, title_words, top, language)
        points = _summed(by_word)
        scores = _top_scores(points, len(words) + len(title_words))
        if scores:
            by_word |= points_by_word(words, title_words, below, language)
            points = _summed(by_word)
            scores |= _scores_below(points, scores)
        return _scored(scores, _weightiest(by_word))


def words_of(text: str) -> list[str]:
    """The words of a text (of its first MAX_CHARS code points), in lower case."""
    return [m.group().lower() for m in _WORD.finditer(with_plain_apostrophes(text[:MAX_CHARS]))]


def title_words_of(title: str | None, context: TagContext) -> list[str]:
    """The words of the headline, and of what else says so briefly what an article is about."""
    return words_of(" ".join(filter(None, [title, context.section, " ".join(context.publisher_tags)])))


def points_by_word(
    words: list[str], title_words: list[str], keywords: Keywords, language: str | None
) -> dict[tuple[str, str], float]:
    """(Topic, word found) → points. The second mention of a word adds less than the first: ln(1 + count)."""
    weights: Counter[tuple[str, float, str]] = Counter()
    cache: dict[str, list[Clue]] = {}
    for position, term, clue in _found(words, keywords, language, cache):
        weights[clue.code, clue.points, term] += LEAD_FACTOR if position < LEAD_WORDS else 1.0  # type: ignore[assignment]
    for _, term, clue in _found(title_words, keywords, language, cache):
        weights[clue.code, clue.points, term] += TITLE_FACTOR  # type: ignore[assignment]
    points: dict[tuple[str, str], float] = {}
    for (code, worth, term), weight in weights.items():
        points[code, term] = points.get((code, term), 0.0) + worth * math.log1p(weight)
    return points


def _summed(by_word: dict[tuple[str, str], float]) -> dict[str, float]:
    points: dict[str, float] = {}
    for (code, _), worth in by_word.items():
        points[code] = points.get(code, 0.0) + worth
    return points


def _weightiest(by_word: dict[tuple[str, str], float]) -> dict[str, tuple[str, ...]]:
    """Topic → the words that speak most for it."""
    words: dict[str, list[str]] = {}
    for code, word in sorted(by_word, key=lambda pair: (-by_word[pair], pair)):
        found = words.setdefault(code, [])
        if len(found) < SHOWN_WORDS:
            found.append(word)
    return {code: tuple(found) for code, found in words.items()}


def _found(
    words: list[str], keywords: Keywords, language: str | None, cache: dict[str, list[Clue]]
) -> Iterator[tuple[int, str, Clue]]:
    for position, word in enumerate(words):
        is_phrase = False
        for rest, is_prefix, clue in keywords.phrases.get(word, ()):
            if _follows(words, position + 1, rest, is_prefix):
                is_phrase = True
                yield position, " ".join((word, *rest)), clue
        if is_phrase:  # the first word of a phrase does not count alone as well; the others may
            continue
        clues = cache.get(word)
        if clues is None:
            clues = cache[word] = _clues(word, keywords, language)
        for clue in clues:
            yield position, word, clue


def _follows(words: list[str], start: int, rest: tuple[str, ...], is_prefix: bool) -> bool:
    there = words[start : start + len(rest)]
    if len(there) < len(rest) or tuple(there[:-1]) != rest[:-1]:
        return False
    return there[-1].startswith(rest[-1]) if is_prefix else there[-1] == rest[-1]


def _clues(word: str, keywords: Keywords, language: str | None) -> list[Clue]:
    for form in _forms(word, language):
        found = keywords.exact.get(form, [])
        for length in keywords.prefix_lengths:
            if length <= len(form):
                found = found + keywords.prefixes.get(form[:length], [])
        if found:
            strongest: dict[str, Clue] = {}
            for clue in found:
                if clue.code not in strongest or clue.points > strongest[clue.code].points:
                    strongest[clue.code] = clue
            return list(strongest.values())
    return []


def _forms(word: str, language: str | None) -> Iterator[str]:
    yield word
    if language == "ar":
        for clitic in _ARABIC_CLITICS:
            if word.startswith(clitic) and len(word) - len(clitic) >= 3:
                yield word[len(clitic) :]
    if "'" in word:
        yield word.split("'")[-1] if language == "fr" else word.split("'")[0]


def _top_scores(points: dict[str, float], words: int) -> dict[str, float]:
    """How much evidence there is for the length of the text, times how it compares with the best topic's."""
    if not points:
        return {}
    enough = 5.0 + 1.1 * math.sqrt(words)
    best = max(points.values())
    return {
        code: round((1 - math.exp(-1.6 * value / enough)) * (value / best) ** SHARE_POWER, 4)
        for code, value in points.items()
    }


def _scores_below(points: dict[str, float], top: dict[str, float]) -> dict[str, float]:
    """The parent's score times the topic's share of the parent's evidence, so never more than the parent's.

    Topics of one parent compare with the best of them, and that one with what is enough beside the parent's points.
    """
    scores = dict(top)
    for parent, children in _children(points).items():
        enough = max(points.get(parent, 0.0) * ENOUGH_BELOW, *(points[code] for code in children))
        for code in children:
            scores[code] = round(scores.get(parent, 0.0) * (points[code] / enough) ** SHARE_POWER, 4)
    return scores


def _children(points: dict[str, float]) -> dict[str, list[str]]:
    """Parent → its topics with points, the upper levels first."""
    known = topics_by_code()
    children: dict[str, list[str]] = {}
    for topic in sorted((known[code] for code in points), key=lambda t: (t.level, t.code)):
        if topic.parent is not None:
            children.setdefault(topic.parent, []).append(topic.code)
    return children


def _scored(scores: dict[str, float], words: dict[str, tuple[str, ...]]) -> list[ScoredTopic]:
    """By falling score; of equal scores the upper level first."""
    known = topics_by_code()
    ranked = sorted((-score, known[code].level, code) for code, score in scores.items() if score > 0)
    return [
        ScoredTopic(code, known[code].label, level, -worse, -worse >= THRESHOLD, ("words",), words.get(code, ()))
        for worse, level, code in ranked
    ]
