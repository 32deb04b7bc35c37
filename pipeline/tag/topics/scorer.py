"""An article's topics: what the trained head, keywords and the publisher say, joined into one probability each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Floats, Reading, ScoredTopic, TagContext
from pipeline.tag.reader import is_read_by_model
from pipeline.tag.topics.head import TopicHead, features_of, load_head
from pipeline.tag.topics.keywords import KeywordTopicScorer
from pipeline.tag.topics.signals import SIGNALS, Signals, signals_of
from pipeline.tag.topics.taxonomy import load_keywords, parent_codes, topics_by_code

_SHOWN_SIGNALS = {"section": "section", "path": "address", "tags": "tags"}
SHOWN = 0.03
"""Less likely topics are left out of what is shown."""
_NO_KEYWORDS = -2.3
"""Logit of any topic where no keyword list could speak: an article has 1.5 of 17."""


def _checked_head() -> TopicHead:
    """The shipped weights; ConfigError if config/taxonomy/topics.yml lacks a topic that they score."""
    head = load_head()
    if missing := sorted({*head.top, *head.below, *head.keywords} - topics_by_code().keys()):
        raise ConfigError(
            f"config/taxonomy/topics.yml lacks {', '.join(missing[:3])}, which the topic model scores: put it back. "
            "Topics of your own go into files of their own."
        )
    return head


@dataclass(frozen=True, slots=True)
class ArticleTopics:
    """The `TopicScorer` in force."""

    head: TopicHead = field(default_factory=_checked_head)
    words: KeywordTopicScorer = field(default_factory=KeywordTopicScorer)

    def topics(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[ScoredTopic]:
        """Topics by falling score.

        A score of level 1 is the calibrated probability that the article is about the topic; one of level 2, that the
        article is mainly about it. In languages that only keywords read, both are rougher, and without a keyword
        file for the language only the publisher's signals speak.
        """
        found = self.words.topics(text, title=title, language=language, context=TagContext(), reading=reading)
        by_words = {topic.code: topic.score for topic in found}
        signals = signals_of(context, language)
        said = {code: _said(signals, code, self.head) for code in self.head.top}
        features = self._features(by_words, language, reading)
        has_list = load_keywords(language) is not None
        if features is None and not has_list and not any(said.values()):
            return ()  # nobody has said anything
        own = self._logits_by_words(by_words, has_list=has_list) if features is None else self._logits(features)
        parts = {code: {**own[code], **said[code]} for code in self.head.top}
        top = {code: _probability(sum(logits.values())) for code, logits in parts.items()}
        below = _shares_by_words(by_words, top) if features is None else _weighed(self.head.below_shares(features), top)
        because = {code: tuple(name for name, logit in logits.items() if logit > 0) for code, logits in parts.items()}
        assigned = self._assigned(top, below, has_head=features is not None)
        return _ranked({**top, **below}, assigned, because, {topic.code: topic.words for topic in found})

    def _features(self, by_words: Mapping[str, float], language: str | None, reading: Reading) -> Floats | None:
        """What the head reads; None in languages that it has not learnt, and where there are no words."""
        if not is_read_by_model(language) or reading.embedding is None or reading.lead is None:
            return None
        return features_of(reading.embedding, reading.lead, by_words, self.head.keywords)

    def _logits(self, features: Floats) -> dict[str, dict[str, float]]:
        return {
            code: {"text": by_text, "words": by_words}
            for code, (by_text, by_words) in self.head.top_logits(features).items()
        }

    def _logits_by_words(self, scores: Mapping[str, float], *, has_list: bool) -> dict[str, dict[str, float]]:
        if not has_list:
            return {code: {"words": _NO_KEYWORDS} for code in self.head.top}
        best = max((scores.get(code, 0.0) for code in self.head.top), default=0.0)
        return {
            code: {"words": self.head.logit_by_words(score, is_best=0.0 < best <= score)}
            for code, score in ((code, scores.get(code, 0.0)) for code in self.head.top)
        }

    def _assigned(self, top: Mapping[str, float], below: Mapping[str, float], *, has_head: bool) -> frozenset[str]:
        """Topics that reach their thresholds; level 2 is assigned only below a topic that is."""
        least = self.head.thresholds if has_head else dict.fromkeys(self.head.top, self.head.by_words_threshold)
        assigned = {code for code, score in top.items() if score >= least[code]}
        parents = parent_codes()
        likely = {code for code, score in below.items() if score >= self.head.below_threshold}
        return frozenset(assigned | {code for code in likely if parents[code] in assigned})


def _weighed(shares: Mapping[str, float], top: Mapping[str, float]) -> dict[str, float]:
    """Shares of level 2 weighed by how likely the parent is, the publisher's signals included; none exceeds it."""
    parents = parent_codes()
    weighed = {code: share * top[parents[code]] for code, share in shares.items()}
    total = sum(weighed.values())
    return {code: min(value / total, top[parents[code]]) for code, value in weighed.items()} if total else {}


def _shares_by_words(scores: Mapping[str, float], top: Mapping[str, float]) -> dict[str, float]:
    """Keywords of level 2: their share of the parent's score, as a share of its probability."""
    parents = parent_codes()
    return {
        code: score / scores[parents[code]] * top[parents[code]]
        for code, score in scores.items()
        if parents.get(code) in top and scores.get(parents[code])
    }


def _said(signals: Signals, code: str, head: TopicHead) -> dict[str, float]:
    """Logits that the publisher's signals add for a topic, each by its name for people."""
    said = {signal: signals.says(signal, code) for signal in SIGNALS}
    return {_SHOWN_SIGNALS[signal]: head.signals[signal][0 if says > 0 else 1] for signal, says in said.items() if says}


def _ranked(
    scores: Mapping[str, float],
    assigned: frozenset[str],
    because: Mapping[str, tuple[str, ...]],
    words: Mapping[str, tuple[str, ...]],
) -> list[ScoredTopic]:
    """By falling score, of equal scores by level and code."""
    topics = topics_by_code()
    scored = [
        ScoredTopic(
            code, topics[code].label, topics[code].level, round(score, 4), code in assigned,
            because.get(code, ()), words.get(code, ()),
        )
        for code, score in scores.items()
        if score >= SHOWN or code in assigned
    ]  # fmt: skip
    return sorted(scored, key=lambda t: (-t.score, t.level, t.code))


def _probability(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
