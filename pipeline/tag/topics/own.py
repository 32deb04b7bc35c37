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
from pipeline.tag.topics.keywords import SHOWN_WORDS, points_by_word, title_words_of, words_of
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
_LIKE_EXAMPLES = 0.5
"""From this score of the examples on the text itself is told as a reason: it is rather like them than not."""
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


def _score(spoken: float, shown: float | None, *, has_words: bool) -> float:
    """`has_words`: of the text's language, or of any; where there are none, their absence says nothing."""
    if shown is None:
        return spoken
    return together(spoken, shown) if has_words else shown


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

    @property
    def because(self) -> tuple[str, ...]:
        """What speaks for the topic: the text by its likeness to the examples, words."""
        by_text = ("text",) if self.shown is not None and self.shown >= _LIKE_EXAMPLES else ()
        return (*by_text, "words") if self.words else by_text


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
        scored = [self._scored(e) for e in found if e.score >= min(LEAST, e.topic.threshold)]
        return sorted(scored, key=lambda t: (-t.score, t.code))

    def evidence(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> list[OwnEvidence]:
        """What speaks for each own topic, also where nothing does; by code."""
        keywords = self._keywords_of(language)
        words, enough = self._words(keywords, text, title, language, context)
        direction = self._direction(language, reading)
        return [
            self._evidence(topic, words.get(topic.code, {}), enough, direction, has_words=topic.code in keywords)
            for topic in (file.topic for file in self._files)
        ]

    def _scored(self, evidence: OwnEvidence) -> ScoredTopic:
        topic, words = evidence.topic, tuple(word for word, _ in evidence.words[:SHOWN_WORDS])
        return ScoredTopic(
            topic.code, topic.label, self._levels[topic.code], evidence.score, evidence.is_assigned,
            evidence.because, words,
        )  # fmt: skip

    def _words(
        self, keywords: Mapping[str, Keywords], text: str, title: str | None, language: str | None, context: TagContext
    ) -> tuple[dict[str, dict[str, float]], float]:
        """Topic → word found → points, and how many points are enough in a text of this length."""
        if not keywords:
            return {}, enough_for(0)
        words, title_words = words_of(text), title_words_of(title, context)
        found = {
            code: {word: points for (_, word), points in points_by_word(words, title_words, own, language).items()}
            for code, own in keywords.items()
        }
        return found, enough_for(len(words) + len(title_words))

    def _direction(self, language: str | None, reading: Reading) -> Floats | None:
        """Where the text lies among news; None where no example can say anything of it."""
        if not self._by_examples or reading.embedding is None or not is_read_by_model(language):
            return None
        return load_background().directions_of(reading.embedding)

    def _evidence(
        self,
        topic: OwnTopic,
        words: Mapping[str, float],
        enough: float,
        direction: Floats | None,
        *,
        has_words: bool,
    ) -> OwnEvidence:
        spoken = by_words(math.fsum(words.values()), enough)
        examples = self._by_examples.get(topic.code)
        shown = nearest = nearness = None
        if examples is not None and direction is not None:
            shown = examples.score(direction)
            nearest, nearness = examples.nearest(direction)
        score = _score(spoken, shown, has_words=has_words)
        weightiest = tuple(sorted(words.items(), key=lambda pair: (-pair[1], pair[0])))
        return OwnEvidence(topic, round(score, 4), weightiest, spoken, shown, nearest, nearness)

    def _keywords_of(self, language: str | None) -> Mapping[str, Keywords]:
        return self._keywords.get(language or ANY, self._keywords.get(ANY, {}))

    @cached_property
    def _files(self) -> tuple[OwnTopicFile, ...]:
        return load_own_topics() if self._given is None else tuple(self._given)

    @cached_property
    def _levels(self) -> dict[str, int]:
        return {topic.code: topic.level for topic in with_own(self._files)}

    @cached_property
    def _keywords(self) -> dict[str, dict[str, Keywords]]:
        """Language → topic → its words; words for any language stand in each, and under `any` for all the others."""
        topics = [file.topic for file in self._files]
        languages = {language for topic in topics for language in topic.keywords}
        return {
            language: {t.code: _keywords_in(t, language) for t in topics if {language, ANY} & t.keywords.keys()}
            for language in sorted(languages)
        }

    @cached_property
    def _by_examples(self) -> dict[str, ExampleTopic]:
        return {file.topic.code: _shown(file.topic) for file in self._files if file.topic.examples}


def _keywords_in(topic: OwnTopic, language: str) -> Keywords:
    """Each topic's stand alone: a phrase hides the words in it, but not from other topics."""
    worth: dict[str, float] = {}
    for spoken in sorted({language, ANY} & topic.keywords.keys()):
        for strength, points in POINTS.items():
            for term in getattr(topic.keywords[spoken], strength):
                worth[term] = max(points, worth.get(term, 0.0))
    keywords = Keywords()
    for term, points in worth.items():
        add_term(keywords, term, Clue(topic.code, points))
    return keywords


def _shown(topic: OwnTopic) -> ExampleTopic:
    folder = get_settings().home / "cache" / "topic-examples"
    examples, counter = (
        embeddings_of([sample.whole for sample in samples], folder)
        for samples in (topic.examples, topic.counter_examples)
    )
    return fitted(examples, counter, load_background())
