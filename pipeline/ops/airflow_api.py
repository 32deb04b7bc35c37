"""Airflow's REST API, as far as the command line needs it: trigger a run, watch it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ConfigError
from pipeline.ops import airflow_env
from pipeline.settings import Settings

_PATIENCE_S = 60.0


@dataclass(slots=True)
class AirflowApi:
    """A logged-in session with the api-server of this machine."""

    base: str
    token: str

    @classmethod
    def login(cls, settings: Settings) -> AirflowApi:
        """Log in as the operator."""
        base = airflow_env.ui_url(settings)
        body = {"username": airflow_env.USER, "password": airflow_env.ui_password(settings)}
        answer = _call("POST", f"{base}/auth/token", body, token=None)
        return cls(base, answer["access_token"])

    def wait_for_dag(self, dag_id: str) -> None:
        """Return when the dag-processor has read the DAG."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                _call("GET", f"{self.base}/api/v2/dags/{dag_id}", None, self.token)
                return
            except urllib.error.HTTPError as error:
                if error.code != 404 or time.monotonic() > deadline:
                    raise ConfigError(
                        f"Airflow does not know the DAG {dag_id}: {self.import_errors() or error}"
                    ) from error
            time.sleep(0.3)

    def import_errors(self) -> str:
        """Why DAG files could not be read; empty if all could."""
        answer = _call("GET", f"{self.base}/api/v2/importErrors", None, self.token)
        return "\n".join(f"{e['filename']}: {e['stack_trace'].splitlines()[-1]}" for e in answer["import_errors"])

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run by hand; returns its run id."""
        body = {"logical_date": None, "conf": conf}
        try:
            answer = _call("POST", f"{self.base}/api/v2/dags/{dag_id}/dagRuns", body, self.token)
        except urllib.error.HTTPError as error:
            raise ConfigError(f"Airflow refused the run: {error.read().decode(errors='replace')[:500]}") from error
        run_id: str = answer["dag_run_id"]
        return run_id

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The DAG run: state, note, times."""
        return _call("GET", f"{self.base}/api/v2/dags/{dag_id}/dagRuns/{run_id}", None, self.token)

    def run_state(self, dag_id: str, run_id: str) -> str | None:
        """queued, running, success or failed; None while the api-server is away."""
        try:
            state: str = self.run(dag_id, run_id)["state"]
        except (OSError, ValueError):
            return None
        return state

    def failed_tasks(self, dag_id: str, run_id: str) -> list[str]:
        """Names of the tasks that failed."""
        url = f"{self.base}/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?state=failed&limit=100"
        return [t["task_display_name"] for t in _call("GET", url, None, self.token)["task_instances"]]


def _call(method: str, url: str, body: dict[str, Any] | None, token: str | None) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310  (our own server)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        result: dict[str, Any] = json.load(answer)
        return result
