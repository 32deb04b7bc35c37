"""The end of a night: nothing is left in between, the ledger is drawn, checks run, the report is written."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from pipeline.errors import BatchFailed, Reason
from pipeline.log import anomaly, event
from pipeline.records import StageCounts
from pipeline.warehouse import db
from pipeline.warehouse.checks import Check, run_checks, save_checks
from pipeline.warehouse.ledger import Ledger, ledger
from pipeline.warehouse.progress import track
from pipeline.warehouse.runs import carry_open_entries, close_run, run_by_airflow_id


def reconcile(run_key: str | None, airflow_run_id: str) -> dict[str, int]:
    """Close the run; raises BatchFailed if a stage failed or an error-level check did not hold.

    What the run still holds is carried to the next run before the ledger is drawn, so it balances even after
    a failure, and the reason says so.
    """
    run_key = run_key or _key_of(airflow_run_id)
    checks: list[Check] = []
    counts = track(run_key, "reconcile", "all", partial(_reconcile, run_key, checks))
    broken = [f"{c.name}: {c.observed} ({c.advice})" for c in checks if not c.is_ok and c.severity == "error"]
    if broken:
        raise BatchFailed(broken)
    return {"rows_in": counts.rows_in, "rows_out": counts.rows_out, **counts.reasons}


def _key_of(airflow_run_id: str) -> str:
    with db.reading() as connection:
        run = run_by_airflow_id(connection, airflow_run_id)
    if run is None:
        raise BatchFailed(["the run was never opened: look at the log of discover.start"])
    return run.run_key


def _reconcile(run_key: str, checks: list[Check]) -> StageCounts:
    book, found = db.in_transaction(partial(_draw_up, run_key))
    checks.extend(found)
    is_good = all(c.is_ok for c in found if c.severity == "error")
    state = "succeeded" if is_good else "failed"
    note = _note(book, found)
    db.in_transaction(lambda c: close_run(c, run_key, state=state, note=note, report_uri=None))
    report_uri = _write_report(run_key)
    db.in_transaction(lambda c: close_run(c, run_key, state=state, note=note, report_uri=report_uri))
    event("run_ended", run=run_key, state=state, ledger=book.sentence(), report=report_uri or "none")
    return StageCounts(book.claimed, book.terminal, {"carried": book.carried})


def _draw_up(run_key: str, connection: Connection) -> tuple[Ledger, list[Check]]:
    left = carry_open_entries(connection, run_key, Reason.NOT_REACHED, "the run ended before this was done")
    if left:
        anomaly("entries_not_reached", run=run_key, entries=left)
    book = ledger(connection, run_key)
    checks = run_checks(connection, book)
    save_checks(connection, run_key, checks)
    return book, checks


def _note(book: Ledger, checks: list[Check]) -> str:
    lines = [book.sentence(), ""]
    lines += [f"- {n:,} {state} ({reason}, {stage})" for stage, state, reason, n in book.by_outcome()]
    lines += [
        "",
        *(
            f"- {'FAILED' if c.severity == 'error' else 'look at'} {c.name}: {c.observed}"
            for c in checks
            if not c.is_ok
        ),
    ]
    return "\n".join(lines).strip()[:1000]  # Airflow keeps 1,000 characters of a note


def _write_report(run_key: str) -> str | None:
    """The report is for people: if it cannot be drawn, the night still counts, and the log says why."""
    from pipeline.report import write_report

    try:
        return write_report(run_key)
    except Exception as error:  # every cause is the same to the night: no report
        anomaly("report_failed", run=run_key, error=f"{type(error).__name__}: {error}")
        return None
