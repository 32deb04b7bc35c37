"""What Airflow loads from us: when a DAG run ends, its note is the run's ledger.

The scheduler holds a lock on the DAG run while it calls listeners, so the note is written from a thread with a
session of its own, which waits for that lock instead of the scheduler waiting for it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from pipeline.log import anomaly

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

OURS = frozenset({"nightly", "discover", "maintain", "backfill"})


class RunNoteListener:
    """Writes the ledger of a run into its note in the Airflow UI."""

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun, msg: str) -> None:  # noqa: ARG002  (Airflow's signature)
        """A run ended well."""
        _write_note_later(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun, msg: str) -> None:  # noqa: ARG002
        """A run failed; if it never came to its end, what it held goes to the next run."""
        _write_note_later(dag_run, is_failed=True)


class MediaMonitorPlugin(AirflowPlugin):
    """Found by Airflow through the entry point in pyproject.toml."""

    name = "media_monitor"
    listeners = [RunNoteListener()]  # noqa: RUF012  (Airflow's interface)


def _write_note_later(dag_run: DagRun, *, is_failed: bool = False) -> None:
    if dag_run.dag_id in OURS:
        threading.Thread(target=write_note, args=(dag_run.dag_id, dag_run.run_id, is_failed), daemon=True).start()


def write_note(dag_id: str, airflow_run_id: str, is_failed: bool) -> None:
    """Copy ops.run.note into the DAG run's note; a failure is logged and costs nothing else."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select, text

    from pipeline.warehouse import db
    from pipeline.warehouse.runs import abandon_run

    try:
        if is_failed:
            db.in_transaction(lambda c: abandon_run(c, airflow_run_id=airflow_run_id))
        with db.reading() as connection:
            query = text("SELECT note FROM ops.run WHERE airflow_run_id = :id")
            note = connection.scalar(query, {"id": airflow_run_id})
        if not note:
            return
        with create_session() as session:
            run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == airflow_run_id))
            if run is not None and run.dag_run_note is not None:
                run.dag_run_note.content = note
            elif run is not None:
                run.note = note
    except Exception as error:  # a missing note must never hurt the scheduler
        anomaly("run_note_failed", run=airflow_run_id, error=f"{type(error).__name__}: {error}")
