"""What a killed service leaves behind: children in its process group that nobody would end.

A scheduler that is killed leaves its workers. Those that work are let finish, since Airflow takes their results; idle
ones would stay for ever, and hold ports.
"""

from __future__ import annotations

import contextlib
import os
import signal

import psutil

from pipeline.log import event

_WORKER, _IDLE = "airflow worker", "<idle>"
"""How Airflow's LocalExecutor titles its processes."""


def end_idle(group: int) -> bool:
    """End what does no work in this process group; True if nothing is left of it."""
    processes = members(group)
    busy = any(_is_at_work(process) for process in processes)
    for process in processes:
        if not busy or _is_idle_worker(process):
            _kill(process)
    return not busy


def end_all(group: int) -> None:
    """End the whole process group."""
    for process in members(group):
        _kill(process)


def members(group: int) -> list[psutil.Process]:
    """The living processes of a group; its leader may be gone."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def title_of(process: psutil.Process) -> str:
    """Its command line as it is now; empty once it is gone."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _is_at_work(process: psutil.Process) -> bool:
    """Also one that lives without a title: for a moment after it began, nobody can say what it is."""
    title = title_of(process)
    return _IDLE not in title if _WORKER in title else not title and process.is_running()


def _is_idle_worker(process: psutil.Process) -> bool:
    title = title_of(process)
    return _WORKER in title and _IDLE in title


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(signal.SIGKILL)
        event("leftover_ended", pid=process.pid)
