"""Memory of one cleaning worker over many pages: it must be flat, as a nightly's worker reads thousands.

Run `python -m benchmarks.clean_limits`: 5,000 pages, `--full` 50,000, `--quick` 500. A real worker process, never
recycled, reads the smallest real pages of ../shared/pages (up to 60 kB, so that 50,000 are done within the hour), or
those of the demo newsroom where that folder is absent. Each time round, every paragraph, heading and class gets a
number of its own: a cache keyed by text would see 50,000 different pages, as it does in service.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from statistics import median

import psutil
from rich.console import Console
from rich.progress import track

from benchmarks.clean import PAGES, RESULTS, load_gold
from demo.newsroom import Newsroom
from demo.pages import article_page
from pipeline.clean.content import PageHints
from pipeline.clean.protocol import Ask
from pipeline.clean.workers import Workers
from pipeline.settings import get_settings

SAMPLE_EVERY = 500
LARGEST_BYTES = 60_000
GOAL_GROWTH = 1.10
"""Median memory of the last fifth of the pages beside that of the second, at most: the first fifth fills caches."""
_MARKED = re.compile(rb"(</p>|</h[1-6]>|</title>|</time>)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a worker held while it read, in MB of resident memory."""

    pages: int
    source: str  # real, demo
    seconds: float
    rss_mb: list[float]  # every SAMPLE_EVERY pages, or 20 times where that is more often
    second_fifth_mb: float
    last_fifth_mb: float

    @property
    def growth(self) -> float:
        """Memory at the end beside memory after the start."""
        return self.last_fifth_mb / self.second_fifth_mb


def real_pages() -> list[bytes]:
    """The small pages of ../shared/pages; empty where it is absent."""
    if not PAGES.is_dir():
        return []
    pages = (gzip.decompress((PAGES / gold["file"]).read_bytes()) for gold in load_gold(1))
    return [page for page in pages if len(page) <= LARGEST_BYTES]


def demo_pages() -> list[bytes]:
    """A week of the demo newsroom's articles."""
    newsroom = Newsroom(date(2026, 11, 23), 8000)
    return [article_page(newsroom, article).encode() for article in newsroom.articles]


def distinct(pages: list[bytes], count: int) -> Iterator[Ask]:
    """`count` pages, no two alike: the number goes into each paragraph, heading and time."""
    for number, page in enumerate(itertools.islice(itertools.cycle(pages), count)):
        url = f"https://valleypost.example/region/story-{number}"
        yield Ask(_MARKED.sub(rb" %d\1" % number, page), url, PageHints())


def measure(pages: list[bytes], count: int, source: str) -> Memory:
    """Let one worker read them all, and look at its memory in between."""
    settings = get_settings()
    every = min(SAMPLE_EVERY, max(1, count // 20))
    samples: list[float] = []
    started = time.monotonic()
    with Workers(
        1, page_timeout_s=settings.page_timeout_s, page_memory_mb=settings.page_memory_mb, recycle_after=count + 1
    ) as workers:
        first_worker: int | None = None
        contents = workers.clean(distinct(pages, count))
        for number, content in enumerate(track(contents, total=count, description="pages"), start=1):
            assert content.judgement.reason not in ("page_timeout", "broken_page"), content.judgement
            (process,) = psutil.Process().children()
            first_worker = first_worker or process.pid
            assert process.pid == first_worker, "the worker was replaced"
            if number % every == 0:
                samples.append(round(process.memory_info().rss / 1e6, 1))
    fifth = len(samples) // 5
    return Memory(
        pages=count,
        source=source,
        seconds=round(time.monotonic() - started, 1),
        rss_mb=samples,
        second_fifth_mb=median(samples[fifth : 2 * fifth]),
        last_fifth_mb=median(samples[-fifth:]),
    )


def main() -> int:
    """Measure, print, write benchmarks/results/clean_limits.json; 1 if memory grows."""
    options = argparse.ArgumentParser(description=__doc__)
    size = options.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="500 pages")
    size.add_argument("--full", action="store_true", help="50,000 pages: half an hour and more")
    given = options.parse_args()
    console = Console()
    logging.disable(logging.CRITICAL)
    pages, source = real_pages(), "real"
    if not pages:
        pages, source = demo_pages(), "demo"
    count = 500 if given.quick else 50_000 if given.full else 5_000
    found = measure(pages, count, source)
    RESULTS.mkdir(parents=True, exist_ok=True)
    measured = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **asdict(found), "growth": found.growth}
    (RESULTS / "clean_limits.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    console.print(
        f"memory of a worker over {count:,} {source} pages ({len(pages)} cycled, each time different): "
        f"{found.second_fifth_mb:.0f} → {found.last_fifth_mb:.0f} MB, × {found.growth:.3f} (goal ≤ {GOAL_GROWTH})"
    )
    return 0 if found.growth <= GOAL_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
