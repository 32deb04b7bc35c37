"""A real web server on loopback, taught by each test what to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from pipeline.errors import MonitorError, Reason
from pipeline.http import Client, HttpAnswer
from pipeline.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOST = "outlet.localhost"


class Newsroom:
    """One outlet at `http://outlet.localhost:<port>`; `seen` lists the requests it got."""

    def __init__(self, port: int) -> None:
        self.host = f"{HOST}:{port}"
        self.port = port
        self.seen: list[web.BaseRequest] = []

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


def run(
    answer: Handler,
    work: Callable[[Client, Newsroom], Awaitable[Any]],
    *,
    loopback: bool = True,
    host_delay_s: dict[str, float] | None = None,
    **settings: Any,
) -> Any:
    """Serve `answer` for every address while `work` uses a client; gives what `work` gives."""

    async def main() -> Any:
        newsroom = Newsroom(0)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            newsroom.seen.append(request)
            return await answer(request)  # type: ignore[arg-type]

        runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        newsroom.port = runner.addresses[0][1]
        newsroom.host = f"{HOST}:{newsroom.port}"
        values = {"host_delay_s": 0.0, "retry_pause_s": 0.01, **settings}
        allowed = frozenset({HOST, "mirror.localhost"}) if loopback else frozenset[str]()
        try:
            async with Client(Settings(_env_file=None, **values), allowed, host_delay_s or {}) as client:
                return await work(client, newsroom)
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def fixed(status: int = 200, body: bytes = b"", **headers: str) -> Handler:
    """A handler that gives this to every request; `Content_Type` stands for `Content-Type`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def get(path: str = "/a", **options: object) -> Callable[[Client, Newsroom], Awaitable[HttpAnswer]]:
    """Work for `run`: ask the outlet for this path."""

    async def work(client: Client, newsroom: Newsroom) -> HttpAnswer:
        return await client.get(newsroom.url(path), **options)  # type: ignore[arg-type]

    return work


def reason_of(answer: Handler, path: str = "/a", **settings: object) -> tuple[type[MonitorError], Reason]:
    """How the client refuses what is answered there."""
    with pytest.raises(MonitorError) as caught:
        run(answer, get(path), **settings)  # type: ignore[arg-type]
    return type(caught.value), caught.value.reason
