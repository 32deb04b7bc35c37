"""How long `core.search` takes among very many articles, by kind of query; and what the words weigh.

Run `python -m benchmarks.search`; `--rows 1000000` fills ten times more than usual, in ten minutes and 16 GB of disk.
Articles are made by `benchmarks.search_articles`. Each query is asked once to warm up and then `--times` times by one
client, then all queries by two clients at once. Every answer counts, the slowest too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.own_home import own_home
from benchmarks.search_articles import fill
from pipeline.warehouse import db

RESULTS = Path(__file__).resolve().parent / "results"
GOAL_MS = 200
"""The slowest of one client's queries, when nothing else runs."""
QUERIES = {
    "one article": "'only777'",
    "one in a thousand": "'kilo77'",
    "no such word": "'nosuchword'",
    "common word": "'minister'",
    "very common word": "'said'",
    "the commonest": "'the'",
    "two words": "'election fraud'",
    "two very common words": "'said people'",
    "five words": "'government police people world game'",
    "either of two": "'election OR minister'",
    "either of four very common": "'said OR people OR year OR world'",
    "without a word": "'minister -election'",
    "without a phrase": "'minister -\"prime minister\"'",
    "phrase": "'\"prime minister\"'",
    "phrase of common words": "'\"one of the\"'",
    "words that are never in this order": "'\"minister prime\"'",
    "with an accent": "'Élection'",
    "in headlines": "'minister', title_only => true",
    "in one language": "'minister', language => 'en'",
    "of one source": "'said', source => 'outlet-1'",
    "of the last days": "'said', since => '2026-11-18'",
    "until some days ago": "'said', until => '2026-11-10'",
    "hundred articles shown": "'said', how_many => 100",
}


def ask(words: str, times: int) -> list[float]:
    """Milliseconds of each answer, as the analyst; the first, that warms up, is left out."""
    taken = []
    with psycopg.connect(db.url_for("analyst", "postgresql"), autocommit=True) as connection:
        for _ in range(times + 1):
            started = time.perf_counter()
            connection.execute(f"SELECT * FROM core.search({words})").fetchall()
            taken.append((time.perf_counter() - started) * 1000)
    return taken[1:]


def measure(times: int) -> dict[str, dict[str, float]]:
    """By kind of query: p50, p95 and worst of one client, and the worst of two at once."""
    alone = {name: sorted(ask(words, times)) for name, words in QUERIES.items()}
    with ThreadPoolExecutor(2) as two:
        answers = two.map(lambda _: {name: max(ask(words, times)) for name, words in QUERIES.items()}, range(2))
        together = list(answers)
    return {
        name: {
            "p50": taken[len(taken) // 2],
            "p95": taken[int(len(taken) * 0.95)],
            "worst": taken[-1],
            "two": max(side[name] for side in together),
        }
        for name, taken in alone.items()
    }


def weight(rows: int) -> dict[str, float]:
    """Bytes of an article: its words, and their index."""
    with psycopg.connect(db.url_for("owner", "postgresql")) as connection:
        found = connection.execute(_WEIGHT).fetchone()
    assert found is not None
    return {"words": float(found[0]) / rows, "index": float(found[1]) / rows}


def main(argv: list[str] | None = None) -> int:
    """Measure, print a table, write benchmarks/results/search.json; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--here", action="store_true", help="ask the warehouse of MM_HOME, which is filled already")
    given = parser.parse_args(argv)
    if given.here:
        found, weighs = measure(given.times), weight(given.rows)
    else:
        with own_home():
            fill(given.rows)
            found, weighs = measure(given.times), weight(given.rows)
    worst = max(times["worst"] for times in found.values())
    _show(given.rows, found, weighs, worst)
    RESULTS.mkdir(exist_ok=True)
    result = {"rows": given.rows, "load": os.getloadavg()[0], "ms": found, "bytes": weighs, "goal_ms": GOAL_MS}
    (RESULTS / "search.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0 if worst < GOAL_MS else 1


def _show(rows: int, found: dict[str, dict[str, float]], weighs: dict[str, float], worst: float) -> None:
    table = Table(title=f"core.search among {rows:,} articles, ms", title_justify="left")
    for column in ("query", "p50", "p95", "worst", "worst, two clients"):
        table.add_column(column, justify="left" if column == "query" else "right")
    for name, times in found.items():
        table.add_row(name, *(f"{value:.0f}" for value in times.values()))
    console = Console()
    console.print(table)
    console.print(f"An article's words take {weighs['words']:,.0f} bytes, their index {weighs['index']:,.0f}.")
    console.print(f"slowest {worst:.0f} ms; goal < {GOAL_MS}: {'reached' if worst < GOAL_MS else 'missed'}")


_WEIGHT = """
SELECT sum(pg_table_size(inhrelid)), sum(pg_indexes_size(inhrelid)) FROM pg_inherits
WHERE inhparent = 'core.article_search'::regclass
"""

if __name__ == "__main__":
    sys.exit(main())
