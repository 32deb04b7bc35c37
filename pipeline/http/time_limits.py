"""Time limits of requests: how long one may take, how long it may be silent, and how slowly a body may drip.

One sweep for all open requests instead of aiohttp's timers, of which it sets three per request: together they
cost an eighth of a request on loopback. A limit is kept to within a quarter of a second.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

_SWEEP_S = 0.25

SLOW_START_S = 10.0
"""A body's rate is looked at only after so long: what is small or starts slowly has come by then."""


class TimeLimits:
    """Watches the open requests of one client: `with limits.request() as request: … request.heard()`."""

    def __init__(
        self, total_s: float, silence_s: float, min_bytes_per_s: float = 0.0, slow_start_s: float = SLOW_START_S
    ) -> None:
        self.total_s, self.silence_s = total_s, silence_s
        self.min_bytes_per_s, self.slow_start_s = min_bytes_per_s, slow_start_s
        self._every_s = min(_SWEEP_S, total_s / 4, silence_s / 4)
        self._open: set[WatchedRequest] = set()
        self._next: asyncio.TimerHandle | None = None

    def request(self) -> WatchedRequest:
        """The limits of one request; raises TimeoutError out of the block when one is over."""
        return WatchedRequest(self)

    def opened(self, request: WatchedRequest) -> None:
        """Begin to watch."""
        self._open.add(request)
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(self._every_s, self._sweep)

    def closed(self, request: WatchedRequest) -> None:
        """Watch no more."""
        self._open.discard(request)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for request in list(self._open):
            request.end_if_late(now)
        self._next = loop.call_later(self._every_s, self._sweep) if self._open else None


class WatchedRequest:
    """One request under watch. It is ended by cancelling its task, as `asyncio.timeout` does it."""

    __slots__ = ("_body_at", "_bytes", "_cancelling", "_heard_at", "_limits", "_loop", "_over", "_started_at", "_task")

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._bytes = 0
        self._over: str | None = None

    def __enter__(self) -> WatchedRequest:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task")
        self._task, self._cancelling = task, task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._started_at = self._heard_at = self._body_at = self._loop.time()
        self._limits.opened(self)
        return self

    def heard(self, size: int) -> None:
        """So many bytes of the body arrived; 0 for the headers."""
        self._heard_at = self._loop.time()
        if self._bytes == 0:  # the headers, or the first bytes: the wait before them is no slow body
            self._body_at = self._heard_at
        self._bytes += size

    def end_if_late(self, now: float) -> None:
        """Cancel the request's task if a limit is over."""
        if self._over is not None:
            return
        if now - self._started_at > self._limits.total_s:
            self._over = f"not done after {self._limits.total_s:g} s"
        elif now - self._heard_at > self._limits.silence_s:
            self._over = f"silent for {self._limits.silence_s:g} s"
        else:
            self._over = self._too_slow(now - self._body_at)
        if self._over is not None:
            self._task.cancel()

    def _too_slow(self, age_s: float) -> str | None:
        limits = self._limits
        if self._bytes == 0 or age_s < limits.slow_start_s or self._bytes >= limits.min_bytes_per_s * age_s:
            return None
        return f"only {self._bytes:,} bytes in {age_s:.0f} s, less than {limits.min_bytes_per_s:g} per second"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._limits.closed(self)
        if self._over is None:
            return
        cancelled_by_us = self._task.uncancel() <= self._cancelling
        if cancelled_by_us and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError(self._over) from error
