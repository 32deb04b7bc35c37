"""A small web on loopback, in a process of its own: thousands of hosts that all watch how they are asked.

Every name under `web.localhost` is a host. `/robots.txt` has rules, any other path a page as a news site sends it,
packed beforehand. The server keeps account, by the Host header: connections open at once, requests under way at once,
and the shortest time from an answer to the next request.
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, ClassVar, cast

import psutil

from benchmarks.page_server import make_pages

_CLOSING_S = 0.02  # a closed connection may be noticed after the one that was opened after it
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True, slots=True)
class Account:
    """What the hosts of the web have seen so far."""

    hosts: int
    page_requests: int
    robots_requests: int
    open_at_once: int  # connections, over all hosts
    open_at_once_on_a_host: int
    under_way_at_once_on_a_host: int  # requests
    shortest_pause_s: float  # from an answer to the next request of a host
    sent_mb: float
    cpu_s: float


class _Host:
    """What one host has seen."""

    __slots__ = ("answered_at", "open", "open_at_once", "pages", "robots", "shortest_pause_s")

    def __init__(self) -> None:
        self.open = self.open_at_once = self.pages = self.robots = 0
        self.answered_at = float("-inf")
        self.shortest_pause_s = float("inf")

    def look(self) -> None:
        """Count connections, once it is known that a new one does not take the place of one just closed."""
        self.open_at_once = max(self.open_at_once, self.open)


class _Server(asyncio.Protocol):
    """One connection. Requests are answered as they are read, so those under way at once are pipelined ones."""

    hosts: ClassVar[dict[bytes, _Host]] = {}
    answers: ClassVar[list[bytes]] = []
    robots: ClassVar[bytes] = b""
    open: ClassVar[int] = 0
    open_at_once: ClassVar[int] = 0
    under_way_at_once: ClassVar[int] = 0
    sent: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._received = b""
        self._host: _Host | None = None
        _Server.open += 1
        _Server.open_at_once = max(_Server.open_at_once, _Server.open)

    def connection_lost(self, _error: Exception | None) -> None:
        _Server.open -= 1
        if self._host is not None:
            self._host.open -= 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        under_way = self._received.count(b"\r\n\r\n")
        _Server.under_way_at_once = max(_Server.under_way_at_once, under_way)
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        lines = head.split(b"\r\n")
        path = lines[0].split(b" ", 2)[1]
        name = next(line[6:].strip() for line in lines if line[:5].lower() == b"host:")
        host = self._noted(name)
        host.shortest_pause_s = min(host.shortest_pause_s, time.monotonic() - host.answered_at)
        if path == b"/robots.txt":
            host.robots += 1
            answer = self.robots
        else:
            host.pages += 1
            answer = self.answers[int(path.rpartition(b"/")[2]) % len(self.answers)]
        host.answered_at = time.monotonic()  # before it is sent: what is measured is never shorter than what was
        self._transport.write(answer)
        _Server.sent += len(answer)

    def _noted(self, name: bytes) -> _Host:
        host = self.hosts.setdefault(name, _Host())
        if self._host is None:
            self._host = host
            host.open += 1
            asyncio.get_running_loop().call_later(_CLOSING_S, host.look)
        assert self._host is host, "a connection is of one host"
        return host

    @classmethod
    def account(cls) -> Account:
        hosts = cls.hosts.values()
        used = psutil.Process().cpu_times()
        return Account(
            hosts=len(hosts),
            page_requests=sum(host.pages for host in hosts),
            robots_requests=sum(host.robots for host in hosts),
            open_at_once=cls.open_at_once,
            open_at_once_on_a_host=max((host.open_at_once for host in hosts), default=0),
            under_way_at_once_on_a_host=cls.under_way_at_once,
            shortest_pause_s=min((host.shortest_pause_s for host in hosts), default=float("inf")),
            sent_mb=cls.sent / 1e6,
            cpu_s=used.user + used.system,
        )


def _serve(pipe: Connection) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\r\n"
    packed = [gzip.compress(page, 6) for page in make_pages()]
    html = 'text/html; charset=utf-8\r\nETag: "7"\r\nCache-Control: max-age=60'
    _Server.answers = [head.format(html, "Content-Encoding: gzip\r\n", len(page)).encode() + page for page in packed]
    _Server.robots = head.format("text/plain", "", len(_ROBOTS)).encode() + _ROBOTS

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Server, "127.0.0.1", 0, backlog=4096)
        pipe.send((server.sockets[0].getsockname()[1], sum(map(len, packed)) / len(packed)))
        loop.add_reader(pipe.fileno(), lambda: (pipe.recv(), pipe.send(_Server.account())))
        await server.serve_forever()

    asyncio.run(main())


class Web:
    """The running web."""

    def __init__(self, pipe: Connection, port: int, page_bytes: float) -> None:
        self._pipe = pipe
        self.port = port
        self.page_bytes = page_bytes
        """Of a page as sent, on average."""

    def host(self, number: int) -> str:
        """The name and port of a host."""
        return f"h{number:04d}.web.localhost:{self.port}"

    def account(self) -> Account:
        """What the hosts have seen so far."""
        self._pipe.send(None)
        return cast(Account, self._pipe.recv())


@contextmanager
def web() -> Iterator[Web]:
    """The web, while it runs."""
    here, there = multiprocessing.Pipe()
    process: Any = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        port, page_bytes = here.recv()
        yield Web(here, port, page_bytes)
    finally:
        process.terminate()
        process.join()
