"""Names seen once and overlooked elsewhere in the same text: family names, acronyms, countries, full names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.acronyms import is_acronym
from pipeline.records import Kind
from pipeline.tag.gazetteer import gazetteer_for
from pipeline.tag.interfaces import NameSpan
from pipeline.tag.lexicon import common_words, load_lexicon
from pipeline.tag.tokens import Shape, Token
from pipeline.tag.who.person_names import person_name

_LESS_SURE = 0.8
"""What the model passed over is less sure than what it saw, though the words are the same."""
_COUNTRY_SCORE = 0.7
_RIVALS = ("division", "place", "organisation")
_FIRST_WORD = re.compile(r"[\s‐-]")
_SHORTEST = 3
"""Letters of a family name that is looked for; "Li" and "Oh" are words and syllables as well."""


@dataclass(slots=True)
class _Sought:
    """Spans by their first word: what to look for in the gaps."""

    by_first: dict[str, dict[str, NameSpan]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, surface: str, span: NameSpan) -> None:
        first = _FIRST_WORD.split(surface, maxsplit=1)[0]
        best = self.by_first[first].get(surface)
        if best is None or span.score > best.score:
            self.by_first[first][surface] = span


def with_missed(text: str, spans: Sequence[NameSpan], tokens: Sequence[Token], language: str | None) -> list[NameSpan]:
    """The spans and those between them that repeat one of them, or name a country, in order."""
    sought = _sought(text, spans)
    small = frozenset(t.key for t in tokens if t.shape is Shape.LOWER and not t.glued)
    ends, added = [s.end for s in spans], list[NameSpan]()
    reached = 0
    for index, token in enumerate(tokens):
        if token.start < reached or not token.is_name_like:
            continue
        after = bisect_right(ends, token.start)
        limit = spans[after].start if after < len(spans) else len(text)
        if token.end > limit:
            continue
        repeated = _repeated(text, tokens, index, limit, sought, small)
        found = repeated or _country(tokens, index, limit, language, spans)
        if found is not None:
            added.append(found)
            reached = found.end
    return sorted([*spans, *added], key=lambda s: s.start)


def _sought(text: str, spans: Sequence[NameSpan]) -> _Sought:
    sought = _Sought()
    for span in spans:
        surface = text[span.start : span.end]
        if "\n" in surface or span.kind == Kind.NORP:
            continue
        if span.kind == Kind.PER and person_name(surface).is_full:
            sought.add(surface, span)
            family = surface.split()[-1]
            if len(family) >= _SHORTEST and family[0].isupper() and "." not in family and _is_family(surface):
                sought.add(family, span)
        elif (" " in surface and surface[0].isupper()) or _is_letters(span, surface):
            sought.add(surface, span)
    return sought


def _is_letters(span: NameSpan, surface: str) -> bool:
    return span.kind == Kind.ORG and surface.isupper() and is_acronym(surface)


def _is_family(surface: str) -> bool:
    return not load_lexicon().has("name_suffixes", surface.split()[-1].rstrip(".").lower())


def _repeated(
    text: str, tokens: Sequence[Token], index: int, limit: int, sought: _Sought, small: frozenset[str]
) -> NameSpan | None:
    token = tokens[index]
    forms = sought.by_first.get(token.text, {})
    for surface in sorted(forms, key=lambda s: (-len(s), s)):
        end = token.start + len(surface)
        if end > limit or not text.startswith(surface, token.start) or _goes_on(text, token.start, end):
            continue
        if surface == token.text and not _stands_alone(tokens, index, small):
            continue
        span = forms[surface]
        return NameSpan(token.start, end, span.kind, span.score * _LESS_SURE, span.method)
    return None


def _goes_on(text: str, start: int, end: int) -> bool:
    """A word that is part of a longer one, or of a hyphenated one."""
    behind = text[end : end + 2]
    return (behind[:1].isalnum() or (behind[:1] in "-‐&" and behind[1:].isalnum())) or (
        start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-‐&@#/.")
    )


def _stands_alone(tokens: Sequence[Token], index: int, small: frozenset[str]) -> bool:
    """No other name beside it that it may belong to, and no word that only a sentence's beginning wrote large."""
    token, lexicon = tokens[index], load_lexicon()
    if (token.opens or token.headline) and (token.key in lexicon.common_en or token.key in small):
        return False
    return not any(_is_name(tokens, i, token) for i in (index - 1, index + 1))


def _is_name(tokens: Sequence[Token], at: int, beside: Token) -> bool:
    if not 0 <= at < len(tokens):
        return False
    token = tokens[at]
    joined = beside.spaced if token.start < beside.start else token.spaced
    if not joined or not token.is_name_like:
        return False
    return not (load_lexicon().has("titles", token.key) or (token.opens and token.key in common_words("en")))


def _country(
    tokens: Sequence[Token], index: int, limit: int, language: str | None, spans: Sequence[NameSpan]
) -> NameSpan | None:
    """A country by a name that is nothing else: not Jordan or Chad, who may be persons."""
    hit = gazetteer_for(language).longest(tokens, index)
    if hit is None or not spans or tokens[hit.last - 1].end > limit:
        return None
    words = tokens[hit.first : hit.last]
    lexicon = load_lexicon()
    if not any(k.what == "country" for k in hit.meanings) or any(k.what in _RIVALS for k in hit.meanings):
        return None
    if any(w.key in lexicon.given_names or w.key in lexicon.surnames or w.key in lexicon.demonyms for w in words):
        return None
    if _is_name(tokens, hit.first - 1, words[0]) or _is_name(tokens, hit.last, words[-1]):
        return None
    return NameSpan(words[0].start, words[-1].end, Kind.LOC, _COUNTRY_SCORE, spans[0].method)
