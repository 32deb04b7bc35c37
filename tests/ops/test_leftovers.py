"""What a killed service leaves behind is ended, unless it works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from pipeline.ops import leftovers

# A "scheduler" that titles its children as LocalExecutor does, then waits to be killed.
_SERVICE = """
import subprocess, sys, time
begun = "import time; print(flush=True); time.sleep(60)"
for title in sys.argv[1:]:
    worker = subprocess.Popen([sys.executable, "-c", begun, "airflow worker", title], stdout=subprocess.PIPE)
    worker.stdout.readline()  # a process has no title before it has begun
print("ready", flush=True)
time.sleep(60)
"""


def _killed(*titles: str) -> int:
    """The process group of a service that was killed while it had these workers."""
    command = [sys.executable, "-c", _SERVICE, *titles]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as service:
        assert service.stdout is not None
        service.stdout.readline()
        os.kill(service.pid, signal.SIGKILL)
        service.stdout.close()
    return service.pid


@pytest.mark.parametrize(("titles", "left"), [(("<idle>", "<idle>"), 0), (("<idle>", "nightly.fetch 3"), 1), ((), 0)])
def test_idle_workers_go_and_busy_ones_finish(titles: tuple[str, ...], left: int) -> None:
    group = _killed(*titles)
    assert len(leftovers.members(group)) == len(titles)
    assert leftovers.end_idle(group) == (left == 0)
    time.sleep(0.1)
    assert len(leftovers.members(group)) == left
    leftovers.end_all(group)
    time.sleep(0.1)
    assert leftovers.members(group) == []
