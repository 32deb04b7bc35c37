"""One attempt to read an address: what is seen of hosts that are not there, and of moves."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from pipeline.discover.reading import Reading, read
from pipeline.errors import Reason
from pipeline.http import Client
from pipeline.settings import Settings

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SETTINGS = Settings(_env_file=None, host_delay_s=0.0, retry_pause_s=0.0, fetch_retries=0)


def look(url: str, local: frozenset[str] = frozenset()) -> Reading:
    async def ask() -> Reading:
        async with Client(SETTINGS, local) as client:
            return await read(client, url, max_bytes=1_000_000, now=NOW)

    return asyncio.run(ask())


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
