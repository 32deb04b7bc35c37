"""Clues: weights that speak for one kind of name or another. Units are "about twice as likely"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.tag.gazetteer import Known
from pipeline.tag.rules.reading import Reading, Segment
from pipeline.tag.tokens import Shape, Token

KINDS = ("PER", "ORG", "LOC", "NONE")
LARGE_CITY = 300_000
"""People; such a city is meant by its name unless something speaks against it."""
NO_NAME_PRIOR = 1.0
"""A candidate must earn more than this: a capital alone is no evidence."""


@dataclass(slots=True)
class Clues:
    """Weights by kind. `shape` is what the name itself says, `around` what stands beside this mention."""

    shape: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    around: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    known: tuple[Known, ...] = ()


@dataclass(slots=True)
class Candidate:
    """One mention before the article has decided what its words mean."""

    segment: Segment
    words: list[Token]
    end: int  # code point behind the last token, the full stop of "Corp." included
    key: tuple[str, ...]
    clues: Clues


@dataclass(slots=True)
class Decision:
    """What a sequence of words means throughout one article."""

    kind: str
    score: float
    known: Known | None
    name: str


def words_of(reading: Reading, segment: Segment) -> list[Token]:
    """The words of a candidate without its signs."""
    return [t for t in reading.tokens[segment.first : segment.last] if t.shape is not Shape.SIGN]


def is_large(known: tuple[Known, ...]) -> bool:
    """Known so widely that the word lists' doubts do not count."""
    return any(k.what in ("country", "place", "organisation") or k.population > LARGE_CITY for k in known)


def key_at(tokens: Sequence[Token], index: int, spaced: bool) -> str:
    """The key of a neighbouring token; "" beyond the text or the line."""
    return tokens[index].key if spaced and 0 <= index < len(tokens) else ""
