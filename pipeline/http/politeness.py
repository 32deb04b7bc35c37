"""Politeness: one request at a time per host, a pause between two of them, and peace for hosts that ask for it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from pipeline.errors import Reason, Retryable
from pipeline.http import backoff
from pipeline.http.holds import HeldHost, Holds
from pipeline.http.hosts import Backoff, HostMemory, HostWaitError, shown
from pipeline.http.robots import Robots

MAX_CRAWL_DELAY_S = 30.0
"""robots.txt may ask for a longer pause than this (some say 3600); then a night would bring a dozen pages."""


@dataclass(frozen=True, slots=True)
class HostBudgets:
    """Requests that a run may make to one host: pages, redirects and robots.txt alike."""

    default: int
    by_host: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, int] = field(default_factory=dict)  # by earlier attempts of the run

    def of(self, host: str) -> int:
        """What is left of a host's budget at the start."""
        return self.by_host.get(host, self.default) - self.spent.get(host, 0)


class Hosts:
    """All hosts that one client asks; an async context manager.

    `at_work` hosts at most are taken at the same time (waiting for their pause included), so that a round over
    100,000 feeds does not hold 100,000 hosts. A host that another worker holds is waited for `wait_s`.
    """

    def __init__(
        self,
        memory: HostMemory,
        *,
        delay_s: float,
        host_delay_s: Mapping[str, float],
        at_work: int,
        wait_s: float,
        budgets: HostBudgets | None,
    ) -> None:
        self.at_work = asyncio.Semaphore(at_work)
        self.holds = Holds(memory, wait_s, self._forget)
        self.requests: Counter[str] = Counter()
        self._delay_s, self._host_delay_s = delay_s, dict(host_delay_s)
        self._budgets = budgets
        self._hosts: dict[str, Host] = {}

    async def __aenter__(self) -> Self:
        self.holds.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.holds.stop()

    def turn(self, name: str) -> Host:
        """Hold the host's one slot, after the pause since the last request ended: `async with hosts.turn(name)`.

        Entering raises `HostWaitError(host_backoff | host_busy)` and `Retryable(host_budget_spent)`.
        """
        host = self._hosts.get(name)
        if host is None:
            bare = name.partition(":")[0] if not name.startswith("[") else name
            delay_s = self._host_delay_s.get(name, self._host_delay_s.get(bare, self._delay_s))
            host = self._hosts[name] = Host(name, delay_s, self)
        return host

    def leave(self, name: str) -> None:
        """Nothing more will be asked of this host for now: let others have it."""
        host = self._hosts.get(name)
        if host is not None:
            host.used_at = float("-inf")

    def count(self, name: str) -> None:
        """One more request. Raises `Retryable(host_budget_spent)` if there is none left."""
        if self._budgets is not None and self.requests[name] >= self._budgets.of(name):
            given = self._budgets.by_host.get(name, self._budgets.default)
            raise Retryable(
                Reason.HOST_BUDGET_SPENT,
                f"the run's {given} requests to {name} are used up; the next run goes on",
            )
        self.requests[name] += 1

    def _forget(self, name: str) -> None:
        """A host was let go; what is known of it is in the memory."""
        host = self._hosts.get(name)
        if host is not None and host.users == 0:
            del self._hosts[name]


class Host(HeldHost):
    """The slot of one host. A class rather than a generator: it is entered for every request."""

    __slots__ = ("_hosts", "_lock", "delay_s", "rules")

    def __init__(self, name: str, delay_s: float, hosts: Hosts) -> None:
        super().__init__(name)
        self.delay_s = delay_s
        self.rules: dict[str, asyncio.Task[Robots]] = {}  # by origin
        self._hosts = hosts
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Host:
        self.users += 1
        try:
            await self._lock.acquire()
            try:
                await self._hosts.at_work.acquire()
                try:
                    await self._get_ready()
                except BaseException:
                    self._hosts.at_work.release()
                    raise
            except BaseException:
                self._lock.release()
                raise
        except BaseException:
            self._left()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self.last_at = time.monotonic()
        self._hosts.at_work.release()
        self._lock.release()
        self._left()

    async def ready(self) -> None:
        """Hold the host without asking it: what other workers have learned of it is known then."""
        if self.is_held:
            return
        self.users += 1
        try:
            async with self._lock, self._hosts.at_work:
                if not self.is_held:
                    await self._hosts.holds.take(self)
        finally:
            self._left()

    def ask_for_delay(self, seconds: float) -> None:
        """What the host's robots.txt asks for; counts up to `MAX_CRAWL_DELAY_S`, and only if it is longer."""
        self.delay_s = max(self.delay_s, min(seconds, MAX_CRAWL_DELAY_S))

    def heard(self, status: int, retry_after_s: float | None) -> None:
        """The host answered."""
        if status < 429 and self.backoff is None and self.standing is backoff.GOOD:
            return
        self._now_stands(backoff.after_answer(self.standing, status, retry_after_s))

    def failed(self, reason: Reason) -> None:
        """A request brought no answer."""
        self._now_stands(backoff.after_trouble(self.standing, reason))

    async def _get_ready(self) -> None:
        if not self.is_held:
            await self._hosts.holds.take(self)
        await self._keep_peace()
        pause = self.last_at + self.delay_s - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        self._hosts.count(self.name)

    async def _keep_peace(self) -> None:
        if self.backoff is None:
            return
        left_s = (self.backoff.until - datetime.now(UTC)).total_seconds()
        if left_s > backoff.SHORT_S:
            rest = self.backoff
            raise HostWaitError(
                Reason.HOST_BACKOFF,
                f"{self.name} is left in peace since {shown(rest.since)} until {shown(rest.until)}: "
                f"{rest.reason}, {self.standing.failures} in a row",
                left_s,
                rest.reason,
            )
        if left_s > 0:
            await asyncio.sleep(left_s)

    def _now_stands(self, change: backoff.Change) -> None:
        if change.standing == self.standing and not change.rest_s and self.backoff is None:
            return
        was_good, self.standing = self.standing.failures == 0, change.standing
        if change.standing is backoff.GOOD:
            self.backoff = None
        elif change.rest_s > 0 and change.reason is not None:
            now = datetime.now(UTC)
            since = now if was_good or self.backoff is None else self.backoff.since
            self.backoff = Backoff(since, now + timedelta(seconds=change.rest_s), change.reason)
        self._hosts.holds.changed(self)

    def _left(self) -> None:
        self.users -= 1
        self.used_at = time.monotonic()
        if self.is_wanted and not self._lock.locked():
            self._hosts.holds.give_way(self)
