"""How often a feed is asked: simulated feeds find their pace, chance is bounded, and nonsense is not followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.warehouse.pace import LONGEST, SHORTEST, adapted, pause

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        (0.2, minutes(18.75)),  # 80 % were new: in 18.75 minutes half would have been
        (0.0, minutes(15)),
        (1 / 3, HALF_HOUR),
        (0.5, HALF_HOUR),
        (2 / 3, HALF_HOUR),
        (0.7, minutes(45)),
        (1.0, minutes(45)),
        (None, HALF_HOUR),
    ],
)
def test_one_step(overlap: float | None, expected: timedelta) -> None:
    assert adapted(HALF_HOUR, start=HALF_HOUR, elapsed=HALF_HOUR, overlap=overlap) == expected


@pytest.mark.parametrize("elapsed", [None, minutes(5), minutes(50), timedelta(days=2)])
@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_a_poll_that_was_not_on_time_says_nothing(elapsed: timedelta | None, overlap: float) -> None:
    assert adapted(HALF_HOUR, start=HALF_HOUR, elapsed=elapsed, overlap=overlap) == HALF_HOUR


def test_a_missed_start_of_the_job_is_still_on_time() -> None:
    assert adapted(minutes(10), start=HALF_HOUR, elapsed=minutes(20), overlap=1.0) == minutes(15)


def test_overflow_counts_at_once_however_late_the_poll() -> None:
    step = {"start": HALF_HOUR, "overlap": 0.0, "is_overflow": True}
    assert adapted(minutes(240), elapsed=timedelta(days=2), **step) == minutes(120)
    assert adapted(minutes(240), elapsed=minutes(60), **step) == minutes(30)
    assert adapted(minutes(12), elapsed=minutes(12), **step) == SHORTEST


@pytest.mark.parametrize("per_hour", [0.5, 3, 20, 60])
@pytest.mark.parametrize("start", [minutes(10), HALF_HOUR, timedelta(hours=24)])
def test_steady_feeds_find_their_pace(per_hour: float, start: timedelta) -> None:
    """A feed of 30 items: after a week of polls between a third and two thirds are known, unless a bound forbids it."""
    interval, at = start, NOW
    for _ in range(300):
        elapsed = pause(interval, 1, at)
        at += elapsed
        new = min(30.0, per_hour * elapsed / timedelta(hours=1))
        overlap = 1 - new / 30
        interval = adapted(interval, start=HALF_HOUR, elapsed=elapsed, overlap=overlap, is_overflow=overlap == 0)
    assert 0.3 <= overlap <= 0.75 or interval in (SHORTEST, LONGEST)
    if per_hour == 20:
        assert minutes(30) <= interval <= minutes(66)


def test_bounds_are_ten_minutes_and_a_day_unless_configured_wider() -> None:
    def settle(start: timedelta, overlap: float) -> timedelta:
        interval = start
        for _ in range(50):
            interval = adapted(interval, start=start, elapsed=interval, overlap=overlap)
        return interval

    assert settle(HALF_HOUR, 1.0) == LONGEST
    assert settle(HALF_HOUR, 0.0) == SHORTEST
    assert settle(minutes(2), 0.0) == minutes(2)
    assert settle(timedelta(days=3), 1.0) == timedelta(days=3)


def test_what_the_feed_asks_for_slows_down_but_never_past_what_its_list_shows() -> None:
    def asked(pause: timedelta, overlap: float | None) -> timedelta:
        return adapted(HALF_HOUR, start=HALF_HOUR, elapsed=HALF_HOUR, overlap=overlap, asked_pause=pause)

    assert asked(minutes(60), 0.5) == minutes(60)
    assert asked(minutes(60), None) == minutes(60)
    assert asked(minutes(5), 0.5) == HALF_HOUR
    assert asked(minutes(60), 0.2) == minutes(18.75)
    assert asked(timedelta(days=40), 0.5) == LONGEST


@given(
    interval=st.timedeltas(timedelta(minutes=1), timedelta(days=7)),
    feed_id=st.integers(1, 10**12),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_chance_is_bounded_and_the_same_again(interval: timedelta, feed_id: int, at: datetime) -> None:
    wait = pause(interval, feed_id, at)
    assert wait == pause(interval, feed_id, at)
    assert 0.79 * interval <= wait < interval


def test_feeds_of_one_moment_do_not_stay_together() -> None:
    waits = sorted(pause(HALF_HOUR, feed_id, NOW) for feed_id in range(1000))
    assert waits[0] < minutes(24.3)
    assert waits[-1] > minutes(28.9)
    assert len({round(wait.total_seconds()) for wait in waits}) > 200


def test_a_feed_of_ten_minutes_is_due_at_the_next_start_of_a_job_every_ten_minutes() -> None:
    assert all(pause(minutes(10), feed_id, NOW) <= minutes(9) for feed_id in range(1000))
