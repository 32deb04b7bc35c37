"""A run as it goes, read from `ops.*`: one line per stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from pipeline.warehouse import db
from pipeline.warehouse.checks import STAGES

_PARTS = """
SELECT p.stage, count(*) AS parts, count(*) FILTER (WHERE p.state = 'done') AS done,
    bool_or(p.state = 'failed') AS is_failed, bool_or(p.state = 'running') AS is_running,
    sum(coalesce(p.total, p.rows_in)) AS total, sum(p.rows_in) AS rows_in, sum(p.rows_out) AS rows_out,
    extract(epoch FROM coalesce(max(p.ended_at), now()) - min(p.started_at)) AS seconds,
    jsonb_agg(p.counts) FILTER (WHERE p.counts IS NOT NULL) AS counts
FROM ops.stage_part p JOIN ops.run r USING (run_key) WHERE r.airflow_run_id = :id GROUP BY p.stage
"""


_UNITS = {
    "discover": ("polls", "new URLs"),
    "claim": (None, "URLs"),
    "context": ("pages", "batches"),
    "resolve": ("pages", "to store"),
    "tag": ("pages", "tags"),
    "link": ("names", "entities"),
    "load": ("pages", "articles written"),
    "marts": ("dbt nodes", "rows"),
    "reconcile": ("claimed", "ended"),
}
"""What a stage counts in and out; the others work row by row and show how far they are."""


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of a run, ready to print."""

    stage: str
    mark: str
    amount: str
    seconds: str
    counts: str
    is_over: bool


def stage_lines(airflow_run_id: str) -> list[StageLine]:
    """All stages that have begun, in order."""
    with db.reading() as connection:
        rows = {row["stage"]: row for row in connection.execute(text(_PARTS), {"id": airflow_run_id}).mappings()}
    return [_line(rows[stage]) for stage in (*STAGES, "reconcile") if stage in rows]


def failed_checks(run_key: str) -> list[dict[str, Any]]:
    """Checks that did not hold, errors first."""
    query = (
        "SELECT check_name, severity, observed, advice FROM ops.check_result"
        " WHERE run_key = :run_key AND NOT is_ok ORDER BY severity, check_name"
    )
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(text(query), {"run_key": run_key}).mappings()]


def report_uri(run_key: str) -> str | None:
    """Where the run's report lies."""
    with db.reading() as connection:
        query = text("SELECT report_uri FROM ops.run WHERE run_key = :run_key")
        uri: str | None = connection.scalar(query, {"run_key": run_key})
        return uri


def _line(row: Any) -> StageLine:
    is_over = row["done"] == row["parts"] or (row["is_failed"] and not row["is_running"])
    mark = "[red]✗[/red]" if row["is_failed"] else "[green]✓[/green]" if is_over else "[cyan]…[/cyan]"
    counts: dict[str, int] = {}
    for part in row["counts"] or []:
        for name, number in part.items():
            counts[name] = counts.get(name, 0) + int(number)
    words = ", ".join(f"{n:,} {name}" for name, n in sorted(counts.items(), key=lambda c: -c[1])[:4] if n)
    return StageLine(row["stage"], mark, _amount(row), f"{float(row['seconds']):.1f} s", words, bool(is_over))


def _amount(row: Any) -> str:
    done = f"{int(row['rows_out'] or 0):,}"
    if row["stage"] not in _UNITS:
        return f"{done} of {int(row['total']):,} pages" if row["total"] else f"{done} pages"
    unit_in, unit_out = _UNITS[row["stage"]]
    if row["rows_in"] is None or unit_in is None:
        return f"{done} {unit_out}"
    return f"{int(row['rows_in']):,} {unit_in} → {done} {unit_out}"
