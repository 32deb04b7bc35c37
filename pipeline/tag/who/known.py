"""What is known beforehand of a name as a whole: the gazetteer's meanings, and which of them an article intends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import pycountry

from pipeline.records import Kind
from pipeline.tag.gazetteer import Known, gazetteer_for
from pipeline.tag.lexicon import ENTITY_FOLDER, read_yaml
from pipeline.tag.places import choose
from pipeline.tag.tokens import Shape, tokenise

_HELD = re.compile(r"\w+-(?:administered|controlled|occupied|held|ruled|run)\s+(?=[^\W\d_])")


@lru_cache(maxsize=20_000)
def meanings_of(name: str, language: str | None) -> tuple[Known, ...]:
    """Everything that this name as a whole may mean; empty if it is not known."""
    tokens = tokenise(name, language)
    hit = gazetteer_for(language).longest(tokens, 0) if tokens else None
    if hit is None or any(t.shape is not Shape.SIGN for t in tokens[hit.last :]):
        return ()
    return hit.meanings


def known_as(kind: str, surface: str, language: str | None) -> tuple[Known, ...]:
    """Meanings of that kind; a place also under its abbreviation, or behind "Indian-administered"."""
    name = " ".join(surface.split())
    fitting = tuple(k for k in meanings_of(name, language) if k.kind == kind)
    if fitting or kind != Kind.LOC:
        return fitting
    if name in _states():
        return tuple(k for k in meanings_of(_states()[name], language) if k.what != "city")
    bare = _HELD.sub("", name, count=1)
    if bare != name:
        return known_as(kind, bare, language)
    if name.isupper() and len(name) > 4:  # a dateline: HANOI
        return tuple(k for k in meanings_of(name.title(), language) if k.kind == kind)
    return ()


def intended(meanings: Iterable[Known], countries: frozenset[str], source_country: str | None) -> Known | None:
    """The meaning that fits the article best; None without any."""
    found = tuple(meanings)
    return choose(found, countries, source_country) if found else None


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """States of the US by postal code (ISO 3166-2) and by newspapers' abbreviation."""
    names = {s.code[3:]: s.name for s in pycountry.subdivisions.get(country_code="US") if s.type == "State"}
    pointed: dict[str, str] = read_yaml(ENTITY_FOLDER / "states_us.yml")
    dotted = {f"{code[0]}.{code[1]}.": name for code, name in names.items()}
    return names | dotted | {short: names[code] for short, code in pointed.items()}


@lru_cache(maxsize=1)
def peoples() -> dict[str, str]:
    """The adjective of a people by its noun, both in lower case: "briton" gives "British"."""
    listed: dict[str, str] = read_yaml(ENTITY_FOLDER / "peoples.yml")
    return {noun.lower(): adjective for noun, adjective in listed.items()}
