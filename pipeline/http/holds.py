"""Holding hosts: who may ask them, agreed with other workers in bulk.

One exchange with the memory carries everything that has gathered: news of hosts, renewals, hosts to take and to
let go. It is made when something waits for it, else about once a second if there is news, and every ten seconds to
renew; so the memory sees a few statements per second, whatever the number of requests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pipeline.errors import Reason, Retryable
from pipeline.http import backoff
from pipeline.http.hosts import (
    Backoff,
    Exchanged,
    HeldByOther,
    HostFacts,
    HostMemory,
    HostNews,
    HostWaitError,
    RobotsCopy,
    shown,
)
from pipeline.log import anomaly

RENEW_S = 10.0
"""Pause between renewals, far below the life of a hold: a task that is busy for a while must not lose its hosts."""

IDLE_S = 3.0
"""A host not asked for so long is let go; longer than the pauses between repeats of one request."""

_TICK_S = 1.0  # news waits so long at most; a host that another holds is tried so often
_GAP_S = 0.02  # between exchanges, so that hosts that come up one by one do not make one each
_AWAY_PAUSE_S = 5.0  # between tries while the memory is away
_REFUSED_S = 60.0  # after waiting for a host in vain, no further address of it is waited for
_BULK = 2_000  # hosts taken in one exchange


class HeldHost:
    """What holding needs to know of a host."""

    __slots__ = (
        "backoff", "copy", "is_changed", "is_held", "is_on_trust", "is_wanted", "last_at", "name", "new_copy",
        "refused_until", "renewed_at", "standing", "used_at", "users",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0  # requests under way or waiting
        self.used_at = self.last_at = self.renewed_at = self.refused_until = float("-inf")  # monotonic
        self.is_held = False  # by us
        self.is_on_trust = False  # held without the memory's word, which was away
        self.is_wanted = False  # another worker waits for it
        self.is_changed = False  # the memory does not know the latest
        self.backoff: Backoff | None = None
        self.standing = backoff.GOOD
        self.copy: RobotsCopy | None = None
        self.new_copy: RobotsCopy | None = None  # to be told

    def news(self, *, keeps: bool) -> HostNews:
        """What the memory is told."""
        asked_at = None
        if self.last_at > 0:
            asked_at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - self.last_at)
        return HostNews(self.name, keeps, asked_at, self.backoff, self.standing.failures, self.new_copy)

    def learn(self, facts: HostFacts) -> None:
        """Take over what the memory knows; what we have not told yet is newer."""
        if facts.last_request_at is not None:
            ago_s = (datetime.now(UTC) - facts.last_request_at).total_seconds()
            self.last_at = max(self.last_at, time.monotonic() - max(ago_s, 0.0))
        if not self.is_changed:
            self.backoff = facts.backoff
            was_refused = facts.backoff is not None and facts.backoff.reason is Reason.TOO_MANY_REQUESTS
            self.standing = backoff.Standing(facts.failure_count, int(was_refused))
            if facts.failure_count == 0:
                self.standing = backoff.GOOD
        if facts.robots is not None and (self.copy is None or facts.robots.read_at > self.copy.read_at):
            self.copy = facts.robots


class _Waiting:
    """One wish to hold a host."""

    __slots__ = ("deadline", "done", "host", "next_try")

    def __init__(self, host: HeldHost, wait_s: float) -> None:
        self.host = host
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.deadline = time.monotonic() + wait_s
        self.next_try = float("-inf")


class Holds:
    """The holds of one client. `let_go` is called with each host that was given up."""

    def __init__(self, memory: HostMemory, wait_s: float, let_go: Callable[[str], None]) -> None:
        self._memory, self._wait_s, self._let_go = memory, wait_s, let_go
        self._held: dict[str, HeldHost] = {}
        self._leaving: dict[str, HeldHost] = {}  # given up here, not yet in the memory
        self._waiting: dict[str, _Waiting] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self._away_until = float("-inf")
        self._bug: Exception | None = None

    def start(self) -> None:
        """Begin to work; needs a running loop."""
        self._task = asyncio.create_task(self._work(), name="hosts")

    async def stop(self) -> None:
        """Tell the last news and let everything go. A memory that is away lets the holds run out by themselves."""
        self._is_closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self._bug is None:
            self._away_until = float("-inf")  # one last try
            self._leaving.update(self._held)
            self._held.clear()
            await self._exchange(time.monotonic())

    async def take(self, host: HeldHost) -> None:
        """Hold this host. Raises `HostWaitError(host_busy)` if another worker keeps it for longer than we wait."""
        if self._bug is not None:
            raise self._bug
        if self._task is None:
            raise RuntimeError("use `async with Client(…)`")
        wait_s = self._wait_s if time.monotonic() >= host.refused_until else 0.0
        waiting = self._waiting[host.name] = _Waiting(host, wait_s)
        self._wake.set()
        try:
            await waiting.done
        finally:
            if self._waiting.get(host.name) is waiting:
                del self._waiting[host.name]

    def changed(self, host: HeldHost) -> None:
        """There is something to tell of this host; it is told within a second."""
        host.is_changed = True

    def give_way(self, host: HeldHost) -> None:
        """Let another worker have its turn; we may take the host again after it."""
        if self._held.pop(host.name, None) is not None:
            host.is_held = host.is_wanted = False
            self._leaving[host.name] = host
            self._wake.set()

    async def _work(self) -> None:
        while not self._is_closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), _TICK_S)
            self._wake.clear()
            try:
                await self._exchange(time.monotonic())
            except Exception as bug:  # nobody may ask a host any more, and every request shall say why
                self._bug = bug
                for waiting in self._waiting.values():
                    if not waiting.done.done():
                        waiting.done.set_exception(bug)
                return
            await asyncio.sleep(0.0 if self._is_closing else _GAP_S)

    async def _exchange(self, now: float) -> None:
        self._drop_idle(now)
        wanted = [name for name, waiting in self._waiting.items() if waiting.next_try <= now][:_BULK]
        if now < self._away_until:
            self._trust(wanted)
            return
        wanted += [host.name for host in self._held.values() if host.is_on_trust]
        told = self._to_tell(now)
        if not told and not wanted:
            return
        news = [host.news(keeps=keeps) for host, keeps in told]
        for host, _ in told:
            host.is_changed, host.new_copy = False, None
        try:
            answer = await self._memory.exchange(news, wanted)
        except Retryable as away:
            anomaly("hosts_not_shared", error=away, hosts=len(self._held), again_in_s=_AWAY_PAUSE_S)
            self._away_until = now + _AWAY_PAUSE_S
            self._take_back(told, news)
            self._trust(wanted)
            return
        self._settle(told, answer, now)

    def _drop_idle(self, now: float) -> None:
        for host in list(self._held.values()):
            if host.users == 0 and (now - host.used_at > IDLE_S or host.is_wanted):
                host.is_held = host.is_wanted = False
                self._leaving[host.name] = self._held.pop(host.name)

    def _to_tell(self, now: float) -> list[tuple[HeldHost, bool]]:
        told = [(host, False) for host in self._leaving.values() if not host.is_on_trust]
        for host in self._leaving.values():
            if host.is_on_trust:  # the memory never gave it to us
                host.is_on_trust = False
                self._let_go(host.name)
        self._leaving.clear()
        told += [
            (host, True)
            for host in self._held.values()
            if not host.is_on_trust and (host.is_changed or now - host.renewed_at > RENEW_S)
        ]
        return told

    def _take_back(self, told: list[tuple[HeldHost, bool]], news: list[HostNews]) -> None:
        for (host, keeps), lost in zip(told, news, strict=True):
            host.is_changed, host.new_copy = True, host.new_copy or lost.robots
            if not keeps and host.name not in self._held:
                self._leaving[host.name] = host

    def _trust(self, wanted: list[str]) -> None:
        """The memory is away: work goes on with what we know ourselves."""
        for name in wanted:
            waiting = self._waiting.get(name)
            if waiting is not None and not waiting.done.done():
                waiting.host.is_on_trust = True
                self._is_ours(waiting.host)

    def _is_ours(self, host: HeldHost) -> None:
        host.is_held, host.renewed_at = True, time.monotonic()
        self._held[host.name] = host
        waiting = self._waiting.get(host.name)
        if waiting is not None and not waiting.done.done():
            waiting.done.set_result(None)
        elif host.users == 0:
            host.used_at = max(host.used_at, time.monotonic() - IDLE_S / 2)  # who wanted it is gone: let it go soon

    def _settle(self, told: list[tuple[HeldHost, bool]], answer: Exchanged, now: float) -> None:
        for host, keeps in told:
            if not keeps:
                if host.name not in self._held and host.name not in self._waiting:
                    self._let_go(host.name)
            elif host.name in answer.lost:
                host.is_held = False
                self._held.pop(host.name, None)
            else:
                host.renewed_at = now
                host.is_wanted = host.name in answer.wanted
        for facts in answer.taken:
            waiting = self._waiting.get(facts.host)
            host_now = waiting.host if waiting is not None else self._held.get(facts.host)
            if host_now is None:  # who wanted it was cancelled meanwhile
                host_now = HeldHost(facts.host)
            host_now.is_on_trust = False
            host_now.learn(facts)
            self._is_ours(host_now)
        for other in answer.busy:
            self._is_busy(other, now)

    def _is_busy(self, other: HeldByOther, now: float) -> None:
        on_trust = self._held.get(other.host)
        if on_trust is not None and on_trust.is_on_trust:
            on_trust.is_held = on_trust.is_on_trust = False
            del self._held[other.host]
        waiting = self._waiting.get(other.host)
        if waiting is None or waiting.done.done():
            return
        if now < waiting.deadline:
            waiting.next_try = now + _TICK_S * 0.9  # a tick later, whatever the clock's grain
            return
        if now >= waiting.host.refused_until:
            waiting.host.refused_until = now + _REFUSED_S
        waiting.done.set_exception(
            HostWaitError(
                Reason.HOST_BUSY,
                f"{other.host} is being asked by another worker ({other.worker}), "
                f"which holds it until {shown(other.until)} or longer; waited for up to {self._wait_s:g} s",
                None,
            )
        )
