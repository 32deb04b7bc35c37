"""One span of an article after repair, with what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.tag.names.known import Known


@dataclass(frozen=True, slots=True)
class Name:
    """A name where it stands; offsets are code points of the text, or of the title where `in_title`."""

    start: int
    end: int
    surface: str
    kind: str  # Kind
    score: float  # 0 to 1
    method: str  # MentionMethod
    in_title: bool = False
    role: str | None = None  # title or office beside it, in plain words
    gender: str | None = None  # m or f, where Mr, Ms, Queen … or the next pronoun says so
    partner: str | None = None  # family name that a person shares with the next: "Clinton" for "Bill and Hillary …"
    is_family: bool = False  # "family", "brothers" … follow: nobody in particular
    beside: tuple[Known, ...] = ()  # the state or country right behind a place: "Paris, Texas"
    context_kind: str | None = None  # Kind that the words around demand: PER behind "President", LOC behind "in"


@dataclass(frozen=True, slots=True)
class Entity:
    """What a name stands for in its article: equal kind and name is the same entity."""

    name: str  # canonical: the fullest form of the article, or the curated name
    known: Known | None = None  # what the gazetteer has on it


def plain(surface: str) -> str:
    """A name on one line with single spaces."""
    return " ".join(surface.split())


def is_shouted(surface: str) -> bool:
    """In capitals throughout, as headlines and datelines are: no way to write a name elsewhere."""
    return surface.isupper() and (" " in surface or len(surface) > 5)
