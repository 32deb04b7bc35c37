"""Tags as `mm tag` prints them: one JSON object per text, or a few lines for people."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text as RichText

from pipeline.tag.interfaces import EntityMention, Tags
from pipeline.tag.texts import Text

_COLOURS = {"PER": "cyan", "ORG": "magenta", "LOC": "green"}


def as_object(item: Text, tags: Tags) -> dict[str, Any]:
    """id, language, entities (one per canonical name, in the order of the text), topics by falling score.

    `name` is the full name within the article, `canonical` the entity's over all articles; without the warehouse's
    merges (`link`) they are the same.

    Topics are those assigned; where none is, the likeliest one with its low score, so level 1 is always among them
    unless nothing in the text speaks for any topic.
    """
    assigned = [t for t in tags.topics if t.is_assigned] or list(tags.topics[:1])
    return {
        "id": item.id,
        "language": tags.language,
        "entities": _entities(tags.mentions),
        "topics": [{"code": t.code, "label": t.label, "level": t.level, "score": t.score} for t in assigned],
        **({"problem": item.problem} if item.problem else {}),
    }


def _entities(mentions: tuple[EntityMention, ...]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, str | None, str | None], list[EntityMention]] = {}
    for mention in mentions:
        groups.setdefault((mention.kind, mention.name, mention.country, mention.qid), []).append(mention)
    return [
        {
            "kind": kind,
            "name": canonical,
            "canonical": canonical,
            "qid": qid,
            "country": country,
            "latitude": group[0].latitude,
            "longitude": group[0].longitude,
            "mentions": [{"start": m.start, "end": m.end, "surface": m.surface, "score": m.score} for m in group],
        }
        for (kind, canonical, country, qid), group in groups.items()
    ]


def as_json(value: dict[str, Any]) -> str:
    """One line; a lone surrogate, which UTF-8 cannot carry, is written as an escape."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return line


def as_lines(value: dict[str, Any]) -> RenderableType:
    """For people: language, topics with their scores, names by kind with how often they occur."""
    head = RichText.from_markup(f"[bold]{escape(value['id'])}[/bold]  {value['language'] or 'language unknown'}")
    topics = ", ".join(f"{t['label']} {t['score']:.2f}" for t in value["topics"]) or "none"
    lines: list[RenderableType] = [head, RichText(f"  topics  {topics}")]
    for kind, colour in _COLOURS.items():
        names = [
            f"{escape(e['canonical'])}"
            + (f" ({e['country']})" if e["country"] else "")
            + (f" ×{len(e['mentions'])}" if len(e["mentions"]) > 1 else "")
            for e in value["entities"]
            if e["kind"] == kind
        ]
        if names:
            lines.append(RichText.from_markup(f"  {kind}     [{colour}]{'; '.join(names)}[/{colour}]"))
    if value.get("problem"):
        lines.append(RichText.from_markup(f"  [red]{escape(value['problem'])}[/red]"))
    return Group(*lines)
