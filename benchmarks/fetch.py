"""Fetching beside what one would write oneself: a bare aiohttp client, and that client with a bare warcio writer.

Run `python -m benchmarks.fetch`. All sides ask the same server (a process of its own, on loopback) for the same
generated pages over the same number of connections, taking turns; figures are medians of ratios within one
round, so that what else the machine does falls on both. Ours has every guard and limit on, robots.txt read and
obeyed, and politeness' pauses set to zero; with archiving on it also commits its rows to an embedded Postgres.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, insert
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.own_home import own_home
from benchmarks.page_server import server
from pipeline import landing
from pipeline.fetch.archive import Archive, Sink
from pipeline.fetch.rows import Attempt
from pipeline.fetch.shard import collect
from pipeline.fetch.verdict import Ending
from pipeline.records import ClaimedEntry
from pipeline.settings import Settings
from pipeline.sources import SourceConfig
from pipeline.warehouse import db
from pipeline.warehouse.tables import raw

RESULTS = Path(__file__).resolve().parent / "results"
CONNECTIONS = 32
HOSTS = 32  # ours asks a host one page at a time, so as many hosts as there are connections
GOAL_CLIENT = 0.7
GOAL_ARCHIVE = 0.8
GOAL_MEMORY_MB = 30.0
"""Growth between a tenth of the pages and all: less than keeping 2 kB for each of 18,000 pages would take."""
RUN_KEY = "20260314T0200Z-benchmark"
FIRST_SEEN_AT = datetime(2026, 3, 14, 2, tzinfo=UTC)

Work = Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Shard:
    """What the fetch stage is given: entries over 32 hosts of one source, one connection each."""

    name: str
    entries: list[ClaimedEntry]
    source: SourceConfig
    settings: Settings


def make_shard(port: int, count: int, first_id: int = 1) -> Shard:
    """`count` pages; two shards with different first ids share no entry."""
    hosts = [f"127.0.1.{number + 1}:{port}" for number in range(HOSTS)]
    source = SourceConfig.model_validate(
        {
            "key": "benchmark",
            "name": "Benchmark",
            "homepage": f"http://{hosts[0]}/",
            "feeds": [{"kind": "rss", "url": f"http://{host}/feed"} for host in hosts],
            "allow_loopback": True,
        }
    )
    entries = [_entry(first_id + number, hosts[number % HOSTS], number) for number in range(count)]
    settings = Settings(_env_file=None, host_delay_s=0.0, fetch_concurrency=CONNECTIONS, host_budget=1_000_000)  # type: ignore[call-arg]
    return Shard(f"{first_id:09d}", entries, source, settings)


def _entry(entry_id: int, host: str, number: int) -> ClaimedEntry:
    return ClaimedEntry(
        entry_id=entry_id,
        url_key=f"{entry_id:032x}",
        url=f"http://{host}/{number}",
        host=host,
        source_key="benchmark",
        inflow="new",
        first_seen_at=FIRST_SEEN_AT,
        attempt=1,
        feed_title=None,
        feed_published_at=None,
        etag=None,
        last_modified=None,
        page_id=None,
    )


def claim(shard: Shard) -> Shard:
    """Put the shard's entries into the warehouse, as claimed."""
    rows = [
        {
            "entry_id": entry.entry_id,
            "url_key": entry.url_key,
            "url": entry.url,
            "host": entry.host,
            "source_key": entry.source_key,
            "first_seen_at": FIRST_SEEN_AT,
            "state": "claimed",
            "reason": "new",
            "state_at": FIRST_SEEN_AT,
            "claimed_by": RUN_KEY,
            "attempt_count": 1,
        }
        for entry in shard.entries
    ]

    def write(connection: Connection) -> None:
        connection.execute(insert(raw.entry), rows)

    db.in_transaction(write)
    return shard


async def bare_client(shard: Shard, keep: Callable[[str, aiohttp.ClientResponse, bytes], None] | None = None) -> None:
    """What one would write: a session, 32 workers, read the body."""
    urls = iter([entry.url for entry in shard.entries])

    async def work(session: aiohttp.ClientSession) -> None:
        for url in urls:
            async with session.get(url) as response:
                body = await response.read()
                if keep is not None:
                    keep(url, response, body)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))


async def bare_archive(shard: Shard, folder: Path) -> None:
    """The same with warcio, as its documentation shows it."""
    with (folder / "bare.warc.gz").open("wb") as sink:
        writer = WARCWriter(sink, gzip=True)

        def keep(url: str, response: aiohttp.ClientResponse, body: bytes) -> None:
            headers = StatusAndHeaders("200 OK", list(response.headers.items()), protocol="HTTP/1.1")
            record = writer.create_warc_record(url, "response", payload=BytesIO(body), http_headers=headers)
            writer.write_record(record)

        await bare_client(shard, keep)


class Forget:
    """A sink that keeps nothing."""

    def __init__(self) -> None:
        self.pages = 0

    async def add(self, _entry: ClaimedEntry, attempt: Attempt | None, _ending: Ending | None) -> None:
        """Count the page."""
        self.pages += attempt is not None and attempt.found.has_page


class Watched:
    """A sink that notes this process's resident memory, in MB, after some counts of pages."""

    def __init__(self, sink: Sink, at: Sequence[int]) -> None:
        self._sink, self._at, self._pages = sink, at, 0
        self.rss_mb: dict[int, float] = {}

    async def add(self, entry: ClaimedEntry, attempt: Attempt | None, ending: Ending | None) -> None:
        """Hand on, and look."""
        await self._sink.add(entry, attempt, ending)
        self._pages += 1
        if self._pages in self._at:
            self.rss_mb[self._pages] = psutil.Process().memory_info().rss / 1e6


async def ours(shard: Shard) -> None:
    """The fetch stage with a sink that keeps nothing."""
    sink = Forget()
    failures = await collect(shard.entries, sink, sources=[shard.source], settings=shard.settings)
    assert not failures, failures[:3]
    assert sink.pages == len(shard.entries)


async def our_archive(shard: Shard, watch_at: Sequence[int] = ()) -> dict[int, float]:
    """The fetch stage with its archive: WARC files in the landing zone, rows in Postgres."""
    folder = landing.spool_folder(RUN_KEY, shard.name)
    info = {"software": "media-monitor"}
    archive = Archive(
        RUN_KEY, shard.name, folder, first_number=1, done_before=0, warcinfo=info, now=lambda: datetime.now(UTC)
    )
    sink = Watched(archive, watch_at)
    async with archive:
        failures = await collect(shard.entries, sink, sources=[shard.source], settings=shard.settings)
    assert not failures, failures[:3]
    return sink.rss_mb


def archived_memory(port: int, count: int, at: Sequence[int]) -> dict[int, float]:
    """Memory of this (fresh) process after so many archived pages, by count."""
    return asyncio.run(our_archive(claim(make_shard(port, count, first_id=10_000_000)), at))


def compare(theirs: Callable[[int], Work], mine: Callable[[int], Work], count: int, rounds: int) -> dict[str, float]:
    """Pages per second of both sides and the ratio, medians over rounds; who goes first alternates."""
    their_s: list[float] = []
    my_s: list[float] = []
    for turn in range(rounds + 1):
        works = {False: theirs(turn), True: mine(turn)}
        seconds = {is_mine: _seconds(works[is_mine]) for is_mine in ((False, True) if turn % 2 else (True, False))}
        if turn:  # the first round warms up
            their_s.append(seconds[False])
            my_s.append(seconds[True])
    return {
        "bare_pages_per_s": round(count / statistics.median(their_s), 1),
        "ours_pages_per_s": round(count / statistics.median(my_s), 1),
        "ratio": round(statistics.median(a / b for a, b in zip(their_s, my_s, strict=True)), 3),
    }


def _seconds(work: Work) -> float:
    started = time.perf_counter()
    asyncio.run(work)
    return time.perf_counter() - started


def measure(pages: int, archived_pages: int, memory_pages: int, rounds: int) -> dict[str, Any]:
    """All figures."""
    with own_home() as home, server() as port:
        shard = make_shard(port, pages)
        client = compare(lambda _turn: bare_client(shard), lambda _turn: ours(shard), pages, rounds)
        fewer = max(2, rounds // 2)
        shards = [
            claim(make_shard(port, archived_pages, first_id=1 + turn * archived_pages)) for turn in range(fewer + 1)
        ]
        archive = compare(
            lambda turn: bare_archive(shards[turn], home), lambda turn: our_archive(shards[turn]), archived_pages, fewer
        )
        early = memory_pages // 10
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
            rss = fresh.submit(archived_memory, port, memory_pages, (early, memory_pages)).result()
    memory = {"pages": memory_pages, "from_mb": round(rss[early], 1), "to_mb": round(rss[memory_pages], 1)}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "client": client, "archive": archive, "memory": memory}


def main() -> int:
    """Measure, print a table, write benchmarks/results/fetch.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=4_000, help="per round, archiving off")
    options.add_argument("--archived-pages", type=int, default=1_000, help="per round, archiving on")
    options.add_argument("--memory-pages", type=int, default=20_000, help="for the memory curve")
    options.add_argument("--rounds", type=int, default=8)
    given = options.parse_args()
    measured = measure(given.pages, given.archived_pages, given.memory_pages, given.rounds)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "fetch.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    growth_mb = measured["memory"]["to_mb"] - measured["memory"]["from_mb"]
    table = Table("what", "bare, pages/s", "ours, pages/s", "ratio", "goal", title="Fetching, loopback")
    for name, key, goal in (("archiving off", "client", GOAL_CLIENT), ("archiving on", "archive", GOAL_ARCHIVE)):
        bare, mine, ratio = measured[key].values()
        table.add_row(name, f"{bare:,.0f}", f"{mine:,.0f}", f"{ratio:.2f}", f"≥ {goal}")
    console = Console()
    console.print(table)
    console.print(
        f"memory: {growth_mb:+.1f} MB from {given.memory_pages // 10:,} to {given.memory_pages:,} archived pages "
        f"(goal: less than {GOAL_MEMORY_MB:.0f})"
    )
    reached = measured["client"]["ratio"] >= GOAL_CLIENT and measured["archive"]["ratio"] >= GOAL_ARCHIVE
    return 0 if reached and growth_mb < GOAL_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
