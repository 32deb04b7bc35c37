"""A claim, and what else asks the warehouse every night, after ten million polls and ten million events.

Run `python -m benchmarks.claims`. The past (benchmarks/history.py) is made by SQL in a warehouse of its own; then the
product's own functions are timed, each three times in a transaction that is taken back, and the slowest time counts.
Figures are seconds on this machine; what they must not do is grow with the past.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from benchmarks.history import DUE, FEEDS, OUTLETS, History, fill
from benchmarks.own_home import own_home
from pipeline.errors import Reason
from pipeline.ops import overview
from pipeline.records import ArchivedPage, ClaimedEntry, State
from pipeline.warehouse import checks, claims, context, db, pages, poll_days, polls, quarantine, runs, sources
from pipeline.warehouse.events import Move
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.pages import FetchOutcome, PageAttempt
from pipeline.warehouse.report_data import night_data
from pipeline.warehouse.why import why

RESULTS = Path(__file__).resolve().parent / "results"
ROUNDS = 3
NO_PARAMS: dict[str, Any] = {"sources": [], "limit": 0, "recheck": "due"}
CLAIM_S = 1.0
"""The issue's goal for a claim."""
STEP_S = 1.0
"""What a run does once or a person waits for, unless it reads a whole night or season of rows."""
WHOLE_NIGHT_S = 5.0
"""What reads every row of one night: 22,000 URLs with their events."""
SEASON_S = 60.0
"""What reads every article of its window: 585,000 of 30 days."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the questions are about: tonight's run, a night a month ago to do again, a finished night, a URL."""

    tonight: runs.Run
    replay: runs.Run
    finished: str
    url: str
    now: datetime


@dataclass(slots=True)
class Clock:
    """Seconds by question, one for each round."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    goals: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, question: str, goal_s: float) -> Iterator[None]:
        """Time what happens inside."""
        self.goals[question] = goal_s
        started = time.perf_counter()
        yield
        self.seconds[question].append(time.perf_counter() - started)

    def ask(self, question: str, goal_s: float, work: Callable[[], object]) -> None:
        """Time one call."""
        with self.time(question, goal_s):
            work()


def set_scene(made: History) -> Scene:
    """Open the runs that the questions need."""
    now = datetime.now(UTC)
    month_ago = (now - timedelta(days=30)).date()
    tonight, replay = (
        db.in_transaction(
            partial(runs.open_run, kind=kind, night=night, started_at=now, airflow_run_id=kind, params=NO_PARAMS)
        )
        for kind, night in (("nightly", now.date()), ("replay", month_ago))
    )
    with db.reading() as connection:
        finished = connection.scalar(
            text("SELECT max(run_key) FROM ops.run WHERE kind = 'nightly' AND state = 'succeeded'")
        )
        url = connection.scalar(text("SELECT url FROM raw.entry WHERE state = 'loaded' LIMIT 1"))
    assert finished
    assert url
    assert made.rows["raw.entry"] > DUE
    return Scene(tonight, replay, finished, url, now)


@contextmanager
def taken_back() -> Iterator[Connection]:
    """A transaction of the loader's that leaves nothing."""
    with db.engine().connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def ask_claims(clock: Clock, scene: Scene) -> None:
    """Claim, read what is held, commit fetched pages, read them again; then the same for a night done again."""
    with taken_back() as connection:
        with clock.time(f"claim {DUE:,} due entries and up to 2,000 re-checks", CLAIM_S):
            taken = claims.claim(connection, scene.tonight, now=scene.now, recheck_budget=2_000)
        assert DUE <= taken <= DUE + 2_000, taken
        with clock.time("what the run holds, with feed titles", STEP_S):
            held = claims.held_entries(connection, scene.tonight)
        assert len(held) == taken
        outcomes = [_fetched(entry, scene) for entry in held]
        with clock.time("commit one segment: 200 fetched pages", STEP_S):
            pages.write_outcomes(connection, scene.tonight.run_key, outcomes[:200], at=scene.now)
        pages.write_outcomes(connection, scene.tonight.run_key, outcomes[200:], at=scene.now)
        with clock.time("the run's archived pages", STEP_S):
            assert len(pages.archived_pages(connection, scene.tonight.run_key)) == taken
        clock.ask("requests by host", STEP_S, lambda: pages.requests_by_host(connection, scene.tonight.run_key))
        clock.ask("ledger of the running night", STEP_S, lambda: ledger(connection, scene.tonight.run_key))
        clock.ask("carry what a dead run holds", STEP_S, lambda: _carry(connection, scene))
    limited = runs.Run(**{**_fields(scene.replay), "params": {**NO_PARAMS, "limit": DUE}})
    with taken_back() as connection:
        with clock.time(f"claim up to {DUE:,} entries of a night done again", CLAIM_S):
            taken = claims.claim(connection, limited, now=scene.now, recheck_budget=2_000)
        assert 0 < taken <= DUE, taken
        with clock.time("what the replay holds, with archived pages", STEP_S):
            held = claims.held_entries(connection, limited)
        assert len(held) == taken
        assert all(entry.page_id for entry in held)
    only = runs.Run(**{**_fields(scene.tonight), "params": {**NO_PARAMS, "sources": ["outlet-7"]}})
    with taken_back() as connection, clock.time("claim of one outlet", CLAIM_S):
        claims.claim(connection, only, now=scene.now, recheck_budget=2_000)


def ask_the_rest(clock: Clock, scene: Scene) -> None:
    """Discovery, the end of a night, and what people ask."""
    everyone = [f"outlet-{number + 1}" for number in range(OUTLETS)]
    month = scene.now - timedelta(days=30)
    with db.reading() as c:
        for due in (True, False):
            name = f"feeds to poll, {'due ones' if due else 'all'}"
            clock.ask(
                name, STEP_S, lambda due=due: polls.feeds_to_poll(c, scene.now, due_only=due, source_keys=everyone)
            )
        clock.ask("children of a sitemap", STEP_S, lambda: polls.child_states(c, FEEDS, month))
        clock.ask("fingerprints of a feed", STEP_S, lambda: polls.fingerprints(c, FEEDS))
        clock.ask("mm why URL", STEP_S, lambda: why(c, scene.url))
        clock.ask("mm why of an unknown URL", STEP_S, lambda: why(c, "https://unknown.example/never-seen"))
        clock.ask("mm sources list", STEP_S, lambda: sources.source_states(c))
        clock.ask("mm quarantine list", STEP_S, lambda: quarantine.quarantined(c, limit=50))
        finished = ledger(c, scene.finished)
        clock.ask("ledger of a finished night", STEP_S, lambda: ledger(c, scene.finished))
        clock.ask("the checks of a night", WHOLE_NIGHT_S, lambda: checks.run_checks(c, finished))
        clock.ask("the report's figures", WHOLE_NIGHT_S, lambda: night_data(c, scene.finished))
    clock.ask("newest articles, at the end of mm run", WHOLE_NIGHT_S, overview.newest_articles)
    with taken_back() as connection:
        clock.ask("look for dead runs", STEP_S, lambda: runs.release_dead_runs(connection, silent_hours=7))


def ask_once(clock: Clock, scene: Scene) -> None:
    """Freeze the context of a finished night, and sum up the polls of the oldest day: both are kept."""
    with db.reading() as connection:
        rows = connection.execute(
            text("SELECT * FROM raw.page WHERE run_key = :key ORDER BY page_id"), {"key": scene.finished}
        )
        found = [_archived(row) for row in rows]
    clock.ask(f"freeze the context of {len(found):,} pages", SEASON_S, lambda: context.freeze_context("x", found))
    with db.reading() as connection:
        oldest = connection.scalar(text("SELECT min(polled_on) FROM raw.poll"))
    assert oldest
    with clock.time("sum up the polls of one day", WHOLE_NIGHT_S):
        assert poll_days.roll_up(oldest + timedelta(days=1)) > 0


def _archived(row: Any) -> ArchivedPage:
    return ArchivedPage(
        row.entry_id, row.page_id, f"{row.entry_id:032x}", row.final_url, row.final_url,
        f"outlet-{(row.entry_id - 1) % OUTLETS + 1}", "new", row.fetched_at, row.fetched_at, row.content_type, None,
        row.sha256, row.warc_uri, row.warc_offset, row.warc_length, None, None,
    )  # fmt: skip


def _fetched(entry: ClaimedEntry, scene: Scene) -> FetchOutcome:
    page = PageAttempt(
        entry.entry_id, scene.tonight.run_key, scene.now, 1, "archived", status=200, final_url=entry.url,
        content_type="text/html", sha256="0" * 64, body_bytes=90_000, warc_uri="file:///x", warc_offset=0,
        warc_length=9,
    )  # fmt: skip
    return FetchOutcome(entry.entry_id, page, Move(entry.entry_id, State.FETCHED, Reason.STORED, "fetch"))


def _carry(connection: Connection, scene: Scene) -> None:
    runs.carry_open_entries(connection, scene.tonight.run_key, Reason.RUN_DIED, "nothing happened")


def _fields(run: runs.Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("run_key", "kind", "night", "started_at", "params", "state")}


def measure(rows: int) -> dict[str, Any]:
    """All figures."""
    clock = Clock()
    with own_home():
        made = fill(rows)
        scene = set_scene(made)
        for _ in range(ROUNDS):
            ask_claims(clock, scene)
            ask_the_rest(clock, scene)
        ask_once(clock, scene)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": made.rows,
        "database_mb": round(made.megabytes),
        "fill_s": round(made.seconds, 1),
        "slowest_s": {name: round(max(seconds), 4) for name, seconds in clock.seconds.items()},
        "goal_s": clock.goals,
    }


def main() -> int:
    """Measure, print a table, write benchmarks/results/claims.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000, help="polls, and as many events")
    options.add_argument("--quick", action="store_true", help="a tenth of the rows")
    given = options.parse_args()
    measured = measure(given.rows // 10 if given.quick else given.rows)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "claims.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    counts = ", ".join(f"{count:,} {table}" for table, count in measured["rows"].items())
    console = Console()
    console.print(f"{counts}; {measured['database_mb']:,} MB, filled in {measured['fill_s']:.0f} s")
    table = Table("question", "seconds (slowest of 3)", "goal", title="The warehouse after a season")
    missed = []
    for name, seconds in measured["slowest_s"].items():
        goal = measured["goal_s"][name]
        table.add_row(name, f"{seconds:.3f}", f"< {goal:g}" + ("" if seconds < goal else " MISSED"))
        missed += [name] if seconds >= goal else []
    console.print(table)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
