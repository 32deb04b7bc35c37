"""Changes of state of entries: every one goes through `move`, which writes the event with it.

A move only happens from a state it may happen from, and inside a run only for entries that run holds. So a
task that is run again moves nothing twice, and a run that lost its claim cannot write.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.records import TERMINAL, State
from pipeline.warehouse.db import copy_rows

RECHECK_HOURS = (1, 6, 24, 72, 168)
"""Ages at which a known URL is looked at again where its source says nothing else: most edits come within hours,
corrections within days. A run takes what is due, so ages that pass between two runs are one look."""


@dataclass(frozen=True, slots=True)
class Move:
    """One entry's change of state, asked for."""

    entry_id: int
    to_state: State
    reason: Reason
    stage: str
    detail: str | None = None
    due_at: datetime | None = None  # for `carried`: not before this moment


_STAGE_MOVES = """
CREATE TEMP TABLE IF NOT EXISTS wanted_move (
    entry_id bigint, to_state text, reason text, stage text, detail text, due_at timestamptz
) ON COMMIT DROP
"""

# Each entry is looked up by its key, in key order (OFFSET 0 keeps the conditions out of the subquery). Left to itself
# the planner, whose statistics are of noon, when no run held anything, takes the index on claimed_by or on state for
# the best way: then every segment's commit reads all that its run holds.
_MOVE = """
WITH held AS (
    SELECT e.entry_id, e.state AS from_state, e.source_key, m.to_state, m.reason, m.stage, m.detail, m.due_at,
        s.recheck_hours
    FROM (SELECT * FROM wanted_move ORDER BY entry_id) m
    CROSS JOIN LATERAL (
        SELECT entry_id, state, source_key, claimed_by FROM raw.entry WHERE entry_id = m.entry_id OFFSET 0 FOR UPDATE) e
    LEFT JOIN core.source s ON s.source_key = e.source_key
    WHERE e.state = ANY(:from_states) AND (CAST(:run_key AS text) IS NULL OR e.claimed_by = :run_key)
), changed AS (
    UPDATE raw.entry e SET
        state = h.to_state,
        reason = h.reason,
        state_at = :at,
        due_at = h.due_at,
        claimed_by = CASE WHEN h.to_state = ANY(:leaving) THEN NULL ELSE e.claimed_by END,
        attempt_count = CASE WHEN h.to_state = ANY(:terminal) THEN 0 ELSE e.attempt_count END,
        recheck_at = CASE
            WHEN h.to_state = ANY(:rechecked) THEN (
                SELECT min(e.first_seen_at + make_interval(hours => age))
                FROM (
                    SELECT CAST(jsonb_array_elements_text(coalesce(h.recheck_hours, CAST(:ages AS jsonb))) AS int) age
                ) AS ages
                WHERE e.first_seen_at + make_interval(hours => age) > :at)
            WHEN h.to_state = ANY(:terminal) THEN NULL
            ELSE e.recheck_at END
    FROM held h WHERE e.entry_id = h.entry_id
)
INSERT INTO ops.entry_event
    (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason, detail)
SELECT CAST(:at AS timestamptz)::date, :at, :run_key, entry_id, source_key, from_state, to_state, stage, reason, detail
FROM held ORDER BY entry_id
"""

_LEAVING = sorted([*TERMINAL, State.CARRIED, State.REOPENED])
_RECHECKED = sorted([State.LOADED, State.UNCHANGED, State.DUPLICATE])


def move(
    connection: Connection,
    moves: Iterable[Move],
    *,
    from_states: Sequence[State],
    run_key: str | None,
    at: datetime | None = None,
) -> int:
    """Move entries and write their events; returns how many moved.

    Entries in another state, or held by another run, are left alone without an error. With `run_key=None`
    (discovery, an operator) the holder is not looked at.
    """
    wanted = [(m.entry_id, m.to_state, m.reason, m.stage, m.detail, m.due_at) for m in moves]
    if not wanted:
        return 0
    connection.execute(text(_STAGE_MOVES))
    connection.execute(text("TRUNCATE wanted_move"))
    copy_rows(connection, "wanted_move", ("entry_id", "to_state", "reason", "stage", "detail", "due_at"), wanted)
    result = connection.execute(
        text(_MOVE),
        {
            "from_states": list(from_states),
            "run_key": run_key,
            "at": at or datetime.now(UTC),
            "leaving": _LEAVING,
            "terminal": sorted(TERMINAL),
            "rechecked": _RECHECKED,
            "ages": json.dumps(RECHECK_HOURS),
        },
    )
    return result.rowcount
