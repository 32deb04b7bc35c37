"""Acronyms that an article introduced: "Lake Wildlife Service (LWS)" is evidence that LWS is that service.

Offsets and letters say it without the text: within one article, a full name and an acronym that tagging took for the
same entity, with two characters between them (the space and the bracket), and the letters abbreviate the name. In
another article, which writes "LWS" only, it counts if exactly one entity claims it. People have no acronyms: their
short forms are surnames, which many share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from pipeline.acronyms import abbreviates
from pipeline.folding import entity_key, fold
from pipeline.records import Kind, KnownEntity, Mention

_BETWEEN = 2
"""Code points between a name and its acronym: " (" — and as many between an acronym and the name in brackets."""

Claims = dict[str, set[str]]
"""Key that an acronym alone has ("ORG:lws") → keys of the entities that it was introduced for."""


def introduced(mentions: Iterable[Mention]) -> Claims:
    """The acronyms that articles of the run introduce."""
    claims: Claims = defaultdict(set)
    by_article: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        by_article[mention.article_key].append(mention)
    for own in by_article.values():
        own.sort(key=lambda m: (m.start, m.end))
        for first, second in pairwise(own):
            _add_claim(claims, first, second)
    return claims


def known_claims(known: Sequence[KnownEntity]) -> Claims:
    """The acronyms that earlier articles introduced."""
    claims: Claims = defaultdict(set)
    for entity in known:
        if entity.is_acronym and entity.kind != Kind.PER:
            claims[f"{entity.kind}:{entity.alias}"].add(entity.entity_key)
    return claims


def _add_claim(claims: Claims, first: Mention, second: Mention) -> None:
    if first.kind == Kind.PER or first.entity_key != second.entity_key or second.start - first.end != _BETWEEN:
        return
    short, full = sorted((first.surface, second.surface), key=len)
    own_key = entity_key(first.kind, short)
    # Two characters may also be the end of a sentence, ". ", so the letters have to agree.
    if abbreviates(short, full) and fold(short) != fold(full) and own_key != first.entity_key:
        claims[own_key].add(first.entity_key)
