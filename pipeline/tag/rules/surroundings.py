"""What stands beside a name: titles, speech, prepositions, appositions; and German, where capitals say little."""

from __future__ import annotations

from pipeline.tag.gazetteer import Known
from pipeline.tag.rules.clues import Clues, is_large, key_at
from pipeline.tag.rules.reading import Reading, Segment
from pipeline.tag.tokens import Shape, Token

_GERMAN_ARTICLES = frozenset(
    ("der", "die", "das", "dem", "den", "des", "ein", "eine", "einen", "einem", "zum", "zur", "beim", "ins", "im")
)


def add_title(segment: Segment, words: list[Token], reading: Reading, clues: Clues) -> None:
    if not segment.title:
        return
    strong = any(
        not reading.lexicon.has("weak_titles", w) and reading.lexicon.has("titles", w) for w in segment.title.split()
    )
    clues.around["PER"] += 3.4 if strong else 2.2
    if clues.known and clues.known[0].what in ("country", "organisation"):
        clues.around["PER"] -= 2.0
    if words[0].key in reading.lexicon.demonyms:
        clues.around["PER"] -= 1.5


def add_neighbours(reading: Reading, segment: Segment, words: list[Token], clues: Clues) -> None:
    lexicon, around, tokens = reading.lexicon, clues.around, reading.tokens
    before = key_at(tokens, segment.first - 1, tokens[segment.first].spaced)
    after = key_at(tokens, segment.last, segment.last < len(tokens) and tokens[segment.last].spaced)
    after_2 = key_at(tokens, segment.last + 1, bool(after))
    single = len(words) == 1
    if before in ("the", "der", "die", "das", "la", "le", "el", "los", "las", "les"):
        around["PER"] -= 2.0 if before == "the" else 0.6
        if before == "the":
            around["ORG"] += 0.7
    elif lexicon.has("in_place", before) or lexicon.has("at_place", before):
        around["LOC"] += 1.5 if lexicon.has("in_place", before) else 0.9
        around["PER"] -= 0.7 if single else 1.2
    if lexicon.has("speech", after) or (after == "," and lexicon.has("speech", after_2)):
        around["PER"] += 1.7 if single else 1.3
        around["LOC"] -= 0.5
    if lexicon.has("speech", before) and after != "'s":
        around["PER"] += 0.9
    if lexicon.has("place_nouns", after) or (before == "of" and _place_of(reading, segment)):
        around["LOC"] += 1.8
    if lexicon.has("person_nouns", after):
        around["PER"] += 1.0
    if lexicon.has("org_nouns", after):
        around["ORG"] += 1.3
    if after == "," or after == "(":
        _after_comma(reading, segment, after_2, clues)
    if before == "," and _follows_place(reading, segment):
        around["LOC"] += 0.7
    if segment.is_adjective:
        around["PER"] -= 1.0


def _place_of(reading: Reading, segment: Segment) -> bool:
    """ "the city of X", "in the province of X"."""
    index = segment.first - 2
    return index >= 0 and reading.lexicon.has("place_nouns", reading.tokens[index].key)


def _after_comma(reading: Reading, segment: Segment, after_2: str, clues: Clues) -> None:
    tokens, lexicon = reading.tokens, reading.lexicon
    index = segment.last + 1
    hit = reading.hits.get(index)
    if hit is not None and hit.meanings[0].kind == "LOC" and hit.meanings[0].what in ("country", "division", "place"):
        clues.around["LOC"] += 1.2
    if index + 1 < len(tokens) and tokens[index].shape is Shape.NUMBER and len(tokens[index].text) <= 2:
        if tokens[index + 1].text in (",", ")", "."):
            clues.around["PER"] += 2.5  # "Jane Doe, 35,"
    elif after_2 in ("a", "an", "the", "who", "whose", "former", "ein", "eine", "un", "une", "ancien") or lexicon.has(
        "titles", after_2
    ):
        near = [t.key for t in tokens[index : index + 6] if t.shape is Shape.LOWER]
        if "who" in near[:1] or any(lexicon.has("titles", k) for k in near):
            clues.around["PER"] += 1.4


def _follows_place(reading: Reading, segment: Segment) -> bool:
    end = segment.first - 1
    return any(
        h is not None and h.last == end and h.meanings[0].kind == "LOC"
        for h in (reading.hits.get(i) for i in range(max(0, end - 4), end))
    )


def german_caution(reading: Reading, segment: Segment, words: list[Token], known: tuple[Known, ...]) -> float:
    """German writes every noun large: a run of capitals says little there, and towns are called Essen and Lage."""
    lexicon = reading.lexicon
    if known:
        before = key_at(reading.tokens, segment.first - 1, reading.tokens[segment.first].spaced)
        article = before in _GERMAN_ARTICLES and all(k.what == "city" for k in known)
        return 4.0 if article else 0.0 if is_large(known) else 1.5
    named = words[0].key in lexicon.given_names or segment.title or any(w.shape is Shape.INITIAL for w in words)
    organisation = lexicon.has("org_tail", words[-1].key) or any(lexicon.has("org_any", w.key) for w in words)
    organisation = organisation or (lexicon.has("org_head", words[0].key) and len(words) > 1)
    acronym = len(words) == 1 and words[0].shape is Shape.UPPER
    if named or acronym:
        return 0.0
    return 1.0 if organisation and len(words) > 1 else 6.0
