"""Which addresses may be connected to: the public internet, and loopback only where a source says so.

The feeds we read are written by strangers, so an address in them may point at this machine, at the network it
stands in, or at a cloud's metadata service. What is checked is the address a socket is about to connect to,
never a name: a name may resolve differently the next time it is asked.
"""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4 = {
    ipaddress.ip_network(network): kind
    for network, kind in (
        # IANA IPv4 Special-Purpose Address Registry, plus multicast and the future-use block.
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
}
_V6 = {
    ipaddress.ip_network(network): kind
    for network, kind in (
        ("::1/128", "loopback"),
        ("::/128", "unspecified"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
        ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarking
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
    )
}
_V6_PUBLIC = ipaddress.ip_network("2000::/3")  # all global unicast that IANA has given out
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the IPv4 address is the last 32 bits


class ForbiddenAddressError(OSError):
    """Raised instead of connecting. An OSError, because that is what a connection attempt may raise."""


def check(address: str, *, loopback_ok: bool) -> None:
    """Raise `ForbiddenAddressError` unless `address` (text, with or without a zone) may be connected to."""
    kind = kind_of(address)
    if kind is None or (kind == "loopback" and loopback_ok):
        return
    raise ForbiddenAddressError(f"{address} is a {kind} address")


def kind_of(address: str) -> str | None:
    """What kind of non-public address this is, like `private`; None for a public one.

    An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) is judged as the IPv4 address it leads to.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "malformed"
    inner = _inner_v4(parsed)
    return _kind(inner if inner is not None else parsed)


def _inner_v4(address: IPAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _kind(address: IPAddress) -> str | None:
    table = _V4 if isinstance(address, ipaddress.IPv4Address) else _V6
    for network, kind in table.items():
        if address in network:
            return kind
    return "reserved" if isinstance(address, ipaddress.IPv6Address) and address not in _V6_PUBLIC else None
