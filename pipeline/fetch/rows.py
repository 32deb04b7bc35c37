"""What happened to an entry, as rows of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.content_type import charset_of
from pipeline.fetch.drop import DroppedFile
from pipeline.fetch.verdict import Ending, Finding
from pipeline.http import HttpAnswer
from pipeline.records import ClaimedEntry, State
from pipeline.warehouse.events import Move
from pipeline.warehouse.pages import FetchOutcome, PageAttempt


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to get the bytes of one URL."""

    number: int  # within the run, from 1
    at: datetime  # when it ended, UTC
    found: Finding
    content: HttpAnswer | DroppedFile | None = None  # what came, if anything did


def outcome_of(run_key: str, entry: ClaimedEntry, attempt: Attempt | None, ending: Ending | None) -> FetchOutcome:
    """The attempt and the entry's end as rows; place and digest of the bytes are the archive's to add."""
    page = None if attempt is None else _page(run_key, entry, attempt)
    move = None if ending is None else _move(entry, ending)
    return FetchOutcome(entry.entry_id, page, move)


def _page(run_key: str, entry: ClaimedEntry, attempt: Attempt) -> PageAttempt:
    found, content = attempt.found, attempt.content
    came: dict[str, Any] = {}
    if isinstance(content, HttpAnswer):
        came = _of_answer(content)
    elif content is not None:
        came = {"final_url": entry.url, "content_type": content.content_type}
    return PageAttempt(
        entry.entry_id,
        run_key,
        attempt.at,
        attempt.number,
        outcome="archived" if found.has_page else "not_modified" if found.state is State.UNCHANGED else "failed",
        reason=None if found.has_page else found.reason.value,
        detail=_storable(found.detail) or _way(content),
        **came,
    )


def _move(entry: ClaimedEntry, ending: Ending) -> Move:
    return Move(entry.entry_id, ending.state, ending.reason, "fetch", _storable(ending.detail), due_at=ending.due_at)


def _of_answer(answer: HttpAnswer) -> dict[str, Any]:
    content_type = answer.headers.get("Content-Type")
    return {
        "status": answer.status,
        "final_url": _storable(answer.url),
        "content_type": _storable(content_type),
        "charset": charset_of(content_type),
        "etag": _storable(answer.headers.get("ETag")),
        "last_modified": _storable(answer.headers.get("Last-Modified")),
        "elapsed_ms": answer.elapsed_ms,
    }


def _way(content: HttpAnswer | DroppedFile | None) -> str | None:
    """How an answer was reached, if not directly."""
    if not isinstance(content, HttpAnswer) or not content.redirects:
        return None
    return _storable("redirected: " + ", ".join(f"{status} {url}" for url, status in content.redirects))


def _storable(value: str | None) -> str | None:
    """Text from outside as Postgres takes it: no lone surrogates, no NUL, not endless."""
    if value is None:
        return None
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")[:2_048]
