"""Rows as earlier stages write them, with only what a test is about spelt out."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from pipeline.records import CleanedPage, Resolution, SourceProfile

R = TypeVar("R")
NIGHT = datetime(2026, 11, 23, 2, tzinfo=UTC)
_PLAIN: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False, datetime: NIGHT, tuple[str, ...]: ()}


def page(entry_id: int, text: str, **given: Any) -> CleanedPage:
    """A cleaned page in English of the outlet "valley"."""
    defaults = {"entry_id": entry_id, "text": text, "language": "en", "source_key": "valley", "verdict": "ok"}
    return _row(CleanedPage, {**defaults, **given})


def resolution(entry_id: int, article_key: str, **given: Any) -> Resolution:
    """A new article of batch 000."""
    defaults = {
        "entry_id": entry_id,
        "article_key": article_key,
        "batch": "000",
        "action": "store",
        "source_key": "valley",
    }
    return _row(Resolution, {**defaults, **given})


def source(source_key: str, **given: Any) -> SourceProfile:
    """An outlet nothing is known of."""
    return _row(SourceProfile, {"source_key": source_key, **given})


def _row(record: type[R], given: dict[str, Any]) -> R:
    hints = get_type_hints(record)
    required = [f.name for f in fields(record) if f.default is MISSING]  # type: ignore[arg-type]
    plain = {name: _default(hints[name]) for name in required}
    return record(**{**plain, **given})


def _default(hint: Any) -> Any:
    return None if isinstance(hint, UnionType) and type(None) in get_args(hint) else _PLAIN[hint]
