"""One attempt to read an address: how it is asked, what is seen of hosts that are not there, and of moves."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.discover.polling import Asking, asking
from pipeline.discover.reading import Reading, read
from pipeline.errors import Reason, reason_of_status
from pipeline.http import Client
from pipeline.settings import Settings
from pipeline.warehouse.polls import ChildState, FeedToPoll

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SETTINGS = Settings(_env_file=None, host_delay_s=0.0, retry_pause_s=0.0, fetch_retries=0)


def look(url: str, local: frozenset[str] = frozenset()) -> Reading:
    async def ask() -> Reading:
        async with Client(SETTINGS, local) as client:
            return await read(client, url, max_bytes=1_000_000, now=NOW)

    return asyncio.run(ask())


def test_every_status_that_gives_nothing_has_a_reason() -> None:
    assert [reason_of_status(status).value for status in (404, 410, 429, 403, 451, 500, 503)] == [
        "not_found", "gone", "too_many_requests", "client_error", "client_error", "server_error", "server_error"
    ]  # fmt: skip


def test_a_name_that_does_not_exist_is_told_from_a_server_that_is_down() -> None:
    try:
        socket.getaddrinfo("nowhere.invalid", 80)
    except socket.gaierror as error:
        if error.errno != socket.EAI_NONAME:
            pytest.skip(f"this machine's name server says of no name that it does not exist: {error}")
    gone = look("http://nowhere.invalid/feed")
    assert gone.is_name_gone
    assert gone.reason in (Reason.ROBOTS_UNAVAILABLE, Reason.UNREACHABLE)
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        host = f"dockside.localhost:{taken.getsockname()[1]}"
        down = look(f"http://{host}/feed", frozenset({host}))
    assert not down.is_name_gone
    assert down.reason in (Reason.ROBOTS_UNAVAILABLE, Reason.UNREACHABLE)


@pytest.mark.parametrize(
    ("statuses", "is_moved"), [((), False), ((301,), True), ((308, 301), True), ((301, 302), False), ((307,), False)]
)
def test_only_permanent_steps_are_a_move(statuses: tuple[int, ...], is_moved: bool) -> None:
    steps = tuple((f"https://www.dockside.example/{n}", status) for n, status in enumerate(statuses))
    there = "https://www.dockside.example/new"
    reading = Reading(there, 200, b"x", "s", None, None, None, 1, redirects=steps)
    assert reading.moved_to == (there if is_moved else None)


def feed(**fields: object) -> FeedToPoll:
    url = "https://www.dockside.example/feed"
    plain = FeedToPoll(1, "dockside", "https://www.dockside.example/", url, "rss", 30, '"a"', None, "s")
    return replace(plain, **fields)  # type: ignore[arg-type]


def state(polls_since_audit: int, etag: str | None = '"a"') -> ChildState:
    return ChildState(NOW, NOW, etag, None, "s", polls_since_audit)


def test_validators_go_along_and_every_tenth_time_they_do_not() -> None:
    asked = [asking(feed(), state(n), audit_every=10) for n in range(11)]
    assert [ask.is_audit for ask in asked] == [False] * 9 + [True, True]
    assert asked[0] == Asking('"a"', None)
    assert not asked[9].is_conditional
    assert not asking(feed(), state(500), audit_every=0).is_audit
    assert asking(feed(has_false_validators=True), state(500), audit_every=10) == Asking()
    assert asking(feed(), state(500, etag=None), audit_every=10) == Asking()  # nothing to leave out


def test_no_304_is_believed_for_much_longer_than_half_a_day() -> None:
    """From every half hour on, each 304 makes the next poll half as long again later."""
    interval, waited, polls = timedelta(minutes=30), timedelta(), 0
    while not asking(feed(poll_interval_s=round(interval.total_seconds())), state(polls), audit_every=10).is_audit:
        waited += interval
        interval *= 1.5
        polls += 1
    assert polls >= 4
    assert waited <= timedelta(hours=12)
    daily = feed(poll_interval_s=24 * 3600)
    assert [asking(daily, state(n), audit_every=10).is_audit for n in range(4)] == [False, False, True, True]
