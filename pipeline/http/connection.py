"""How connections are made: names resolved and checked, sockets opened only to what was checked.

The resolver and the socket factory both read `DIAL`, set by the client in the task that makes the request;
tasks that aiohttp starts to connect inherit it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.http import guard

DIAL: ContextVar[bool] = ContextVar("DIAL", default=False)
"""True while the host being asked may be on loopback."""

_RESOLVER_THREADS = 8  # getaddrinfo blocks; a dead name server must not hold up all hosts


class GuardedResolver(AbstractResolver):
    """Names to addresses that may be connected to; `localhost` and `*.localhost` are 127.0.0.1 (RFC 6761).

    Raises `ForbiddenAddressError` if any address of a name is forbidden: a name that leads both to the internet
    and inside is how rebinding attacks look.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host.rstrip(".").lower().rpartition(".")[2] == "localhost":
            found: list[tuple[int, int, str]] = [(socket.AF_INET, 0, "127.0.0.1")]
        else:
            found = await self._look_up(host, port, family)
        for _family, _proto, address in found:
            guard.check(address, loopback_ok=DIAL.get())
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=proto, flags=socket.AI_NUMERICHOST)
            for kind, proto, address in found
        ]

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[tuple[int, int, str]]:
        def ask() -> list[tuple[Any, ...]]:
            return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)

        infos = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [(info[0], info[2], str(info[4][0])) for info in infos]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _open_socket(info: tuple[Any, ...]) -> socket.socket:
    """The last gate: sees the very address that is about to be dialled, literal ones included."""
    family, kind, proto, _name, address = info
    guard.check(str(address[0]), loopback_ok=DIAL.get())
    return socket.socket(family=family, type=kind, proto=proto)


def make_connector() -> aiohttp.TCPConnector:
    """A connector that dials only checked addresses and always checks certificates.

    It has no limits of its own: the client counts connections, after politeness, so that a request that waits
    for its host's turn holds no slot.
    """
    return aiohttp.TCPConnector(
        resolver=GuardedResolver(), socket_factory=_open_socket, limit=0, ssl=True, ttl_dns_cache=300
    )


class PeerResponse(aiohttp.ClientResponse):
    """A response that remembers which address it came from, for the archive."""

    peer: str | None = None

    def start(self, connection: Any) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        transport = connection.transport
        name = transport.get_extra_info("peername") if transport is not None else None
        self.peer = str(name[0]) if name else None
        return super().start(connection)
