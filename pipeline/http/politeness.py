"""Politeness: one request at a time per host, and a pause between two of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

MAX_CRAWL_DELAY_S = 30.0
"""robots.txt may ask for a longer pause than this (some say 3600); then a night would bring a dozen pages."""


class HostGates:
    """The gates of all hosts. Host means host and port, as in the address."""

    def __init__(self, default_delay_s: float, host_delay_s: Mapping[str, float]) -> None:
        self._default_delay_s = default_delay_s
        self._configured = dict(host_delay_s)
        self._turns: dict[str, Turn] = {}

    def turn(self, host: str) -> Turn:
        """Hold the host's one slot, after the pause since the last request ended: `async with gates.turn(host)`."""
        turn = self._turns.get(host)
        if turn is None:
            name = host.partition(":")[0] if not host.startswith("[") else host
            delay_s = self._configured.get(host, self._configured.get(name, self._default_delay_s))
            turn = self._turns[host] = Turn(delay_s)
        return turn

    def ask_for_delay(self, host: str, seconds: float) -> None:
        """What the host's robots.txt asks for; counts up to `MAX_CRAWL_DELAY_S`, and only if it is longer."""
        turn = self.turn(host)
        turn.delay_s = max(turn.delay_s, min(seconds, MAX_CRAWL_DELAY_S))


class Turn:
    """The slot of one host. A class rather than a generator: it is entered for every request."""

    __slots__ = ("_free_at", "_lock", "delay_s")

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self._lock = asyncio.Lock()
        self._free_at = 0.0

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        wait = self._free_at - time.monotonic()
        if wait > 0:
            try:
                await asyncio.sleep(wait)
            except BaseException:
                self._lock.release()
                raise

    async def __aexit__(self, *_: object) -> None:
        self._free_at = time.monotonic() + self.delay_s
        self._lock.release()
