"""One `dbt build`, as a process of its own: `python -m pipeline.warehouse.dbt_process PROJECT STATE RESULTS`.

A process, because dbt takes over logging, keeps adapters in globals and leaves 150 MB behind. It holds an advisory
lock on the warehouse while it works, so that two nightlies never build at once. The lock is held here and not by
the caller: if the caller is killed, this build still ends alone before the next one begins.

What dbt did goes to RESULTS as a JSON list with one object per node: the fields of `NodeResult`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import psycopg

LOCK = 7033
"""Number of the advisory lock: one build of the marts at a time."""

OK, NODES_FAILED, BROKEN, NO_DATABASE = 0, 1, 2, 3
"""Exit codes: all passed; some node failed (RESULTS says which); dbt could not run; the database is not there."""


def main(project: Path, state: Path, results: Path) -> int:
    """Wait for the lock, build everything, write the results."""
    try:
        with psycopg.connect(_conninfo(), autocommit=True, application_name="media-monitor marts lock") as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
            return _build(project, state, results)
    except psycopg.OperationalError as error:
        print(error, file=sys.stderr)
        return NO_DATABASE


def _conninfo() -> str:
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DBNAME"}
    return psycopg.conninfo.make_conninfo(**{key: os.environ[f"MM_DBT_{name}"] for key, name in names.items()})


def _build(project: Path, state: Path, results: Path) -> int:
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    folders += ["--target-path", str(state / "target"), "--log-path", str(state / "logs")]
    outcome = dbtRunner().invoke(["--quiet", "--no-version-check", "build", *folders])
    if outcome.exception or outcome.result is None:
        print(outcome.exception or "dbt gave no result", file=sys.stderr)
        return BROKEN
    results.write_text(json.dumps([_as_row(result) for result in outcome.result.results]))
    return OK if outcome.success else NODES_FAILED


def _as_row(result: Any) -> dict[str, Any]:
    node = result.node
    kind = str(node.resource_type.value)
    affected = (result.adapter_response or {}).get("rows_affected")
    return {
        "node": node.unique_id,
        "kind": kind,
        "name": _name(node, kind),
        "on": sorted(key.split(".", 2)[2] for key in node.depends_on.nodes),
        "marts": sorted(key.split(".")[-1] for key in node.depends_on.nodes if key.startswith("model.")),
        "status": str(result.status.value),
        "row_count": result.failures if kind == "test" else affected if (affected or -1) >= 0 else None,
        "seconds": round(result.execution_time, 3),
        "message": result.message,
        "query": node.compiled_code if kind == "test" and result.failures else None,
    }


def _name(node: Any, kind: str) -> str:
    """What a person calls a node: `article`, or `not_null(url)` for a generic test without a name of its own."""
    given = getattr(node, "test_metadata", None)
    column = getattr(node, "column_name", None)
    if kind != "test" or given is None or not node.name.removeprefix("source_").startswith(given.name):
        return str(node.name)
    return f"{given.name}({column})" if column else str(given.name)


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:4])))
