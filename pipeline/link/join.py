"""Which names of a run mean the same entity: joined on evidence only, whatever the order of the articles.

Evidence is: the same folded full name; an alias that the warehouse knows for exactly one entity; within the run, a
Wikidata id that both carry. A surname alone was joined to its full name inside its article; across articles it
stays its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.folding import entity_key, fold
from pipeline.records import KnownEntity, LinkedEntity, Mention

MAX_SURFACES = 20
"""Ways of writing kept per entity; more are misspellings, and one row should stay small."""


@dataclass(slots=True)
class _Local:
    """All mentions of the run under one local key."""

    kind: str
    names: Counter[str] = field(default_factory=Counter)
    surfaces: Counter[str] = field(default_factory=Counter)
    qids: Counter[str] = field(default_factory=Counter)
    places: Counter[tuple[str | None, float | None, float | None]] = field(default_factory=Counter)


def join_entities(mentions: Iterable[Mention], known: Sequence[KnownEntity]) -> list[LinkedEntity]:
    """One row per local key of the run, sorted by it; the same rows for any order of the mentions."""
    locals_ = _collect(mentions)
    by_key = {k.entity_key: k for k in sorted(known, key=lambda k: (k.entity_key, k.alias))}
    aliases = _unambiguous(known)
    targets = {key: _target(key, local, by_key, aliases) for key, local in locals_.items()}
    _join_by_qid(locals_, targets, by_key)
    groups: dict[str, list[_Local]] = defaultdict(list)
    for key, target in targets.items():
        groups[target].append(locals_[key])
    return [_linked(key, targets[key], groups[targets[key]], by_key.get(targets[key])) for key in sorted(locals_)]


def _collect(mentions: Iterable[Mention]) -> dict[str, _Local]:
    found: dict[str, _Local] = {}
    for m in mentions:
        local = found.setdefault(m.entity_key, _Local(m.kind))
        local.names[m.name] += 1
        local.surfaces[m.surface] += 1
        local.places[m.country, m.latitude, m.longitude] += 1
        if m.qid:
            local.qids[m.qid] += 1
    return found


def _unambiguous(known: Sequence[KnownEntity]) -> dict[tuple[str, str], str]:
    """Aliases, by kind, that lead to one entity only; persons need two words, a surname is no evidence."""
    entities: dict[tuple[str, str], set[str]] = defaultdict(set)
    for k in known:
        if k.kind != "PER" or " " in k.alias:
            entities[k.kind, k.alias].add(k.entity_key)
    return {alias: next(iter(keys)) for alias, keys in entities.items() if len(keys) == 1}


def _target(key: str, local: _Local, by_key: dict[str, KnownEntity], aliases: dict[tuple[str, str], str]) -> str:
    if key in by_key:
        return key
    return aliases.get((local.kind, fold(_commonest(local.names))), key)


def _join_by_qid(locals_: dict[str, _Local], targets: dict[str, str], by_key: dict[str, KnownEntity]) -> None:
    """Names that carry the same Wikidata id are one entity: the warehouse's, else the first key in the alphabet."""
    sharing: dict[tuple[str, str], set[str]] = defaultdict(set)
    for k in by_key.values():
        if k.qid:
            sharing[k.kind, k.qid].add(k.entity_key)
    for key in sorted(locals_):
        for qid in locals_[key].qids:
            sharing[locals_[key].kind, qid].add(targets[key])
    for keys in sharing.values():
        chosen = min(keys, key=lambda k: (k not in by_key, k))
        for key, target in targets.items():
            if target in keys and target not in by_key:
                targets[key] = chosen


def _linked(local_key: str, target: str, group: list[_Local], known: KnownEntity | None) -> LinkedEntity:
    names, qids, surfaces = Counter[str](), Counter[str](), Counter[str]()
    places = Counter[tuple[str | None, float | None, float | None]]()
    for local in group:
        names += local.names
        qids += local.qids
        surfaces += local.surfaces
        places += local.places
    country, latitude, longitude = min(places, key=lambda p: (p[0] is None, -places[p], str(p)))
    fitting = [name for name in names if entity_key(group[0].kind, name) == target] or list(names)
    return LinkedEntity(
        local_key=local_key,
        entity_key=target,
        kind=known.kind if known else group[0].kind,
        name=known.name if known else min(fitting, key=lambda n: (-names[n], n)),
        qid=(known.qid if known else None) or (_commonest(qids) if qids else None),
        country=(known.country if known else None) or country,
        latitude=latitude,
        longitude=longitude,
        surfaces=tuple(sorted(surfaces, key=lambda s: (-surfaces[s], s))[:MAX_SURFACES]),
    )


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))
