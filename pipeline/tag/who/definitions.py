"""Acronyms that an article introduces in brackets, either way round; they hold before and after, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.acronyms import abbreviates, is_acronym
from pipeline.folding import fold
from pipeline.records import Kind
from pipeline.tag.interfaces import NameSpan

_OPENS = re.compile(r"\s*[,]?\s*[(\[]\s*(?:the\s+|or\s+|also known as\s+)?[\"“‘']?")
_ACRONYM_IN_BRACKETS = re.compile(r"\s*\(\s*[\"“‘']?(?P<short>[^\W\d_][\w&.-]{1,9})[\"”’']?\s*[);,]")
_SCORE = 0.9
"""Letters in brackets that fit the name before them are nearly as sure a mention as the name."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One acronym and the name that the article gives for it."""

    short: str
    name: str
    kind: str


def with_acronyms(text: str, spans: Sequence[NameSpan]) -> list[NameSpan]:
    """The spans, and the acronyms in brackets behind names that they miss."""
    found: list[NameSpan] = []
    for index, span in enumerate(spans):
        found.append(span)
        if span.kind not in (Kind.ORG, Kind.LOC, Kind.EVENT, Kind.WORK):
            continue
        match = _ACRONYM_IN_BRACKETS.match(text, span.end)
        follows = spans[index + 1].start if index + 1 < len(spans) else len(text)
        if match and match.end("short") <= follows and abbreviates(match["short"], text[span.start : span.end]):
            found.append(
                NameSpan(match.start("short"), match.end("short"), span.kind, span.score * _SCORE, span.method)
            )
    return found


def definitions(text: str, spans: Sequence[NameSpan]) -> list[Definition]:
    """ "World Health Organization (WHO)" and "WHO (World Health Organization)", in the order of the text."""
    found: list[Definition] = []
    for first, second in pairwise(spans):
        if not _OPENS.fullmatch(text, first.end, second.start):
            continue
        one, two = text[first.start : first.end], text[second.start : second.end]
        if abbreviates(two, one):
            found.append(Definition(fold(two).replace(" ", ""), one, first.kind))
        elif is_acronym(one) and abbreviates(one, two):
            found.append(Definition(fold(one).replace(" ", ""), two, second.kind))
    return found
