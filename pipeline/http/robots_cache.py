"""robots.txt of all hosts a client asks: read once a day, kept for all workers.

RFC 9309, and where it leaves a choice, ours: an answer holds for 24 hours; 4xx means there are no rules; 429, 5xx
and no answer close the host, and it is asked again after five minutes, then ten, and so on up to six hours. (The
standard allows to treat a file unreachable for 30 days as missing; we do not: such a host has no news to lose.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from yarl import URL

from pipeline.errors import MonitorError, Reason, Retryable, Skip
from pipeline.http import robots
from pipeline.http.hosts import RobotsCopy, shown
from pipeline.http.politeness import Host, Hosts
from pipeline.http.target import host_key
from pipeline.settings import Settings

GOOD_FOR = timedelta(hours=24)
BAD_FOR, BAD_FOR_AT_MOST = timedelta(minutes=5), timedelta(hours=6)
_PASSES_ON = (Reason.HOST_BACKOFF, Reason.HOST_BUSY, Reason.HOST_BUDGET_SPENT)  # nothing was asked, nothing is known

Ask = Callable[[URL], Awaitable[tuple[int, bytes]]]
"""Gets a robots.txt, redirects followed: the last status and the body."""


class RobotsCache:
    """The rules by host, scheme and port."""

    def __init__(self, hosts: Hosts, settings: Settings, ask: Ask) -> None:
        self._hosts, self._settings, self._ask = hosts, settings, ask
        self._reading: set[asyncio.Task[robots.Robots]] = set()

    async def of(self, target: URL) -> robots.Robots:
        """The rules in force for this address's host. Raises `Retryable(robots_unavailable)`."""
        host = self._hosts.turn(host_key(target))
        origin = f"{target.scheme}://{host.name}"
        task = host.rules.get(origin)
        if task is not None and task.done():
            if not task.cancelled() and task.exception() is None and task.result().is_in_force(datetime.now(UTC)):
                return _open(task.result())
            task = None
        if task is None:
            task = host.rules[origin] = asyncio.create_task(self._load(host, origin, target))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return _open(await asyncio.shield(task))

    async def close(self) -> None:
        """Read no more."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _load(self, host: Host, origin: str, target: URL) -> robots.Robots:
        await host.ready()
        copy = host.copy
        if copy is None or copy.origin != origin or copy.until <= datetime.now(UTC):
            copy = await self._read(origin, target, copy)
            host.copy = host.new_copy = copy
            self._hosts.holds.changed(host)
        rules = _rules(copy, host.name, self._settings)
        if rules.crawl_delay_s is not None:
            host.ask_for_delay(rules.crawl_delay_s)
        return rules

    async def _read(self, origin: str, target: URL, before: RobotsCopy | None) -> RobotsCopy:
        status, body, trouble = None, None, None
        for attempt in range(self._settings.fetch_retries + 1):
            if attempt:
                await asyncio.sleep(self._settings.retry_pause_s * 2 ** (attempt - 1))
            try:
                status, body = await self._ask(target.origin() / "robots.txt")
            except Skip:  # redirected in circles, nowhere or inside: the standard counts that as "none"
                now = datetime.now(UTC)
                return RobotsCopy(origin, now, now + BAD_FOR, None, b"")
            except MonitorError as error:
                if error.reason in _PASSES_ON:
                    raise
                trouble = str(error)
                continue
            if not _is_unavailable(status) or status == 429:  # who says "too many requests" gets no more of them
                break
        now = datetime.now(UTC)
        if _is_unavailable(status):
            return RobotsCopy(origin, now, now + _bad_for(before), status, None, trouble)
        return RobotsCopy(origin, now, now + GOOD_FOR, status, body if body and status and status < 300 else None)


def _is_unavailable(status: int | None) -> bool:
    return status is None or status == 429 or status >= 500


def _bad_for(before: RobotsCopy | None) -> timedelta:
    if before is None or before.body is not None or not _is_unavailable(before.status):
        return BAD_FOR
    return min(2 * (before.until - before.read_at), BAD_FOR_AT_MOST)


def _rules(copy: RobotsCopy, host: str, settings: Settings) -> robots.Robots:
    if copy.body is None and _is_unavailable(copy.status):
        came = f"status {copy.status}" if copy.status is not None else copy.trouble or "no answer"
        why = (
            f"robots.txt of {copy.origin} could not be read at {shown(copy.read_at)} ({came}), "
            f"so nothing of {host} is asked for until {shown(copy.until)}"
        )
        return replace(robots.ALLOW_ALL, until=copy.until, unavailable=why)
    if copy.body is None:
        return replace(robots.ALLOW_ALL, until=copy.until)
    rules = robots.parse(copy.body, settings.user_agent, settings.respect_tdm_opt_out)
    return replace(rules, until=copy.until, read_at=copy.read_at)


def _open(rules: robots.Robots) -> robots.Robots:
    if rules.unavailable is not None:
        raise Retryable(Reason.ROBOTS_UNAVAILABLE, rules.unavailable)
    return rules
