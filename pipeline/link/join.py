"""Which names of a run mean the same entity: joined on evidence only, whatever the order of the articles.

Evidence is: the same folded full name; within the kind, a Wikidata id that both carry; an acronym that an article
introduced, if exactly one entity claims it. Curated aliases are applied by `tag`, what analysts decided comes last
(`pipeline.decisions`). A surname alone was joined to its full name inside its article; across articles it stays its
own. Kinds are never joined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.acronyms import is_acronym
from pipeline.decisions import Decided
from pipeline.folding import entity_key
from pipeline.link.acronyms import introduced, known_claims
from pipeline.records import KnownEntity, LinkedEntity, Mention, MovedMention

MAX_SURFACES = 20
"""Ways of writing kept per entity; more are misspellings, and one row should stay small."""

_Place = tuple[str | None, float | None, float | None, int | None, int | None]
"""Country, latitude, longitude, GeoNames id, population."""


@dataclass(slots=True)
class _Local:
    """All mentions of the run under one local key."""

    kind: str
    names: Counter[str] = field(default_factory=Counter)
    surfaces: Counter[str] = field(default_factory=Counter)
    qids: Counter[str] = field(default_factory=Counter)
    places: Counter[_Place] = field(default_factory=Counter)
    acronyms: set[str] = field(default_factory=set)  # folded


def join_entities(
    mentions: Sequence[Mention], known: Sequence[KnownEntity], decided: Decided
) -> tuple[list[LinkedEntity], list[MovedMention]]:
    """The names of the run, one row per local key and sorted by it, and the mentions that splits move, by place.

    `mentions` has one per span. The same rows for any order of mentions and entities.
    """
    locals_ = _collect(mentions)
    by_key = {k.entity_key: k for k in sorted(known, key=lambda k: (k.entity_key, k.is_acronym, k.alias))}
    named = _join(locals_, mentions, known, by_key)
    moved = _moved(mentions, named, decided)
    groups: dict[str, list[_Local]] = defaultdict(list)
    for key, target in named.items():
        groups[target].append(locals_[key])
    met = {*named, *named.values(), *map(decided.root, named.values()), *(m.entity_key for m in moved)}
    rows = [_linked(key, named.get(key, key), _own(key, groups, locals_), by_key.get(key), decided) for key in met]
    return sorted(rows, key=lambda row: row.local_key), moved


def _collect(mentions: Iterable[Mention]) -> dict[str, _Local]:
    found: dict[str, _Local] = {}
    for m in mentions:
        local = found.setdefault(m.entity_key, _Local(m.kind))
        local.names[m.name] += 1
        local.surfaces[m.surface] += 1
        local.places[m.country, m.latitude, m.longitude, m.geonames_id, m.population] += 1
        if m.qid:
            local.qids[m.qid] += 1
    return found


def _join(
    locals_: dict[str, _Local],
    mentions: Sequence[Mention],
    known: Sequence[KnownEntity],
    by_key: dict[str, KnownEntity],
) -> dict[str, str]:
    """Local key → key of the entity that the evidence says it is."""
    named = {key: key for key in locals_}
    _join_by_qid(locals_, named, by_key)
    tonight = introduced(mentions)
    for acronym, keys in tonight.items():
        for key in keys:
            locals_[key].acronyms.add(acronym.partition(":")[2])
    claims = defaultdict(set, {key: set(keys) for key, keys in known_claims(known).items()})
    for acronym, keys in tonight.items():
        claims[acronym] |= keys
    alone = {key: claims[key] for key in named if key in claims and _may_be_acronym(locals_[key], by_key.get(key))}
    stands_for = {key: {named.get(k, k) for k in claiming} - {key} for key, claiming in alone.items()}
    step = {key: min(targets) for key, targets in stands_for.items() if len(targets) == 1}
    return {key: _end_of(target, step) for key, target in named.items()}


def _end_of(key: str, step: dict[str, str]) -> str:
    """Where acronyms of acronyms end; a circle at its first key."""
    way = [key]
    while way[-1] in step:
        onward = step[way[-1]]
        if onward in way:
            return min(way[way.index(onward) :])
        way.append(onward)
    return way[-1]


def _may_be_acronym(local: _Local, known: KnownEntity | None) -> bool:
    """A name with an entry in Wikidata is somebody already: the NATO of an article about toy owners is not NATO."""
    has_qid = bool(local.qids) or (known is not None and known.qid is not None)
    return not has_qid and is_acronym(_commonest(local.names))


def _join_by_qid(locals_: dict[str, _Local], named: dict[str, str], by_key: dict[str, KnownEntity]) -> None:
    """Names that carry the same Wikidata id are one entity: the warehouse's, else the first key in the alphabet."""
    sharing: dict[tuple[str, str], set[str]] = defaultdict(set)
    wanted = {(local.kind, qid) for local in locals_.values() for qid in local.qids}
    for k in by_key.values():
        if k.qid and (k.kind, k.qid) in wanted:
            sharing[k.kind, k.qid].add(k.entity_key)
    for key in sorted(locals_):
        if key not in by_key and locals_[key].qids:
            sharing[locals_[key].kind, _commonest(locals_[key].qids)].add(key)
    for keys in sharing.values():
        chosen = min(keys, key=lambda k: (k not in by_key, k))
        for key in keys & named.keys():
            if key not in by_key:
                named[key] = chosen


def _own(key: str, groups: dict[str, list[_Local]], locals_: dict[str, _Local]) -> list[_Local]:
    """The mentions that speak of this entity; if evidence says that its name means another, those with its name.

    Such an entity is loaded all the same where a decision leads to it, and must not look like the other.
    """
    return groups.get(key) or ([locals_[key]] if key in locals_ else [])


def _moved(mentions: Iterable[Mention], named: dict[str, str], decided: Decided) -> list[MovedMention]:
    split = {key for key, target in named.items() if decided.is_split(target)}
    found = []
    for m in mentions:
        if m.entity_key in split:
            target = decided.target(named[m.entity_key], m.surface, m.article_key)
            if target != decided.root(named[m.entity_key]):
                found.append(MovedMention(m.article_key, m.start, m.end, target))
    return sorted(found, key=lambda m: (m.article_key, m.start, m.end, m.entity_key))


def _linked(
    local_key: str, named_key: str, group: list[_Local], known: KnownEntity | None, decided: Decided
) -> LinkedEntity:
    names, qids, surfaces, places = Counter[str](), Counter[str](), Counter[str](), Counter[_Place]()
    for local in group:
        names += local.names
        qids += local.qids
        surfaces += local.surfaces
        places += local.places
    kind = local_key.partition(":")[0]
    nowhere: _Place = (None, None, None, None, None)
    country, latitude, longitude, geonames_id, population = min(
        places, key=lambda p: (p[3] is None, p[0] is None, -places[p], str(p)), default=nowhere
    )
    fitting = [name for name in names if entity_key(kind, name) == local_key] or list(names)
    spelt = min(fitting, key=lambda n: (-names[n], n)) if fitting else decided.names.get(local_key, local_key)
    return LinkedEntity(
        local_key=local_key,
        named_key=named_key,
        entity_key=decided.root(named_key),
        kind=kind,
        name=known.name if known else spelt,
        qid=(known.qid if known else None) or (_commonest(qids) if qids else None),
        country=(known.country if known else None) or country,
        latitude=latitude,
        longitude=longitude,
        geonames_id=geonames_id,
        population=population,
        surfaces=tuple(sorted(surfaces, key=lambda s: (-surfaces[s], s))[:MAX_SURFACES]),
        acronyms=tuple(sorted({acronym for local in group for acronym in local.acronyms})),
    )


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))
