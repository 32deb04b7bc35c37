"""What tagging gives, and the four seams behind which a rule or a trained model may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.records import MentionMethod

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TagContext:
    """What is known of a text besides itself. All of it may be empty: `mm tag` on a bare file has none."""

    source_country: str | None = None  # ISO 3166 alpha-2 of the outlet: the nearer of two places is meant
    section: str | None = None  # as the publisher names it
    publisher_tags: tuple[str, ...] = ()
    url: str | None = None  # of the article: its path often names the section


@dataclass(frozen=True, slots=True)
class NameSpan:
    """One stretch of a text that names something, before anyone asks what; offsets are code points."""

    start: int
    end: int
    kind: str  # Kind
    score: float  # 0 to 1, calibrated: of those scored 0.8, eight in ten are right in span and kind
    method: str  # MentionMethod


@dataclass(frozen=True, slots=True)
class Reading:
    """What the encoder says of one article, headline and text read as one, in one pass.

    Spans are those of a model that finds names; there are none where it does not know the language. `embedding` has
    384 numbers and length 1, None for a text without words. `lead` is that of the first window alone: the headline
    and the first 100 words or so.
    """

    title_spans: tuple[NameSpan, ...] = ()
    spans: tuple[NameSpan, ...] = ()
    embedding: Floats | None = None
    lead: Floats | None = None


@dataclass(frozen=True, slots=True)
class EntityMention:
    """One place in a text that names an entity; offsets are code points, `text[start:end] == surface`."""

    start: int
    end: int
    surface: str
    kind: str  # Kind
    name: str  # canonical within the article: the full name for a surname alone
    qid: str | None
    country: str | None  # ISO 3166 alpha-2
    latitude: float | None
    longitude: float | None
    score: float  # 0 to 1: a calibrated probability where `method` is model, else how much speaks for it
    in_title: bool  # the entity is also named in the title
    method: str = MentionMethod.RULES  # MentionMethod
    role: str | None = None  # title or office beside the name: "former foreign minister"
    geonames_id: int | None = None
    population: int | None = None  # of the place, as GeoNames has it


@dataclass(frozen=True, slots=True)
class ScoredTopic:
    """One topic of a text. `is_assigned` is false below the topic's threshold: what else it might be."""

    code: str  # medtop:11000000
    label: str
    level: int  # 1 is the top
    score: float  # 0 to 1
    is_assigned: bool
    because: tuple[str, ...] = ()  # what speaks for it, of: text, words, section, address, tags
    words: tuple[str, ...] = ()  # keywords found that speak for it, the weightiest first


@dataclass(frozen=True, slots=True)
class Tags:
    """Everything tagging says of one text. Mentions by offset, topics by falling score."""

    language: str | None  # ISO 639-1; None where there is too little text
    mentions: tuple[EntityMention, ...]
    topics: tuple[ScoredTopic, ...]
    embedding: tuple[float, ...] | None = None  # 384 numbers, length 1: texts that mean alike lie near each other


class LanguageTagger(Protocol):
    """Says which language a text is in."""

    def language_of(self, text: str) -> str | None:
        """ISO 639-1, or None if there is too little to tell."""


class Reader(Protocol):
    """Reads an article once, for all that follows."""

    def read(self, text: str, *, title: str | None, language: str | None) -> Reading:
        """Spans of names and the embedding."""


class EntityRecogniser(Protocol):
    """Finds what a text names, and says which mentions are the same."""

    def mentions(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[EntityMention]:
        """Mentions that do not overlap, in the order of the text."""


class TopicScorer(Protocol):
    """Scores topics of the taxonomy."""

    def topics(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[ScoredTopic]:
        """Topics by falling score; empty if nothing in the text speaks for any."""
