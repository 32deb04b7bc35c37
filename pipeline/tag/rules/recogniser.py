"""Persons, organisations and places by rule: the `EntityRecogniser` that needs no model.

A text is read once into tokens, known names and candidates; then the article decides as a whole: the same words
mean the same thing throughout, and a surname alone is the person whose full name stands elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.records import MentionMethod
from pipeline.tag.gazetteer import Known, Layers, far_names, gazetteer_for
from pipeline.tag.interfaces import EntityMention, TagContext
from pipeline.tag.lexicon import common_words, load_lexicon
from pipeline.tag.places import called, choose, neighbour, sure_places
from pipeline.tag.rules import joining
from pipeline.tag.rules.clues import KINDS, NO_NAME_PRIOR, Candidate, Decision, words_of
from pipeline.tag.rules.cutting import segments
from pipeline.tag.rules.evidence import clues_of
from pipeline.tag.rules.reading import Reading, Segment
from pipeline.tag.rules.uncased import Found, find_uncased
from pipeline.tag.tokens import Shape, Token, tokenise

MAX_CHARS = 400_000
"""Names are looked for in this many code points; beyond it (130 pages of a book) a text is no article."""

_CONTEXT_SHARE = 0.6
"""Each further mention's surroundings count this much of the first's: mentions of one article are alike."""
_REPEATED, _REPEATED_MAX = 0.25, 0.75
"""What an article writes large again and again is a name: each repetition lowers the bar."""
UNCASED_SCORE = 0.6
"""Scripts without capitals give no second clue that a known name is meant as one."""
KNOWN_ABROAD, SHAPE_ABROAD, BARE_SHAPE_ABROAD = 0.9, 0.7, 0.5
"""Of the score in English, where the word lists are best: known names; others with a given name, family name or title
that the lists have; names by their capitals alone, which headings and adverts have as well."""
MOST_NEIGHBOURS = 5
"""So many mentions of a name are asked for what stands behind them."""
_RECOGNISED = ("PER", "ORG", "LOC")


class RuleRecogniser:
    """Stateless; word lists and gazetteers are loaded once per process."""

    def mentions(
        self, text: str, *, title: str | None, language: str | None, context: TagContext
    ) -> Sequence[EntityMention]:
        """Mentions in the order of the text, without overlap; nothing beyond MAX_CHARS."""
        tokens = tokenise(text[:MAX_CHARS], language)
        layers = gazetteer_for(language)
        reading = _read(tokens, layers, language)
        candidates = [_candidate(reading, s, language) for s in segments(reading)]
        surnames = _ordinary_surnames(candidates, reading)
        if surnames:  # "Rice said …" begins a sentence with a name, not with a word
            reading = replace(reading, surnames=surnames)
            candidates = [_candidate(reading, s, language) for s in segments(reading)]
        uncased = list(find_uncased(tokens, reading, layers))
        sure = sure_places([*(c.clues.known for c in candidates), *(f.meanings for f in uncased)])
        decisions = _decide(text, candidates, sure, language, context)
        joining.join(candidates, decisions, reading)
        found = [
            *_cased_mentions(text, candidates, decisions, language),
            *_uncased_mentions(text, uncased, sure, context),
        ]
        found.sort(key=lambda m: (m.start, m.end))
        return _in_title(found, title)


def _read(tokens: Sequence[Token], layers: Layers, language: str | None) -> Reading:
    small = frozenset(t.key for t in tokens if t.shape is Shape.LOWER and not t.glued)
    reading = Reading(tokens, {}, load_lexicon(), language, common_words(language) | small)
    far = far_names(language)
    index = 0
    while index < len(tokens):
        hit = layers.longest(tokens, index) if tokens[index].shape is not Shape.SIGN else None
        if hit is None:
            index += 1
            continue
        if hit.last > index + 1 or not (
            reading.is_no_name(tokens[index].key) or tokens[index].key in far
        ):  # March is a town
            reading.hits[index] = hit
        index = hit.last
    return reading


def _candidate(reading: Reading, segment: Segment, language: str | None) -> Candidate:
    segment = _without_lead(reading, segment)
    words = words_of(reading, segment)
    key = tuple(w.key for w in words)
    return Candidate(segment, words, reading.tokens[segment.last - 1].end, key, clues_of(reading, segment, language))


def _ordinary_surnames(candidates: Sequence[Candidate], reading: Reading) -> frozenset[str]:
    """Family names in this article that are words as well, from full names that begin with a given name."""
    return frozenset(
        c.key[-1]
        for c in candidates
        if len(c.key) > 1
        and c.key[-1] in reading.common
        and c.key[0] in reading.lexicon.given_names
        and c.clues.shape["PER"] > max(c.clues.shape["ORG"], c.clues.shape["LOC"], c.clues.shape["NONE"] + 1)
    )


def _without_lead(reading: Reading, segment: Segment) -> Segment:
    """ "Democrat Joe Biden" and "Italian Sergio Mattarella" begin at the given name."""
    lexicon, tokens = reading.lexicon, reading.tokens
    first = segment.first
    if segment.first in reading.hits or lexicon.has("org_tail", tokens[segment.last - 1].key):
        return segment
    while segment.last - first >= 3 and tokens[first].key not in lexicon.given_names:
        lead = tokens[first].key in lexicon.demonyms or tokens[first].key in lexicon.common_en
        if not lead or tokens[first + 1].key not in lexicon.given_names:
            return segment
        first += 1
    return Segment(first, segment.last, segment.title, segment.is_adjective)


def _decide(
    text: str, candidates: Sequence[Candidate], sure: Sequence[Known], language: str | None, context: TagContext
) -> dict[tuple[str, ...], Decision]:
    groups: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.key, []).append(candidate)
    return {key: _decision(text, group, sure, language, context) for key, group in groups.items()}


def _decision(
    text: str, group: list[Candidate], sure: Sequence[Known], language: str | None, context: TagContext
) -> Decision:
    weights = dict.fromkeys(KINDS, 0.0)
    for kind in KINDS:
        weights[kind] = (
            max(c.clues.shape[kind] for c in group) if kind != "NONE" else min(c.clues.shape[kind] for c in group)
        )
        seen = sorted((c.clues.around[kind] for c in group), key=abs, reverse=True)
        weights[kind] += seen[0] + _CONTEXT_SHARE * sum(seen[1:4]) / max(1, len(seen[1:4]))
    weights["NONE"] += NO_NAME_PRIOR - min(_REPEATED_MAX, _REPEATED * (len(group) - 1))
    ranked = sorted(KINDS, key=lambda k: (-weights[k], KINDS.index(k)))
    kind, margin = ranked[0], weights[ranked[0]] - weights[ranked[1]]
    fitting = [k for k in group[0].clues.known if k.kind == kind]
    known = _meant(text, group, fitting, sure, language, context) if fitting else None
    plainest = min(group, key=lambda c: c.words[0].headline)  # a headline may be all in capitals
    surface = text[plainest.words[0].start : plainest.end]
    name = called(known) if known else " ".join(surface.split())
    return Decision(kind, 1 / (1 + math.exp(-0.9 * margin)) if kind != "NONE" else 0.0, known, name)


def _meant(
    text: str,
    group: list[Candidate],
    meanings: Sequence[Known],
    sure: Sequence[Known],
    language: str | None,
    context: TagContext,
) -> Known:
    """One place for all mentions of a name in an article: "Paris, Texas" once is Paris, Texas throughout."""
    if len(meanings) == 1:
        return meanings[0]
    behind = (neighbour(text, c.end, language) for c in group[:MOST_NEIGHBOURS])
    beside = next((found for found in behind if found), ())
    return choose(meanings, source_country=context.source_country, others=sure, beside=beside)


def _cased_mentions(
    text: str, candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision], language: str | None
) -> Iterator[EntityMention]:
    english = language in ("en", None)
    for candidate in candidates:
        decision = decisions[candidate.key]
        if decision.kind == "NONE":
            continue
        factor = 1.0 if english else _abroad(candidate, decision)
        start, end = candidate.words[0].start, candidate.end
        yield _mention(text, start, end, decision.kind, decision.name, decision.known, decision.score * factor)


def _abroad(candidate: Candidate, decision: Decision) -> float:
    if decision.known:
        return KNOWN_ABROAD
    lexicon, key = load_lexicon(), candidate.key
    named = candidate.segment.title or key[0] in lexicon.given_names or key[-1] in lexicon.surnames
    return SHAPE_ABROAD if named or decision.kind != "PER" else BARE_SHAPE_ABROAD


def _uncased_mentions(
    text: str, found: Sequence[Found], sure: Sequence[Known], context: TagContext
) -> Iterator[EntityMention]:
    for spelt in found:
        known = choose(spelt.meanings, source_country=context.source_country, others=sure)
        if known.kind in _RECOGNISED:
            yield _mention(
                text, spelt.start, spelt.end, known.kind, called(known), known, UNCASED_SCORE, MentionMethod.GAZETTEER
            )


def _mention(
    text: str,
    start: int,
    end: int,
    kind: str,
    name: str,
    known: Known | None,
    score: float,
    method: MentionMethod = MentionMethod.RULES,
) -> EntityMention:
    return EntityMention(
        start=start,
        end=end,
        surface=text[start:end],
        kind=kind,
        name=name,
        qid=known.qid if known else None,
        country=known.country if known else None,
        latitude=known.latitude if known else None,
        longitude=known.longitude if known else None,
        score=round(score, 4),
        in_title=False,
        method=method,
        geonames_id=known.geonames_id if known else None,
        population=(known.population or None) if known else None,
    )


def _in_title(found: Sequence[EntityMention], title: str | None) -> list[EntityMention]:
    if not title:
        return list(found)
    named = {(m.kind, m.name) for m in found if m.surface in title or m.name in title}
    return [joining.with_title(m) if (m.kind, m.name) in named else m for m in found]
