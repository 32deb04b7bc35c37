"""A whole machine for end-to-end tests: real Postgres, real Airflow, the demo newsroom, each on ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, create_engine, text

from pipeline.ops.airflow_api import AirflowApi
from pipeline.settings import Settings
from pipeline.warehouse import embedded

CHECKOUT = Path(__file__).resolve().parents[2]
NIGHT_TIMEOUT_S = 400


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Machine:
    """One MM_HOME with its services."""

    home: Path
    ui_port: int = field(default_factory=free_port)
    demo_port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MM_", "AIRFLOW"))}
        return {
            **kept,
            "MM_HOME": str(self.home),
            "MM_UI_PORT": str(self.ui_port),
            "MM_DEMO_PORT": str(self.demo_port),
            "COLUMNS": "160",
        }

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, ui_port=self.ui_port, demo_port=self.demo_port)

    def mm(self, *arguments: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user would."""
        command = [str(Path(sys.executable).parent / "mm"), *arguments]
        result = subprocess.run(
            command, env={**self.environment, **more}, capture_output=True, text=True, cwd=self.home, check=False
        )
        if check and result.returncode != 0:
            raise AssertionError(
                f"mm {' '.join(arguments)} ended with {result.returncode}\n{result.stdout}\n{result.stderr}"
            )
        return result

    @contextmanager
    def database(self, role: str = "loader") -> Iterator[Connection]:
        engine = create_engine(embedded.read_cluster(self.settings).url(role))
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.database() as connection:
            return list(connection.execute(text(query), values).mappings())

    def api(self) -> AirflowApi:
        return AirflowApi.login(self.settings)

    def set_demo_date(self, day: date) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.demo_port}/_date?value={day}",
            method="POST",
            headers={"Host": "newsroom.localhost"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200

    def trigger(self, **conf: Any) -> str:
        return self.api().trigger("nightly", {"night": None, "sources": [], "limit": 0, "recheck": "due", **conf})

    def wait_for(self, airflow_run_id: str) -> str:
        """The end state of a run; the api-server may be away in between."""
        deadline = time.monotonic() + NIGHT_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                state = self.api().run_state("nightly", airflow_run_id)
            except OSError:
                state = None
            if state in ("success", "failed"):
                return state
            time.sleep(0.5)
        raise AssertionError(
            f"{airflow_run_id} has not ended after {NIGHT_TIMEOUT_S} s:\n{self.progress(airflow_run_id)}"
        )

    def night(self, **conf: Any) -> str:
        """Run one night to its end and give its run key; the night must succeed."""
        airflow_run_id = self.trigger(**conf)
        state = self.wait_for(airflow_run_id)
        assert state == "success", self.progress(airflow_run_id)
        return self.run_key(airflow_run_id)

    def run_key(self, airflow_run_id: str) -> str:
        return self.rows("SELECT run_key FROM ops.run WHERE airflow_run_id = :id", id=airflow_run_id)[0]["run_key"]

    def progress(self, airflow_run_id: str) -> str:
        """What is known of a run, for the message of a failed test."""
        lines = [
            str(dict(row))
            for row in self.rows(
                "SELECT stage, part, p.state, attempt, error FROM ops.stage_part p JOIN ops.run r USING (run_key)"
                " WHERE airflow_run_id = :id ORDER BY p.started_at",
                id=airflow_run_id,
            )
        ]
        for log in sorted((self.home / "airflow" / "logs").rglob("attempt=*.log"))[-40:]:
            tail = [line for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()][-2:]
            lines += [f"{log.parent.name}/{log.name}: {line[:1500]}" for line in tail]
        return "\n".join(lines)

    def wait_for_stage(self, airflow_run_id: str, stage: str, timeout_s: float = 240) -> None:
        """Return when a stage of the run has begun."""
        deadline = time.monotonic() + timeout_s
        query = """
            SELECT 1 FROM ops.stage_part p JOIN ops.run r USING (run_key)
            WHERE airflow_run_id = :id AND stage = :stage"""
        while time.monotonic() < deadline:
            if self.rows(query, id=airflow_run_id, stage=stage):
                return
            time.sleep(0.1)
        raise AssertionError(f"{stage} has not begun after {timeout_s} s:\n{self.progress(airflow_run_id)}")

    def service_pid(self, name: str) -> int:
        return json.loads((self.home / "services.json").read_text())["services"][name]["pid"]

    def kill_service(self, name: str) -> None:
        """kill -9 one service, without its children: what a crash does."""
        os.kill(self.service_pid(name), signal.SIGKILL)

    def task_processes(self, task_id: str) -> list[psutil.Process]:
        """Processes that are running this task now."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            line = " ".join(process.info["cmdline"] or [])
            if task_id in line and (process.info["environ"] or {}).get("MM_HOME") == str(self.home):
                found.append(process)
        return found

    def close(self) -> None:
        self.mm("down", check=False)
        embedded.destroy(self.settings)
        shutil.rmtree(self.home, ignore_errors=True)


def new_machine() -> Machine:
    home = Path(tempfile.mkdtemp(prefix="mm-e2e-"))
    home.chmod(0o755)  # as root, Postgres runs as another user
    return Machine(home)
