"""What can go wrong on the way, as the project's own errors."""

from __future__ import annotations

import asyncio

import aiohttp

from pipeline.errors import MonitorError, Reason, Retryable, Skip
from pipeline.http.guard import ForbiddenAddressError

NETWORK_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError, OSError, UnicodeError)
"""Everything a request may raise that is the network's or the other side's doing."""


def as_monitor_error(error: BaseException) -> MonitorError:
    """The project's error for one of `NETWORK_ERRORS`."""
    text = str(error) or type(error).__name__
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ForbiddenAddressError):
        return Skip(Reason.FORBIDDEN_ADDRESS, str(cause))
    if isinstance(error, (aiohttp.InvalidURL, UnicodeError)):
        return Skip(Reason.BAD_URL, text)
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch)):
        return Retryable(Reason.TLS_ERROR, text)
    if isinstance(error, asyncio.TimeoutError):
        return Retryable(Reason.TIMEOUT, text)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Retryable(Reason.UNREACHABLE, text)
    return Retryable(Reason.BROKEN_RESPONSE, text)
