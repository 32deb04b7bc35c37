"""The services of one machine and what keeps them up.

`supervise` is a process of its own: it starts Postgres, the demo newsroom (when the demo's sources are used),
and Airflow's api-server, scheduler and dag-processor, and starts again whatever dies. Airflow's own
`standalone` restarts nothing, and 25 s without Postgres end its scheduler.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from pipeline.errors import ConfigError
from pipeline.log import anomaly, event
from pipeline.ops import airflow_env, leftovers
from pipeline.settings import ROOT, Settings, get_settings
from pipeline.warehouse import embedded, schema

_CHECK_EVERY_S = 1.0
_LONGEST_PAUSE_S = 10.0
_STOP_PATIENCE_S = 15.0


@dataclass(slots=True)
class Service:
    """One program that is to run all the time."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    next_start: float = 0.0
    started_at: float = field(default=0.0)
    left_groups: list[int] = field(default_factory=list)  # process groups of killed starts that still hold somebody


def uses_demo(settings: Settings) -> bool:
    """True when no sources are set, so that the demo newsroom's are used."""
    return not settings.sources


def prepare(settings: Settings) -> None:
    """Warehouse, Airflow metadata and demo sources, each brought to the current version."""
    settings.home.mkdir(parents=True, exist_ok=True)
    schema.prepare()
    _prepare_airflow(settings)
    if uses_demo(settings):
        _write_demo_sources(settings)


def up(settings: Settings, timeout_s: float = 120.0) -> bool:
    """Start the supervisor in the background and wait until all services answer; True if it was down before."""
    if supervisor_pid(settings) is not None:
        wait_healthy(settings, timeout_s)
        return False
    _end_orphans(settings)
    _refuse_taken_ports(settings)
    log = log_file(settings, "supervisor")
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.ops.services"],
            cwd=ROOT,
            env={**os.environ, "MM_HOME": str(settings.home.resolve())},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    wait_healthy(settings, timeout_s, starter=process)
    return True


def down(settings: Settings) -> bool:
    """Stop the services, Postgres last; True if any of them was up."""
    pid = supervisor_pid(settings)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            psutil.Process(pid).wait(_STOP_PATIENCE_S * 3)
    _end_orphans(settings)
    return embedded.stop(settings) or pid is not None


def supervisor_pid(settings: Settings) -> int | None:
    """The supervisor's process, if it lives."""
    state = _read_state(settings)
    with contextlib.suppress(psutil.Error, KeyError):
        process = psutil.Process(state["pid"])
        if process.status() != psutil.STATUS_ZOMBIE and "pipeline.ops.services" in " ".join(process.cmdline()):
            return process.pid
    return None


def service_states(settings: Settings) -> dict[str, str]:
    """Name → 'running', 'not running' or 'restarted N times', for `mm status`."""
    state = _read_state(settings)
    if supervisor_pid(settings) is None:
        return {}
    result = {}
    for name, entry in state.get("services", {}).items():
        alive = psutil.pid_exists(entry["pid"]) if entry["pid"] else False
        again = f", restarted {entry['starts'] - 1}×" if entry["starts"] > 1 else ""
        result[name] = ("running" if alive else "not running") + again
    return result


def wait_healthy(settings: Settings, timeout_s: float, starter: subprocess.Popen[bytes] | None = None) -> None:
    """Return when api-server, scheduler and dag-processor are healthy; ConfigError with the log if not."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if is_healthy(settings):
            return
        if starter is not None and starter.poll() is not None:
            break
        time.sleep(0.25)
    raise ConfigError(
        f"The services did not become healthy within {timeout_s:.0f} s. "
        f"Look into {log_file(settings, 'supervisor').parent}; the last lines:\n{_last_lines(settings)}"
    )


def is_healthy(settings: Settings) -> bool:
    """True when Airflow's own health page says so."""
    try:
        with urllib.request.urlopen(f"{airflow_env.ui_url(settings)}/api/v2/monitor/health", timeout=3) as answer:  # noqa: S310
            health = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return all(
        (health.get(part) or {}).get("status") == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")
    )


def log_file(settings: Settings, name: str) -> Path:
    """The log of one service."""
    folder = settings.home.resolve() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def supervise(settings: Settings, *, should_stop: Callable[[], bool]) -> None:
    """Keep everything running until told to stop; then stop it in order."""
    services = _services(settings)
    try:
        while not should_stop():
            embedded.ensure_running(settings)  # first: everything else needs it
            environment = airflow_env.environment(settings)  # afresh: Postgres may have come back on another port
            for service in services:
                _keep_running(service, environment, settings)
            _write_state(settings, services)
            time.sleep(_CHECK_EVERY_S)
    finally:
        _stop_all(services)
        embedded.stop(settings)
        _state_file(settings).unlink(missing_ok=True)


def _services(settings: Settings) -> list[Service]:
    airflow = str(Path(sys.executable).parent / "airflow")
    services = [
        Service("api-server", [airflow, "api-server"]),
        # Its log server would listen on all addresses; on one machine the UI reads the log files themselves.
        Service("scheduler", [airflow, "scheduler", "--skip-serve-logs"]),
        Service("dag-processor", [airflow, "dag-processor"]),
    ]
    if uses_demo(settings):
        services.insert(
            0, Service("demo-newsroom", [sys.executable, "-m", "demo", "serve", "--port", str(settings.demo_port)])
        )
    return services


def _keep_running(service: Service, environment: dict[str, str], settings: Settings) -> None:
    now = time.monotonic()
    service.left_groups = [group for group in service.left_groups if not leftovers.end_idle(group)]
    if service.process is not None:
        code = service.process.poll()
        if code is None:
            return
        pause = 0.0 if now - service.started_at > 30 else min(2.0**service.starts, _LONGEST_PAUSE_S)
        anomaly("service_ended", service=service.name, exit_code=code, again_in_s=pause)
        service.left_groups.append(service.process.pid)  # each start is a group of its own
        service.process, service.next_start = None, now + pause
    if now < service.next_start:
        return
    with log_file(settings, service.name).open("ab") as sink:
        service.process = subprocess.Popen(
            service.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
            start_new_session=True,
        )  # fmt: skip
    service.starts += 1
    service.started_at = now
    event("service_started", service=service.name, pid=service.process.pid, start=service.starts)


def _stop_all(services: list[Service]) -> None:
    trees = [_tree(s.process.pid) for s in services if s.process is not None]
    processes = [p for tree in trees for p in tree]
    for tree in trees:
        for process in tree[:1]:
            with contextlib.suppress(psutil.Error):
                process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=_STOP_PATIENCE_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    for group in [g for s in services for g in (*s.left_groups, *([s.process.pid] if s.process else []))]:
        leftovers.end_all(group)


def _tree(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def _prepare_airflow(settings: Settings) -> None:
    import importlib.metadata

    version = importlib.metadata.version("apache-airflow")
    stamp = airflow_env.airflow_home(settings) / "prepared"
    want = f"{version} port-independent 1"
    if stamp.exists() and stamp.read_text() == want:
        return
    result = subprocess.run(
        [sys.executable, "-m", "pipeline.ops.airflow_setup"],
        cwd=ROOT,
        env=airflow_env.environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise ConfigError(f"Airflow's database could not be prepared:\n{(result.stdout + result.stderr)[-3000:]}")
    stamp.write_text(want)


def _write_demo_sources(settings: Settings) -> None:
    from demo.sources import write_sources

    drop_folder = settings.home.resolve() / "demo" / "drop"
    drop_folder.mkdir(parents=True, exist_ok=True)
    write_sources(settings.sources_dir, settings.demo_port, drop_folder)


def _end_orphans(settings: Settings) -> None:
    """End services whose supervisor was killed; only processes it had written down, and still ours by command."""
    entries = _read_state(settings).get("services", {})
    for name, entry in entries.items():
        tree = _tree(entry["pid"]) if entry["pid"] else []
        with contextlib.suppress(psutil.Error):
            if tree and any(word in " ".join(tree[0].cmdline()) for word in ("airflow", "demo")):
                anomaly("orphan_ended", service=name, pid=entry["pid"])
                for process in tree:
                    process.terminate()
        psutil.wait_procs(tree, timeout=_STOP_PATIENCE_S)
        for group in entry.get("groups", []):
            if any("airflow" in leftovers.title_of(process) for process in leftovers.members(group)):
                leftovers.end_all(group)


def _refuse_taken_ports(settings: Settings) -> None:
    wanted = {"MM_UI_PORT": settings.ui_port}
    if uses_demo(settings):
        wanted["MM_DEMO_PORT"] = settings.demo_port
    for variable, port in wanted.items():
        if embedded.port_taken(port):
            raise ConfigError(
                f"Port {port} is taken by another program. Choose another: `{variable}={port + 1} make up`."
            )


def _last_lines(settings: Settings) -> str:
    lines = []
    for name in ("supervisor", "api-server", "scheduler", "dag-processor"):
        path = log_file(settings, name)
        if path.exists():
            lines += [f"{name}: {line}" for line in path.read_text(errors="replace").splitlines()[-4:]]
    return "\n".join(lines)


def _state_file(settings: Settings) -> Path:
    return settings.home.resolve() / "services.json"


def _read_state(settings: Settings) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        state: dict[str, Any] = json.loads(_state_file(settings).read_text())
        return state
    return {}


def _write_state(settings: Settings, services: list[Service]) -> None:
    state = {
        "pid": os.getpid(),
        "services": {
            s.name: {
                "pid": s.process.pid if s.process else None,
                "starts": s.starts,
                "groups": [*s.left_groups, *([s.process.pid] if s.process else [])],
            }
            for s in services
        },
    }
    spool = _state_file(settings).with_suffix(".part")
    spool.write_text(json.dumps(state))
    spool.replace(_state_file(settings))


def main() -> None:
    """The supervisor process."""
    import logging

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    settings = get_settings()
    _write_state(settings, [])
    supervise(settings, should_stop=lambda: stopping)


if __name__ == "__main__":
    main()
