"""How a feed stands after good and bad polls: points, pauses, rest, waking, moving. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import Reason
from pipeline.warehouse.poll_records import FAILED, NOT_MODIFIED, OK, PollResult, RecordedPoll
from pipeline.warehouse.standing import (
    HARD_POINTS,
    MAX_PAUSE,
    SOFT_POINTS,
    TEMPORARY_POINTS,
    Standing,
    after,
    points,
    resting_pause,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NOTHING = RecordedPoll(0, 0, 0)
FRESH = Standing("rss", NOW, 30, last_ok_at=NOW, body_sha256="s")


def poll(at: datetime = NOW, **fields: object) -> PollResult:
    return replace(PollResult(7, "dockside", "https://www.dockside.example/1", at, OK), **fields)  # type: ignore[arg-type]


def failed(reason: Reason = Reason.TIMEOUT, at: datetime = NOW, **fields: object) -> PollResult:
    return poll(at, outcome=FAILED, reason=reason, **fields)


def pauses(standing: Standing, reason: Reason, count: int, **fields: object) -> list[timedelta]:
    found = []
    for _ in range(count):
        standing = after(standing, failed(reason, **fields), NOTHING, None)
        assert standing.next_poll_at is not None
        found.append(standing.next_poll_at - NOW)
    return found


def until_rest(reason: Reason) -> tuple[timedelta, int]:
    """How long, and how many polls, until a feed that never answers again rests; polled when due."""
    standing, at, polls = FRESH, NOW, 0
    while standing.resting_since is None:
        standing = after(standing, failed(reason, at), NOTHING, None)
        polls += 1
        assert standing.next_poll_at is not None
        at = standing.next_poll_at
    return standing.resting_since - NOW, polls


@pytest.mark.parametrize(
    ("reason", "weight"),
    [
        (Reason.TIMEOUT, SOFT_POINTS),
        (Reason.SERVER_ERROR, SOFT_POINTS),
        (Reason.TOO_MANY_REQUESTS, SOFT_POINTS),
        (Reason.CLIENT_ERROR, TEMPORARY_POINTS),
        (Reason.BROKEN_FEED, TEMPORARY_POINTS),
        (Reason.NOT_A_FEED, TEMPORARY_POINTS),
        (Reason.TLS_ERROR, TEMPORARY_POINTS),
        (Reason.ROBOTS_DISALLOWED, TEMPORARY_POINTS),
        (Reason.GONE, HARD_POINTS),
        (Reason.NOT_FOUND, HARD_POINTS),
    ],
)
def test_failures_weigh(reason: Reason, weight: int) -> None:
    assert points(failed(reason)) == weight
    assert after(FRESH, failed(reason), NOTHING, None).failure_points == weight


def test_a_name_that_is_gone_weighs_like_a_feed_that_is_gone() -> None:
    assert points(failed(Reason.ROBOTS_UNAVAILABLE)) == SOFT_POINTS
    assert points(failed(Reason.ROBOTS_UNAVAILABLE, is_name_gone=True)) == HARD_POINTS


def test_pauses_double_up_to_a_day() -> None:
    found = pauses(FRESH, Reason.TIMEOUT, 8)
    jitter = found[0] / timedelta(hours=1)
    assert 0.9 <= jitter <= 1.1
    assert [wait / timedelta(hours=1) for wait in found[:4]] == pytest.approx([jitter * n for n in (1, 2, 4, 8)])
    assert found[6:] == [MAX_PAUSE, MAX_PAUSE]


def test_a_retry_after_of_88_hours_is_honoured_up_to_a_day() -> None:
    assert pauses(FRESH, Reason.TOO_MANY_REQUESTS, 1, retry_after=timedelta(hours=88)) == [MAX_PAUSE]
    assert pauses(FRESH, Reason.SERVER_ERROR, 1, retry_after=timedelta(hours=5)) == [timedelta(hours=5)]
    assert pauses(FRESH, Reason.SERVER_ERROR, 1, retry_after=timedelta(seconds=1))[0] > timedelta(minutes=50)


def test_never_asked_more_often_than_when_all_is_well() -> None:
    slow = replace(FRESH, every_minutes=3 * 24 * 60)
    assert pauses(slow, Reason.TIMEOUT, 1) == [timedelta(days=3)]


def test_what_we_did_not_ask_is_no_failure() -> None:
    stands = after(FRESH, failed(Reason.HOST_BUSY), NOTHING, None)
    assert (stands.failure_count, stands.failure_points, stands.last_reason) == (0, 0.0, None)
    assert stands.next_poll_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("reason", "shortest", "longest"),
    [
        (Reason.GONE, timedelta(days=3), timedelta(days=8)),
        (Reason.NOT_A_FEED, timedelta(days=21), timedelta(days=35)),
        (Reason.TIMEOUT, timedelta(days=80), timedelta(days=110)),
    ],
)
def test_how_long_until_a_feed_rests(reason: Reason, shortest: timedelta, longest: timedelta) -> None:
    lasted, polls = until_rest(reason)
    assert shortest <= lasted <= longest
    assert polls >= 10


def test_no_feed_rests_within_three_days_of_a_success() -> None:
    standing = replace(FRESH, failure_points=500)
    soon = after(standing, failed(Reason.GONE, NOW + timedelta(hours=71)), NOTHING, None)
    later = after(standing, failed(Reason.GONE, NOW + timedelta(hours=73)), NOTHING, None)
    assert soon.resting_since is None
    assert later.resting_since == NOW + timedelta(hours=73)


def test_a_resting_feed_is_asked_daily_then_weekly_then_monthly_for_ever() -> None:
    standing = replace(FRESH, failure_points=500, last_ok_at=NOW - timedelta(days=9))
    at, waits = NOW, []
    while at < NOW + timedelta(days=3 * 365):
        standing = after(standing, failed(Reason.GONE, at), NOTHING, None)
        assert standing.resting_since == NOW
        assert standing.next_poll_at is not None
        waits.append((at - NOW, standing.next_poll_at - at))
        at = standing.next_poll_at
    for rested, wait in waits:
        assert 0.9 <= wait / resting_pause(rested) <= 1.1
    assert sum(rested < timedelta(days=30) for rested, _ in waits) >= 27
    assert sum(timedelta(days=180) > rested >= timedelta(days=30) for rested, _ in waits) >= 18
    assert waits[-1][1] > timedelta(days=26)


def test_a_success_wakes_it_at_once_and_pays_off_half() -> None:
    resting = replace(
        FRESH,
        failure_points=140.0,
        failure_count=30,
        resting_since=NOW,
        last_reason="gone",
        last_ok_at=NOW - timedelta(days=60),
    )
    awake = after(resting, poll(outcome=NOT_MODIFIED), NOTHING, None)
    assert (awake.resting_since, awake.failure_count, awake.last_reason, awake.failure_points) == (None, 0, None, 70.0)
    assert awake.next_poll_at is not None
    assert awake.next_poll_at - NOW <= timedelta(minutes=30)
    for _ in range(7):
        awake = after(awake, poll(outcome=NOT_MODIFIED), NOTHING, None)
    assert awake.failure_points == 0


def test_a_feed_that_fails_every_other_time_never_rests() -> None:
    standing, at = FRESH, NOW
    for _ in range(500):
        standing = after(standing, failed(Reason.NOT_FOUND, at), NOTHING, None)
        at += timedelta(hours=12)
        standing = after(standing, poll(at, outcome=NOT_MODIFIED), NOTHING, None)
        at += timedelta(hours=12)
    assert standing.resting_since is None
    assert standing.failure_points < 3 * HARD_POINTS


def test_drop_folders_keep_their_interval_and_never_rest() -> None:
    folder = replace(FRESH, kind="drop_folder", last_ok_at=NOW - timedelta(days=90), failure_points=900)
    missing = after(folder, failed(Reason.FILE_MISSING), NOTHING, None)
    assert (missing.resting_since, missing.next_poll_at) == (None, NOW + timedelta(minutes=30))
    for _ in range(20):
        folder = after(replace(folder, last_ok_at=NOW - timedelta(minutes=28)), poll(listings=None), NOTHING, 1.0)
    assert folder.interval == timedelta(minutes=30)


def test_an_unchanged_body_slows_down_and_only_304_counts_towards_an_audit() -> None:
    at = NOW + timedelta(minutes=28)
    silent = after(FRESH, poll(at, outcome=NOT_MODIFIED), NOTHING, None)
    assert (silent.poll_interval_s, silent.polls_since_audit) == (45 * 60, 1)
    same = after(silent, poll(at + timedelta(minutes=40), body_sha256="s"), NOTHING, None)
    assert (same.poll_interval_s, same.polls_since_audit) == (round(67.5 * 60), 0)
    lively = after(FRESH, poll(at, listings=()), NOTHING, 0.5)
    assert lively.poll_interval_s is None  # as configured


def test_moved_for_good_until_it_is_not() -> None:
    there = "https://www.dockside.example/new"
    moved = after(FRESH, poll(moved_to=there), NOTHING, None)
    still = after(moved, poll(NOW + timedelta(days=1), moved_to=there), NOTHING, None)
    broken = after(still, failed(at=NOW + timedelta(days=2)), NOTHING, None)
    elsewhere = after(broken, poll(NOW + timedelta(days=3), moved_to=there + "er"), NOTHING, None)
    back = after(elsewhere, poll(NOW + timedelta(days=4)), NOTHING, None)
    assert [(s.moved_to, s.moved_since) for s in (moved, still, broken, elsewhere, back)] == [
        (there, NOW),
        (there, NOW),
        (there, NOW),
        (there + "er", NOW + timedelta(days=3)),
        (None, None),
    ]
