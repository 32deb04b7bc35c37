"""Scores of the user's own topics, by keywords, by examples, or by both; every score can be explained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.settings import get_settings
from pipeline.tag.interfaces import Floats, Reading, ScoredTopic, TagContext
from pipeline.tag.reader import is_read_by_model
from pipeline.tag.topics.background import load_background
from pipeline.tag.topics.example_store import embeddings_of
from pipeline.tag.topics.few_examples import ExampleTopic, fitted
from pipeline.tag.topics.keywords import points_by_word, title_words_of, words_of
from pipeline.tag.topics.own_files import OwnTopicFile, load_own_topics, with_own
from pipeline.tag.topics.own_topic import ANY, OwnTopic
from pipeline.tag.topics.taxonomy import POINTS, Clue, Keywords, add_term

ENOUGH, ENOUGH_PER_ROOT, STEEPNESS = 8.0, 0.35, 4.0
"""How many points are enough, and how fast they convince: of lists drawn from our own keywords by chance, chosen on
BBC news (training/topics/word_lists.py). In 400 words a strong word gives 0.6 in the headline, 0.4 further down."""
BOTH_OFFSET, PER_EXAMPLES, PER_WORDS = -1.798, 0.848, 2.549
"""Of a topic with keywords and examples; fitted on BBC news (training/topics/together.py)."""
_UNSURE = 0.01
"""Examples are never surer than this, so that words can still outweigh them."""
LEAST = 0.1
"""Scores below say nothing: examples give some to every text."""


def enough_for(words: int) -> float:
    """Points that are enough in a text of so many words: a long one holds words of everything."""
    return ENOUGH + ENOUGH_PER_ROOT * math.sqrt(words)


def by_words(points: float, enough: float) -> float:
    """The score, 0 to 1, of so many points."""
    return 1.0 - math.exp(-STEEPNESS * points / enough)


def together(spoken: float, shown: float) -> float:
    """The score of a topic that has keywords and examples: much of one makes up for little of the other.

    "Either is enough" finds more, but is right too seldom: its scores are off by 0.17 on MasakhaNEWS, these by 0.04.
    """
    examples, words = evidence_of_both(spoken, shown)
    return 1.0 / (1.0 + math.exp(-(BOTH_OFFSET + PER_EXAMPLES * examples + PER_WORDS * words)))


def evidence_of_both(spoken: float, shown: float) -> tuple[float, float]:
    """What `together` adds up: the logit of the examples' score, and the root of how much the words convince."""
    shown = min(max(shown, _UNSURE), 1.0 - _UNSURE)
    return math.log(shown / (1.0 - shown)), math.sqrt(-math.log(max(1.0 - spoken, 1e-6)))


def _score(topic: OwnTopic, spoken: float, shown: float | None) -> float:
    if shown is None:
        return spoken
    return together(spoken, shown) if topic.keywords else shown


@dataclass(frozen=True, slots=True)
class OwnEvidence:
    """How much speaks for one own topic in one text, and what."""

    topic: OwnTopic
    score: float  # 0 to 1
    words: tuple[tuple[str, float], ...]  # found, with their points, the weightiest first
    spoken: float  # 0 to 1, of the words
    shown: float | None  # 0 to 1, of the examples; None without examples, or for a language they do not speak for
    nearest: int | None  # number of the nearest example
    nearness: float | None  # cosine, seen from the centre of news

    @property
    def is_assigned(self) -> bool:
        """The score reaches the topic's threshold."""
        return self.score >= self.topic.threshold


class OwnTopics:
    """A `TopicScorer` of the topics given, or else of those in config/taxonomy; without any it does nothing.

    Files and examples are read when the first text comes.
    """

    def __init__(self, files: Sequence[OwnTopicFile] | None = None) -> None:
        self._given = files

    def topics(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[ScoredTopic]:
        """Own topics that anything speaks for, by falling score, then by code."""
        if not self._files:
            return ()
        found = self.evidence(text, title=title, language=language, context=context, reading=reading)
        scored = [
            ScoredTopic(e.topic.code, e.topic.label, self._levels[e.topic.code], e.score, e.is_assigned)
            for e in found
            if e.score >= min(LEAST, e.topic.threshold)
        ]
        return sorted(scored, key=lambda t: (-t.score, t.code))

    def evidence(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> list[OwnEvidence]:
        """What speaks for each own topic, also where nothing does; by code."""
        words, enough = self._words(text, title, language, context)
        direction = self._direction(language, reading)
        return [self._evidence(file.topic, words.get(file.topic.code, {}), enough, direction) for file in self._files]

    def _words(
        self, text: str, title: str | None, language: str | None, context: TagContext
    ) -> tuple[dict[str, dict[str, float]], float]:
        """Topic → word found → points, and how many points are enough in a text of this length."""
        keywords = self._keywords_of(language)
        found: dict[str, dict[str, float]] = {}
        if keywords is None:
            return found, enough_for(0)
        words, title_words = words_of(text), title_words_of(title, context)
        for (code, word), points in points_by_word(words, title_words, keywords, language).items():
            found.setdefault(code, {})[word] = points
        return found, enough_for(len(words) + len(title_words))

    def _direction(self, language: str | None, reading: Reading) -> Floats | None:
        """Where the text lies among news; None where no example can say anything of it."""
        if not self._by_examples or reading.embedding is None or not is_read_by_model(language):
            return None
        return load_background().directions_of(reading.embedding)

    def _evidence(
        self, topic: OwnTopic, words: Mapping[str, float], enough: float, direction: Floats | None
    ) -> OwnEvidence:
        spoken = by_words(math.fsum(words.values()), enough)
        examples = self._by_examples.get(topic.code)
        shown = nearest = nearness = None
        if examples is not None and direction is not None:
            shown = examples.score(direction)
            nearest, nearness = examples.nearest(direction)
        score = _score(topic, spoken, shown)
        weightiest = tuple(sorted(words.items(), key=lambda pair: (-pair[1], pair[0])))
        return OwnEvidence(topic, round(score, 4), weightiest, spoken, shown, nearest, nearness)

    def _keywords_of(self, language: str | None) -> Keywords | None:
        return self._keywords.get(language or ANY, self._keywords.get(ANY))

    @cached_property
    def _files(self) -> tuple[OwnTopicFile, ...]:
        return load_own_topics() if self._given is None else tuple(self._given)

    @cached_property
    def _levels(self) -> dict[str, int]:
        return {topic.code: topic.level for topic in with_own(self._files)}

    @cached_property
    def _keywords(self) -> dict[str, Keywords]:
        """By language; words for any language stand in each, and under `any` for all the others."""
        topics = [file.topic for file in self._files]
        languages = {language for topic in topics for language in topic.keywords}
        return {language: _keywords_in(topics, language) for language in sorted(languages)}

    @cached_property
    def _by_examples(self) -> dict[str, ExampleTopic]:
        return {file.topic.code: _shown(file.topic) for file in self._files if file.topic.examples}


def _keywords_in(topics: Sequence[OwnTopic], language: str) -> Keywords:
    keywords = Keywords()
    for topic in topics:
        for spoken in sorted({language, ANY} & topic.keywords.keys()):
            words = topic.keywords[spoken]
            for strength, worth in POINTS.items():
                for term in getattr(words, strength):
                    add_term(keywords, term, Clue(topic.code, worth))
    return keywords


def _shown(topic: OwnTopic) -> ExampleTopic:
    folder = get_settings().home / "cache" / "topic-examples"
    examples, counter = (
        embeddings_of([sample.whole for sample in samples], folder)
        for samples in (topic.examples, topic.counter_examples)
    )
    return fitted(examples, counter, load_background())
