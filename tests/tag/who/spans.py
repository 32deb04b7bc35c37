"""Spans as a model gives them, written by hand: texts with [PER:…] around names."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.records import MentionMethod
from pipeline.tag.interfaces import EntityMention, NameSpan, TagContext
from pipeline.tag.who.article import mentions_of

_MARK = re.compile(r"\[(PER|ORG|LOC|NORP|EVENT|WORK)(?:@(0\.\d+))?:([^\[\]]*)\]")


def marked(source: str) -> tuple[str, list[NameSpan]]:
    """ "[PER:Ann Lee] said" as text and spans; "[PER@0.4:…]" sets the score, else it is 0.9."""
    text, spans, last = "", list[NameSpan](), 0
    for match in _MARK.finditer(source):
        text += source[last : match.start()]
        start = len(text)
        text += match[3]
        spans.append(NameSpan(start, len(text), match[1], float(match[2] or 0.9), MentionMethod.MODEL))
        last = match.end()
    return text + source[last:], spans


def mentions(
    source: str, *, title: str | None = None, language: str = "en", country: str | None = None
) -> list[EntityMention]:
    """Mentions of a marked text; the title may be marked, too."""
    text, spans = marked(source)
    bare, title_spans = marked(title) if title else (None, [])
    found = mentions_of(
        text, spans, title=bare, title_spans=title_spans, language=language, context=TagContext(source_country=country)
    )
    for m in found:
        assert text[m.start : m.end] == m.surface
    assert all(a.end <= b.start for a, b in pairwise(found))
    return found


def names(source: str, **options: str | None) -> list[tuple[str, str]]:
    """Surface and canonical name of each mention."""
    return [(m.surface, m.name) for m in mentions(source, **options)]  # type: ignore[arg-type]


def name_of(source: str, surface: str, **options: str | None) -> list[str]:
    """Canonical names of the mentions written like this, in order."""
    return [name for written, name in names(source, **options) if written == surface]
