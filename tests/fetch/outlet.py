"""A web server in a thread of its own (a shard brings its own event loop), with a path for every behaviour."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import threading
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from pipeline.sources import SourceConfig
from tests.fetch.fetch_world import source

ARTICLE = (
    "<!doctype html><html lang=de><head><meta charset=utf-8><title>Fähren werden teurer</title></head>"
    "<body><article><h1>Fähren werden teurer</h1><p>Hafenrat, 14. März 2026.</p></article></body></html>"
).encode()
HTML = {"Content-Type": "text/html; charset=UTF-8"}

Answer = web.StreamResponse


class Outlet:
    """One outlet at `http://outlet.localhost:<port>`; `asked` counts requests by path."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.robots: str | None = None
        self.host = ""
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._started.wait(10)

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    @property
    def source(self) -> SourceConfig:
        return source(self.host)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.host = f"outlet.localhost:{runner.addresses[0][1]}"
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> Answer:
        self.asked[request.path] += 1
        if request.path == "/robots.txt":
            return web.Response(text=self.robots) if self.robots is not None else web.Response(status=404)
        behave = BEHAVIOURS.get(request.path.split("/")[1])
        return web.Response(status=404) if behave is None else await behave(request, self.asked[request.path])


async def _ok(request: web.BaseRequest, _nth: int) -> Answer:
    headers = {**HTML, "ETag": f'"{request.path}"', "Last-Modified": "Fri, 13 Mar 2026 20:00:00 GMT"}
    return web.Response(body=ARTICLE, headers=headers)


async def _gzipped(request: web.BaseRequest, _nth: int) -> Answer:
    response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    for piece in (gzip.compress(ARTICLE)[:50], gzip.compress(ARTICLE)[50:]):
        await response.write(piece)
    return response


async def _conditional(request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=304 if request.headers.get("If-None-Match") == '"7"' else 500)


async def _status(request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=int(request.path.split("/")[2]))


async def _busy(request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=429, headers={"Retry-After": request.path.split("/")[2]})


async def _once(request: web.BaseRequest, nth: int) -> Answer:
    """`/once/<status>/<Retry-After or ->`: that status the first time."""
    _, _, status, wait = request.path.split("/")
    headers = {"Retry-After": wait} if wait != "-" else {}
    return web.Response(status=int(status), headers=headers) if nth == 1 else await _ok(request, nth)


async def _pdf(_request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(body=b"%PDF-1.7 minutes of the council", headers=HTML)


async def _reserved(request: web.BaseRequest, nth: int) -> Answer:
    answer = await _ok(request, nth)
    answer.headers["tdm-reservation"] = "1"
    return answer


async def _huge(_request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(body=b"<html>" + b"x" * 300_000, headers=HTML)


async def _bomb(_request: web.BaseRequest, _nth: int) -> Answer:
    body = gzip.compress(b"<html>" + b"\0" * 3_000_000)
    return web.Response(body=body, headers={**HTML, "Content-Encoding": "gzip"})


async def _loop(request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=302, headers={"Location": request.path})


async def _inside(_request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


async def _moved(_request: web.BaseRequest, _nth: int) -> Answer:
    return web.Response(status=301, headers={"Location": "/ok/new-place"})


async def _silent(_request: web.BaseRequest, _nth: int) -> Answer:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(30)
    return web.Response()


async def _slow(request: web.BaseRequest, nth: int) -> Answer:
    await asyncio.sleep(0.05)
    return await _ok(request, nth)


async def _reset(request: web.BaseRequest, _nth: int) -> Answer:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _odd(_request: web.BaseRequest, _nth: int) -> Answer:
    """Headers that are not UTF-8."""
    return web.Response(
        body=ARTICLE, headers={"Content-Type": "text/html; charset=Latin-1; x=\udce9", "ETag": "\udcff"}
    )


BEHAVIOURS: dict[str, Callable[[web.BaseRequest, int], Awaitable[Answer]]] = {
    "ok": _ok, "gzipped": _gzipped, "conditional": _conditional, "status": _status, "busy": _busy, "once": _once,
    "pdf": _pdf, "huge": _huge, "bomb": _bomb, "loop": _loop, "inside": _inside, "moved": _moved, "silent": _silent,
    "slow": _slow, "reserved": _reserved, "reset": _reset, "odd": _odd,
}  # fmt: skip
