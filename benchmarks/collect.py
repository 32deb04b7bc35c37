"""A night on a small web of its own: 2,000 hosts, 100,000 pages, everything on, a pause of 0.05 s at each host.

Run `python -m benchmarks.collect`. The URLs are claimed, divided into shards and fetched as the nightly does it, two
fetch tasks at once, each in a fresh process, into a real archive and a real Postgres. The hosts (benchmarks/web.py)
keep account of how they were asked; the fetching processes of their memory; the database of its work. A figure of
pages per second is this machine's: with what politeness alone would allow, and where the processors' time went.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.progress import track as shown
from rich.table import Table
from sqlalchemy import Connection, Engine, event, text

from benchmarks.own_home import own_home
from benchmarks.web import Account, Web, web
from pipeline import urls
from pipeline.ops import night
from pipeline.settings import get_settings
from pipeline.sources import load_sources
from pipeline.warehouse import db, embedded
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.runs import open_run
from pipeline.warehouse.sources import sync_sources

RESULTS = Path(__file__).resolve().parent / "results"
DELAY_S = 0.05
TASKS_AT_ONCE = 2
SAMPLE_S = 0.5
GOAL_GROWTH_MB = 30.0
"""Memory of a fetching process from a quarter of its time to its end, at most: it must not grow with the pages."""
STEADY_PAGES = 50
"""For each host: with fewer, a quarter of the time is over before every host has been asked once, and memory is not
judged."""
GOAL_STATEMENTS = 0.25
"""Statements for one page, at most: rows are committed by segments, politeness is shared in bulk."""
GOAL_PAGES_PER_S = 150.0
"""On two cores that also run the web and the database: a night of 100,000 pages in eleven minutes."""
CLOCK_S = 0.002
"""A timer may fire so much early."""


@dataclass(frozen=True, slots=True)
class FetchTask:
    """What one fetch task cost: a fresh process, as under Airflow."""

    seconds: float
    cpu_s: float
    statements: int
    rss_mb: list[float]  # every half second
    files_open_at_once: int


@dataclass(frozen=True, slots=True)
class DatabaseWork:
    """What the database has done so far (pg_stat_database, WAL position, processor time of all its processes)."""

    transactions: int
    rows_written: int
    rows_read: int
    wal_mb: float
    cpu_s: float


def write_sources(folder: Path, here: Web, hosts: int) -> None:
    """One file per outlet, an outlet per host."""
    folder.mkdir()
    for number in range(hosts):
        key, host = f"outlet-{number:04d}", here.host(number)
        (folder / f"{key}.yml").write_text(
            f"key: {key}\nname: Outlet {number}\nhomepage: http://{host}/\nallow_loopback: true\n"
            f"feeds:\n  - {{kind: rss, url: 'http://{host}/feed.xml'}}\n",
            encoding="utf-8",
        )


def list_entries(here: Web, hosts: int, pages: int) -> None:
    """The URLs, as discovery would have left them: new, and due."""
    seen_at = datetime.now(UTC) - timedelta(hours=1)
    rows = []
    for number in range(pages):
        host = here.host(number % hosts)
        url = f"http://{host}/2026/11/harbour-story/{number}"
        rows.append((urls.url_key(url), url, host, f"outlet-{number % hosts:04d}", seen_at, "new", "new", seen_at))
    columns = ("url_key", "url", "host", "source_key", "first_seen_at", "state", "reason", "state_at")
    db.in_transaction(lambda c: db.copy_rows(c, "raw.entry", columns, rows))
    with db.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def open_night() -> str:
    """Sources synchronised and a run opened, as the nightly's first task does."""
    now = datetime.now(UTC)
    configured = load_sources(get_settings().sources_dir)
    db.in_transaction(lambda c: sync_sources(c, configured, now))
    opened = partial(open_run, kind="nightly", night=now.date(), started_at=now, airflow_run_id="benchmark", params={})
    return db.in_transaction(opened).run_key


def fetch_task(run_key: str, shard: dict[str, Any]) -> FetchTask:
    """One fetch task from start to end, watched from within."""
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(Engine, "before_cursor_execute", count)
    started = time.perf_counter()
    with _watched() as (rss_mb, files):
        night.fetch(run_key, shard)
    used = psutil.Process().cpu_times()
    return FetchTask(time.perf_counter() - started, used.user + used.system, statements, rss_mb, max(files))


@contextmanager
def _watched() -> Iterator[tuple[list[float], list[int]]]:
    """This process's resident memory in MB and open files, every half second."""
    rss_mb: list[float] = []
    files: list[int] = []
    over = threading.Event()
    process = psutil.Process()

    def watch() -> None:
        while not over.wait(SAMPLE_S):
            rss_mb.append(round(process.memory_info().rss / 1e6, 1))
            files.append(process.num_fds())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield rss_mb, files
    over.set()
    watcher.join()


def fetch_all(run_key: str, shards: list[dict[str, Any]]) -> tuple[float, list[FetchTask], int]:
    """All shards, two at once; seconds in all, what each cost, and the database's connections at once."""
    started, most = time.perf_counter(), 0
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(TASKS_AT_ONCE, mp_context=spawn, max_tasks_per_child=1) as pool, db.reading() as c:
        tasks = [pool.submit(fetch_task, run_key, shard) for shard in shards]
        for task in shown(tasks, "fetching", transient=True):
            while not task.done():
                most = max(most, c.scalar(text(_CONNECTIONS)) or 0)
                c.rollback()  # or it would see the same moment for ever
                time.sleep(SAMPLE_S)
        return time.perf_counter() - started, [task.result() for task in tasks], most


_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_WORK = """
SELECT xact_commit + xact_rollback, tup_inserted + tup_updated + tup_deleted, tup_fetched + tup_returned,
    pg_current_wal_lsn() - '0/0'::pg_lsn
FROM pg_stat_database WHERE datname = current_database()
"""


def database_work() -> DatabaseWork:
    """As it stands now; sessions report to it when they have been idle for a moment."""
    time.sleep(1.5)

    def read(connection: Connection) -> DatabaseWork:
        transactions, written, read, wal = connection.execute(text(_WORK)).one()
        return DatabaseWork(int(transactions), int(written), int(read), float(wal) / 1e6, _database_cpu_s())

    return db.in_transaction(read)


def _database_cpu_s() -> float:
    """Of the server and all it has started, ended ones too."""
    folder = Path(embedded.read_cluster().data)
    server = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    ended = server.cpu_times()
    living = [process.cpu_times() for process in (server, *server.children())]
    return sum(t.user + t.system for t in living) + ended.children_user + ended.children_system


def measure(hosts: int, pages: int) -> dict[str, Any]:
    """All figures."""
    with web() as here, own_home() as home, _settings(home):
        write_sources(home / "sources", here, hosts)
        list_entries(here, hosts, pages)
        run_key = open_night()
        started = time.perf_counter()
        shards = night.claim(run_key)
        claim_s = time.perf_counter() - started
        before = database_work()
        seconds, tasks, connections = fetch_all(run_key, shards)
        after = database_work()
        account = here.account()
        with db.reading() as connection:
            account_book = ledger(connection, run_key)
            archived = connection.scalar(text("SELECT count(*) FROM raw.page WHERE outcome = 'archived'")) or 0
        files = [path.stat().st_size for path in (home / "landing" / "warc").rglob("*.warc.gz")]
        page_bytes = here.page_bytes
    left = {f"{line[1]} ({line[2]})": line[3] for line in account_book.by_outcome()}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "hosts": hosts,
        "pages": pages,
        "page_bytes": round(page_bytes),
        "claim_s": round(claim_s, 2),
        "fetch_s": round(seconds, 1),
        "pages_per_s": round(archived / seconds, 1),
        "politeness_alone_s": round((pages / hosts + 1) * DELAY_S * len(shards) / TASKS_AT_ONCE, 1),
        "archived": archived,
        "outcomes": left,
        "account": asdict(account),
        "archive": {"files": len(files), "mb": round(sum(files) / 1e6)},
        "memory": _memory(tasks),
        "database": _database(before, after, tasks, connections, pages),
        "cpu_s": {
            "fetching": round(sum(task.cpu_s for task in tasks), 1),
            "database": round(after.cpu_s - before.cpu_s, 1),
            "the web itself": round(account.cpu_s, 1),
        },
        "files_open_at_once": max(task.files_open_at_once for task in tasks),
    }


@contextmanager
def _settings(home: Path) -> Iterator[None]:
    """The settings of this night; the fetching processes inherit them."""
    chosen = {"MM_SOURCES": str(home / "sources"), "MM_HOST_DELAY_S": str(DELAY_S), "MM_HOST_BUDGET": "1000000"}
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    get_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        get_settings.cache_clear()


def _memory(tasks: list[FetchTask]) -> dict[str, float]:
    """Of the fetching process that grew most: at a quarter of its time, and the most after that."""
    grown = max((task.rss_mb for task in tasks), key=lambda rss: max(rss[len(rss) // 4 :]) - rss[len(rss) // 4])
    return {"quarter_mb": grown[len(grown) // 4], "most_mb": max(grown)}


def _database(
    before: DatabaseWork, after: DatabaseWork, tasks: list[FetchTask], connections: int, pages: int
) -> dict[str, Any]:
    return {
        "connections_at_once": connections,
        "statements_per_page": round(sum(task.statements for task in tasks) / pages, 3),
        "transactions_per_page": round((after.transactions - before.transactions) / pages, 3),
        "rows_written_per_page": round((after.rows_written - before.rows_written) / pages, 2),
        "rows_read_per_page": round((after.rows_read - before.rows_read) / pages, 1),
        "wal_kb_per_page": round((after.wal_mb - before.wal_mb) * 1e3 / pages, 2),
    }


def misses(measured: dict[str, Any]) -> list[str]:
    """The goals that were not reached, in words."""
    account, memory, database = Account(**measured["account"]), measured["memory"], measured["database"]
    growth_mb, pages = memory["most_mb"] - memory["quarter_mb"], measured["pages"]
    found = {
        f"{measured['archived']:,} of {measured['pages']:,} pages archived": measured["archived"] == measured["pages"],
        f"{account.page_requests:,} requests for {measured['pages']:,} pages": account.page_requests
        == measured["pages"],
        f"{account.robots_requests:,} requests for robots.txt of {measured['hosts']:,} hosts": account.robots_requests
        <= measured["hosts"],
        f"{account.open_at_once_on_a_host} connections at once on a host": account.open_at_once_on_a_host == 1,
        f"{account.under_way_at_once_on_a_host} requests at once on a connection": account.under_way_at_once_on_a_host
        == 1,
        f"a host was asked again after {account.shortest_pause_s * 1e3:.0f} ms": account.shortest_pause_s
        >= DELAY_S - CLOCK_S,
        f"memory grew by {growth_mb:.0f} MB": growth_mb < GOAL_GROWTH_MB or pages < STEADY_PAGES * measured["hosts"],
        f"{database['statements_per_page']} statements for a page": database["statements_per_page"]
        <= GOAL_STATEMENTS,
        f"{measured['pages_per_s']} pages/s": measured["pages_per_s"] >= GOAL_PAGES_PER_S,
    }  # fmt: skip
    return [what for what, is_reached in found.items() if not is_reached]


def main() -> int:
    """Measure, print tables, write benchmarks/results/collect.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hosts", type=int, default=2_000)
    options.add_argument("--pages", type=int, default=100_000)
    options.add_argument("--quick", action="store_true", help="a tenth of the pages")
    given = options.parse_args()
    measured = measure(given.hosts, given.pages // 10 if given.quick else given.pages)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "collect.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    missed = misses(measured)
    _show(measured, missed)
    return int(bool(missed))


def _show(measured: dict[str, Any], missed: list[str]) -> None:
    account, memory, database, cpu = (measured[name] for name in ("account", "memory", "database", "cpu_s"))
    table = Table(title=f"{measured['pages']:,} pages of {measured['hosts']:,} hosts, {DELAY_S} s apart")
    for column in ("what", "figure", "goal"):
        table.add_column(column)
    rows = [
        ("fetched and archived", f"{measured['pages_per_s']:,} pages/s, {measured['fetch_s']:,} s in all",
         f"≥ {GOAL_PAGES_PER_S:.0f} pages/s"),
        ("what politeness alone would take", f"{measured['politeness_alone_s']:,} s", ""),
        ("processors' time", ", ".join(f"{name} {seconds:,.0f} s" for name, seconds in cpu.items()), ""),
        ("claim and shards", f"{measured['claim_s']:.1f} s", ""),
        ("connections at once", f"{account['open_at_once']:,} in all, {account['open_at_once_on_a_host']} on a host",
         "1 on a host"),
        ("shortest pause on a host", f"{account['shortest_pause_s'] * 1e3:.0f} ms", f"≥ {DELAY_S * 1e3:.0f} ms"),
        ("robots.txt", f"{account['robots_requests']:,} requests", "one for each host"),
        ("memory of a fetching process", f"{memory['quarter_mb']:.0f} MB at a quarter, {memory['most_mb']:.0f} at most",
         f"< {GOAL_GROWTH_MB:.0f} MB more"),
        ("files open at once", f"{measured['files_open_at_once']:,}", ""),
        ("database, for one page", f"{database['statements_per_page']} statements, "
         f"{database['transactions_per_page']} transactions, {database['rows_written_per_page']} rows written, "
         f"{database['rows_read_per_page']} read, {database['wal_kb_per_page']} kB WAL",
         f"≤ {GOAL_STATEMENTS} statements"),
        ("database connections at once", f"{database['connections_at_once']}", ""),
        ("archive", f"{measured['archive']['files']:,} files, {measured['archive']['mb']:,} MB", ""),
    ]  # fmt: skip
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    console.print("outcomes: " + ", ".join(f"{count:,} {name}" for name, count in measured["outcomes"].items()))
    console.print("all goals reached" if not missed else f"MISSED: {'; '.join(missed)}")


if __name__ == "__main__":
    sys.exit(main())
