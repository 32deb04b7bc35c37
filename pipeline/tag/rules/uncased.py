"""Known names in scripts without capitals: Arabic, Hebrew, Devanagari, Bengali, Thai, Han, kana, Hangul.

Nothing but the word says that it is a name, so only known names are found, and only where a word begins and ends: at
spaces, after a prefix that is written onto it, before a particle, or at a change of script. Precision comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.tag.gazetteer import Known, Layers, is_unspaced
from pipeline.tag.names.countries import ordinary_words
from pipeline.tag.rules.reading import Reading
from pipeline.tag.tokens import Shape, Token

SMALLEST_CITY = 100_000
"""Smaller cities are not looked for in scripts without capitals."""

_PREFIXES = (
    *("وال", "بال", "فال", "كال", "لل", "و", "ب", "ل", "ف", "ك"),
    *("וב", "ול", "ומ", "שב", "ב", "ל", "מ", "ו", "ה", "ש", "כ"),
)
_PARTICLES = re.compile(
    "(?:은|는|이|가|을|를|의|에|에서|에서는|에서도|에는|에도|에게|와|과|와의|과의|로|으로|도|만|까지|부터|이나|나|라는|보다|처럼|측|측은|측이|"
    "군|군이|군은|정부|정부는|정부가|정부의|당국|대통령|대통령이|대통령은|총리|총리는|총리가|외무장관|대사관|시|시는|시의|시에서|산|행|발|내|인근|전역)?"
)
"""What may follow a Korean name without a space: particles, "the government", "the president"."""
_PEOPLE_OR_LANGUAGE = re.compile("人(?!民)|[语語文]|族|菜|料理|系")
"""Behind a Chinese or Japanese name: its people, its language, its dishes are no place."""
_KATAKANA = re.compile("[\u30a0-\u30ff]")
_THAI_SIGN = re.compile("[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]")
"""Vowels, tones and marks that stand behind or on a consonant: before one, the word goes on."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of the text that spells a known name; offsets are code points."""

    start: int
    end: int
    meanings: tuple[Known, ...]


def find_uncased(tokens: Sequence[Token], reading: Reading, layers: Layers) -> Iterator[Found]:
    """Left to right, none overlapping."""
    plain = ordinary_words(reading.language)  # lists of frequent words are no help: Tehran is one in Persian
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if is_unspaced(token.text):
            yield from (found for found in _unspaced(token, layers, plain) if _is_large(found.meanings))
            index += 1
            continue
        hit = _spaced(tokens, index, reading, layers, plain) if token.shape is Shape.UNCASED else None
        if hit is None:
            index += 1
            continue
        found, index = hit
        if _is_large(found.meanings):
            yield found


def _is_large(meanings: Sequence[Known]) -> bool:
    return any(known.what != "city" or known.population >= SMALLEST_CITY for known in meanings)


def _spaced(
    tokens: Sequence[Token], index: int, reading: Reading, layers: Layers, plain: frozenset[str]
) -> tuple[Found, int] | None:
    """A name at this token, and the index of the token behind it."""
    token = tokens[index]
    hit = reading.hits.get(index)
    if hit is not None and (hit.last > index + 1 or token.text not in plain):
        return Found(token.start, tokens[hit.last - 1].end, hit.meanings), hit.last
    for cut, bare in _bare(token):
        hit = layers.longest([bare, *tokens[index + 1 : index + 5]], 0)
        if hit is not None and (hit.last > 1 or bare.text not in plain):
            last = index + hit.last
            return Found(token.start + cut, tokens[last - 1].end, hit.meanings), last
    return None


def _bare(token: Token) -> Iterator[tuple[int, Token]]:
    """The word without "and", "in", "to" that Arabic and Hebrew write onto it, and how many letters those have."""
    if not "\u05d0" <= token.text[0] <= "\u06ff" or len(token.text) < 5:
        return
    for prefix in _PREFIXES:
        rest = token.text[len(prefix) :]
        if not token.text.startswith(prefix) or len(rest) < 3:
            continue
        if prefix == "لل":  # ل + ال
            yield len(prefix), _word(token, len(prefix), "ال" + rest)
        elif prefix.endswith("ال"):
            yield len(prefix) - 2, _word(token, len(prefix) - 2, "ال" + rest)
        else:
            yield len(prefix), _word(token, len(prefix), rest)


def _word(token: Token, cut: int, text: str) -> Token:
    return Token(token.start + cut, token.end, text, text, token.shape, False, True, False, False)


def _unspaced(token: Token, layers: Layers, plain: frozenset[str]) -> Iterator[Found]:
    for start, end, meanings in layers.in_unspaced(token.text):
        if token.text[start:end] not in plain and _stands_alone(token, start, end):
            yield Found(token.start + start, token.start + end, meanings)


def _stands_alone(token: Token, start: int, end: int) -> bool:
    """The name is not a part of a longer word, as far as its script shows."""
    text = token.text
    first, behind = text[start], text[end : end + 1]
    if "\uac00" <= first <= "\ud7af":
        return start == 0 and _PARTICLES.fullmatch(text[end:]) is not None
    if _KATAKANA.match(first):
        return not (_KATAKANA.match(behind) or (start and _KATAKANA.match(text[start - 1])))
    if "\u0e00" <= first <= "\u0e7f":
        return not _THAI_SIGN.match(behind)
    return not _PEOPLE_OR_LANGUAGE.match(text[end : end + 2])
