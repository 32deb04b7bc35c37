"""Time limits of requests: how long one may take, and how long it may be silent.

One sweep for all open requests instead of aiohttp's timers, of which it sets three per request: together they
cost an eighth of a request on loopback. A limit is kept to within a quarter of a second.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

_SWEEP_S = 0.25


class TimeLimits:
    """Watches the open requests of one client: `with limits.request() as request: … request.heard()`."""

    def __init__(self, total_s: float, silence_s: float) -> None:
        self.total_s, self.silence_s = total_s, silence_s
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

    __slots__ = ("_cancelling", "_heard_at", "_limits", "_loop", "_over", "_started_at", "_task")

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits
        self._over: str | None = None

    def __enter__(self) -> WatchedRequest:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request needs a task")
        self._task, self._cancelling = task, task.cancelling()
        self._loop = asyncio.get_running_loop()
        self._started_at = self._heard_at = self._loop.time()
        self._limits.opened(self)
        return self

    def heard(self) -> None:
        """Something arrived."""
        self._heard_at = self._loop.time()

    def end_if_late(self, now: float) -> None:
        """Cancel the request's task if a limit is over."""
        if self._over is not None:
            return
        if now - self._started_at > self._limits.total_s:
            self._over = f"not done after {self._limits.total_s:g} s"
        elif now - self._heard_at > self._limits.silence_s:
            self._over = f"silent for {self._limits.silence_s:g} s"
        if self._over is not None:
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._limits.closed(self)
        if self._over is None:
            return
        cancelled_by_us = self._task.uncancel() <= self._cancelling
        if cancelled_by_us and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError(self._over) from error
