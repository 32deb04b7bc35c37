"""A real web server in a thread of its own: `discover` runs its own event loop, so the server needs another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Page:
    """What one path answers: with an ETag, a matching conditional GET gets 304."""

    body: bytes | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Outlet:
    """One outlet at `http://dockside.localhost:<port>`; `pages` by path may be changed at any time."""

    def __init__(self, port: int) -> None:
        self.base = f"http://dockside.localhost:{port}"
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.ignores_validators = False

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = str(request.rel_url)
        if path != "/robots.txt":
            self.asked.append(path)
        page = self.pages.get(path)
        if page is None:
            return web.Response(status=404)
        etag = page.headers.get("ETag")
        if etag and not self.ignores_validators and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = {name: value.replace("{base}", self.base) for name, value in page.headers.items()}
        return web.Response(status=page.status, body=body.replace(b"{base}", self.base.encode()), headers=headers)


@contextmanager
def serve() -> Iterator[Outlet]:
    """Serve an outlet while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    outlet = Outlet(0)

    async def start() -> web.ServerRunner:
        runner = web.ServerRunner(web.Server(outlet.answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        outlet.base = f"http://dockside.localhost:{runner.addresses[0][1]}"
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield outlet
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
