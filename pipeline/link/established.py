"""What the night's English articles establish, carried over to its articles in other languages.

The trained recogniser reads English. A name that it is sure of there is looked for, word for word, in the texts that
only rules read; and where rules took a name for another kind, the kind follows. Such mentions say so
(`method` established) and score `SCORE_FACTOR` of what the name scored in English.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.folding import entity_key, fold
from pipeline.link.name_trie import NameTrie
from pipeline.records import Kind, Mention, MentionMethod

ENGLISH = "en"
SURE = 0.9
"""Calibrated score from which one mention counts: nine in ten of those are right, and two articles have to agree."""
SCORE_FACTOR = 0.7
"""The same words may be somebody else in another language; ours, not measured."""
FEWEST_LETTERS = 5
"""Of a name of one word that is looked for: shorter ones ("Bild", "Tagus") are words of other languages too often."""

_ONE_WORD = frozenset({Kind.ORG, Kind.LOC})
"""Kinds whose names may be one word; a surname is no evidence, a title of one word no title elsewhere."""
_SOUGHT = frozenset({Kind.PER, Kind.ORG, Kind.LOC, Kind.EVENT, Kind.WORK})
"""NORP is left out: every language has adjectives of its own for peoples."""
_CAPITALISED_NOUNS = frozenset({"de", "lb"})
"""Languages in which every noun has a capital, so one word proves nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One article of the run in a language that the recogniser does not read."""

    article_key: str
    language: str
    title: str
    text: str


def established_names(
    mentions: Iterable[Mention], english: Collection[str], known_keys: Collection[str]
) -> dict[str, Mention]:
    """Folded full name → the surest of its mentions in English articles (by key), without its role.

    A name counts if two articles of the night have it, or one has it and the warehouse knows the entity, and if no
    other kind of entity has it tonight with as good evidence.
    """
    found: dict[str, list[Mention]] = defaultdict(list)
    for m in mentions:
        is_sure = m.method == MentionMethod.MODEL and m.score >= SURE and m.kind in _SOUGHT
        if is_sure and m.article_key in english and _may_be_sought(m):
            found[m.entity_key].append(m)
    agreed = {key: own for key, own in found.items() if key in known_keys or len({m.article_key for m in own}) > 1}
    kinds = Counter(key.partition(":")[2] for key in agreed)
    return {key.partition(":")[2]: _example(own) for key, own in agreed.items() if kinds[key.partition(":")[2]] == 1}


def established_mentions(
    readings: Iterable[Reading], names: Mapping[str, Mention], mentions: Mapping[str, Sequence[Mention]]
) -> Iterator[Mention]:
    """Mentions to add to the articles, and those to put in the place of one of the same span whose kind was wrong.

    `mentions` are what tagging found, by article. Nothing overlaps with them or with another.
    """
    trie = NameTrie(english.name for english in names.values())
    for reading in readings:
        own = mentions.get(reading.article_key, ())
        yield from _kinds_corrected(own, names)
        yield from _added(reading, own, names, trie)


def _may_be_sought(m: Mention) -> bool:
    words = fold(m.name).split()
    return len(words) > 1 or (m.kind in _ONE_WORD and len(words) == 1 and len(words[0]) >= FEWEST_LETTERS)


def _example(own: Sequence[Mention]) -> Mention:
    best = min(own, key=lambda m: (-m.score, m.qid is None, m.country is None, m.name, m.article_key, m.start))
    return replace(best, role=None)


def _kinds_corrected(own: Sequence[Mention], names: Mapping[str, Mention]) -> Iterator[Mention]:
    """Only what rules found: the gazetteer knows its names beforehand, and a model's score is its own."""
    for m in own:
        english = names.get(fold(m.name)) if m.method == MentionMethod.RULES else None
        if english is not None and english.kind != m.kind:
            yield _copy(english, m.article_key, m.start, m.end, m.surface, m.in_title)


def _added(reading: Reading, own: Sequence[Mention], names: Mapping[str, Mention], trie: NameTrie) -> Iterator[Mention]:
    taken = sorted((m.start, m.end) for m in own)
    in_title = {found.name for found in trie.find(reading.title)}
    place = 0
    for found in trie.find(reading.text):
        while place < len(taken) and taken[place][1] <= found.start:
            place += 1
        overlaps = place < len(taken) and taken[place][0] < found.end
        if overlaps or (" " not in found.name and (reading.language in _CAPITALISED_NOUNS or found.opens_sentence)):
            continue
        surface = reading.text[found.start : found.end]
        title = found.name in in_title
        yield _copy(names[found.name], reading.article_key, found.start, found.end, surface, title)


def _copy(english: Mention, article_key: str, start: int, end: int, surface: str, in_title: bool) -> Mention:
    return replace(
        english,
        article_key=article_key,
        start=start,
        end=end,
        surface=surface,
        entity_key=entity_key(english.kind, english.name),
        score=round(english.score * SCORE_FACTOR, 4),
        in_title=in_title,
        method=MentionMethod.ESTABLISHED,
    )
