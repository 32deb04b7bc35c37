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
"""How many points are enough, and how fast they convince: of lists drawn from our own keywords by chance, fitted on BBC
news. In 400 words one strong word in the headline gives 0.6, one further down 0.4."""
LEAST = 0.1
"""Scores below say nothing: examples give some to every text."""


@dataclass(frozen=True, slots=True)
class OwnEvidence:
    """How much speaks for one own topic in one text, and what."""

    topic: OwnTopic
    score: float  # 0 to 1
    words: tuple[tuple[str, float], ...]  # found, with their points, the weightiest first
    by_words: float  # 0 to 1
    by_examples: float | None  # 0 to 1; None without examples, or for a language they do not speak for
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
            return found, ENOUGH
        words, title_words = words_of(text), title_words_of(title, context)
        for (code, word), points in points_by_word(words, title_words, keywords, language).items():
            found.setdefault(code, {})[word] = points
        return found, ENOUGH + ENOUGH_PER_ROOT * math.sqrt(len(words) + len(title_words))

    def _direction(self, language: str | None, reading: Reading) -> Floats | None:
        """Where the text lies among news; None where no example can say anything of it."""
        if not self._by_examples or reading.embedding is None or not is_read_by_model(language):
            return None
        return load_background().directions_of(reading.embedding)

    def _evidence(
        self, topic: OwnTopic, words: Mapping[str, float], enough: float, direction: Floats | None
    ) -> OwnEvidence:
        by_words = 1.0 - math.exp(-STEEPNESS * math.fsum(words.values()) / enough)
        shown = self._by_examples.get(topic.code) if direction is not None else None
        by_examples = nearest = nearness = None
        if shown is not None and direction is not None:
            by_examples = shown.score(direction)
            nearest, nearness = shown.nearest(direction)
        # Either is enough, and both are surer than one: the chance that not both are wrong.
        score = 1.0 - (1.0 - by_words) * (1.0 - (by_examples or 0.0))
        weightiest = tuple(sorted(words.items(), key=lambda pair: (-pair[1], pair[0])))
        return OwnEvidence(topic, round(score, 4), weightiest, by_words, by_examples, nearest, nearness)

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
