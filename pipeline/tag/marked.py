"""A text cut where its mentions begin and end, paragraph by paragraph, to be shown with them marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.tag.interfaces import EntityMention
from pipeline.tag.tagged import NamedEntity

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a paragraph: plain, or one mention. The stretches of a paragraph put together are the paragraph."""

    text: str
    mention: EntityMention | None = None


Paragraph = tuple[Stretch, ...]


def marked_text(text: str, mentions: Sequence[EntityMention], max_chars: int) -> list[Paragraph]:
    """The first `max_chars` code points as paragraphs, blank lines left out; mentions in the order of the text.

    A mention that stands across a line's end keeps its lines together; one that is cut by the limit, or begins
    within another, is left unmarked.
    """
    found: list[Paragraph] = []
    current: list[Stretch] = []
    for stretch in _stretches(text[:max_chars], mentions):
        if stretch.mention is not None:
            current.append(stretch)
            continue
        first, *others = _LINE_END.split(stretch.text)
        current.append(Stretch(first))
        for line in others:
            _end(current, found)
            current = [Stretch(line)]
    _end(current, found)
    return found


def marked_title(title: str, entities: Sequence[NamedEntity]) -> Paragraph:
    """The title with what the tags say it names marked, by the surest mention that is written as in the title.

    Tags say that a title names something, not where: it is looked for as the text writes it. No stretch for no title.
    """
    written: dict[str, EntityMention] = {}
    for m in sorted((m for entity in entities for m in entity.mentions if m.in_title), key=lambda m: -m.score):
        written.setdefault(m.surface, m)
        written.setdefault(m.name, m)
    if not title or not written:
        return (Stretch(title),) if title else ()
    longest_first = sorted(filter(None, written), key=lambda surface: (-len(surface), surface))
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)")
    return tuple(Stretch(part, written.get(part) if odd % 2 else None) for odd, part in enumerate(pattern.split(title)))


def _stretches(text: str, mentions: Sequence[EntityMention]) -> Iterator[Stretch]:
    position = 0
    for mention in mentions:
        if mention.start < position or mention.end > len(text):
            continue
        yield Stretch(text[position : mention.start])
        yield Stretch(text[mention.start : mention.end], mention)
        position = mention.end
    yield Stretch(text[position:])


def _end(current: list[Stretch], found: list[Paragraph]) -> None:
    kept = tuple(stretch for stretch in current if stretch.text)
    if any(stretch.text.strip() for stretch in kept):
        found.append(kept)
