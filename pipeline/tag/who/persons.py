"""Which person of the article each name means: full names first, then what stands alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.folding import fold
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.who.known import known_as
from pipeline.tag.who.names import Entity, Name, is_shouted, plain
from pipeline.tag.who.person_names import PersonName, may_be_one, person_name

_MOST_COMPARED = 50
"""Names that share a part are compared with this many persons; only lists of thousands hold more, and they repeat."""


@dataclass(slots=True, eq=False)
class Person:
    """Everybody the article names in full, and what it calls them."""

    forms: Counter[PersonName] = field(default_factory=Counter)
    surfaces: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)  # positions among the article's persons, in order
    genders: Counter[str] = field(default_factory=Counter)

    @property
    def gender(self) -> str | None:
        """m or f by most of what stands beside the full names; None where nothing does."""
        return max(sorted(self.genders), key=lambda g: self.genders[g]) if self.genders else None


def persons_of(names: Sequence[Name], language: str | None) -> list[Entity]:
    """For each name of a person, in the order of title and text, who it is."""
    parsed = [_parsed(name) for name in names]
    people = _full_names(names, parsed)
    by_part = _by_part(people)
    chosen = [next((p for p in by_part["=" + n.joined] if n in p.forms), None) if n.is_full else None for n in parsed]
    alone: dict[str, Person] = {}
    called: dict[str, Person] = {}
    last_seen: dict[int, int] = {}
    for index, (name, parts) in enumerate(zip(names, parsed, strict=True)):
        family = _family(name, parts, by_part)
        person = chosen[index] or (None if family else _meant(parts, name, by_part, called, last_seen))
        if person is None:
            person = alone.setdefault(family or parts.joined, Person())
            person.surfaces[family or plain(name.surface)] += 1
        elif not parts.is_full:
            called[parts.joined] = person
        chosen[index] = person
        last_seen[id(person)] = index
    entities = {id(p): _entity(p, language) for p in chosen if p is not None}
    return [entities[id(p)] for p in chosen]


def _parsed(name: Name) -> PersonName:
    return person_name(f"{name.surface} {name.partner}" if name.partner else name.surface)


def _written(name: Name) -> str:
    return plain(f"{name.surface} {name.partner}" if name.partner else name.surface)


def _full_names(names: Sequence[Name], parsed: Sequence[PersonName]) -> list[Person]:
    """One person per group of full names that may be one; the longest names first, as they say most."""
    places: dict[PersonName, list[int]] = defaultdict(list)
    for index, parts in enumerate(parsed):
        if parts.is_full:
            places[parts].append(index)
    people: list[Person] = []
    by_end: dict[str, list[Person]] = defaultdict(list)
    for parts in sorted(places, key=lambda p: (-len(p.words), places[p][0])):
        nearby = [q for key in _ends(parts) for q in by_end[key][:_MOST_COMPARED]]
        person = next((q for q in nearby if _is_one(parts, q, places)), None)
        if person is None:
            person = Person()
            people.append(person)
        for index in places[parts]:
            _add(person, parts, names[index], index)
        for key in _ends(parts):
            if person not in by_end[key][:_MOST_COMPARED]:
                by_end[key].append(person)
    return people


def _ends(parts: PersonName) -> tuple[str, ...]:
    return tuple(dict.fromkeys((parts.words[-1], parts.words[0], "=" + parts.joined)))


def _is_one(parts: PersonName, person: Person, places: dict[PersonName, list[int]]) -> bool:
    return all(may_be_one(parts, form) and not _is_father(parts, form, places) for form in person.forms)


def _is_father(one: PersonName, other: PersonName, places: dict[PersonName, list[int]]) -> bool:
    """Donald Trump and Donald Trump Jr. are two where the name without Jr. comes first or more often."""
    if bool(one.suffix) == bool(other.suffix):
        return False
    son, bare = (one, other) if one.suffix else (other, one)
    return places[bare][0] < places[son][0] or len(places[bare]) > len(places[son])


def _add(person: Person, parts: PersonName, name: Name, index: int) -> None:
    person.forms[parts] += 1
    person.surfaces[_written(name)] += 1
    person.places.append(index)
    if name.gender:
        person.genders[name.gender] += 1


def _by_part(people: Iterable[Person]) -> dict[str, list[Person]]:
    """Persons by what may stand for them: "" before family names and ends, "<" given, "~" middle, "=" the whole."""
    found: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        keys: dict[str, None] = {}
        for form in person.forms:
            keys["=" + form.joined] = None
            keys["<" + form.words[0]] = None
            for first in range(1, len(form.words)):
                keys["".join(form.words[first:])] = None
                keys["~" + form.words[first]] = None
            if len(form.words) > 2:
                keys["~" + "".join(word[0] for word in form.words)] = None  # JFK
        for key in keys:
            found[key].append(person)
    return found


def _family(name: Name, parts: PersonName, by_part: dict[str, list[Person]]) -> str | None:
    """ "Franco family" for "the Francos", where the article names a Franco, and before "family"; None for a person."""
    if parts.is_full:
        return None
    surface = plain(name.surface)
    if name.is_family:
        return f"{surface} family"
    for ending in ("s", "es"):
        single = surface.removesuffix(ending)
        if single != surface and fold(single) in by_part and parts.joined not in by_part:
            return f"{single} family"
    return None


def _meant(
    parts: PersonName,
    name: Name,
    by_part: dict[str, list[Person]],
    called: dict[str, Person],
    last_seen: dict[int, int],
) -> Person | None:
    """Who a single name stands for: by family name, else by given name, else by a middle name."""
    for mark in ("", "<", "~", "="):
        found = by_part.get(mark + parts.joined, [])
        fitting = [p for p in found if not (name.gender and p.gender and p.gender != name.gender)]
        if fitting:
            return _likeliest(fitting, parts.joined, called, last_seen)
    return None


def _likeliest(people: Sequence[Person], family: str, called: dict[str, Person], last_seen: dict[int, int]) -> Person:
    """Whom the article has called so before, else who was last spoken of, else who is named first."""
    if called.get(family) in people:
        return called[family]
    return min(people, key=lambda p: (-last_seen.get(id(p), -1), p.places[0]))


def _entity(person: Person, language: str | None) -> Entity:
    name = max(person.surfaces, key=lambda s: _fullness(s, person))
    known = next((k for s in (name, *sorted(person.surfaces)) for k in known_as("PER", s, language)), None)
    return Entity(known.name if known else _recased(name), known)


def _fullness(surface: str, person: Person) -> tuple[bool, int, int, int, str]:
    parts = person_name(surface)
    return (not is_shouted(surface), parts.length, person.surfaces[surface], -len(surface), surface)


def _recased(name: str) -> str:
    """ "KIM Jong Un" and "JOHN SMITH" as running text writes them; initials and "JK" stay."""
    words = name.split(" ")
    if len(words) == 1:
        return name
    return " ".join(w.title() if w.isupper() and len(w) > 2 and w.isalpha() and not _is_suffix(w) else w for w in words)


def _is_suffix(word: str) -> bool:
    return load_lexicon().has("name_suffixes", word.lower())
