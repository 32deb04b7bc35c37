"""What a repair would change in a source file, as a diff. Pure: text in, text out."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.sources.config import FeedConfig
from pipeline.sources.source_file import with_feed


@dataclass(frozen=True, slots=True)
class Change:
    """One feed of a source file, by its place, and what it should say instead."""

    place: int
    old: FeedConfig
    new: FeedConfig
    why: str


def repaired(text: str, changes: Sequence[Change]) -> str:
    """The text of a source file with these changes; comments, order and all else stay as they are."""
    for change in changes:
        text = with_feed(text, change.place, change.new)
    return text


def diff(path: str, before: str, after: str) -> str:
    """A unified diff, as `git apply` and `patch -p1` take it."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=2
    )
    return "".join(lines)
