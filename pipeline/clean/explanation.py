"""The records that explain one cleaned page: every field with its candidates, every block with its fate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.clean.content import PageContent
from pipeline.clean.pieces import Piece

CHOSEN = "chosen"
"""Outcome of the candidate that became the field's value."""
AGREES = "says the same"
OUTRANKED = "a more trusted source came first"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a field might have had."""

    method: str  # where it was found: json_ld, meta og:title, h1
    value: str  # as it stands on the page
    outcome: str  # `chosen`, or why it lost


@dataclass(frozen=True, slots=True)
class FieldExplanation:
    """One field of the page: its value, where that came from, and what else there was, the most trusted first."""

    field: str
    value: str | None  # as shown to a person; None where nothing was found
    method: str | None
    note: str | None  # the rule that decided, or what speaks against the value
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where each field came from and what was dropped. The kept pieces hold the article's text."""

    fields: tuple[FieldExplanation, ...]
    pieces: tuple[Piece, ...]

    @property
    def found(self) -> list[FieldExplanation]:
        """The fields with a value, or with anything that might have been one."""
        return [field for field in self.fields if field.value is not None or field.candidates]

    @property
    def missing(self) -> list[str]:
        """Names of the other fields."""
        return [field.field for field in self.fields if field.value is None and not field.candidates]

    def as_object(self) -> dict[str, Any]:
        """Lists and strings only, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Share:
    """The blocks of a page that were kept, or dropped, for one reason."""

    why: str
    is_kept: bool
    count: int
    first: tuple[str, ...]  # the first three of their texts, whole


def shares(pieces: Iterable[Piece]) -> list[Share]:
    """The pieces counted by what became of them and why: kept before dropped, the most frequent first."""
    counts: Counter[tuple[bool, str]] = Counter()
    firsts: dict[tuple[bool, str], list[str]] = {}
    for piece in pieces:
        key = (piece.is_kept, piece.why)
        counts[key] += 1
        firsts.setdefault(key, []).append(piece.text)
    ordered = sorted(counts, key=lambda key: (not key[0], -counts[key], key[1]))
    return [Share(why, kept, counts[kept, why], tuple(firsts[kept, why][:3])) for kept, why in ordered]


def verdict_field(content: PageContent) -> FieldExplanation:
    """The verdict, with the reasons that lower the quality or decide, and what shows each of them."""
    judgement = content.judgement
    value = f"{judgement.verdict}, quality {judgement.quality:.2f}"
    decided = f"{judgement.reason}: {judgement.detail}" if judgement.reason else None
    noted = [note.partition(": ") for note in judgement.notes]
    against = tuple(
        Candidate(reason, detail, "decides" if reason == judgement.reason else "lowers the quality")
        for reason, _, detail in noted
        if reason in judgement.reasons
    )
    return FieldExplanation("verdict", value, None, decided, against)


def unexplained(content: PageContent) -> Explanation:
    """Of a page that could not be read: the verdict is all there is."""
    return Explanation((verdict_field(content),), ())
