"""What each part of each stage is doing, for the live view and for looking back: `ops.stage_part`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from pipeline.records import StageCounts
from pipeline.warehouse import db

_BEGIN = """
INSERT INTO ops.stage_part (run_key, stage, part, state, started_at, attempt, total)
VALUES (:run_key, :stage, :part, 'running', :now, 1, :total)
ON CONFLICT (run_key, stage, part) DO UPDATE SET
    state = 'running', started_at = excluded.started_at, ended_at = NULL, error = NULL,
    attempt = ops.stage_part.attempt + 1, total = coalesce(excluded.total, ops.stage_part.total)
"""
_ADVANCE = """
UPDATE ops.stage_part SET rows_out = :rows_out, counts = CAST(:counts AS jsonb)
WHERE run_key = :run_key AND stage = :stage AND part = :part
"""
_END = """
UPDATE ops.stage_part SET state = :state, ended_at = :now, rows_in = :rows_in, rows_out = :rows_out,
    total = coalesce(total, :rows_in), counts = CAST(:counts AS jsonb), error = :error
WHERE run_key = :run_key AND stage = :stage AND part = :part
"""


def track(
    run_key: str, stage: str, part: str, work: Callable[[], StageCounts], *, total: int | None = None
) -> StageCounts:
    """Run one part of a stage and keep its start, end, counts and error; what `work` raises passes."""
    key = {"run_key": run_key, "stage": stage, "part": part}
    db.in_transaction(lambda c: c.execute(text(_BEGIN), {**key, "now": datetime.now(UTC), "total": total}))
    try:
        counts = work()
    except BaseException as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:500]
        _end(key, "failed", None, f"{type(error).__name__}: {first_line}")
        raise
    _end(key, "done", counts, None)
    return counts


def advance(run_key: str, stage: str, part: str, rows_out: int, counts: dict[str, int]) -> None:
    """Say how far a running part has come."""
    values = {"run_key": run_key, "stage": stage, "part": part, "rows_out": rows_out, "counts": json.dumps(counts)}
    db.in_transaction(lambda c: c.execute(text(_ADVANCE), values))


def _end(key: dict[str, str], state: str, counts: StageCounts | None, error: str | None) -> None:
    values = {
        **key,
        "state": state,
        "now": datetime.now(UTC),
        "rows_in": counts.rows_in if counts else None,
        "rows_out": counts.rows_out if counts else None,
        "counts": json.dumps(counts.reasons if counts else {}),
        "error": error,
    }

    def write(connection: Connection) -> None:
        connection.execute(text(_END), values)

    db.in_transaction(write)
