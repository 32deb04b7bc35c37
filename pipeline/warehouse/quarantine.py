"""What lies in quarantine, and letting it go again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.records import State
from pipeline.urls import url_key
from pipeline.warehouse.events import Move, move

_LIST = """
SELECT e.url, e.source_key, e.reason, e.state_at, v.detail, p.warc_uri, p.warc_offset, e.entry_id
FROM raw.entry e
LEFT JOIN LATERAL (SELECT detail FROM ops.entry_event v WHERE v.entry_id = e.entry_id AND v.to_state = 'quarantined'
    ORDER BY v.at DESC, v.event_id DESC LIMIT 1) v ON true
LEFT JOIN LATERAL (SELECT warc_uri, warc_offset FROM raw.page p WHERE p.page_id = e.page_id LIMIT 1) p ON true
WHERE e.state = 'quarantined'
  AND (CAST(:reason AS text) IS NULL OR e.reason = :reason)
  AND (CAST(:source AS text) IS NULL OR e.source_key = :source)
  AND (CAST(:keys AS text[]) IS NULL OR e.url_key = ANY(:keys))
ORDER BY e.state_at DESC, e.url LIMIT :limit
"""


def quarantined(
    connection: Connection,
    *,
    reason: str | None = None,
    source: str | None = None,
    urls: list[str] | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Entries in quarantine, newest first: url, source_key, reason, detail, since when, and where the bytes lie."""
    keys = [url_key(url) for url in urls] if urls else None
    values = {"reason": reason, "source": source, "keys": keys, "limit": limit}
    return [dict(row) for row in connection.execute(text(_LIST), values).mappings()]


def retry(connection: Connection, entry_ids: list[int], *, refetch: bool) -> int:
    """Give entries to the next run: from their archived bytes, or, with `refetch`, from the network."""
    reason = Reason.REOPENED if refetch else Reason.OPERATOR
    moves = [Move(entry_id, State.REOPENED, reason, "operator") for entry_id in entry_ids]
    return move(connection, moves, from_states=(State.QUARANTINED,), run_key=None)


def drop(connection: Connection, entry_ids: list[int]) -> int:
    """Let go of entries for good; their bytes and history stay."""
    moves = [Move(entry_id, State.DROPPED, Reason.OPERATOR, "operator") for entry_id in entry_ids]
    return move(connection, moves, from_states=(State.QUARANTINED,), run_key=None)
