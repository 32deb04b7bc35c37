"""Build the marts: one `dbt build` over sql/, its results kept, and an error that names model, test and rows.

dbt orders the work: the tests on a mart's sources come first and, if one fails, the mart is left as it was; then
the mart is built, then its own tests run. A mart whose tests fail stands there untrusted (`mart.status`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from pipeline.errors import BatchFailed, Reason, Retryable
from pipeline.log import anomaly, event
from pipeline.records import StageCounts
from pipeline.settings import ROOT, get_settings
from pipeline.warehouse import db, dbt_process
from pipeline.warehouse.mart_results import NodeResult, rows_found, save

# What Postgres and libpq say when it is the server that is not there, rather than the query that is wrong.
_AWAY = re.compile(
    r"server closed the connection|terminating connection|connection (to server|refused|is closed|already closed)"
    r"|could not connect|the database system is|SSL connection has been closed",
    re.IGNORECASE,
)


def build_marts(run_key: str, project: Path = ROOT / "sql") -> StageCounts:
    """Rebuild and test all marts; `rows_in` are dbt's nodes, `rows_out` rows written, `reasons` nodes by status.

    Raises BatchFailed naming each model and test that failed and the rows it found (results are kept first), and
    Retryable when the database was away.
    """
    results = _run_dbt(project)
    if any(r.status == "error" and _AWAY.search(r.message or "") for r in results):
        raise Retryable(Reason.DATABASE_UNAVAILABLE, "the database went away while the marts were built")
    results = [_with_rows(result) for result in results]
    db.in_transaction(partial(_save, run_key=run_key, results=results))
    for result in results:
        _log(result)
    failures = [r.sentence for r in results if r.status in ("fail", "error")]
    if failures:
        raise BatchFailed(failures)
    written = sum(r.row_count or 0 for r in results if r.kind == "model")
    return StageCounts(len(results), written, dict(Counter(r.status for r in results)))


def _run_dbt(project: Path) -> list[NodeResult]:
    state = get_settings().home.resolve() / "dbt"
    state.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=state, prefix="build-") as folder:
        results = Path(folder) / "results.json"
        command = [sys.executable, "-m", dbt_process.__name__, str(project), str(state), str(results)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=os.environ | _address(), capture_output=True, text=True, check=False,
                timeout=get_settings().marts_timeout_s,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise BatchFailed([f"dbt was not done after {error.timeout:.0f} s; MM_MARTS_TIMEOUT_S sets this"]) from None
        if done.returncode in (dbt_process.OK, dbt_process.NODES_FAILED):
            return [NodeResult(**row) for row in json.loads(results.read_text())]
    said = " ".join((done.stderr + done.stdout).split())[-2000:]
    if done.returncode == dbt_process.NO_DATABASE or _AWAY.search(said):
        raise Retryable(Reason.DATABASE_UNAVAILABLE, said)
    raise BatchFailed([f"dbt could not run (exit code {done.returncode}): {said}"])


def _address() -> dict[str, str]:
    """Where dbt finds the warehouse, for profiles.yml; in the environment of dbt's process only."""
    url = make_url(db.url_for("loader"))
    return {
        "MM_DBT_HOST": url.host or "localhost",
        "MM_DBT_PORT": str(url.port or 5432),
        "MM_DBT_USER": url.username or "",
        "MM_DBT_PASSWORD": url.password or "",
        "MM_DBT_DBNAME": url.database or "",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def _with_rows(result: NodeResult) -> NodeResult:
    """A failed test's message with the rows it found, looked up while they are still there."""
    if result.query is None:
        return result
    try:
        with db.reading() as connection:
            rows = rows_found(connection, result)
    except DBAPIError as error:
        rows = f"could not be read again: {type(error.orig).__name__}"
    return replace(result, message=f"{result.row_count} rows, such as {rows}")


def _save(connection: Connection, run_key: str, results: list[NodeResult]) -> None:
    save(connection, run_key, results, datetime.now(UTC))


def _log(result: NodeResult) -> None:
    if result.status in ("fail", "error", "warn"):
        anomaly("mart_node", node=result.name, status=result.status, message=result.sentence)
    else:
        event("mart_node", node=result.name, status=result.status, rows=result.row_count, seconds=result.seconds)
