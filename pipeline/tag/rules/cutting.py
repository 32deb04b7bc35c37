"""Runs of capitalised words become candidates: cut at titles, known places and edges.

Only for scripts with large and small letters. What a candidate is, a person or a ministry, `evidence` decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.tag.rules.reading import HYPHENS, Reading, Segment
from pipeline.tag.rules.runs import run_end
from pipeline.tag.tokens import Shape

MAX_RUN = 24
"""Tokens in a run; a longer one is a heading or a list without commas, and no name."""


def segments(reading: Reading) -> Iterator[Segment]:
    """Every candidate of the text, left to right, none overlapping."""
    index = 0
    while index < len(reading.tokens):
        end = run_end(reading, index)
        if end is None:
            index += 1
            continue
        if end - index <= MAX_RUN:
            yield from _cut(reading, index, end)
        index = end


def _cut(reading: Reading, first: int, end: int) -> Iterator[Segment]:
    """A run cut at its titles: "UN Secretary-General António Guterres" gives UN and the person."""
    tokens, lexicon = reading.tokens, reading.lexicon
    words = [i for i in range(first, end) if tokens[i].shape is not Shape.SIGN or tokens[i].text == "&"]
    last_word = tokens[words[-1]].key
    is_organisation = len(words) > 1 and (lexicon.has("org_tail", last_word) or lexicon.has("other_tail", last_word))
    if is_organisation or _linked_organisation(reading, first, end):
        yield from _trimmed(reading, first, end, _title_before(reading, first))
        return
    start = first
    title = _title_before(reading, first)
    index = first
    while index < end:
        span = _title_span(reading, index, end)
        if span is None or (index in reading.hits and reading.hits[index].last > span[0]):
            index = reading.hits[index].last if index in reading.hits else index + 1
            continue
        behind, words_of_title = span
        while index > start and index < behind - 1 and _belongs_left(reading, index):
            index += 1  # "Dhaka Metropolitan Police | Commissioner", "Lagos State | Governor"
        if index > start:
            yield from _trimmed(reading, start, index, title)
        start = index = behind
        title = words_of_title
    if start < end:
        place = _place_before_person(reading, start, end)
        if place is not None:
            yield from _trimmed(reading, start, place, None)
            start, title = place, None
        yield from _trimmed(reading, start, end, title)


def _belongs_left(reading: Reading, index: int) -> bool:
    key = reading.tokens[index].key
    return not reading.lexicon.has("titles", key) and (
        reading.lexicon.has("org_tail", key) or reading.lexicon.has("loc_tail", key)
    )


def _place_before_person(reading: Reading, first: int, end: int) -> int | None:
    """ "… a Roma Giorgia Meloni": a known place with a given name behind it ends before the person."""
    hit = reading.hits.get(first)
    if hit is None or hit.last >= end - 1 or hit.meanings[0].kind != "LOC":
        return None
    given = reading.lexicon.given_names
    if reading.tokens[first].key in given or reading.tokens[hit.last].key not in given:
        return None
    return hit.last


def _linked_organisation(reading: Reading, first: int, end: int) -> bool:
    return any(
        reading.tokens[i].shape is Shape.LOWER
        and reading.lexicon.has("links", reading.tokens[i].key.rstrip("'"))
        and reading.lexicon.has("org_head", reading.tokens[i - 1].key)
        for i in range(first + 1, end)
    )


def _title_span(reading: Reading, first: int, end: int) -> tuple[int, str] | None:
    """The title that begins at `first`: the index behind it and its words; None if there is none."""
    tokens, lexicon = reading.tokens, reading.lexicon
    words: list[str] = []
    index, has_title = first, False
    while index < end:
        token = tokens[index]
        if token.shape is Shape.SIGN and words and (token.text in HYPHENS or token.text == "."):
            index += 1
            continue
        if lexicon.has("titles", token.key) and token.shape is not Shape.INITIAL:
            has_title = True
        elif not lexicon.has("title_modifiers", token.key):
            break
        words.append(token.key)
        index += 1
    return (index, " ".join(words)) if has_title else None


def _title_before(reading: Reading, first: int) -> str | None:
    """A title written small right before the run: "former president Donald Trump"."""
    tokens, lexicon = reading.tokens, reading.lexicon
    index = first - 1
    if index >= 0 and tokens[index].text == "." and tokens[index + 1].spaced:
        index -= 1
    if index < 0 or not tokens[first].spaced:
        return None
    token = tokens[index]
    if lexicon.has("titles", token.key) and (token.shape is Shape.LOWER or token.opens or token.headline):
        return token.key
    return None


def _trimmed(reading: Reading, first: int, end: int, title: str | None) -> Iterator[Segment]:
    """Without signs and articles at the edges, and whether a small hyphen tail makes it an adjective."""
    tokens = reading.tokens
    while first < end and (
        tokens[first].shape is Shape.SIGN or (tokens[first].key == "the" and first not in reading.hits)
    ):
        first += 1
    while end > first and tokens[end - 1].shape is Shape.SIGN:
        end -= 1
    if first >= end:
        return
    if end < len(tokens) and tokens[end].text == "." and tokens[end].start == tokens[end - 1].end:
        end += reading.lexicon.has("closing_abbreviations", tokens[end - 1].key)  # "Enron Corp."
    adjective = (
        end + 1 < len(tokens)
        and tokens[end].text in HYPHENS
        and tokens[end + 1].glued
        and tokens[end + 1].shape is Shape.LOWER
    )
    yield Segment(first, end, title, adjective)
