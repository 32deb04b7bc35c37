"""Inside one article: which short forms belong to which full name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.tag.interfaces import EntityMention
from pipeline.tag.rules.clues import Candidate, Decision
from pipeline.tag.rules.reading import Reading
from pipeline.tag.tokens import Shape

_JOINED_SCORE = 0.9
"""A surname whose full name stands in the same article is nearly as sure as the full name."""
_LESS_SURE = 0.8
"""A given name alone, or a short form that is also a place."""


def join(candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision], reading: Reading) -> None:
    """Give short forms kind and name of the full name; changes `decisions`."""
    _acronyms(candidates, decisions, reading)
    _persons(candidates, decisions, reading)
    _organisations(candidates, decisions)


def _persons(candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision], reading: Reading) -> None:
    full: dict[tuple[str, ...], tuple[str, ...]] = {}
    for candidate in candidates:
        key = candidate.key
        if decisions[key].kind != "PER" or len(key) < 2:
            continue
        for short in _short_forms(key):
            full.setdefault(short, key)
    for key, decision in decisions.items():
        target = full.get(key)
        if target is None or target == key:
            continue
        person = decisions[target]
        if decision.known is not None and decision.known.what in ("country", "organisation", "place"):
            continue
        if decision.kind == "LOC" and decision.score > 0.8 and key[-1] != target[-1]:
            continue
        if len(key) == 1 and key[-1] != target[-1] and not _is_given(key[0], decision, reading):
            continue
        sure = _JOINED_SCORE if key[-1] == target[-1] else _LESS_SURE
        decision.kind, decision.name, decision.known = "PER", person.name, person.known
        decision.score = max(decision.score, person.score * sure)


def _is_given(word: str, decision: Decision, reading: Reading) -> bool:
    """The first of several names stands for the person only if it is no title, acronym or ordinary word."""
    lexicon = reading.lexicon
    if lexicon.has("titles", word) or lexicon.has("acronyms_other", word) or word in lexicon.demonyms:
        return False
    return word in lexicon.given_names or (word not in reading.common and decision.kind in ("PER", "NONE"))


def _short_forms(key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The family name, the last two or three names, the given name; longest first."""
    tails = [key[i:] for i in range(1, len(key)) if len(key[-1]) > 1]
    head = [key[:1]] if len(key[0]) > 1 else []
    without_middle = [(key[0], key[-1])] if len(key) > 2 else []
    return [*tails, *without_middle, *head]


def _acronyms(candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision], reading: Reading) -> None:
    """ "Kenya Wildlife Service (KWS)": the letters in brackets stand for the name for the whole article."""
    tokens = reading.tokens
    for name, short in pairwise(candidates):
        between = tokens[name.segment.last : short.segment.first]
        if len(between) != 1 or between[0].text != "(" or len(short.words) != 1 or len(name.words) < 2:
            continue
        word = short.words[0]
        if word.shape is not Shape.UPPER and sum(ch.isupper() for ch in word.text) < 2:
            continue
        if not _spells(word.text, [w.text for w in name.words]):
            continue
        long, letters = decisions[name.key], decisions[short.key]
        if letters.known is not None and letters.known.kind == "ORG" and long.known is None:
            long, letters = letters, long
        if long.kind in ("NONE", "PER"):
            long.kind, long.score = "ORG", 0.8
        letters.kind, letters.name, letters.known, letters.score = (
            long.kind,
            long.name,
            long.known,
            max(0.9, long.score),
        )


def _spells(acronym: str, words: list[str]) -> bool:
    """The acronym's letters are initials of the words in order; small words may be skipped."""
    initials = "".join(w[0] for w in words).lower()
    letters = [ch for ch in acronym.lower() if ch.isalpha()]
    place = iter(initials)
    return len(letters) > 1 and letters[0] == initials[0] and all(ch in place for ch in letters)


def _organisations(candidates: Sequence[Candidate], decisions: dict[tuple[str, ...], Decision]) -> None:
    """One distinctive word of an organisation's name, not known for anything else: "Georgetown" → the university."""
    full: dict[tuple[str, ...], tuple[str, ...]] = {}
    for candidate in candidates:
        key = candidate.key
        if decisions[key].kind == "ORG" and len(key) >= 2:
            full.setdefault(key[:1], key)
            full.setdefault(key[:2], key)
    for key, decision in decisions.items():
        target = full.get(key)
        if target is None or target == key or decision.known is not None or decision.kind not in ("ORG", "NONE"):
            continue
        if decision.kind == "NONE" and len(key) == 1:
            continue
        organisation = decisions[target]
        decision.kind, decision.name, decision.known = "ORG", organisation.name, organisation.known
        decision.score = max(decision.score, _LESS_SURE * organisation.score)


def with_title(mention: EntityMention) -> EntityMention:
    """The mention of an entity that the title names too."""
    return replace(mention, in_title=True)
