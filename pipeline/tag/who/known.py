"""What is known beforehand of a name as a whole, by kind."""

from __future__ import annotations

import re
from functools import lru_cache

import pycountry

from pipeline.records import Kind
from pipeline.tag import gazetteer
from pipeline.tag.lexicon import ENTITY_FOLDER, read_yaml
from pipeline.tag.names.known import Known

_CITIES = {"LA": "Los Angeles", "L.A.": "Los Angeles", "NYC": "New York City", "N.Y.C.": "New York City"}
_HELD = re.compile(r"\w+-(?:administered|controlled|occupied|held|ruled|run)\s+(?=[^\W\d_])")


meanings_of = lru_cache(maxsize=20_000)(gazetteer.meanings_of)
"""Names come again and again, within an article and from one to the next."""


def known_as(kind: str, surface: str, language: str | None) -> tuple[Known, ...]:
    """Meanings of that kind; a place also under its abbreviation, or behind "Indian-administered"."""
    name = " ".join(surface.split())
    fitting = tuple(k for k in meanings_of(name, language) if k.kind == kind)
    if fitting or kind != Kind.LOC:
        return fitting
    if name in _CITIES:
        return tuple(k for k in meanings_of(_CITIES[name], language) if k.what == "city" and k.country == "US")
    if name in _states():
        return tuple(k for k in meanings_of(_states()[name], language) if k.what == "division" and k.country == "US")
    bare = _HELD.sub("", name, count=1)
    if bare != name:
        return known_as(kind, bare, language)
    if name.isupper() and len(name) > 4:  # a dateline: HANOI
        return tuple(k for k in meanings_of(name.title(), language) if k.kind == kind)
    return ()


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """States of the US by postal code (ISO 3166-2, without LA) and by newspapers' abbreviation."""
    states = [s for s in pycountry.subdivisions.get(country_code="US") if s.type == "State"]
    names = {s.code[3:]: s.name for s in states if s.code != "US-LA"}  # "LA" is the city, "La." the state
    pointed: dict[str, str] = read_yaml(ENTITY_FOLDER / "states_us.yml")
    dotted = {f"{code[0]}.{code[1]}.": name for code, name in names.items()}
    every = {s.code[3:]: s.name for s in states}
    return names | dotted | {short: every[code] for short, code in pointed.items()}


@lru_cache(maxsize=1)
def peoples() -> dict[str, str]:
    """The adjective of a people by its noun, both in lower case: "briton" gives "British"."""
    listed: dict[str, str] = read_yaml(ENTITY_FOLDER / "peoples.yml")
    return {noun.lower(): adjective for noun, adjective in listed.items()}
