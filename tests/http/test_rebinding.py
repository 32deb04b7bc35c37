"""DNS rebinding: a real name server whose answers change, a client that asks it, and a canary that nobody may reach."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from dnslib import AAAA, CNAME, QTYPE, RR, A, DNSRecord
from dnslib.server import DNSServer

from pipeline.errors import MonitorError, Reason
from pipeline.http import Client
from pipeline.http.resolver import ServerLookUp, _server
from pipeline.settings import Settings
from tests.loopback_server import HOST, Newsroom, run

NOWHERE = "2d00::1"
"""Counts as public, but belongs to nobody: IANA has given 2d00::/8 to no registry. Dialling it ends at our router."""

Answers = dict[str, Callable[[int], list[Any]]]


class Names:
    """Answers by name: `(how many times that name was asked for before)` gives the records."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.asked = answers, list[tuple[str, str]]()

    def resolve(self, request: DNSRecord, _handler: object) -> DNSRecord:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        before = sum(1 for asked in self.asked if asked == (name, kind))
        self.asked.append((name, kind))
        self._add(reply, name, kind, before)
        return reply

    def _add(self, reply: DNSRecord, name: str, kind: str, before: int) -> None:
        for data in self.answers.get(name, lambda _nth: [])(before):
            if type(data).__name__ in (kind, "CNAME"):
                reply.add_answer(RR(name, getattr(QTYPE, type(data).__name__), rdata=data, ttl=0))
            if isinstance(data, CNAME):
                self._add(reply, str(data.label).rstrip("."), kind, before)


@contextmanager
def name_server(answers: Answers) -> Iterator[tuple[str, Names]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    names = Names(answers)
    server = DNSServer(names, address="127.0.0.1", port=port)
    server.start_thread()
    try:
        yield f"127.0.0.1:{port}", names
    finally:
        server.stop()
        server.server.server_close()


@contextmanager
def canary() -> Iterator[tuple[int, list[object]]]:
    """A listener on loopback that notes every connection. It never accepts: the backlog tells."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        reached: list[object] = []
        yield listener.getsockname()[1], reached
        with suppress(BlockingIOError):
            reached.append(listener.accept())


def reasons(answers: Answers, *urls: str) -> list[Reason]:
    """Why each of these addresses could not be fetched, a client for each; and nobody reached the canary."""
    found: list[Reason] = []

    async def ask(url: str, server: str, port: int) -> None:
        settings = Settings(
            _env_file=None, host_delay_s=0, dns_servers=(server,), allowed_ports=(80, port), connect_timeout_s=1
        )
        async with Client(settings) as client:
            with pytest.raises(MonitorError) as caught:
                await client.get(url.format(port=port))
            found.append(caught.value.reason)

    with canary() as (port, reached), name_server(answers) as (server, names):
        for url in urls:
            asyncio.run(ask(url, server, port))
        assert names.asked
    assert reached == []
    return found


def test_a_name_that_is_public_first_and_loopback_then() -> None:
    answers = {"news.rebind.test": lambda nth: [AAAA(NOWHERE)] if nth == 0 else [A("127.0.0.1"), AAAA("::1")]}
    url = "http://news.rebind.test:{port}/"
    assert reasons(answers, url, url, url)[1:] == [Reason.FORBIDDEN_ADDRESS] * 2


def test_an_answer_holds_for_the_connection_it_was_checked_for() -> None:
    """Between check and connect nothing is asked again: the first answer is dialled, and it is the public one."""
    answers = {"news.rebind.test": lambda nth: [AAAA(NOWHERE)] if nth == 0 else [A("127.0.0.1")]}

    async def main(server: str, port: int) -> list[Reason]:
        settings = Settings(
            _env_file=None, host_delay_s=0, dns_servers=(server,), allowed_ports=(port,), connect_timeout_s=0.5
        )
        found = []
        async with Client(settings) as client:
            for _ in range(3):
                with pytest.raises(MonitorError) as caught:
                    await client.get(f"http://news.rebind.test:{port}/")
                found.append(caught.value.reason)
        return found

    with canary() as (port, reached), name_server(answers) as (server, names):
        # The A record is empty and the AAAA public at first; what was found is pinned, so later requests do not ask.
        answers["news.rebind.test"] = lambda nth: [AAAA(NOWHERE)] if nth == 0 else [A("127.0.0.1")]
        found = asyncio.run(main(server, port))
        asked = list(names.asked)
    assert reached == []
    assert set(found) <= {Reason.UNREACHABLE, Reason.TIMEOUT}
    assert sorted(asked) == [("news.rebind.test", "A"), ("news.rebind.test", "AAAA")]


@pytest.mark.parametrize(
    "records",
    [
        [A("127.0.0.1")],
        [A("10.0.0.8")],
        [AAAA("::1")],
        [AAAA("::ffff:7f00:1")],
        [AAAA("64:ff9b::7f00:1")],
        [AAAA("64:ff9b:1::7f00:1")],
        [AAAA("2002:7f00:1::")],
        [AAAA("2001:0:7f00:1::1")],
        [AAAA(NOWHERE), A("127.0.0.1")],  # one good address does not make up for a bad one
        [CNAME("inside.rebind.test")],
    ],
    ids=lambda records: " ".join(str(record) for record in records),
)
def test_names_that_lead_inside(records: list[Any]) -> None:
    answers: Answers = {
        "news.rebind.test": lambda _nth: records,
        "inside.rebind.test": lambda _nth: [A("127.0.0.1")],
    }
    assert reasons(answers, "http://news.rebind.test:{port}/") == [Reason.FORBIDDEN_ADDRESS]


def test_a_redirect_is_checked_like_the_first_address() -> None:
    from aiohttp import web

    with canary() as (port, reached), name_server({"news.rebind.test": lambda _nth: [A("127.0.0.1")]}) as (server, _):

        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": f"http://news.rebind.test:{port}/"})

        async def work(client: Client, newsroom: Newsroom) -> None:
            await client.get(newsroom.url("/"))

        with pytest.raises(MonitorError) as caught:
            run(answer, work, dns_servers=(server,), allowed_ports=(port,))
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS
    assert reached == []


def test_names_that_do_not_exist_and_servers_that_do_not_answer() -> None:
    assert reasons({}, "http://nobody.rebind.test/") == [Reason.UNREACHABLE]

    async def ask(server: str) -> None:
        await ServerLookUp((server,)).find("news.rebind.test")

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        closed = silent.getsockname()[1]
    with pytest.raises(OSError, match=r"no address for news\.rebind\.test"):
        asyncio.run(ask(f"127.0.0.1:{closed}"))


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("9.9.9.9", ("9.9.9.9", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2620:fe::9", ("2620:fe::9", 53)),
        ("[2620:fe::9]", ("2620:fe::9", 53)),
        ("[2620:fe::9]:5353", ("2620:fe::9", 5353)),
    ],
)
def test_how_a_name_server_is_written(text: str, server: tuple[str, int]) -> None:
    assert _server(text) == server


@pytest.mark.parametrize("port", [21, 22, 25, 5432, 6379, 8000])
def test_other_ports_are_not_asked(port: int) -> None:
    async def main() -> None:
        async with Client(Settings(_env_file=None)) as client:
            await client.get(f"http://news.example:{port}/")

    with pytest.raises(MonitorError, match=f"port {port} of news.example is not among 80, 443, 8080, 8443") as caught:
        asyncio.run(main())
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS


def test_ports_come_from_the_setting_and_not_from_where_loopback_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_ALLOWED_PORTS", "80, 8000")
    monkeypatch.setenv("MM_DNS_SERVERS", "127.0.0.1:5353, 9.9.9.9")
    settings = Settings(_env_file=None)
    assert settings.allowed_ports == (80, 8000)
    assert settings.dns_servers == ("127.0.0.1:5353", "9.9.9.9")

    async def answer(_request: Any) -> Any:
        from aiohttp import web

        return web.Response(text="ok")

    async def work(client: Client, newsroom: Newsroom) -> bytes:
        assert newsroom.host.startswith(HOST)
        return (await client.get(newsroom.url("/"))).body  # a port of the test's own

    assert run(answer, work, allowed_ports=(80,)) == b"ok"
