"""The newsroom over HTTP on 127.0.0.1: one port, outlets told apart by their Host header."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from aiohttp import web

from demo import pages, site
from demo.newsroom import Newsroom
from demo.trouble import SLOW_S
from demo.truth import truth_json

CONTROL_HOST = "newsroom"
_DRIPS = 16


class Demo:
    """One running newsroom. Its only memory: the date, if fixed, and which passing troubles have passed."""

    def __init__(self, fixed: date | None, port: int) -> None:
        self.fixed = fixed
        self.port = port
        self._passed: set[tuple[str, str]] = set()

    @property
    def newsroom(self) -> Newsroom:
        """The newsroom of the fixed date, or of today in UTC."""
        return _newsroom(self.fixed or datetime.now(UTC).date(), self.port)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Route by host, then by path."""
        host = request.host.rpartition("@")[2].split(":")[0].lower().removesuffix(".localhost")
        if host == CONTROL_HOST:
            return self._control(request)
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, text="Only GET here.\n")
        path = request.rel_url.raw_path
        reply = await asyncio.to_thread(site.reply, self.newsroom, host, path, request.headers)
        if reply.delivery == "once":
            reply = self._once(host, path, reply, request)
        return await _deliver(request, reply)

    def _once(self, host: str, path: str, reply: site.Reply, request: web.Request) -> site.Reply:
        if (host, path) not in self._passed or reply.then is None:
            self._passed.add((host, path))
            return reply
        return site.conditional(reply.then, request.headers)

    def _control(self, request: web.Request) -> web.Response:
        if request.path == "/_date" and request.method == "POST":
            return self._move(request.query.get("value", ""))
        if request.path == "/_health":
            return web.json_response({"ok": True, "date": str(self.newsroom.today)})
        if request.path == "/_truth.json":
            return web.Response(body=truth_json(self.newsroom), content_type="application/json")
        if request.path == "/":
            return web.Response(text=pages.newsroom_page(self.newsroom), content_type="text/html")
        return web.Response(status=404, text="Nothing here: try /, /_health, /_truth.json or POST /_date\n")

    def _move(self, value: str) -> web.Response:
        try:
            self.fixed = date.fromisoformat(value)
        except ValueError:
            return web.Response(status=400, text=f"{value!r} is no date like 2026-11-23.\n")
        return web.json_response({"date": value})


@dataclass(frozen=True, slots=True)
class Handle:
    """A newsroom that runs in a thread of this process."""

    port: int
    set_date: Callable[[date], None]
    close: Callable[[], None]

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(port: int, fixed: date | None) -> None:
    """Serve until SIGTERM or SIGINT; prints one line when ready."""

    async def run() -> None:
        runner, bound = await _start(Demo(fixed, port), port)
        stopped = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        print(f"demo newsroom ready: http://newsroom.localhost:{bound}/", flush=True)
        await stopped.wait()
        await runner.cleanup()

    asyncio.run(run())


def start_in_thread(day: date | None, port: int = 0) -> Handle:
    """Start a newsroom in a thread; port 0 takes a free one. For tests."""
    demo = Demo(day, port)
    loop = asyncio.new_event_loop()
    runner, bound = loop.run_until_complete(_start(demo, port))
    thread = threading.Thread(target=loop.run_forever, name="demo-newsroom", daemon=True)
    thread.start()

    def close() -> None:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=15)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=15)
        loop.close()

    def set_date(value: date) -> None:
        demo.fixed = value

    return Handle(bound, set_date, close)


async def _start(demo: Demo, port: int) -> tuple[web.AppRunner, int]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", demo.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    demo.port = runner.addresses[0][1]
    return runner, demo.port


async def _deliver(request: web.Request, reply: site.Reply) -> web.StreamResponse:
    if reply.delivery in ("plain", "once"):
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))
    response = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
    with contextlib.suppress(ConnectionResetError):  # a reader that hangs up on 12 MB is right to do so
        await response.prepare(request)
        if request.method == "GET":
            await (_drip(response, reply.body) if reply.delivery == "slow" else _pour(response))
        await response.write_eof()
    return response


async def _drip(response: web.StreamResponse, body: bytes) -> None:
    """Send the page in 16 pieces over eight seconds."""
    size = len(body) // _DRIPS + 1
    for start in range(0, len(body), size):
        await response.write(body[start : start + size])
        await asyncio.sleep(SLOW_S / _DRIPS)


async def _pour(response: web.StreamResponse) -> None:
    for chunk in site.huge_chunks():
        await response.write(chunk)


@lru_cache(maxsize=4)
def _newsroom(today: date, port: int) -> Newsroom:
    return Newsroom(today, port)
