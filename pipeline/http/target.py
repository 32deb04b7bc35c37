"""What may be asked for: http and https addresses without credentials, on the usual ports."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urljoin

from yarl import URL

from pipeline.errors import Reason, Skip

_UNSAFE = re.compile(r"[\x00-\x20]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_target(url: str, reason: Reason = Reason.BAD_URL) -> URL:
    """An http(s) address without credentials or fragment, sent as it is written where it is ASCII.

    Raises `Skip(reason)` for anything else.
    """
    try:
        is_clean = url.isascii() and not _UNSAFE.search(url)
        target = URL(url, encoded=is_clean)
        fits = target.scheme in _DEFAULT_PORTS and bool(target.host) and target.port is not None
    except (ValueError, UnicodeError) as error:
        raise Skip(reason, f"{url[:200]!r}: {error}") from error
    if not fits or " " in target.raw_authority:
        raise Skip(reason, f"{url[:200]!r} is not an http or https address")
    if "@" in target.raw_authority:
        raise Skip(reason, f"an address of {target.host} carries a name or password")
    return target.with_fragment(None) if "#" in url else target


def joined(base: str, location: str) -> str:
    """Where a redirect leads. Raises `Skip(bad_redirect)`."""
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise Skip(Reason.BAD_REDIRECT, f"{location[:200]!r}: {error}") from error


def host_key(target: URL) -> str:
    """Host and port as politeness counts them (and as `raw.entry.host` has them): no port where it is the scheme's."""
    authority = target.raw_authority.lower()
    return authority.removesuffix(f":{_DEFAULT_PORTS[target.scheme]}") if ":" in authority else authority


def check_port(target: URL, allowed: Collection[int]) -> None:
    """Raise `Skip(forbidden_address)` for a port that no web server uses, but a mail server or a database may."""
    if target.port not in allowed:
        listed = ", ".join(str(port) for port in sorted(allowed))
        raise Skip(
            Reason.FORBIDDEN_ADDRESS, f"port {target.port} of {target.host} is not among {listed} (MM_ALLOWED_PORTS)"
        )
