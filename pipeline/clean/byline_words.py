"""The words around names in bylines, from bylines.yml, folded and ready to look up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pipeline.clean.tables import load_table
from pipeline.folding import fold_name
from pipeline.settings import ROOT

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BylineWords:
    """Every table of bylines.yml; words and the words of phrases are folded by `fold_name`."""

    by: dict[str, tuple[Phrase, ...]]  # by the first word, longest first
    only_before_names: frozenset[Phrase]
    not_authors: dict[str, tuple[Phrase, ...]]
    roles: frozenset[str]
    organisations: frozenset[str]
    organisation_phrases: tuple[str, ...]  # folded, one space apart
    surnames_too: frozenset[str]
    places_before: frozenset[str]
    particles: frozenset[str]
    suffixes: frozenset[str]
    credentials: frozenset[str]
    honorifics: frozenset[str]
    outlets_like_people: frozenset[str]
    given_names: frozenset[str]
    wide_before: tuple[str, ...]  # as written, longest first
    wide_behind: tuple[str, ...]
    wide_reports: tuple[str, ...]
    wide_drop: tuple[str, ...]
    wide_organisations: tuple[str, ...]


@lru_cache(maxsize=1)
def byline_words() -> BylineWords:
    """Load the tables once per process: 40 ms."""
    raw = load_table("bylines.yml")
    organisations = [str(word) for words in raw["organisations"].values() for word in words]
    wide = {name: tuple(sorted(map(str, words), key=len, reverse=True)) for name, words in raw["wide"].items()}
    return BylineWords(
        by=_by_first_word(phrase for phrases in raw["by"].values() for phrase in phrases),
        only_before_names=frozenset(map(_phrase, raw["only_before_names"])),
        not_authors=_by_first_word(raw["not_authors"]),
        roles=frozenset(fold_name(word) for words in raw["roles"].values() for word in words),
        organisations=_folded(word for word in organisations if " " not in word),
        organisation_phrases=tuple(" ".join(_phrase(word)) for word in organisations if " " in word),
        surnames_too=_folded(raw["surnames_too"]),
        places_before=_folded(raw["places_before"]),
        particles=_folded(raw["particles"]),
        suffixes=_folded(raw["suffixes"]),
        credentials=_folded(raw["credentials"]),
        honorifics=_folded(raw["honorifics"]),
        outlets_like_people=_folded(raw["outlets_like_people"]),
        given_names=_given_names(),
        wide_before=wide["before"],
        wide_behind=wide["behind"],
        wide_reports=wide["reports"],
        wide_drop=wide["drop"],
        wide_organisations=wide["organisations"],
    )


def _given_names() -> frozenset[str]:
    lines = (ROOT / "config" / "entities" / "given_names.txt").read_text(encoding="utf-8").splitlines()
    return _folded(name for line in lines if not line.startswith("#") for name in line.split())


def _folded(words: Iterable[object]) -> frozenset[str]:
    return frozenset(fold_name(str(word)) for word in words) - {""}


def _phrase(text: object) -> Phrase:
    return tuple(folded for word in str(text).split() if (folded := fold_name(word)))


def _by_first_word(phrases: Iterable[object]) -> dict[str, tuple[Phrase, ...]]:
    found: dict[str, list[Phrase]] = {}
    for phrase in {_phrase(text) for text in phrases} - {()}:
        found.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(sorted(group, key=lambda p: (-len(p), p))) for first, group in found.items()}
