"""Spans with their edges mended: titles, "the", possessives, loose quotes and brackets off; "X (ABC)" as two names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.acronyms import abbreviates
from pipeline.records import Kind
from pipeline.tag.interfaces import NameSpan
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.who.known import meanings_of

_THE = re.compile(r"(?:the|The|THE)\s+(?=\S)")
_POSSESSIVE = re.compile(r"(?:['’ʼ][sS]|(?<=[sS])['’ʼ])$")
_BRACKETED = re.compile(r"(?P<one>\S.*?)\s*\(\s*(?P<two>[^()]*[^()\s])\s*\)?")
_PAIRS = {"(": ")", "[": "]", "“": "”", "‘": "’", "«": "»", "„": "“"}
_CLOSERS = frozenset(_PAIRS.values())
_LOOSE = ",;:!?*|/–—-"
_POINTED = re.compile(r"(?:\b[^\W\d_]|\.[^\W\d_]|\b[A-Z][a-z]{0,4})\.$")
"""A full stop that belongs to a name: an initial, "U.S.", "Jr.", "Inc.", "Calif."."""
_WORD = re.compile(r"\S+")


def repaired(text: str, spans: Sequence[NameSpan]) -> list[NameSpan]:
    """The spans with better edges, in order, without overlap; what is nothing but sign or title is dropped."""
    surfaces = frozenset(text[s.start : s.end] for s in spans)
    found: list[NameSpan] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.score)):
        for piece in _pieces(text, span):
            start, end = _edges(text, piece, surfaces)
            if start < end and (not found or start >= found[-1].end) and any(ch.isalnum() for ch in text[start:end]):
                found.append(replace(piece, start=start, end=end))
    return found


def _pieces(text: str, span: NameSpan) -> Iterator[NameSpan]:
    match = _BRACKETED.fullmatch(text, span.start, span.end) if "(" in text[span.start : span.end] else None
    if match and (abbreviates(match["two"], match["one"]) or abbreviates(match["one"], match["two"])):
        yield replace(span, start=match.start("one"), end=match.end("one"))
        yield replace(span, start=match.start("two"), end=match.end("two"))
    else:
        yield span


def _edges(text: str, span: NameSpan, surfaces: frozenset[str]) -> tuple[int, int]:
    start, end = span.start, span.end
    while True:
        before = start, end
        start, end = _without_signs(text, start, end)
        start = _without_lead(text, start, end, span.kind)
        end = _without_possessive(text, start, end, span.kind, surfaces)
        if (start, end) == before:
            return start, end


def _without_signs(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in _LOOSE or _is_loose(text, start, end, start)):
        start += 1
    while start < end and (
        text[end - 1].isspace()
        or text[end - 1] in _LOOSE
        or _is_loose(text, start, end, end - 1)
        or (text[end - 1] == "." and not _POINTED.search(text[start:end]))
    ):
        end -= 1
    return start, end


def _is_loose(text: str, start: int, end: int, at: int) -> bool:
    """A quote or bracket at the edge that has no partner inside, or whose partner is the other edge."""
    sign, inside = text[at], text[start:end]
    if sign == '"':
        return inside.count('"') % 2 == 1 or (inside[0] == inside[-1] == '"' and inside.count('"') == 2)
    if sign in _PAIRS and at == start:
        return _PAIRS[sign] not in inside or inside.find(_PAIRS[sign]) == len(inside) - 1
    if sign in _CLOSERS and at == end - 1 and sign != "’":
        return not any(opening in inside for opening, closing in _PAIRS.items() if closing == sign)
    return sign == "'" and (at == start or inside.startswith("'"))


def _without_lead(text: str, start: int, end: int, kind: str) -> int:
    surface = text[start:end]
    if kind == Kind.PER:
        return start + _title_length(surface)
    article = _THE.match(surface)
    if article and kind != Kind.WORK and not _keeps_article(surface):
        return start + article.end()
    if kind == Kind.LOC:
        first = surface.split(" ", 1)[0]
        if first.islower() and load_lexicon().has("directions", first) and len(first) < len(surface):
            return start + len(first) + 1
    return start


def _keeps_article(surface: str) -> bool:
    """ "The Hague", which is never written without."""
    return any(known.name == surface for known in meanings_of(surface, "en"))


def _title_length(surface: str) -> int:
    """Code points of the title before a person's name: "Senator " of "Senator Sherry Rehman"; 0 without."""
    lexicon, length = load_lexicon(), 0
    for word in _WORD.finditer(surface):
        key = word.group().rstrip(".,").lower().replace("’", "'")
        if is_title(key):
            length = word.end()
        elif not lexicon.has("title_modifiers", key):
            break
    rest = surface[length:].lstrip()
    return len(surface) - len(rest)


def is_title(word: str) -> bool:
    """A title that is hardly ever part of a name; given and family names (Don, King, Tan) do not count."""
    lexicon = load_lexicon()
    return lexicon.has("titles", word) and not (
        lexicon.has("names_and_titles", word) or word in lexicon.given_names or word in lexicon.surnames
    )


def _without_possessive(text: str, start: int, end: int, kind: str, surfaces: frozenset[str]) -> int:
    """ "Rehman's" is Rehman; McDonald's stays, unless the article also writes it without."""
    match = _POSSESSIVE.search(text[start:end])
    if match is None or match.start() == 0:
        return end
    bare = text[start : start + match.start()]
    if kind in (Kind.PER, Kind.LOC, Kind.NORP) or bare in surfaces:
        return start + match.start()
    return end
