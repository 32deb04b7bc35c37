"""Servers that misbehave on purpose: each ends in its reason, in bounded time and memory. Real sockets, loopback."""

from __future__ import annotations

import asyncio
import contextlib
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from itertools import count

import pytest

from pipeline.errors import MonitorError, Reason, Retryable, Skip
from pipeline.http import Client
from pipeline.settings import Settings

HOST = "outlet.localhost"
OK = b"HTTP/1.1 200 OK\r\n"
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def using(behave: Behaviour, work: Callable[[Client, str], Awaitable[None]], **settings: object) -> None:
    """Serve this behaviour while `work` uses a client; gives `work` the server's address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await behave(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    values = {"host_delay_s": 0.0, "max_page_bytes": 1_000_000, **settings}
    async with Client(Settings(_env_file=None, **values), frozenset({HOST})) as client:
        await work(client, f"http://{HOST}:{port}/")
    server.close()


def ends(behave: Behaviour, **settings: object) -> tuple[type[MonitorError], Reason, float, float]:
    """How one request ends: kind and reason, after how many seconds, at how many MB."""

    async def work(client: Client, url: str) -> None:
        await client.get(url)

    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.raises(MonitorError) as caught:
            asyncio.run(using(behave, work, **settings))
        return (
            type(caught.value),
            caught.value.reason,
            time.monotonic() - started,
            tracemalloc.get_traced_memory()[1] / 1e6,
        )
    finally:
        tracemalloc.stop()


async def asked(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


def drips(head: bytes, drop: bytes, pause_s: float) -> Behaviour:
    """Send `head`, then `drop` again and again."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(head)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return behave


SLOW = {
    "headers that never end": drips(OK, b"X-Drip: 1\r\n", 0.05),
    "one header that never ends": drips(OK + b"X-Drip: ", b"x", 0.05),
    "a status line that never ends": drips(b"HTTP/1.1 200 ", b"x", 0.05),
    "continue for ever": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0),
    "early hints for ever": drips(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.0),
    "a chunk extension that never ends": drips(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 100, 0.0),
    "silence after the headers": drips(OK + b"Content-Length: 9\r\n\r\n", b"", 0.05),
    "silence in the body": drips(OK + b"\r\nhalf a page", b"", 0.05),
}


@pytest.mark.parametrize("behave", SLOW.values(), ids=SLOW.keys())
def test_who_says_nothing_times_out(behave: Behaviour) -> None:
    kind, reason, seconds, megabytes = ends(behave, read_timeout_s=0.4, connect_timeout_s=0.4)
    assert (kind, reason) in ((Retryable, Reason.TIMEOUT), (Retryable, Reason.BROKEN_RESPONSE))
    assert seconds < 4
    assert megabytes < 40


def test_a_body_that_drips_is_too_slow_long_before_the_total_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.http.time_limits.TimeLimits.__init__.__defaults__", (0.0, 0.5))
    kind, reason, seconds, _ = ends(drips(OK + b"\r\n", b"x", 0.05), read_timeout_s=5, total_timeout_s=30)
    assert (kind, reason) == (Retryable, Reason.TIMEOUT)
    assert seconds < 4


def test_a_slow_but_steady_body_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.http.time_limits.TimeLimits.__init__.__defaults__", (0.0, 0.3))

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(OK + b"\r\n")
        for _ in range(20):
            writer.write(b"x" * 100)
            await writer.drain()
            await asyncio.sleep(0.05)

    async def work(client: Client, url: str) -> None:
        assert len((await client.get(url)).body) == 2_000

    asyncio.run(using(behave, work))


def sends(data: bytes) -> Behaviour:
    """Send these bytes and close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(data)
        await writer.drain()

    return behave


def many(line: bytes, number: int) -> bytes:
    return OK + b"".join(b"X-%d: %s\r\n" % (n, line) for n in range(number)) + b"Content-Length: 2\r\n\r\nok"


BROKEN = {
    "too many headers": sends(many(b"y", 300)),
    "headers of 15 MB": sends(many(b"y" * 60_000, 250)),
    "a header of a megabyte": sends(many(b"y" * 1_000_000, 1)),
    "endless headers, fast": drips(OK, b"X-Flood: " + b"y" * 1_000 + b"\r\n", 0.0),
    "a chunk size that is none": sends(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n"),
    "a negative chunk size": sends(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n"),
    "a huge chunk size": sends(OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    "chunks cut off": sends(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"),
    "a chunk longer than it says": sends(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcde\r\n0\r\n\r\n"),
    "less than announced": sends(OK + b"Content-Length: 500\r\n\r\nshort"),
    "two lengths": sends(OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\nok"),
    "a length that is none": sends(OK + b"Content-Length: two\r\n\r\nok"),
    "a negative length": sends(OK + b"Content-Length: -2\r\n\r\nok"),
    "length and chunks": sends(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "a NUL in a header": sends(OK + b"X-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok"),
    "HTTP/9.9": sends(b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    "no HTTP at all": sends(b"220 mail.example ESMTP\r\n"),
    "HTTP/0.9": sends(b"<html>hello</html>"),
    "a status of letters": sends(b"HTTP/1.1 abc OK\r\n\r\n"),
    "closed at once": sends(b""),
}


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_proper_answer_is_broken(behave: Behaviour) -> None:
    kind, reason, seconds, megabytes = ends(behave, read_timeout_s=1)
    assert (kind, reason) == (Retryable, Reason.BROKEN_RESPONSE)
    assert seconds < 4
    assert megabytes < 60


ENDLESS = {
    "a body without an end": drips(OK + b"\r\n", b"x" * 65_536, 0.0),
    "chunks without an end": drips(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n", 0.0
    ),
    "announced as a terabyte": drips(OK + b"Content-Length: 1000000000000\r\n\r\n", b"x" * 65_536, 0.0),
}


@pytest.mark.parametrize("behave", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_bodies_are_too_large(behave: Behaviour) -> None:
    kind, reason, seconds, megabytes = ends(behave)
    assert (kind, reason) == (Skip, Reason.TOO_LARGE)
    assert seconds < 4
    assert megabytes < 20


def test_an_error_without_an_end_is_still_an_answer() -> None:
    async def work(client: Client, url: str) -> None:
        assert (await client.get(url)).status == 404

    asyncio.run(using(drips(b"HTTP/1.1 404 Not Found\r\n\r\n", b"x" * 65_536, 0.0), work))


def test_redirects_without_an_end() -> None:
    numbers = count()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await asked(reader)
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % next(numbers))
            await writer.drain()

    kind, reason, _, _ = ends(behave)
    assert (kind, reason) == (Skip, Reason.REDIRECT_LOOP)
    assert next(numbers) == 6


@pytest.mark.parametrize("pause_s", [0.0, 0.05])
def test_what_comes_after_an_answer_is_never_taken_for_the_next_one(pause_s: float) -> None:
    """Response splitting: bytes beyond Content-Length, at once or while the connection is idle."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await asked(reader)
            writer.write(OK + b"Content-Length: 4\r\n\r\ntrue")
            await writer.drain()
            await asyncio.sleep(pause_s)
            writer.write(OK + b"Content-Length: 6\r\n\r\nforged")
            await writer.drain()

    async def work(client: Client, url: str) -> None:
        for _ in range(5):
            assert (await client.get(url)).body == b"true"
            await asyncio.sleep(2 * pause_s)

    asyncio.run(using(behave, work))
