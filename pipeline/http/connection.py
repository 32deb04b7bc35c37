"""How connections are made: names resolved and checked, sockets opened only to what was checked."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Coroutine, Sequence
from functools import lru_cache
from typing import Any

import aiohttp

from pipeline.http import guard
from pipeline.http.kept import KEEP_S
from pipeline.http.resolver import DIAL, GuardedResolver

__all__ = ["DIAL", "PeerResponse", "make_connector"]

_PINNED_S = 300  # what a name led to is used for so long: the address checked is the address dialled


def _open_socket(info: tuple[Any, ...]) -> socket.socket:
    """The last gate: sees the very address that is about to be dialled, literal ones included."""
    family, kind, proto, _name, address = info
    guard.check(str(address[0]), loopback_ok=DIAL.get())
    return socket.socket(family=family, type=kind, proto=proto)


def make_connector(dns_servers: Sequence[str] = ()) -> aiohttp.TCPConnector:
    """A connector that dials only checked addresses and always checks certificates.

    Trusted are the system's certificate authorities (`SSL_CERT_FILE` names others). It has no limits of its own:
    the client counts connections, after politeness, so that a request that waits for its host's turn holds no
    slot.
    """
    return aiohttp.TCPConnector(
        resolver=GuardedResolver(dns_servers),
        socket_factory=_open_socket,
        limit=0,
        ssl=_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
        ttl_dns_cache=_PINNED_S,
        keepalive_timeout=KEEP_S,
    )


@lru_cache(maxsize=4)
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Once per process, as reading the authorities takes 0.1 s; OpenSSL reads the two variables by itself."""
    return ssl.create_default_context()


class PeerResponse(aiohttp.ClientResponse):
    """A response that remembers which address it came from, for the archive; never one sent before it was asked for."""

    peer: str | None = None

    def start(self, connection: Any) -> Coroutine[Any, Any, aiohttp.ClientResponse]:
        """Called right after the request was written: an answer that is there by now answers something else, say
        more than Content-Length had announced. aiohttp asks again by itself, over a new connection."""
        if len(connection.protocol) > 0:
            raise aiohttp.ServerDisconnectedError("the server sent an answer before it was asked")
        transport = connection.transport
        name = transport.get_extra_info("peername") if transport is not None else None
        self.peer = str(name[0]) if name else None
        return super().start(connection)
