"""Texts with tags of our choosing, with only what a test is about spelt out."""

from __future__ import annotations

from typing import Any

from pipeline.tag.interfaces import EntityMention, ScoredTopic, Tags
from pipeline.tag.tagged import TaggedText
from pipeline.tag.texts import Text


def mention(text: str, surface: str, kind: str = "PER", **given: Any) -> EntityMention:
    """The first place of `text` that reads `surface`, or the one from `start` on."""
    start = text.index(surface, given.pop("start", 0))
    plain: dict[str, Any] = {
        "name": surface,
        "qid": None,
        "country": None,
        "latitude": None,
        "longitude": None,
        "score": 0.9,
        "in_title": False,
    }
    return EntityMention(start, start + len(surface), surface, kind, **{**plain, **given})


def tagged(
    text: str,
    *mentions: EntityMention,
    title: str | None = None,
    text_id: str = "t1",
    topics: tuple[ScoredTopic, ...] = (),
    language: str | None = "en",
    problem: str | None = None,
) -> TaggedText:
    """The text with exactly these tags."""
    return TaggedText(Text(text_id, text, title=title, problem=problem), Tags(language, mentions, topics))
