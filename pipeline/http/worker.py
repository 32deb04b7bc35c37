"""Who is at work: a name for this process, and whether another one still lives.

A worker that was killed leaves its hosts held until the holds run out. One on the same machine that finds such a
hold need not wait for that: it can see that the process is gone.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import psutil


def this_worker() -> str:
    """Like `newsbox-4f1d02c9-4026531836/8123.1795500000.25`: machine, boot and process space; process and its start."""
    return _name(os.getpid())  # by process id, because a fork has a new one


def is_gone(worker: str) -> bool:
    """True if this worker ran on this machine and does no more; False for one that lives or that we cannot see."""
    node, _, process = worker.rpartition("/")
    if node != _node():
        return False
    pid, _, started = process.partition(".")
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.Error:
        return False


@lru_cache(maxsize=4)
def _name(pid: int) -> str:
    return f"{_node()}/{pid}.{psutil.Process(pid).create_time():.2f}"


@lru_cache(maxsize=1)
def _node() -> str:
    boot, space = "", ""
    with suppress(OSError):  # not Linux: then the host's name has to do
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
        space = str(Path("/proc/self/ns/pid").stat().st_ino)
    return "-".join(part for part in (socket.gethostname(), boot, space) if part)
