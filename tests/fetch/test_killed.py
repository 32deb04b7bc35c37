"""Killed at any moment and run again: nothing lost, nothing twice. Real processes, real SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from pipeline import landing, warc
from pipeline.errors import Retryable
from pipeline.fetch import fetch_shard, spool
from pipeline.settings import get_settings
from pipeline.warehouse import db
from pipeline.warehouse.pages import archived_pages
from tests.conftest import CHECKOUT
from tests.fetch.fetch_world import PART, RUN, archive_paths, claim, endings, quick, rows, warcio_check
from tests.fetch.outlet import ARTICLE, Outlet

pytestmark = pytest.mark.db

_PROGRAM = """
import os, signal, sys
from pipeline.fetch import archive, fetch_shard, spool
from tests.fetch.fetch_world import PART, RUN, quick, source

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def die_in_the_middle_of_a_record(self, data, whole=spool._Appended.append):
    global pieces
    pieces += 1
    if pieces == 33:
        with self._path.open("ab") as file:
            file.write(data[: len(data) // 2])
        die()
    return whole(self, data)

pieces = 0
archive.SEGMENT_PAGES = 10
match sys.argv[3]:
    case "writing": spool._Appended.append = die_in_the_middle_of_a_record
    case "published": archive.save_outcomes = die
    case "committed": archive.discard = die
fetch_shard(RUN, sys.argv[1], PART, sources=[source(sys.argv[2])], settings=quick())
"""


def start(uri: str, outlet: Outlet, kill_point: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "MM_LANDING_URL": get_settings().landing_url}
    command = [sys.executable, "-c", _PROGRAM, uri, outlet.host, kill_point]
    return subprocess.Popen(command, cwd=CHECKOUT, env=environment)


def finish(uri: str, outlet: Outlet) -> None:
    fetch_shard(RUN, uri, PART, sources=[outlet.source], settings=quick())


def check_whole(landing_zone: Path, paths: list[str]) -> None:
    """Every entry has its end, exactly one archived page, and bytes that can be read."""
    assert endings() == dict.fromkeys(paths, ("fetched", "stored"))
    assert Counter(row["entry_id"] for row in rows("SELECT entry_id FROM raw.page")).most_common(1)[0][1] == 1
    events = rows("SELECT count(*) AS n FROM ops.entry_event WHERE stage = 'fetch'")
    assert events[0]["n"] == len(paths)
    with db.reading() as connection:
        pages = archived_pages(connection, RUN)
    assert len(pages) == len(paths)
    for page in pages:
        assert warc.read_record(page.warc_uri, page.warc_offset, page.warc_length).body == ARTICLE
    files = archive_paths(landing_zone)
    assert {page.warc_uri for page in pages} == {path.as_uri() for path in files}
    assert warcio_check(files) == 0
    assert not (get_settings().home / "spool" / RUN / PART).exists()


def test_killed_while_fetching(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    paths = [f"/slow/{n}" for n in range(40)]
    uri, _ = claim([outlet.url(path) for path in paths])
    process = start(uri, outlet, "by the test")
    journal = landing.spool_folder(RUN, PART) / "0002" / "pages.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= 3):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    committed = len(rows("SELECT 1 FROM raw.page"))
    assert 10 <= committed < 40

    finish(uri, outlet)
    check_whole(landing_zone, paths)
    asked_twice = [path for path in paths if outlet.asked[path] > 1]
    assert len(asked_twice) <= 1  # the one under way


@pytest.mark.parametrize("kill_point", ["writing", "published", "committed"])
def test_killed_at_the_worst_moment(warehouse: None, landing_zone: Path, outlet: Outlet, kill_point: str) -> None:
    paths = [f"/ok/{n}" for n in range(25)]
    uri, _ = claim([outlet.url(path) for path in paths])
    process = start(uri, outlet, kill_point)
    assert process.wait(60) == -signal.SIGKILL
    assert left_in_spool()
    finish(uri, outlet)
    check_whole(landing_zone, paths)
    assert len([path for path in paths if outlet.asked[path] > 1]) <= 1


def left_in_spool() -> list[Path]:
    return spool.left_over(landing.spool_folder(RUN, PART))


def test_a_full_disk_loses_nothing(
    warehouse: None, landing_zone: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"/ok/{n}" for n in range(12)]
    uri, _ = claim([outlet.url(path) for path in paths])
    append, calls = spool._Appended.append, 0

    def on_a_disk_that_fills_up(self: Any, data: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 10:
            self = copy(self)
            self._path = Path("/dev/full")  # the kernel's own ENOSPC
        return append(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(spool._Appended, "append", on_a_disk_that_fills_up)
        with pytest.raises(Retryable, match=r"no space left for the archive .*; free some and run the task again"):
            finish(uri, outlet)
    assert left_in_spool()
    finish(uri, outlet)
    check_whole(landing_zone, paths)
    assert [outlet.asked[path] for path in paths[:4]] == [1, 1, 1, 1]


def test_two_processes_never_work_on_one_part(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/ok/1")])
    with (
        spool.sole_user(landing.spool_folder(RUN, PART)),
        pytest.raises(Retryable, match="another process still works"),
    ):
        finish(uri, outlet)
    finish(uri, outlet)
    check_whole(landing_zone, ["/ok/1"])
