"""Tags as `mm tag` prints them: one JSON object per text, or a few lines for people."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text as RichText

from pipeline.records import Kind
from pipeline.shown import for_terminal
from pipeline.tag.interfaces import EntityMention, ScoredTopic
from pipeline.tag.tagged import NamedEntity, TaggedText, most_named_first

KIND_WORDS = {
    Kind.PER: "people",
    Kind.ORG: "organisations",
    Kind.LOC: "places",
    Kind.NORP: "groups",
    Kind.EVENT: "events",
    Kind.WORK: "works",
}
"""What people call the kinds, in the order in which they are shown. Groups: nationalities, faiths, political camps."""
_COLOURS = {
    Kind.PER: "cyan",
    Kind.ORG: "magenta",
    Kind.LOC: "green",
    Kind.NORP: "yellow",
    Kind.EVENT: "red",
    Kind.WORK: "blue",
}
_LABEL_CELLS = 15


def as_object(tagged: TaggedText) -> dict[str, Any]:
    """id, language, entities (one per canonical name, in the order of the text), topics by falling score.

    `name` is the full name within the article, `canonical` the entity's over all articles; without the warehouse's
    merges (`link`) they are the same.

    Topics are those assigned; where none of IPTC's is, the likeliest of its level 1 too, with its low score.
    """
    item = tagged.item
    return {
        "id": item.id,
        "language": tagged.tags.language,
        "entities": [_entity(entity) for entity in tagged.entities],
        "topics": [_topic(topic) for topic in tagged.topics],
        **({"problem": item.problem} if item.problem else {}),
    }


def _topic(topic: ScoredTopic) -> dict[str, Any]:
    return {
        "code": topic.code,
        "label": topic.label,
        "level": topic.level,
        "score": topic.score,
        "because": list(topic.because),
        "words": list(topic.words),
    }


def _entity(entity: NamedEntity) -> dict[str, Any]:
    place = entity.place
    return {
        "kind": entity.kind,
        "name": entity.name,
        "canonical": entity.name,
        "role": entity.role,
        "qid": entity.qid,
        "country": entity.country,
        "geonames_id": place.geonames_id,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "population": place.population,
        "in_title": entity.in_title,
        "mentions": [_mention(m) for m in entity.mentions],
    }


def _mention(m: EntityMention) -> dict[str, Any]:
    return {
        "start": m.start,
        "end": m.end,
        "surface": m.surface,
        "score": m.score,
        "method": m.method,
        "role": m.role,
    }


def as_json(value: dict[str, Any]) -> str:
    """One line; a lone surrogate, which UTF-8 cannot carry, is written as an escape."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return line


def as_lines(tagged: TaggedText) -> RenderableType:
    """For people: language, topics with their scores, names by kind, those named most first."""
    head = RichText(for_terminal(tagged.item.id), style="bold")
    head.append(f"  {tagged.tags.language or 'language unknown'}", style="not bold")
    topics = ", ".join(f"{t.label} {t.score:.2f}" for t in tagged.topics) or "none"
    lines = [head, _line("topics", topics)]
    entities = most_named_first(tagged.entities)
    for kind, words in KIND_WORDS.items():
        names = "; ".join(_named(e) for e in entities if e.kind == kind)
        if names:
            lines.append(_line(words, names, _COLOURS[kind]))
    if tagged.item.problem:
        lines.append(RichText(f"  {for_terminal(tagged.item.problem)}", style="red"))
    return Group(*lines)


def _line(label: str, value: str, style: str = "") -> RichText:
    return RichText.assemble("  ", label.ljust(_LABEL_CELLS), (value, style))


def _named(entity: NamedEntity) -> str:
    """ "Sherry Rehman (Senator) ×2", "London (GB)"."""
    beside = ", ".join(v for v in (entity.role if entity.kind == Kind.PER else None, entity.country) if v)
    count = f" ×{len(entity.mentions)}" if len(entity.mentions) > 1 else ""
    return for_terminal(entity.name) + (f" ({for_terminal(beside)})" if beside else "") + count
