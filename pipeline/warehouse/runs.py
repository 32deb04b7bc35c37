"""Runs: opened once, found again by their Airflow run id, closed with a verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from pipeline import __version__
from pipeline.errors import ConfigError, Reason
from pipeline.records import State
from pipeline.warehouse.events import Move, move


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the nightly, discover or backfill job."""

    run_key: str
    kind: str  # nightly, replay, discover, backfill
    night: date
    started_at: datetime
    params: dict[str, Any]
    state: str = "running"

    @property
    def is_replay(self) -> bool:
        """A past night done again: its claims, its archived bytes, no discovery."""
        return self.kind == "replay"


_OPEN = """
INSERT INTO ops.run (run_key, kind, night, airflow_run_id, state, started_at, params, code_version)
VALUES (:run_key, :kind, :night, :airflow_run_id, 'running', :started_at, CAST(:params AS jsonb), :code_version)
ON CONFLICT DO NOTHING
"""
_REOPEN = "UPDATE ops.run SET state = 'running', ended_at = NULL WHERE run_key = :run_key AND state <> 'running'"
_FIND = "SELECT run_key, kind, night, started_at, params, state FROM ops.run"


def open_run(
    connection: Connection,
    *,
    kind: str,
    night: date,
    started_at: datetime,
    airflow_run_id: str,
    params: dict[str, Any],
) -> Run:
    """The run of this Airflow run id: found if it exists (a task run again), else made.

    Run keys are minutes, like `20261123T0200Z-nightly`; a second run of one minute gets `-2`, and so on.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(7032)"))
    found = (
        connection.execute(text(f"{_FIND} WHERE airflow_run_id = :id"), {"id": airflow_run_id}).mappings().one_or_none()
    )
    if found:
        connection.execute(text(_REOPEN), {"run_key": found["run_key"]})
        return Run(**found)
    base = f"{started_at.astimezone(UTC):%Y%m%dT%H%MZ}-{kind}"
    same_minute = text("SELECT run_key FROM ops.run WHERE starts_with(run_key, :base)")
    taken = set(connection.scalars(same_minute, {"base": base}))
    run_key = base if base not in taken else next(k for n in range(2, 10_000) if (k := f"{base}-{n}") not in taken)
    values = {
        "run_key": run_key,
        "kind": kind,
        "night": night,
        "airflow_run_id": airflow_run_id,
        "started_at": started_at,
        "params": json.dumps(params),
        "code_version": __version__,
    }
    connection.execute(text(_OPEN), values)
    return Run(run_key, kind, night, started_at, params)


def get_run(connection: Connection, run_key: str | None = None) -> Run:
    """A run by its key or the first letters of it; without a key the newest nightly or replay.

    Raises ConfigError with what there is instead.
    """
    if run_key is None:
        query, values = f"{_FIND} WHERE kind IN ('nightly', 'replay') ORDER BY started_at DESC LIMIT 1", {}
    else:
        query = f"{_FIND} WHERE starts_with(run_key, :run_key) ORDER BY run_key = :run_key DESC, started_at DESC"
        values = {"run_key": run_key}
    found = connection.execute(text(query), values).mappings().first()
    if found:
        return Run(**found)
    newest = connection.scalars(text("SELECT run_key FROM ops.run ORDER BY started_at DESC LIMIT 3")).all()
    there_are = f"The newest are: {', '.join(newest)}." if newest else "There is none yet: `make run` makes one."
    raise ConfigError(f"No run {run_key or ''} in the warehouse. {there_are}")


def run_by_airflow_id(connection: Connection, airflow_run_id: str) -> Run | None:
    """The run behind a DAG run, if its first task got that far."""
    row = (
        connection.execute(text(f"{_FIND} WHERE airflow_run_id = :id"), {"id": airflow_run_id}).mappings().one_or_none()
    )
    return Run(**row) if row else None


def close_run(connection: Connection, run_key: str, *, state: str, note: str, report_uri: str | None) -> None:
    """Give a run its end."""
    connection.execute(
        text(
            "UPDATE ops.run SET state = :state, ended_at = :now, note = :note,"
            " report_uri = coalesce(:report_uri, report_uri) WHERE run_key = :run_key"
        ),
        {"state": state, "now": datetime.now(UTC), "note": note, "report_uri": report_uri, "run_key": run_key},
    )


def carry_open_entries(connection: Connection, run_key: str, reason: Reason, detail: str) -> int:
    """Hand on to the next run whatever this run still holds; returns how many."""
    held = connection.scalars(text("SELECT entry_id FROM raw.entry WHERE claimed_by = :run_key"), {"run_key": run_key})
    moves = [Move(entry_id, State.CARRIED, reason, "reconcile", detail) for entry_id in held.all()]
    return move(connection, moves, from_states=(State.CLAIMED, State.FETCHED), run_key=run_key)


def abandon_run(connection: Connection, *, airflow_run_id: str) -> None:
    """End a run whose DAG run failed before `reconcile` could; nothing happens to a run that has its end."""
    run = run_by_airflow_id(connection, airflow_run_id)
    if run is not None and run.state == "running":
        _end_dead(connection, run.run_key, "its DAG run failed before reconcile")


def release_dead_runs(connection: Connection, *, silent_hours: int, except_run: str | None = None) -> list[str]:
    """End runs in which nothing has happened for `silent_hours`, and hand on what they hold; returns their keys."""
    dead = connection.scalars(
        text("""
        SELECT r.run_key FROM ops.run r
        WHERE r.state = 'running' AND r.run_key IS DISTINCT FROM :except_run
          AND greatest(
            r.started_at,
            (SELECT max(greatest(p.started_at, p.ended_at)) FROM ops.stage_part p WHERE p.run_key = r.run_key),
            (SELECT max(v.at) FROM ops.entry_event v WHERE v.run_key = r.run_key)
          ) < now() - make_interval(hours => :hours)
        ORDER BY r.run_key
        """),
        {"hours": silent_hours, "except_run": except_run},
    ).all()
    for run_key in dead:
        _end_dead(connection, run_key, f"nothing happened for {silent_hours} h")
    return list(dead)


def _end_dead(connection: Connection, run_key: str, why: str) -> None:
    carried = carry_open_entries(connection, run_key, Reason.RUN_DIED, why)
    note = f"The run died ({why}); {carried:,} entries carried to the next run."
    close_run(connection, run_key, state="failed", note=note, report_uri=None)
