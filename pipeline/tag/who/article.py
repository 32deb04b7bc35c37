"""From spans to entities within one article: `mentions_of`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.folding import fold
from pipeline.records import Kind
from pipeline.tag.interfaces import EntityMention, NameSpan, TagContext
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.names.known import Known
from pipeline.tag.places import called, choose, neighbour, sure_places
from pipeline.tag.tokens import tokenise
from pipeline.tag.who import beside
from pipeline.tag.who.definitions import definitions, with_acronyms
from pipeline.tag.who.edges import repaired
from pipeline.tag.who.kinds import settled
from pipeline.tag.who.missed import with_missed
from pipeline.tag.who.names import Entity, Name
from pipeline.tag.who.peoples import people_of
from pipeline.tag.who.person_names import person_name
from pipeline.tag.who.persons import persons_of
from pipeline.tag.who.things import Meant, things_of

_THINGS = (Kind.ORG, Kind.LOC, Kind.EVENT, Kind.WORK)
_AND = re.compile(r"\s+(?:and|&)\s+")
_SHORTEST_IN_TITLE = 3


def mentions_of(
    text: str,
    spans: Sequence[NameSpan],
    *,
    title: str | None,
    title_spans: Sequence[NameSpan],
    language: str | None,
    context: TagContext,
) -> list[EntityMention]:
    """The text's mentions with canonical name, role and links, in order and without overlap.

    `spans` and `title_spans` are what a model saw in text and title, offsets in each. Pure: the same arguments give
    the same mentions. Edges may move (titles and possessives off), spans that name nothing go, and overlooked
    repetitions are added. Names of the title take part in deciding who is meant but are no mentions.
    """
    head = with_acronyms(title or "", repaired(title or "", title_spans))
    body = with_acronyms(text, repaired(text, spans))
    body = with_missed(text, body, tokenise(text, language), language) if body else body
    expansions = _expansions((title or "", head), (text, body))
    names = [*_names(title or "", head, language, in_title=True), *_names(text, body, language, in_title=False)]
    names = [_with_kind_of_expansion(n, expansions) for n in settled(names, language)]
    entities = _entities(names, {short: name for short, (name, _) in expansions.items()}, language, context)
    in_title = _in_title(names, entities, title or "")
    return [
        _mention(name, entity, (name.kind, entity.name) in in_title)
        for name, entity in zip(names, entities, strict=True)
        if not name.in_title
    ]


def _expansions(*parts: tuple[str, Sequence[NameSpan]]) -> dict[str, tuple[str, str]]:
    """Names and kinds by folded acronym; the first definition holds."""
    found: dict[str, tuple[str, str]] = {}
    for text, spans in parts:
        for defined in definitions(text, spans):
            found.setdefault(defined.short, (defined.name, defined.kind))
    return found


def _with_kind_of_expansion(name: Name, expansions: Mapping[str, tuple[str, str]]) -> Name:
    expansion = expansions.get(fold(name.surface).replace(" ", ""))
    return replace(name, kind=expansion[1]) if expansion and name.kind != Kind.PER else name


def _names(text: str, spans: Sequence[NameSpan], language: str | None, *, in_title: bool) -> Iterator[Name]:
    for index, span in enumerate(spans):
        following = spans[index + 1] if index + 1 < len(spans) else None
        name = _name(text, span, following, in_title=in_title)
        yield replace(name, beside=neighbour(text, name.end, language)) if name.kind == Kind.LOC else name


def _name(text: str, span: NameSpan, following: NameSpan | None, *, in_title: bool) -> Name:
    start, end = span.start, span.end
    name = Name(start, end, text[start:end], span.kind, span.score, span.method, in_title)
    demanded = beside.context_kind(text, start)
    if span.kind != Kind.PER:
        return replace(name, context_kind=demanded)
    gender = beside.gender_of(text, start)
    if gender is None and person_name(name.surface).is_full:
        gender = beside.pronoun_after(text, end)
    return replace(
        name,
        context_kind=demanded,
        role=beside.role_of(text, start, end),
        gender=gender,
        is_family=beside.is_family(text, end),
        partner=_shared_family_name(text, span, following),
    )


def _shared_family_name(text: str, span: NameSpan, following: NameSpan | None) -> str | None:
    """ "Clinton" for Bill in "Bill and Hillary Clinton"."""
    if following is None or following.kind != Kind.PER or not _AND.fullmatch(text, span.end, following.start):
        return None
    given, couple = text[span.start : span.end], text[following.start : following.end].split()
    lexicon = load_lexicon()
    if len(couple) < 2 or given.lower() not in lexicon.given_names or couple[0].lower() not in lexicon.given_names:
        return None
    return couple[-1]


def _entities(
    names: Sequence[Name], expansions: Mapping[str, str], language: str | None, context: TagContext
) -> list[Entity]:
    """For each name its entity, kind by kind; the places that the article names decide between places."""
    found: dict[int, Entity] = {}
    people = [i for i, n in enumerate(names) if n.kind == Kind.PER]
    found.update(zip(people, persons_of([names[i] for i in people], language), strict=True))
    meant: dict[int, Meant] = {}
    for kind in _THINGS:
        of_kind = [i for i, n in enumerate(names) if n.kind == kind]
        meant.update(zip(of_kind, things_of([names[i] for i in of_kind], kind, expansions, language), strict=True))
    intended = _intended(names, meant, context)
    for index, thing in meant.items():
        known = intended.get(index)
        found[index] = Entity(called(known) if known else thing.name, known)
    groups = [i for i in range(len(names)) if i not in found]
    peoples = people_of([names[i].surface for i in groups])
    found.update((i, Entity(name)) for i, name in zip(groups, peoples, strict=True))
    return [found[i] for i in range(len(names))]


def _intended(names: Sequence[Name], meant: Mapping[int, Meant], context: TagContext) -> dict[int, Known]:
    """For each name that is known at all, what this article means by it.

    What stands behind one mention ("Paris, Texas") holds for all that have nothing else behind them.
    """
    behind: dict[Meant, tuple[Known, ...]] = {}
    for index, thing in meant.items():
        if names[index].beside:
            behind.setdefault(thing, names[index].beside)
    sure = sure_places(dict.fromkeys(thing.meanings for thing in meant.values()))
    chosen: dict[tuple[Meant, tuple[Known, ...]], Known] = {}
    found: dict[int, Known] = {}
    for index, thing in meant.items():
        if thing.meanings:
            case = thing, names[index].beside or behind.get(thing, ())
            if case not in chosen:
                chosen[case] = choose(
                    thing.meanings, source_country=context.source_country, others=sure, beside=case[1]
                )
            found[index] = chosen[case]
    return found


def _in_title(names: Sequence[Name], entities: Sequence[Entity], title: str) -> frozenset[tuple[str, str]]:
    """Kind and name of entities that the title names, seen there by the model or by the same words."""
    return frozenset(
        (name.kind, entity.name)
        for name, entity in zip(names, entities, strict=True)
        if name.in_title or _stands_in(name.surface, title) or _stands_in(entity.name, title)
    )


def _stands_in(surface: str, title: str) -> bool:
    if len(surface) < _SHORTEST_IN_TITLE and not surface.isupper():
        return False
    return surface in title and bool(re.search(rf"(?<!\w){re.escape(surface)}(?!\w)", title))


def _mention(name: Name, entity: Entity, is_in_title: bool) -> EntityMention:
    known = entity.known
    return EntityMention(
        start=name.start,
        end=name.end,
        surface=name.surface,
        kind=name.kind,
        name=entity.name,
        qid=known.qid if known else None,
        country=known.country if known else None,
        latitude=known.latitude if known else None,
        longitude=known.longitude if known else None,
        score=round(name.score, 4),
        in_title=is_in_title,
        method=name.method,
        role=name.role,
        geonames_id=known.geonames_id if known else None,
        population=known.population or None if known else None,
    )
