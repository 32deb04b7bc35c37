"""`mm why`: a poll, a claim, a fetch and a host, each told in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import Reason
from pipeline.records import State
from pipeline.sources import SourceConfig
from pipeline.urls import host_of, url_key
from pipeline.warehouse import db
from pipeline.warehouse.claims import claim, held_entries
from pipeline.warehouse.events import Move
from pipeline.warehouse.pages import FetchOutcome, PageAttempt, save_outcomes
from pipeline.warehouse.polls import OK, Listing, PollResult, record_poll
from pipeline.warehouse.runs import Run, open_run
from pipeline.warehouse.sources import sync_sources
from tests.warehouse import nights

pytestmark = pytest.mark.db
CALL = CliRunner()
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SEEN = NOW - timedelta(hours=3)
FEED = "https://www.dockside.example/feed"
STORY = "https://www.dockside.example/news/1"


@pytest.fixture
def listed(warehouse: None) -> Iterator[None]:
    """One feed that has listed one story."""
    config = {
        "key": "dockside",
        "name": "Dockside",
        "homepage": "https://www.dockside.example/",
        "feeds": [{"url": FEED, "kind": "rss"}],
    }
    db.in_transaction(lambda c: sync_sources(c, [SourceConfig.model_validate(config)], SEEN))
    listing = Listing(STORY, url_key(STORY), host_of(STORY))
    poll = PollResult(1, "dockside", FEED, SEEN, OK, listings=(listing,), refused={Reason.TOO_OLD: 4}, body_sha256="a")
    db.in_transaction(lambda c: record_poll(c, poll))
    yield
    db.dispose()


def told(url: str) -> str:
    return " ".join(CALL.invoke(app, ["why", url]).stdout.split())


def _run(name: str, at: datetime) -> Run:
    params: dict[str, object] = {"sources": [], "limit": 0, "recheck": "due"}
    run = db.in_transaction(
        lambda c: open_run(c, kind="nightly", night=at.date(), started_at=at, airflow_run_id=name, params=params)
    )
    db.in_transaction(lambda c: claim(c, run, now=at, recheck_budget=10))
    return run


def _end(run: Run, at: datetime, state: State, reason: Reason, detail: str | None = None) -> None:
    with db.reading() as connection:
        entry = held_entries(connection, run)[0]
    page = PageAttempt(entry.entry_id, run.run_key, at, 1, "failed", reason.value, detail, 503, elapsed_ms=12)
    move = Move(entry.entry_id, state, reason, "fetch", detail, due_at=at + timedelta(hours=1))
    save_outcomes(run.run_key, [FetchOutcome(entry.entry_id, page, move)], at=at)


def test_a_url_says_which_poll_listed_it_and_what_that_poll_was(listed: None) -> None:
    shown = told(STORY)
    assert f"rss {FEED} first 2026-11-22 23:00" in shown
    assert "that poll: asked for the whole body; 1 items, 1 new; refused 4 too_old; due again after" in shown


def test_each_claim_says_why_the_url_was_taken(listed: None) -> None:
    _end(_run("a", NOW), NOW, State.CARRIED, Reason.SERVER_ERROR, "status 503")
    later = NOW + timedelta(days=1)
    _end(_run("b", later), later, State.UNCHANGED, Reason.NOT_MODIFIED)
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE raw.entry SET due_at = NULL, recheck_at = :at"), {"at": later})
    _run("c", NOW + timedelta(days=3))
    shown = told(STORY)
    assert "the first run after it was listed, 3 h before" in shown
    assert "left over: run 2 that takes it up without an end so far" in shown
    assert "known, looked at again for edits 3 days after it was first listed" in shown
    assert "failed 503 server_error in 12 ms — status 503" in shown


@pytest.mark.parametrize(("left_s", "how"), [(7200, "is"), (-7200, "was")])
def test_a_url_says_how_its_host_stands(listed: None, left_s: int, how: str) -> None:
    later = datetime.now(UTC) + timedelta(seconds=left_s)
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ops.host (host, last_request_at, backoff_since, backoff_until, backoff_reason,"
                " failure_count, robots_read_at, robots_until, robots_status)"
                " VALUES (:host, :now, :now, :later, 'too_many_requests', 3, :now, :later, 200)"
            ),
            {"host": host_of(STORY), "now": NOW, "later": later},
        )
    shown = told(STORY)
    assert "its host was last asked 2026-11-23 02:00:00 UTC" in shown
    assert f"{how} left in peace until {later:%Y-%m-%d %H:%M} UTC (too_many_requests, 3 failures in a row)" in shown
    assert "has a robots.txt as read 2026-11-23 02:00 UTC (status 200)" in shown


def test_a_feed_is_explained_too(listed: None) -> None:
    shown = told(FEED)
    assert "a feed of dockside: rss, every 30 min to begin with" in shown
    assert "refused 4 too_old" in shown
    answer = json.loads(CALL.invoke(app, ["why", FEED, "--json"]).stdout)
    assert answer["standing"]["source_key"] == "dockside"
    assert answer["polls"][0]["refused"] == {"too_old": 4}


def test_an_address_that_was_refused_leads_to_the_feeds_of_its_site(listed: None) -> None:
    shown = CALL.invoke(app, ["why", "https://www.dockside.example/news/of-last-year"])
    assert shown.exit_code == 1
    assert f"a feed of its site: {FEED}" in " ".join(shown.stdout.split())


def test_an_article_says_where_each_field_was_found(warehouse: None, landing_zone: Path) -> None:
    nights.run([nights.Seen(STORY)])
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "UPDATE core.article SET agency = 'Reuters', is_opinion = true, is_paywalled = true,"
                " extractor_reason = 'the longest of three'"
            )
        )
    shown = told(STORY)
    assert "title Harbour Board and dockers meet in Bremen — from the page's heading" in shown
    assert "authors Inés Falk, Omar Haddad — from the page's JSON-LD" in shown
    assert "agency Reuters section Business — from the page's JSON-LD" in shown
    assert "publisher_tags harbour, strike — from the page's JSON-LD" in shown
    assert "(to the minute, trusted 0.95) — from the page's JSON-LD" in shown
    assert "kind opinion, for subscribers text by precision: the longest of three" in shown
    answer = json.loads(CALL.invoke(app, ["why", STORY, "--json"]).stdout)["article"]
    assert (answer["extractor"], answer["title_method"], answer["agency"]) == ("precision", "h1", "Reuters")


def test_an_article_of_an_earlier_version_says_what_it_knows(warehouse: None, landing_zone: Path) -> None:
    nights.run([nights.Seen(STORY)])
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE core.article SET extractor = NULL, title_method = NULL, section = NULL"))
    shown = told(STORY)
    assert "title Harbour Board and dockers meet in Bremen authors" in shown
    assert " text by " not in shown
    assert " section " not in shown
    assert " kind " not in shown
