"""Which organisation, place, event or work each name means: acronyms, short forms, and what is known beforehand."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.acronyms import is_acronym
from pipeline.folding import fold
from pipeline.records import Kind
from pipeline.tag.gazetteer import Known
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.who.acronyms import initials_of
from pipeline.tag.who.known import known_as
from pipeline.tag.who.names import Name, is_shouted, plain
from pipeline.tag.who.short_forms import Key, ShortForms, spellings

_QUOTES = re.compile("[\"“”„«»]|(?<!\\w)['‘]|(?<=[^\\w])’|['’]$")
_WEB = re.compile(r"\.(?:com|org|net|co\.uk)\b", re.IGNORECASE)
_MOVABLE = (["department"], ["ministry"], ["supreme", "court"])
"""The Department of Homeland Security is the Homeland Security Department."""
_SHORTENED = {("united", "states"): "us", ("united", "kingdom"): "uk", ("united", "nations"): "un"}
_HOPS = 4
"""A short form of a short form of a short form …"""
_LETTERS = 3
"""An acronym of two letters fits too many names to be believed without brackets."""


@dataclass(slots=True)
class Thing:
    """All names of the article with the same words."""

    key: Key
    surfaces: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)  # positions among the names, in order
    meanings: tuple[Known, ...] = ()
    longer: list[Key] = field(default_factory=list)  # what it may be short for


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name stands for, before the article's places decide between meanings."""

    name: str  # the fullest form of the article
    meanings: tuple[Known, ...]


def things_of(names: Sequence[Name], kind: str, expansions: Mapping[str, str], language: str | None) -> list[Meant]:
    """For each name, all of one kind and in order, what it stands for.

    `expansions` leads from folded acronyms to the names that the article gives for them in brackets.
    """
    keys = [key_of(name.surface, kind) for name in names]
    things = _gathered(names, keys, kind, language)
    _by_letters(things, kind, expansions)
    _by_words(things, kind, language)
    ends = [_end(key, index, things) for index, key in enumerate(keys)]
    groups: dict[Key, Counter[str]] = defaultdict(Counter)
    for name, end in zip(names, ends, strict=True):
        groups[end][plain(name.surface)] += 1
    meant = {end: _meant(end, surfaces, things, kind) for end, surfaces in groups.items()}
    return [meant[end] for end in ends]


def key_of(surface: str, kind: str) -> Key:
    """Folded words without quotes, "the" and, for a firm, its legal form; never empty."""
    bare = _QUOTES.sub("", surface) or surface
    if kind == Kind.ORG:
        bare = _WEB.sub("", bare)
    words = fold(bare.replace("+", " plus ")).split() or [surface]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if kind == Kind.ORG:
        words = _reordered(words)
    while kind == Kind.ORG and len(words) > 1 and load_lexicon().has("legal_forms", words[-1]):
        words = words[:-1]
    if kind == Kind.EVENT and len(words[-1]) > 4:
        words[-1] = words[-1].removesuffix("s")
    return tuple(words)


def _reordered(words: list[str]) -> list[str]:
    """The country in front and short: "us supreme court" for the Supreme Court of the United States."""
    for head in _MOVABLE:
        if words[: len(head)] == head and words[len(head) : len(head) + 1] == ["of"] and len(words) > len(head) + 1:
            rest = words[len(head) + 1 :]
            words = [*(rest[1:] if rest[0] == "the" and len(rest) > 1 else rest), *head]
    if len(words) > 2 and (words[0], words[1]) in _SHORTENED:
        words = [_SHORTENED[words[0], words[1]], *words[2:]]
    return words


def _gathered(names: Sequence[Name], keys: Sequence[Key], kind: str, language: str | None) -> dict[Key, Thing]:
    things: dict[Key, Thing] = {}
    for index, (name, key) in enumerate(zip(names, keys, strict=True)):
        thing = things.setdefault(key, Thing(key))
        thing.surfaces[plain(name.surface)] += 1
        thing.places.append(index)
    for thing in things.values():
        found = dict.fromkeys(k for surface in sorted(thing.surfaces) for k in known_as(kind, surface, language))
        thing.meanings = tuple(found)
    return things


def _by_letters(things: Mapping[Key, Thing], kind: str, expansions: Mapping[str, str]) -> None:
    """Acronyms lead to the name given in brackets, else to the one name of the article with these initials."""
    initials: dict[str, dict[Key, None]] = defaultdict(dict)
    for thing in things.values():
        for letters in initials_of(" ".join(thing.key)):
            initials[letters][thing.key] = None
    for thing in things.values():
        letters = "".join(thing.key)
        defined = key_of(expansions[letters], kind) if letters in expansions else thing.key
        fitting = initials[letters] or initials[letters.removesuffix("s")]
        if defined in things and defined != thing.key:
            thing.longer = [defined]
        elif len(fitting) == 1 and _may_be_letters(thing, kind):
            thing.longer = list(fitting)


def _may_be_letters(thing: Thing, kind: str) -> bool:
    long_enough = len("".join(thing.key)) >= _LETTERS and not _is_settled(thing, kind)
    return long_enough and all(is_acronym(surface) for surface in thing.surfaces)


def _by_words(things: Mapping[Key, Thing], kind: str, language: str | None) -> None:
    """Short forms lead to the longer names that begin or end with them: Georgetown, Georgetown University."""
    first_seen = {key: thing.places[0] for key, thing in things.items()}
    settled = {key: thing.meanings for key, thing in things.items() if _is_settled(thing, kind)}
    short_forms = ShortForms(first_seen, kind, language)
    for key, spaced in spellings(first_seen):
        things[key].longer = [spaced]
    for key, thing in things.items():
        if thing.longer or key in settled:
            continue
        known = short_forms.known_beginning(key, settled)
        thing.longer = [known] if known else short_forms.longer(key)


def _is_settled(thing: Thing, kind: str) -> bool:
    """Known beforehand as itself: "York" is not New York, "UN" needs no longer name."""
    if kind == Kind.LOC:
        return bool(thing.meanings)
    return any(known.qid for known in thing.meanings)


def _end(key: Key, index: int, things: dict[Key, Thing]) -> Key:
    """The longest form that a name at this place stands for; of several, the one last spoken of."""
    for _ in range(_HOPS):
        longer = things[key].longer
        if not longer:
            break
        key = longer[0] if len(longer) == 1 else min(longer, key=lambda k: (_distance(things[k].places, index), k))
    return key


def _distance(places: Sequence[int], index: int) -> tuple[bool, int]:
    """How far back it was last named; what is only named later comes after, the first of it first."""
    before = bisect_left(places, index)
    return (False, index - places[before - 1]) if before else (True, places[0])


def _meant(end: Key, surfaces: Counter[str], things: dict[Key, Thing], kind: str) -> Meant:
    meanings = things[end].meanings
    if not meanings:
        shorter = sorted(surfaces, key=lambda s: (-surfaces[s], s))
        known = (things[k].meanings for s in shorter if (k := key_of(s, kind)) in things)
        meanings = next((m for m in known if any(k.qid for k in m)), ())
    name = max(surfaces, key=lambda s: (not is_shouted(s), len(key_of(s, kind)), surfaces[s], -len(s), s))
    return Meant(_called(name, kind), meanings)


def _called(name: str, kind: str) -> str:
    """The name without quotes around it and, for a firm, without Inc. and Ltd."""
    bare = name.strip('"“”„«»') or name
    words = bare.split(" ")
    while kind == Kind.ORG and len(words) > 1 and _is_short_form(words[-1]):
        words = words[:-1]
    return " ".join(words).rstrip(",")


def _is_short_form(word: str) -> bool:
    folded = fold(word)
    return len(folded) < 5 and load_lexicon().has("legal_forms", folded)
