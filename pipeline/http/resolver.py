"""Names to addresses, every one of them checked before it is given out.

Without `dns_servers` the system's resolver is asked (`getaddrinfo`: /etc/hosts, containers' own names, the
machine's name servers), in threads. With them, those servers alone are asked, by dnspython: for an operator who
wants crawling to have a resolver of its own. Either way the guard sees every address, and the socket factory
sees the one that is dialled.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.http import guard

DIAL: ContextVar[bool] = ContextVar("DIAL", default=False)
"""True while the host being asked may be on loopback. Set by the client in the task that makes the request; tasks
that aiohttp starts to connect inherit it."""

_RESOLVER_THREADS = 8  # getaddrinfo blocks; a dead name server must not hold up all hosts
_DNS_S = 8.0  # for all tries; below the time limit for connecting, so that the error says what it was

Found = list[tuple[int, str]]  # (family, address)


class LookUp(Protocol):
    """Asks for the addresses of a name; raises OSError."""

    async def find(self, host: str) -> Found: ...
    def close(self) -> None: ...


class SystemLookUp:
    """The machine's own resolver."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="dns")

    async def find(self, host: str) -> Found:
        """All addresses of both families that this machine could reach."""

        def ask() -> list[tuple[Any, ...]]:
            return socket.getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)

        infos = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [(int(info[0]), str(info[4][0])) for info in infos]

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class ServerLookUp:
    """Name servers of the operator's choice, like `9.9.9.9` or `127.0.0.1:5353`."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [dns.nameserver.Do53Nameserver(*_server(server)) for server in servers]
        self._resolver.lifetime = _DNS_S

    async def find(self, host: str) -> Found:
        """All addresses of both families, IPv4 first."""
        try:
            answer = await self._resolver.resolve_name(host, family=socket.AF_UNSPEC)
        except (dns.exception.DNSException, ValueError) as error:
            raise OSError(f"no address for {host}: {error or type(error).__name__}") from error
        found = [(socket.AF_INET6 if ":" in a else socket.AF_INET, a) for a in answer.addresses()]
        return sorted((int(family), address) for family, address in found)

    def close(self) -> None:
        """Nothing is kept open."""


class GuardedResolver(AbstractResolver):
    """Names to addresses that may be connected to; `localhost` and `*.localhost` are 127.0.0.1 (RFC 6761).

    Raises `ForbiddenAddressError` if any address of a name is forbidden: a name that leads both to the internet
    and inside is how rebinding attacks look.
    """

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._look_up: LookUp = ServerLookUp(servers) if servers else SystemLookUp()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """As aiohttp wants it."""
        found: Found = [(socket.AF_INET, "127.0.0.1")]
        if host.rstrip(".").lower().rpartition(".")[2] != "localhost":
            found = await self._look_up.find(host)
        for _family, address in found:
            guard.check(address, loopback_ok=DIAL.get())
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
            if family in (socket.AF_UNSPEC, kind)
        ]

    async def close(self) -> None:
        self._look_up.close()


def _server(text: str) -> tuple[str, int]:
    """`9.9.9.9`, `9.9.9.9:53`, `[2620:fe::9]:53` or `2620:fe::9`: address and port."""
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        return address, int(port.lstrip(":") or 53)
    address, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    return address, int(port or 53)
