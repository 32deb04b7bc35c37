"""Connections kept open between requests: enough for speed, never so many that a worker runs out of sockets."""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping

KEEP_S = 15.0
"""How long an unused connection stays open: longer than the usual pause between two requests to a host."""


class KeptConnections:
    """Counts hosts that may have an open, idle connection; past `at_most`, requests ask the server to close theirs."""

    def __init__(self, at_most: int) -> None:
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = allowed // 2 if allowed != resource.RLIM_INFINITY else at_most
        self._at_most = min(at_most, files)
        self._used_at: dict[str, float] = {}  # by host; oldest first

    def ask_to_close(self, host: str, headers: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """The headers of a request to this host, with `Connection: close` if no more connections may be kept."""
        now = time.monotonic()
        if self._used_at.pop(host, None) is None and len(self._used_at) >= self._at_most:
            self._drop_expired(now)
            if len(self._used_at) >= self._at_most:
                return {**(headers or {}), "Connection": "close"}
        self._used_at[host] = now
        return headers

    def _drop_expired(self, now: float) -> None:
        expired = []
        for host, used_at in self._used_at.items():
            if now - used_at < KEEP_S:
                break
            expired.append(host)
        for host in expired:
            del self._used_at[host]
