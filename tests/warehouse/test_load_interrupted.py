"""Load cut off, disturbed and doubled: whatever happens, the rows are those of one load."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from pipeline.warehouse import db, embedded
from pipeline.warehouse.checksum import checksum
from tests.warehouse.nights import BODY, FIRST_SEEN, NIGHT, Seen, load, prepare, rows, run

pytestmark = pytest.mark.db
A = "https://tribune.example/2026/11/19/dockers-meet-the-board"
NEXT = NIGHT + timedelta(days=1)
EDITED = BODY.replace("a fourth day", "a fifth day").replace("Solveig Brandt, who", "Somebody, who")
_LOAD = f"""
from datetime import datetime
from pipeline.records import Part
from tests.warehouse.nights import load
load([Part("000", "1 page", "", 1)], night=datetime.fromisoformat("{NEXT.isoformat()}"))
"""


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: object) -> None:
    """An empty warehouse and a landing zone for each test."""


def sums() -> dict[str, str]:
    with db.reading() as connection:
        return checksum(connection)


@contextmanager
def topics_locked() -> Iterator[None]:
    """Holds up every load after it has deleted mentions, before it has written any."""
    connection = psycopg.connect(db.url_for("owner", "postgresql"))
    connection.execute("LOCK TABLE core.article_topic IN SHARE MODE")
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):  # the server was restarted
            connection.close()


def wait_for_held_up(number: int = 1) -> None:
    """Returns when that many loads stand at the lock."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%DELETE%article_topic%'"
    )
    deadline = time.monotonic() + 60
    while rows(statement) != [(number,)]:
        assert time.monotonic() < deadline, "no load reached the lock"
        time.sleep(0.05)


def an_edit_is_loaded() -> dict[str, str]:
    """The sums after a night and the next, in which the article was edited; then as before the second."""
    seen = [Seen(A, text=EDITED, fetched_at=NEXT)]
    run([Seen(A)])
    prepare(seen, night=NEXT)
    return sums()


def assert_edit_is_whole() -> None:
    assert rows("SELECT revision_no, cause FROM core.article_revision ORDER BY 1") == [
        (1, "new"),
        (2, "publisher_edit"),
    ]
    mentions = rows("SELECT start_offset, end_offset, surface FROM core.mention")
    assert len(mentions) == 6
    assert all(EDITED[start:end] == surface for start, end, surface in mentions)  # type: ignore[misc]
    assert rows("SELECT count(*) FROM core.article_topic") == [(1,)]
    assert rows("SELECT state, reason FROM raw.entry") == [("loaded", "edited")]
    assert rows("SELECT count(*) FROM ops.entry_event WHERE reason = 'edited'") == [(1,)]


def test_a_load_killed_between_delete_and_commit_leaves_nothing_and_runs_again() -> None:
    before = an_edit_is_loaded()
    with topics_locked():
        load_process = subprocess.Popen([sys.executable, "-c", _LOAD], cwd=Path(__file__).parents[2])
        wait_for_held_up()
        load_process.send_signal(signal.SIGKILL)
        load_process.wait()
    assert sums() == before
    parts = prepare([Seen(A, text=EDITED, fetched_at=NEXT)], night=NEXT)
    load(parts, night=NEXT)
    assert_edit_is_whole()


def test_a_load_survives_a_restart_of_postgres() -> None:
    an_edit_is_loaded()
    parts = prepare([Seen(A, text=EDITED, fetched_at=NEXT)], night=NEXT)
    with topics_locked(), ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load, parts, night=NEXT)
        wait_for_held_up()
        embedded.stop()
        embedded.ensure_running()
        counts = loading.result(timeout=60)
    assert counts.reasons == {"edited": 1}
    assert_edit_is_whole()


def test_two_loads_of_one_batch_at_once_write_it_once() -> None:
    an_edit_is_loaded()
    parts = prepare([Seen(A, text=EDITED, fetched_at=NEXT)], night=NEXT)
    with ThreadPoolExecutor(2) as pool:
        loads = [pool.submit(load, parts, night=NEXT) for _ in range(2)]
        assert sorted(loading.result(timeout=60).rows_out for loading in loads) == [0, 1]
    assert_edit_is_whole()


def test_two_runs_that_load_the_same_new_articles_at_once_leave_one_of_each() -> None:
    """In batches of four, in opposite order, four at a time: both runs froze their context before either loaded."""
    seen = [
        Seen(
            f"https://tribune.example/2026/11/19/dockers-day-{n:02}",
            text=BODY.replace("a fourth day", f"day {n}"),
            first_seen_at=FIRST_SEEN + timedelta(minutes=n),
        )
        for n in range(24)
    ]
    one = prepare(seen, batch_size=4)
    other = prepare(seen, batch_size=4, night=NEXT)[::-1]
    with ThreadPoolExecutor(4) as pool:
        loads = [
            pool.submit(load, [part], night=night)
            for pair in zip(one, other, strict=True)
            for part, night in zip(pair, (NIGHT, NEXT), strict=True)
        ]
        written = sum(loading.result(timeout=120).rows_out for loading in loads)
    assert written == 24
    assert rows("SELECT count(*), count(DISTINCT url_key), max(revision_no) FROM core.article") == [(24, 24, 1)]
    assert rows("SELECT count(*) FROM core.article_revision") == [(24,)]
    assert rows("SELECT count(*) FROM core.mention") == [(24 * 7,)]
    assert rows("SELECT first_seen_at FROM core.entity WHERE name = 'Bremen'") == [(FIRST_SEEN,)]
