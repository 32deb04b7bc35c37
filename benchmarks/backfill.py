"""Backfill beside plain warcio: a file in the layout of CC-NEWS, read, and copied into the archive.

Run `python -m benchmarks.backfill`. The file is made first, outside the checkout. Reading is compared with warcio's
ArchiveIterator over the same file, taking turns. Copying does all that a backfill does up to `fetched`: judging,
unpacking, WARC records of our own, rows in an embedded Postgres; its memory is looked at early and late.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.fetch import RESULTS
from benchmarks.own_home import own_home
from benchmarks.page_server import make_pages
from pipeline.fetch import backfill
from pipeline.fetch.backfill import copy_files
from pipeline.fetch.foreign_page import Wanted
from pipeline.fetch.foreign_warc import read_records
from pipeline.identity import Outlets
from pipeline.warehouse import db
from pipeline.warehouse.backfill import OTHER_SOURCE
from pipeline.warehouse.progress import track
from pipeline.warehouse.runs import open_run

GOAL_READ = 1.0  # times warcio
GOAL_MEMORY_MB = 40.0
"""Growth between a tenth of the pages and all; a segment of 200 pages of 130 kB waits for its commit."""

HTML = [("Content-Type", "text/html; charset=utf-8"), ("X-Crawl-Content-Encoding", "gzip")]


def make_file(path: Path, pages: int) -> None:
    """Request and response per page, a gzip member per record; each page is another one."""
    bodies = make_pages()
    with path.open("wb") as file:
        for number in range(pages):
            url = f"https://paper-{number % 500}.example/2019/03/{number}"
            body = bodies[number % len(bodies)].replace(b"Harbour news", b"Harbour news %d" % number, 1)
            head = StatusAndHeaders("200 OK", HTML, protocol="HTTP/1.1")
            asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "CCBot/2.0")], is_http_request=True)
            for kind, headers, payload in (("request", asked, b""), ("response", head, body)):
                sink = BytesIO()
                writer = WARCWriter(sink, gzip=False, warc_version="1.0")
                date = {"WARC-Date": f"2019-03-{1 + number % 28:02}T06:07:08Z"}
                writer.write_record(
                    writer.create_warc_record(
                        url, kind, payload=BytesIO(payload), length=len(payload), http_headers=headers,
                        warc_headers_dict=date,
                    )
                )  # fmt: skip
                file.write(gzip.compress(sink.getvalue(), 6))


def with_warcio(path: Path) -> int:
    """Records, each read whole."""
    count = 0
    with path.open("rb") as source:
        for record in ArchiveIterator(source):
            record.raw_stream.read()
            count += 1
    return count


def with_ours(path: Path) -> int:
    """The same by our reader."""
    with path.open("rb") as source:
        return sum(1 for _ in read_records(source, max_block_bytes=10_000_000))


def seconds(work: Callable[[Path], int], path: Path) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work(path)
    return time.perf_counter() - started


def copy(path: Path, early: int) -> tuple[float, float, float]:
    """Seconds of a copy, and this (fresh) process's memory in MB after `early` pages and at the end."""
    now = datetime.now(UTC)
    run = db.in_transaction(
        lambda c: open_run(c, kind="backfill", night=now.date(), started_at=now, airflow_run_id="bench", params={})
    )
    rss: list[float] = []
    tell = backfill.advance

    def watched(run_key: str, stage: str, part: str, rows_out: int, counts: dict[str, int]) -> None:
        tell(run_key, stage, part, rows_out, counts)
        if rows_out >= early and not rss:
            rss.append(psutil.Process().memory_info().rss / 1e6)

    backfill.advance = watched
    wanted = Wanted(Outlets([]), other_source=OTHER_SOURCE)
    started = time.perf_counter()
    track(
        run.run_key,
        "fetch",
        "w000",
        lambda: copy_files(run.run_key, "w000", [path.as_uri()], wanted=wanted, max_bytes=10_000_000),
    )
    return time.perf_counter() - started, rss[0], psutil.Process().memory_info().rss / 1e6


def measure(pages: int, rounds: int) -> dict[str, Any]:
    """All figures."""
    with own_home() as home:
        path = home / "CC-NEWS-20190305060708-00001.warc.gz"
        make_file(path, pages)
        pairs = [(seconds(with_warcio, path), seconds(with_ours, path)) for _ in range(rounds)]
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
            took, before, after = fresh.submit(copy, path, max(200, pages // 10)).result()
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "warcio_records_per_s": round(2 * pages / statistics.median(theirs for theirs, _ in pairs)),
            "ours_records_per_s": round(2 * pages / statistics.median(mine for _, mine in pairs)),
            "read_ratio": round(statistics.median(theirs / mine for theirs, mine in pairs), 2),
            "copied_records_per_s": round(2 * pages / took),
            "copied_pages_per_s": round(pages / took),
            "copied_mb_per_s": round(path.stat().st_size / 1e6 / took, 1),
            "memory_from_mb": round(before, 1),
            "memory_to_mb": round(after, 1),
        }


def main() -> int:
    """Measure, print, write benchmarks/results/backfill.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=6_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    figures = measure(given.pages, given.rounds)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "backfill.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    growth = figures["memory_to_mb"] - figures["memory_from_mb"]
    console = Console(highlight=False)
    console.print(f"{given.pages:,} pages with their requests, {figures['file_mb']} MB packed")
    console.print(
        f"reading: {figures['ours_records_per_s']:,} records/s, warcio {figures['warcio_records_per_s']:,}: "
        f"{figures['read_ratio']} times (goal: ≥ {GOAL_READ})"
    )
    console.print(
        f"copying into archive and warehouse: {figures['copied_pages_per_s']:,} pages/s, "
        f"{figures['copied_records_per_s']:,} records/s, {figures['copied_mb_per_s']} MB/s of the packed file"
    )
    console.print(f"memory: {growth:+.1f} MB from a tenth of the pages to all (goal: less than {GOAL_MEMORY_MB:.0f})")
    return 0 if figures["read_ratio"] >= GOAL_READ and growth < GOAL_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
