"""The checks of feeds: what they find, what they leave alone, what they advise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.errors import Reason
from pipeline.sources import SourceConfig
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.check_result import Check
from pipeline.warehouse.feed_checks import feed_checks
from pipeline.warehouse.polls import FAILED, OK, Listing, PollResult, record_poll
from pipeline.warehouse.runs import open_run
from pipeline.warehouse.sources import sync_sources

pytestmark = pytest.mark.db
NOW = datetime.now(UTC).replace(microsecond=0)
SITE = "https://www.dockside.example"


@pytest.fixture
def run_key(warehouse: None) -> str:
    """A run over four feeds of one source."""
    feeds = [{"url": f"{SITE}/{n}", "kind": "rss"} for n in (1, 2, 3, 4)]
    config = SourceConfig.model_validate({"key": "dockside", "name": "D", "homepage": f"{SITE}/", "feeds": feeds})
    db.in_transaction(lambda c: sync_sources(c, [config], NOW - timedelta(days=9)))
    opened = db.in_transaction(
        lambda c: open_run(c, kind="nightly", night=NOW.date(), started_at=NOW, airflow_run_id="a", params={})
    )
    return opened.run_key


def poll(feed: int, at: datetime, *stories: int, outcome: str = OK, **fields: object) -> None:
    urls = [f"{SITE}/news/{n}" for n in stories]
    listings = tuple(Listing(url, url_key(url), "www.dockside.example") for url in urls) if outcome == OK else None
    result = PollResult(
        feed, "dockside", f"{SITE}/{feed}", at, outcome, listings=listings, body_sha256=str(stories), **fields
    )  # type: ignore[arg-type]
    db.in_transaction(lambda c: record_poll(c, result))


def checks(run_key: str) -> dict[str, Check]:
    with db.reading() as connection:
        return {check.name: check for check in feed_checks(connection, run_key)}


def test_all_is_well(run_key: str) -> None:
    for feed in (1, 2, 3, 4):
        poll(feed, NOW, feed, run_key=run_key)
    found = checks(run_key)
    assert list(found) == ["feeds_answered", "no_overflow", "no_resting_feeds", "no_silent_feeds"]
    assert all(check.is_ok and check.severity == "warn" for check in found.values())


def test_feeds_that_failed_and_feeds_left_in_peace(run_key: str) -> None:
    poll(1, NOW, outcome=FAILED, reason=Reason.NOT_FOUND, run_key=run_key)
    poll(2, NOW - timedelta(hours=1), outcome=FAILED, reason=Reason.TOO_MANY_REQUESTS, retry_after=timedelta(hours=9))
    poll(3, NOW - timedelta(days=3), outcome=FAILED, reason=Reason.TIMEOUT, run_key="another")
    poll(3, NOW, 7, run_key=run_key)
    answered = checks(run_key)["feeds_answered"]
    until = f"{NOW + timedelta(hours=8):%m-%d %H:%M}"
    assert (answered.is_ok, answered.observed) == (
        False,
        f"1 failed: {SITE}/1 (not_found); "
        f"1 not asked, as their server wishes: {SITE}/2 (too_many_requests, until {until})",
    )


def test_overflow_since_the_night_before(run_key: str) -> None:
    for hours, story in ((30, 1), (20, 2), (10, 3), (5, 3)):
        poll(1, NOW - timedelta(hours=hours), story)
    poll(2, NOW - timedelta(hours=30), 100)
    poll(2, NOW - timedelta(hours=25), 101)  # overflow, but told the night before
    found = checks(run_key)["no_overflow"]
    assert (found.is_ok, found.observed) == (False, f"1 overflowed: {SITE}/1 (2 of 3 polls)")
    assert "every_minutes" in (found.advice or "")


def test_resting_feeds_are_reported_until_they_answer(run_key: str) -> None:
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE core.feed SET failure_points = 99"))
    poll(1, NOW - timedelta(days=2), outcome=FAILED, reason=Reason.GONE)
    poll(2, NOW - timedelta(days=2), 1)
    found = checks(run_key)["no_resting_feeds"]
    since = f"{NOW - timedelta(days=2):%Y-%m-%d}"
    assert (found.is_ok, found.observed) == (False, f"1 resting: {SITE}/1 (since {since}, gone)")
    assert "mm sources repair" in (found.advice or "")
    assert checks(run_key)["feeds_answered"].is_ok  # resting feeds have a check of their own
    poll(1, NOW, 5)
    assert checks(run_key)["no_resting_feeds"].is_ok


def test_feeds_that_fell_silent(run_key: str) -> None:
    for feed, days in ((1, 5), (2, 1), (3, 60)):
        poll(feed, NOW - timedelta(days=days), feed)
    found = checks(run_key)["no_silent_feeds"]
    assert (found.is_ok, found.observed) == (False, f"1 silent: {SITE}/1")
