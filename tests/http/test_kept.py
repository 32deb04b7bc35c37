"""Connections kept open between requests, and their bound."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest
from aiohttp import web

from pipeline.http import Client
from pipeline.http.kept import KeptConnections
from pipeline.settings import Settings
from tests.loopback_server import Newsroom, run


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_bounded_number_of_hosts_keep_theirs() -> None:
    transports: dict[str, object] = {}
    kept_open: list[int] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        transports[request.host] = request.transport
        return web.Response(text="ok")

    async def work(_client: Client, newsroom: Newsroom) -> None:
        names = [f"h{n}.localhost" for n in range(40)]
        settings = Settings(_env_file=None, host_delay_s=0, idle_connections=8)
        async with Client(settings, frozenset(names)) as client:
            for _ in range(2):
                for name in names:
                    assert (await client.get(f"http://{name}:{newsroom.port}/")).body == b"ok"
            kept_open.append(sum(not t.is_closing() for t in transports.values()))  # type: ignore[attr-defined]

    run(answer, work)
    assert kept_open == [8]


def test_never_more_than_half_of_the_files_a_process_may_open(few_files: None) -> None:
    kept = KeptConnections(512)
    asked_to_close = [kept.ask_to_close(f"h{n}", None) is not None for n in range(200)]
    assert asked_to_close == [False] * 128 + [True] * 72
    assert kept.ask_to_close("h199", {"Accept": "text/html"}) == {"Accept": "text/html", "Connection": "close"}
    assert kept.ask_to_close("h3", None) is None


def test_places_of_connections_that_ran_out_are_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptConnections(2)
    for host in ("a", "b"):
        assert kept.ask_to_close(host, None) is None
    assert kept.ask_to_close("c", None) is not None
    monkeypatch.setattr("pipeline.http.kept.KEEP_S", 0.0)
    assert kept.ask_to_close("c", None) is None
