"""What the publisher says of an article's topic, in any language: its section, its address and its own tags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.topics.keywords import KeywordTopicScorer
from pipeline.tag.topics.sections import sections_of_path, topics_of_section

SIGNALS = ("section", "path", "tags")
"""The three, in the order in which the model's weights stand."""
MAX_TAGS = 20
"""Of more tags than that, the rest is a site's whole vocabulary."""
_NOTHING = Reading()


@dataclass(frozen=True, slots=True)
class Signals:
    """Codes that each signal speaks for; None where it says nothing about any topic."""

    section: frozenset[str] | None
    path: frozenset[str] | None
    tags: frozenset[str] | None

    def says(self, signal: str, code: str) -> int:
        """1: it speaks for the topic, -1: for others only, 0: for none."""
        codes: frozenset[str] | None = getattr(self, signal)
        return 0 if codes is None else 1 if code in codes else -1


def signals_of(context: TagContext, language: str | None) -> Signals:
    """The signals of one article."""
    path = sections_of_path(context.url) if context.url else []
    return Signals(
        section=_codes([context.section] if context.section else []),
        path=_codes(path),
        tags=_tag_codes(context.publisher_tags[:MAX_TAGS], language),
    )


def _codes(names: Iterable[str]) -> frozenset[str] | None:
    return frozenset().union(*(topics_of_section(name) for name in names)) or None


def _tag_codes(tags: Iterable[str], language: str | None) -> frozenset[str] | None:
    """A tag is a section's name or holds keywords; a tag of both counts once."""
    return frozenset().union(*(topics_of_section(tag) or _keyword_codes(tag, language) for tag in tags)) or None


@lru_cache(maxsize=4096)
def _keyword_codes(tag: str, language: str | None) -> frozenset[str]:
    found = KeywordTopicScorer().topics(tag, title=None, language=language, context=TagContext(), reading=_NOTHING)
    return frozenset(topic.code for topic in found if topic.is_assigned)
