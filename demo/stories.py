"""The stories as written (demo/stories/*.yml), and filling their slots for one week.

`de.yml` holds the stories of the one German outlet; `en.harbour-ledger.yml` those of one English outlet.
A story returns every week with other people, places and figures, so consecutive weeks differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from demo.outlets import HOME_OF

STORIES = Path(__file__).parent / "stories"
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Entity:
    """What a reader would mark in the article."""

    kind: str  # PER | ORG | LOC
    name: str
    country: str | None  # ISO 3166 alpha-2, for places


@dataclass(frozen=True, slots=True)
class Edit:
    """What the outlet changes in the next night: a headline and a figure."""

    headline: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Reprint:
    """Which outlet republishes the story. Without a headline of its own it is an exact copy."""

    by: str
    headline: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """One story with its slots filled."""

    id: str
    outlet: str
    language: str
    weekday: int
    topic: str
    section: str
    headline: str
    standfirst: str
    byline: tuple[str, ...]
    paragraphs: tuple[str, ...]
    entities: tuple[Entity, ...]
    edit: Edit | None
    reprint: Reprint | None


def week_number(day: date) -> int:
    """The ISO week counted without a break: weeks 53 and 1 stand side by side and must differ."""
    return (day.toordinal() - 1) // 7


def stories_of(weekday: int, outlet: str, week: int) -> tuple[Story, ...]:
    """What `outlet` publishes on that weekday of that week, in the order of its file."""
    return tuple(_fill(raw, outlet, week) for raw in raw_stories().get(outlet, ()) if raw["weekday"] == weekday)


@lru_cache(maxsize=1)
def raw_stories() -> dict[str, tuple[dict[str, Any], ...]]:
    """Every story as written, by outlet."""
    found: dict[str, tuple[dict[str, Any], ...]] = {}
    for file in sorted(STORIES.glob("*.yml")):
        language, _, outlet = file.stem.partition(".")
        stories = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or []
        found[outlet or HOME_OF[language]] = tuple({**story, "language": language} for story in stories)
    return found


def _fill(raw: dict[str, Any], outlet: str, week: int) -> Story:
    slots = {name: str(options[week % len(options)]) for name, options in (raw.get("slots") or {}).items()}

    def text(value: Any) -> str:
        return _SLOT.sub(lambda match: slots[match[1]], str(value)).strip()

    return Story(
        id=raw["id"],
        outlet=outlet,
        language=raw["language"],
        weekday=raw["weekday"],
        topic=raw["topic"],
        section=raw["section"],
        headline=text(raw["headline"]),
        standfirst=text(raw["standfirst"]),
        byline=tuple(text(name) for name in raw.get("byline") or ()),
        paragraphs=tuple(text(paragraph) for paragraph in raw["paragraphs"]),
        entities=tuple(
            Entity(e["kind"], text(e["name"]), text(e["country"]) if e.get("country") else None)
            for e in raw.get("entities") or ()
        ),
        edit=Edit(**{k: text(v) for k, v in raw["edit"].items()}) if raw.get("edit") else None,
        reprint=_reprint(raw.get("reprint"), text),
    )


def _reprint(raw: dict[str, Any] | None, text: Any) -> Reprint | None:
    if raw is None:
        return None
    return Reprint(raw["by"], text(raw["headline"]) if raw.get("headline") else None)
