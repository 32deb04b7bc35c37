"""What tagging gives, and the three seams behind which a rule or a trained model may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TagContext:
    """What is known of a text besides itself. All of it may be empty: `mm tag` on a bare file has none."""

    source_country: str | None = None  # ISO 3166 alpha-2 of the outlet: the nearer of two places is meant
    section: str | None = None  # as the publisher names it
    publisher_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityMention:
    """One place in a text that names an entity; offsets are code points, `text[start:end] == surface`."""

    start: int
    end: int
    surface: str
    kind: str  # PER, ORG or LOC
    name: str  # canonical within the article: the full name for a surname alone
    qid: str | None
    country: str | None  # ISO 3166 alpha-2
    latitude: float | None
    longitude: float | None
    score: float  # 0 to 1: how much speaks for it, not a calibrated probability
    in_title: bool  # the entity is also named in the title


@dataclass(frozen=True, slots=True)
class ScoredTopic:
    """One topic of a text. `is_assigned` is false for the best guess below the threshold."""

    code: str  # medtop:11000000
    label: str
    level: int  # 1 is the top
    score: float  # 0 to 1
    is_assigned: bool


@dataclass(frozen=True, slots=True)
class Tags:
    """Everything tagging says of one text. Mentions by offset, topics by falling score."""

    language: str | None  # ISO 639-1; None where there is too little text
    mentions: tuple[EntityMention, ...]
    topics: tuple[ScoredTopic, ...]


class LanguageTagger(Protocol):
    """Says which language a text is in."""

    def language_of(self, text: str) -> str | None:
        """ISO 639-1, or None if there is too little to tell."""


class EntityRecogniser(Protocol):
    """Finds persons, organisations and places."""

    def mentions(
        self, text: str, *, title: str | None, language: str | None, context: TagContext
    ) -> Sequence[EntityMention]:
        """Mentions that do not overlap, in the order of the text."""


class TopicScorer(Protocol):
    """Scores topics of the taxonomy."""

    def topics(
        self, text: str, *, title: str | None, language: str | None, context: TagContext
    ) -> Sequence[ScoredTopic]:
        """Topics by falling score; empty if nothing in the text speaks for any."""
