"""Claiming, moving, carrying and the ledger, on real Postgres."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.errors import Reason
from pipeline.records import State
from pipeline.urls import host_of, url_key
from pipeline.warehouse import db
from pipeline.warehouse.claims import claim, held_entries, rechecks_left
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.quarantine import drop, quarantined, retry
from pipeline.warehouse.runs import Run, carry_open_entries, close_run, get_run, open_run, release_dead_runs
from pipeline.warehouse.why import why

pytestmark = pytest.mark.db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NIGHT = date(2026, 11, 23)
NO_PARAMS: dict[str, object] = {"sources": [], "limit": 0, "recheck": "due"}


def _entries(count: int, host: str = "example.org", seen: datetime = NOW - timedelta(hours=1)) -> None:
    with db.engine("owner").begin() as connection:
        for number in range(count):
            url = f"https://{host}/story-{number}"
            connection.execute(
                text(
                    "INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at)"
                    " VALUES (:key, :url, :host, 'example', :seen, 'new', 'new', :seen)"
                ),
                {"key": url_key(url), "url": url, "host": host_of(url), "seen": seen},
            )


def _run(name: str = "scheduled__1", night: date = NIGHT, kind: str = "nightly", **params: object) -> Run:
    return db.in_transaction(
        lambda c: open_run(
            c, kind=kind, night=night, started_at=NOW, airflow_run_id=name, params={**NO_PARAMS, **params}
        )
    )


def _claim(run: Run, now: datetime = NOW) -> int:
    return db.in_transaction(lambda c: claim(c, run, now=now, recheck_budget=100))


def _end(run: Run, state: State, reason: Reason, count: int | None = None) -> None:
    with db.reading() as connection:
        ids = [e.entry_id for e in held_entries(connection, run)][:count]
    db.in_transaction(
        lambda c: move(
            c,
            [Move(i, state, reason, "fetch") for i in ids],
            from_states=(State.CLAIMED,),
            run_key=run.run_key,
            at=NOW,
        )
    )


def test_a_run_is_found_again_and_a_second_of_the_minute_has_its_own_key(warehouse: None) -> None:
    first, again, other = _run("a"), _run("a"), _run("b")
    assert first.run_key == again.run_key == "20261123T0200Z-nightly"
    assert other.run_key == "20261123T0200Z-nightly-2"


def test_claiming_again_adds_nothing_and_the_ledger_balances(warehouse: None) -> None:
    _entries(5)
    run = _run()
    assert _claim(run) == 5
    assert _claim(run) == 0
    _end(run, State.GONE, Reason.NOT_FOUND, count=2)
    with db.reading() as connection:
        assert len(held_entries(connection, run)) == 3
        assert not ledger(connection, run.run_key).is_balanced
    assert db.in_transaction(lambda c: carry_open_entries(c, run.run_key, Reason.NOT_REACHED, "test")) == 3
    with db.reading() as connection:
        book = ledger(connection, run.run_key)
    assert (book.claimed, book.terminal, book.carried, book.is_balanced) == (5, 2, 3, True)
    assert book.inflow == {"new": 5}
    assert "5 claimed (5 new)" in book.sentence()


def test_what_is_carried_comes_back_as_carried(warehouse: None) -> None:
    _entries(2)
    first = _run("a")
    _claim(first)
    db.in_transaction(lambda c: carry_open_entries(c, first.run_key, Reason.NOT_REACHED, "test"))
    second = _run("b")
    _claim(second)
    with db.reading() as connection:
        assert ledger(connection, second.run_key).inflow == {"carried": 2}
        assert {e.attempt for e in held_entries(connection, second)} == {2}


def test_two_runs_at_once_share_the_work(warehouse: None) -> None:
    _entries(200)
    runs = [_run("a"), _run("b")]
    taken: dict[str, int] = {}
    barrier = threading.Barrier(2)

    def work(run: Run) -> None:
        barrier.wait()
        taken[run.run_key] = _claim(run)

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken.values()) == 200
    with db.reading() as connection:
        query = "SELECT count(*), count(DISTINCT entry_id) FROM ops.entry_event WHERE to_state = 'claimed'"
        assert tuple(connection.execute(text(query)).one()) == (200, 200)


def test_a_move_happens_once_and_only_to_its_holder(warehouse: None) -> None:
    _entries(1)
    run, other = _run("a"), _run("b")
    _claim(run)
    with db.reading() as connection:
        entry_id = held_entries(connection, run)[0].entry_id
    wanted = [Move(entry_id, State.SKIPPED, Reason.ROBOTS_DISALLOWED, "fetch")]

    def moved(run_key: str) -> int:
        return db.in_transaction(lambda c: move(c, wanted, from_states=(State.CLAIMED,), run_key=run_key))

    assert moved(other.run_key) == 0
    assert moved(run.run_key) == 1
    assert moved(run.run_key) == 0


def test_limit_and_sources_bound_a_claim(warehouse: None) -> None:
    _entries(5)
    assert _claim(_run("a", sources=["another"])) == 0
    assert _claim(_run("b", limit=3)) == 3


def test_known_urls_are_claimed_when_their_recheck_is_due(warehouse: None) -> None:
    _entries(1, seen=NOW - timedelta(minutes=30))
    run = _run("a")
    _claim(run)
    _end(run, State.LOADED, Reason.STORED)
    assert _claim(_run("b"), now=NOW + timedelta(minutes=10)) == 0
    later = _run("c")
    assert _claim(later, now=NOW + timedelta(minutes=31)) == 1
    with db.reading() as connection:
        assert ledger(connection, later.run_key).inflow == {"rechecked": 1}


def _loaded(count: int, source_key: str, recheck_at: datetime) -> None:
    """Entries of a source, all loaded, all due at one moment."""
    _entries(count, host=f"{source_key}.example")
    with db.engine("owner").begin() as connection:
        connection.execute(
            text("UPDATE raw.entry SET state = 'loaded', source_key = :key, recheck_at = :at WHERE host = :host"),
            {"key": source_key, "at": recheck_at, "host": f"{source_key}.example"},
        )


def test_a_recheck_budget_that_is_too_small_is_shared_and_what_is_left_is_counted(warehouse: None) -> None:
    _loaded(20, "large", NOW - timedelta(hours=9))
    _loaded(3, "small", NOW - timedelta(hours=1))
    run = _run()
    assert db.in_transaction(lambda c: claim(c, run, now=NOW, recheck_budget=8)) == 8
    with db.reading() as connection:
        taken = [entry.source_key for entry in held_entries(connection, run)]
        assert rechecks_left(connection, run, now=NOW) == 15
        assert rechecks_left(connection, _run("b", recheck="none"), now=NOW) == 0
    assert (taken.count("large"), taken.count("small")) == (5, 3)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(None, NOW + timedelta(hours=5)), ([2, 48], NOW + timedelta(hours=1)), ([1], None), ([], None)],
)
def test_a_source_says_when_its_urls_are_looked_at_again(
    warehouse: None, hours: list[int] | None, expected: datetime | None
) -> None:
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO core.source (source_key, name, homepage, domain, added_at, config_digest, recheck_hours)"
                " VALUES ('example', 'Example', 'https://example.org/', 'example.org', now(), 'x', CAST(:hours AS jsonb))"
            ),
            {"hours": None if hours is None else json.dumps(hours)},
        )
    _entries(1)  # first seen an hour ago
    run = _run()
    _claim(run)
    _end(run, State.LOADED, Reason.STORED)
    with db.reading() as connection:
        assert connection.scalar(text("SELECT recheck_at FROM raw.entry")) == expected


def test_recheck_all_takes_what_is_not_due_yet(warehouse: None) -> None:
    _entries(1)
    run = _run("a")
    _claim(run)
    _end(run, State.LOADED, Reason.STORED)
    assert _claim(_run("b", recheck="all")) == 1


def test_a_night_done_again_claims_what_it_claimed(warehouse: None) -> None:
    _entries(3)
    run = _run("a")
    _claim(run)
    _end(run, State.LOADED, Reason.STORED)
    _entries(2, host="later.example")
    replay = _run("b", kind="replay")
    assert _claim(replay) == 3
    with db.reading() as connection:
        assert ledger(connection, replay.run_key).inflow == {"reopened": 3}


def test_dead_runs_hand_on_what_they_hold(warehouse: None) -> None:
    _entries(2)
    run = _run()
    _claim(run, now=NOW)
    assert db.in_transaction(lambda c: release_dead_runs(c, silent_hours=1, except_run=run.run_key)) == []
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE ops.run SET started_at = now() - interval '2 days'"))
        connection.execute(text("UPDATE ops.entry_event SET at = now() - interval '2 days'"))
    assert db.in_transaction(lambda c: release_dead_runs(c, silent_hours=1)) == [run.run_key]
    with db.reading() as connection:
        assert ledger(connection, run.run_key).is_balanced
        assert get_run(connection, run.run_key).state == "failed"


def test_quarantine_retry_and_drop(warehouse: None) -> None:
    _entries(2)
    run = _run()
    _claim(run)
    _end(run, State.QUARANTINED, Reason.PAYWALL)
    db.in_transaction(lambda c: close_run(c, run.run_key, state="succeeded", note="", report_uri=None))
    with db.reading() as connection:
        rows = quarantined(connection, reason="paywall")
        assert quarantined(connection, reason="teaser") == []
    ids = [row["entry_id"] for row in rows]
    assert db.in_transaction(lambda c: retry(c, ids[:1], refetch=False)) == 1
    assert db.in_transaction(lambda c: drop(c, ids[1:])) == 1
    later = _run("b")
    assert _claim(later) == 1


def test_why_tells_a_url_from_its_first_event_on(warehouse: None) -> None:
    _entries(1)
    run = _run()
    _claim(run)
    _end(run, State.GONE, Reason.NOT_FOUND)
    with db.reading() as connection:
        found = why(connection, "http://www.example.org/story-0?utm_source=x")
        unknown = why(connection, "https://example.org/story")
    assert found["entry"]["state"] == "gone"
    assert [e["to_state"] for e in found["events"]] == ["claimed", "gone"]
    assert unknown["entry"] is None
    assert unknown["similar"] == ["https://example.org/story-0"]
