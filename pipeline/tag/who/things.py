"""Which organisation, place, event or work each name means: acronyms, short forms, and what is known beforehand."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.folding import fold
from pipeline.records import Kind
from pipeline.tag.gazetteer import Known
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.who.acronyms import initials_of, is_acronym
from pipeline.tag.who.known import known_as
from pipeline.tag.who.names import Name, is_shouted, plain

Key = tuple[str, ...]
_QUOTES = re.compile("[\"“”„«»]|(?<!\\w)['‘]|(?<=[^\\w])’|['’]$")
_WEB = re.compile(r"\.(?:com|org|net|co\.uk)\b", re.IGNORECASE)
_LONGEST = 12
"""Words of a name whose beginnings and ends are looked up as short forms."""
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
    _by_words(things, kind)
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
    words = fold(bare).split() or [surface]
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    while kind == Kind.ORG and len(words) > 1 and load_lexicon().has("legal_forms", words[-1]):
        words = words[:-1]
    if kind == Kind.EVENT and len(words[-1]) > 4:
        words[-1] = words[-1].removesuffix("s")
    return tuple(words)


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


def _by_letters(things: dict[Key, Thing], kind: str, expansions: Mapping[str, str]) -> None:
    """Acronyms lead to the name given in brackets, else to the one name of the article with these initials."""
    initials: dict[str, dict[Key, None]] = defaultdict(dict)
    for thing in things.values():
        if len(thing.key) > 2:
            for letters in initials_of(" ".join(thing.key)):
                initials[letters][thing.key] = None
    for thing in things.values():
        letters = "".join(thing.key)
        expansion = expansions.get(letters)
        key = key_of(expansion, kind) if expansion else None
        if key in things and key != thing.key:
            thing.longer = [key]
        elif len(initials[letters]) == 1 and len(letters) >= _LETTERS and not _is_settled(thing, kind):
            if all(is_acronym(surface) for surface in thing.surfaces):
                thing.longer = list(initials[letters])


def _by_words(things: dict[Key, Thing], kind: str) -> None:
    """Short forms lead to the longer names that begin or end with them: Georgetown, Georgetown University."""
    holding: dict[Key, dict[Key, None]] = defaultdict(dict)
    for key in things:
        for part in _parts(key):
            holding[part][key] = None
    written: dict[str, Key] = {}
    for key in sorted(things, key=lambda k: (-len(k), things[k].places[0])):
        thing = things[key]
        spaced = written.setdefault("".join(key), key)  # "HawaiiNewsNow" is "Hawaii News Now"
        if thing.longer or _is_settled(thing, kind):
            continue
        if spaced != key:
            thing.longer = [spaced]
        else:
            thing.longer = list(holding[key])


def _parts(key: Key) -> Iterator[Key]:
    """Proper beginnings and ends of a name, without a link word at the cut."""
    links = load_lexicon().cues["links"]
    for cut in range(1, min(len(key), _LONGEST)):
        if key[cut - 1] not in links:
            yield key[:cut]
        if key[-cut] not in links:
            yield key[-cut:]


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
