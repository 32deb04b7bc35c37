"""Addresses: which are public, and that no name or literal leads around the guard."""

from __future__ import annotations

import asyncio
import contextvars
import socket

import pytest

from pipeline.http.connection import DIAL, _open_socket
from pipeline.http.guard import ForbiddenAddressError, check, kind_of
from pipeline.http.resolver import GuardedResolver

FORBIDDEN = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "0.0.0.0": "unspecified",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "169.254.169.254": "link-local",
    "100.64.0.1": "carrier-grade NAT",
    "100.127.255.255": "carrier-grade NAT",
    "192.0.0.8": "reserved",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "198.18.0.1": "benchmarking",
    "203.0.113.9": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:10.0.0.1": "private",
    "::ffff:0:10.0.0.1": "reserved",
    "::10.0.0.1": "reserved",
    "64:ff9b::127.0.0.1": "loopback",
    "64:ff9b::a9fe:a9fe": "link-local",
    "64:ff9b:1::1": "reserved",
    "2002:7f00:1::1": "loopback",
    "2002:c0a8:101::1": "private",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "reserved",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "reserved",
    "ff02::1": "multicast",
    "100::1": "reserved",
    "not an address": "malformed",
}
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001:80b::200e",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize(("address", "kind"), FORBIDDEN.items())
def test_addresses_inside_are_forbidden(address: str, kind: str) -> None:
    assert kind_of(address) == kind
    with pytest.raises(ForbiddenAddressError):
        check(address, loopback_ok=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    check(address, loopback_ok=False)


def test_a_loopback_permit_opens_loopback_only() -> None:
    check("127.0.0.1", loopback_ok=True)
    check("::1", loopback_ok=True)
    for address in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "fe80::1"):
        with pytest.raises(ForbiddenAddressError):
            check(address, loopback_ok=True)


def test_the_socket_factory_sees_the_address_that_is_dialled() -> None:
    for address in ("192.168.1.1", "127.0.0.1"):
        with pytest.raises(ForbiddenAddressError):
            _open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)))
    _open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))).close()


def test_localhost_names_never_reach_dns_and_need_a_permit() -> None:
    async def resolve(host: str, permit: bool) -> list[str]:
        DIAL.set(permit)
        resolver = GuardedResolver()
        try:
            return [found["host"] for found in await resolver.resolve(host, 80)]
        finally:
            await resolver.close()

    def outcome(host: str, permit: bool) -> list[str]:
        return contextvars.copy_context().run(asyncio.run, resolve(host, permit))

    for host in ("localhost", "lakeside.localhost", "Deep.Under.LOCALHOST."):
        assert outcome(host, True) == ["127.0.0.1"]
        with pytest.raises(ForbiddenAddressError):
            outcome(host, False)


def test_a_name_that_resolves_inside_is_refused() -> None:
    async def resolve() -> None:
        resolver = GuardedResolver()
        try:
            await resolver.resolve(socket.gethostname(), 80)  # this machine's own name: never a public address
        finally:
            await resolver.close()

    with pytest.raises(OSError, match=r"address|Name|name|resolution"):
        asyncio.run(resolve())
