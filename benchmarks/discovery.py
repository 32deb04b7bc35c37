"""What one poll costs for each item it lists, from 1,000 to 100,000 known URLs.

Run `python -m benchmarks.discovery`. A warehouse of its own holds a million entries; three feeds have listed 1,000,
10,000 and 100,000 of them before. Each is polled again, in turn: the same items, one in a hundred of them new, written
by the product's own `record_poll` in a transaction that is taken back. If the time for one item grows with their
number, a large sitemap would one day take longer than the pause until its next poll.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from benchmarks.own_home import own_home
from pipeline.warehouse import db
from pipeline.warehouse.polls import Listing, PollResult, record_poll

RESULTS = Path(__file__).resolve().parent / "results"
SIZES = (1_000, 10_000, 100_000)
ROUNDS = {1_000: 15, 10_000: 7, 100_000: 3}
NEW_EVERY = 100
GOAL = 1.5
"""Time for an item of the largest poll beside one of the smallest, at most."""
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
SEEN_AT = NOW - timedelta(hours=1)

# Entry n has the URL and key of `_listing(n)`; a feed of N items has listed entries 0 to N - 1.
_FILL = (
    "INSERT INTO core.source (source_id, source_key, name, homepage, domain, added_at, config_digest)"
    " VALUES (1, 'tribune', 'Tribune', 'https://tribune.example/', 'tribune.example', :seen_at, 'd')",
    "INSERT INTO core.feed (feed_id, source_id, url, kind, added_at, every_minutes, last_polled_at, last_ok_at)"
    " SELECT n, 1, 'https://tribune.example/' || n, 'sitemap', :seen_at, 60, :seen_at, :seen_at"
    " FROM unnest(CAST(:sizes AS bigint[])) AS n",
    "INSERT INTO raw.entry (entry_id, url_key, url, host, source_key, first_seen_at, state, reason, state_at)"
    " SELECT n, md5(n::text), 'https://tribune.example/2026/11/' || n || '-harbour-story', 'tribune.example',"
    " 'tribune', :seen_at, 'loaded', 'stored', :seen_at FROM generate_series(0, :entries - 1) AS n"
    " ORDER BY md5(n::text)",
    "INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at, title)"
    " SELECT n, size, :seen_at, :seen_at, 'Harbour story' FROM unnest(CAST(:sizes AS bigint[])) AS size,"
    " generate_series(0, size - 1) AS n",
    "SELECT setval(pg_get_serial_sequence('raw.entry', 'entry_id'), :entries)",
)


def fill(entries: int) -> None:
    """A million loaded entries, in the order of their hashes as discovery leaves them, and three feeds."""
    values = {"seen_at": SEEN_AT, "sizes": list(SIZES), "entries": entries}
    with db.engine("owner").begin() as connection:
        for statement in _FILL:
            connection.execute(text(statement), values)
    with db.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))


def poll_of(size: int) -> PollResult:
    """A feed's next poll: what it listed before, the oldest hundredth replaced by new items."""
    new = size // NEW_EVERY
    numbers = [*range(new, size), *range(10_000_000, 10_000_000 + new)]
    listings = tuple(_listing(number) for number in numbers)
    return PollResult(size, "tribune", f"https://tribune.example/{size}", NOW, "ok", status=200, listings=listings)


def _listing(number: int) -> Listing:
    key = hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()
    url = f"https://tribune.example/2026/11/{number}-harbour-story"
    return Listing(url, key, "tribune.example", "Harbour story", SEEN_AT)


def seconds_of(poll: PollResult) -> float:
    """Seconds for the transaction of one poll; it is taken back."""
    with db.engine().connect() as connection, connection.begin() as transaction:
        started = time.perf_counter()
        recorded = record_poll(connection, poll)
        seconds = time.perf_counter() - started
        _check(connection, poll, recorded.new_count, recorded.known_count)
        transaction.rollback()
    return seconds


def _check(connection: Connection, poll: PollResult, new_count: int, known_count: int) -> None:
    new = poll.feed_id // NEW_EVERY
    assert (new_count, known_count) == (new, poll.feed_id - new), (new_count, known_count)
    assert connection.scalar(text("SELECT count(*) FROM raw.entry WHERE state = 'new'")) == new


def measure(entries: int) -> dict[str, Any]:
    """Microseconds for one item, by size of the poll: medians, sizes taking turns."""
    with own_home():
        fill(entries)
        polls = {size: poll_of(size) for size in SIZES}
        taken: dict[int, list[float]] = {size: [] for size in SIZES}
        for turn in range(max(ROUNDS.values()) + 1):
            for size in SIZES:
                if turn <= ROUNDS[size]:
                    seconds = seconds_of(polls[size])
                    taken[size] += [seconds] if turn else []  # the first round warms up
    item_us = {size: statistics.median(seconds) / size * 1e6 for size, seconds in taken.items()}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "entries": entries,
        "item_us": {str(size): round(us, 1) for size, us in item_us.items()},
        "ratio": round(item_us[SIZES[-1]] / item_us[SIZES[0]], 3),
    }


def main() -> int:
    """Measure, print a table, write benchmarks/results/discovery.json; 1 if the goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=1_000_000, help="in the warehouse beforehand")
    options.add_argument("--quick", action="store_true", help="a fifth of the entries")
    given = options.parse_args()
    measured = measure(given.entries // 5 if given.quick else given.entries)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "discovery.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    table = Table("items in the poll", "µs for one item", title=f"A poll beside {measured['entries']:,} known URLs")
    for size, us in measured["item_us"].items():
        table.add_row(f"{int(size):,}", f"{us:,.0f}")
    console = Console()
    console.print(table)
    verdict = "reached" if measured["ratio"] <= GOAL else "missed"
    console.print(f"100,000 beside 1,000: {measured['ratio']:.2f} × for one item; goal ≤ {GOAL}: {verdict}")
    return int(measured["ratio"] > GOAL)


if __name__ == "__main__":
    sys.exit(main())
