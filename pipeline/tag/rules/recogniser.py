"""Persons, organisations and places by rule: the `EntityRecogniser` that needs no model.

A text is read once into tokens, known names and candidates; then the article decides as a whole: the same words
mean the same thing throughout, and a surname alone is the person whose full name stands elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.records import MentionMethod
from pipeline.tag.gazetteer import Hit, Known, Layers, gazetteer_for, is_unspaced
from pipeline.tag.interfaces import EntityMention, TagContext
from pipeline.tag.lexicon import common_words, load_lexicon
from pipeline.tag.places import choose
from pipeline.tag.rules import joining
from pipeline.tag.rules.clues import KINDS, NO_NAME_PRIOR, Candidate, Decision, words_of
from pipeline.tag.rules.cutting import segments
from pipeline.tag.rules.evidence import clues_of
from pipeline.tag.rules.reading import Reading, Segment
from pipeline.tag.tokens import Shape, Token, tokenise

MAX_CHARS = 400_000
"""Names are looked for in this many code points; beyond it (130 pages of a book) a text is no article."""

_CONTEXT_SHARE = 0.6
"""Each further mention's surroundings count this much of the first's: mentions of one article are alike."""
_REPEATED, _REPEATED_MAX = 0.25, 0.75
"""What an article writes large again and again is a name: each repetition lowers the bar."""
_UNCASED_SCORE = 0.6
"""Scripts without capitals give no second clue that a known name is meant as one."""
_OTHER_LANGUAGE_FACTOR = 0.9
"""The word lists are best in English."""


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
        uncased = list(_uncased(tokens, reading, layers))
        countries = _countries(candidates, uncased)
        decisions = _decide(text, candidates, countries, context)
        joining.join(candidates, decisions, reading)
        found = [
            *_cased_mentions(text, candidates, decisions, language),
            *_uncased_mentions(text, uncased, countries, context),
        ]
        found.sort(key=lambda m: (m.start, m.end))
        return _in_title(found, title)


def _read(tokens: Sequence[Token], layers: Layers, language: str | None) -> Reading:
    small = frozenset(t.key for t in tokens if t.shape is Shape.LOWER and not t.glued)
    reading = Reading(tokens, {}, load_lexicon(), language, common_words(language) | small)
    index = 0
    while index < len(tokens):
        hit = layers.longest(tokens, index) if tokens[index].shape is not Shape.SIGN else None
        if hit is None:
            index += 1
            continue
        if hit.last > index + 1 or not reading.is_no_name(tokens[index].key):  # March is a town, too
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


def _countries(
    candidates: Sequence[Candidate], uncased: Sequence[tuple[int, int, tuple[Known, ...]]]
) -> frozenset[str]:
    """Countries named in the article without doubt: they say which of two towns is meant."""
    known = [k for c in candidates for k in c.clues.known] + [k for *_, ks in uncased for k in ks]
    return frozenset(k.country for k in known if k.country and k.what in ("country", "place", "division"))


def _decide(
    text: str, candidates: Sequence[Candidate], countries: frozenset[str], context: TagContext
) -> dict[tuple[str, ...], Decision]:
    groups: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.key, []).append(candidate)
    return {key: _decision(text, group, countries, context) for key, group in groups.items()}


def _decision(text: str, group: list[Candidate], countries: frozenset[str], context: TagContext) -> Decision:
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
    known = choose(fitting, countries, context.source_country) if fitting else None
    plainest = min(group, key=lambda c: c.words[0].headline)  # a headline may be all in capitals
    surface = text[plainest.words[0].start : plainest.end]
    name = known.name if known else " ".join(surface.split())
    return Decision(kind, 1 / (1 + math.exp(-0.9 * margin)) if kind != "NONE" else 0.0, known, name)


def _cased_mentions(
    text: str, candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision], language: str | None
) -> Iterator[EntityMention]:
    factor = 1.0 if language in ("en", None) else _OTHER_LANGUAGE_FACTOR
    for candidate in candidates:
        decision = decisions[candidate.key]
        if decision.kind == "NONE":
            continue
        start, end = candidate.words[0].start, candidate.end
        yield _mention(text, start, end, decision.kind, decision.name, decision.known, decision.score * factor)


def _uncased(tokens: Sequence[Token], reading: Reading, layers: Layers) -> Iterator[tuple[int, int, tuple[Known, ...]]]:
    """Known names in scripts without capitals."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.shape is not Shape.UNCASED:
            index += 1
            continue
        hit = reading.hits.get(index) or _prefixed(tokens, index, layers)
        if hit is not None:
            offset = hit.first - index  # letters of a prefix, see _prefixed
            yield token.start + max(0, offset), tokens[hit.last - 1].end, hit.meanings
            index = hit.last
            continue
        if is_unspaced(token.text):
            yield from ((token.start + a, token.start + b, known) for a, b, known in layers.in_unspaced(token.text))
        index += 1


_PREFIXES = ("وال", "بال", "لل", "و", "ب", "ل", "ف", "ك", "וב", "ול", "ב", "ל", "מ", "ו", "ה", "ש", "כ")


def _prefixed(tokens: Sequence[Token], index: int, layers: Layers) -> Hit | None:
    """Arabic and Hebrew write "and" and "in" onto the name: "وباكستان". `first` is moved by the letters left out."""
    token = tokens[index]
    if not "\u05d0" <= token.text[0] <= "\u06ff" or len(token.text) < 5:
        return None
    for prefix in _PREFIXES:
        rest = token.text[len(prefix) :]
        if not token.text.startswith(prefix) or len(rest) < 3:
            continue
        article = "ال" if prefix.endswith("ال") or prefix == "لل" else ""
        cut = len(prefix) - (len(article) if prefix != "لل" else 0)
        bare = Token(
            token.start + cut, token.end, article + rest, article + rest, token.shape, False, True, False, False
        )
        hit = layers.longest([bare, *tokens[index + 1 : index + 5]], 0)
        if hit is not None:
            return Hit(index + (cut if prefix != "لل" else 0), index + hit.last, hit.meanings)
    return None


def _uncased_mentions(
    text: str, found: Sequence[tuple[int, int, tuple[Known, ...]]], countries: frozenset[str], context: TagContext
) -> Iterator[EntityMention]:
    for start, end, meanings in found:
        known = choose(meanings, countries, context.source_country)
        if known.what == "city" and known.population < 100_000:
            continue
        yield _mention(text, start, end, known.kind, known.name, known, _UNCASED_SCORE)


def _mention(text: str, start: int, end: int, kind: str, name: str, known: Known | None, score: float) -> EntityMention:
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
        method=MentionMethod.RULES,
    )


def _in_title(found: Sequence[EntityMention], title: str | None) -> list[EntityMention]:
    if not title:
        return list(found)
    named = {(m.kind, m.name) for m in found if m.surface in title or m.name in title}
    return [joining.with_title(m) if (m.kind, m.name) in named else m for m in found]
