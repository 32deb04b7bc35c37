"""One kind for the same words throughout an article, unless the words around say otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline.folding import fold
from pipeline.records import Kind
from pipeline.tag.who.known import known_as
from pipeline.tag.who.names import Name
from pipeline.tag.who.person_names import person_name

_MAJORITY = 2.0
"""The commoner kind takes over what has less than half its evidence; closer calls stay as they were seen."""
_UNSURE = 0.6
"""Below it, a family name of the article counts as the person, whatever kind was seen."""


def settled(names: Sequence[Name], language: str | None) -> list[Name]:
    """The names with kinds decided for the article by the sum of their scores."""
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name in names:
        votes[fold(name.surface)][name.kind] += name.score
    people = (person_name(n.surface) for n in names if n.kind == Kind.PER)
    families = {person.words[-1] for person in people if person.is_full}
    return [_settled(name, votes[fold(name.surface)], families, language) for name in names]


def _settled(name: Name, votes: dict[str, float], families: set[str], language: str | None) -> Name:
    if name.context_kind == name.kind:
        return name
    if len(votes) == 1:
        return _as_family_name(name, families, language)
    best = max(sorted(votes), key=lambda kind: votes[kind])
    if votes[best] < _MAJORITY * votes[name.kind] or _is_city_or_team(name, best, language):
        return name
    return replace(name, kind=best)


def _as_family_name(name: Name, families: set[str], language: str | None) -> Name:
    if name.kind == Kind.PER or name.score >= _UNSURE or fold(name.surface) not in families:
        return name
    return name if known_as(name.kind, name.surface, language) else replace(name, kind=Kind.PER)


def _is_city_or_team(name: Name, best: str, language: str | None) -> bool:
    """ "Minnesota" is the state in one sentence and the team in the next."""
    return {name.kind, best} <= {Kind.ORG, Kind.LOC} and bool(known_as(Kind.LOC, name.surface, language))
