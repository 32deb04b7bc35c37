"""What workers know of a host, and the memory through which they share it.

A host is host and port as they stand in an address (`raw.entry.host`). Who asks a host holds it, so that it is
asked over one connection at a time by all workers together. The client keeps what it learns in a `HostMemory`;
`InProcessMemory` is that of a client that works alone, `pipeline.warehouse.hosts` the one all workers share.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.errors import Reason, Retryable


@dataclass(frozen=True, slots=True)
class Backoff:
    """A host is left in peace: since when, until when, and what for."""

    since: datetime
    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The answer to one request for a robots.txt. `status` is None if there was none; `body` is None then, and empty
    if redirects led nowhere, which counts as a file without rules."""

    origin: str  # like https://example.org: rules hold for scheme, host and port
    read_at: datetime
    until: datetime
    status: int | None
    body: bytes | None
    trouble: str | None = None  # why there was no answer, as far as this process saw it; not shared


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What is known of a host that is now ours to ask."""

    host: str
    last_request_at: datetime | None = None
    backoff: Backoff | None = None
    failure_count: int = 0
    robots: RobotsCopy | None = None


@dataclass(frozen=True, slots=True)
class HeldByOther:
    """A host that another worker asks now."""

    host: str
    worker: str
    until: datetime


@dataclass(frozen=True, slots=True)
class HostNews:
    """What a worker has to tell of a host it holds."""

    host: str
    keeps: bool  # goes on holding it; else lets go
    last_request_at: datetime | None
    backoff: Backoff | None
    failure_count: int
    robots: RobotsCopy | None = None  # None: as before


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came back. `lost` are hosts we told of and hold no longer, `wanted` those of ours others wait for."""

    taken: Sequence[HostFacts] = ()
    busy: Sequence[HeldByOther] = ()
    lost: Collection[str] = frozenset()
    wanted: Collection[str] = frozenset()


class HostMemory(Protocol):
    """Keeps what is known of hosts, and who may ask them."""

    async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
        """Write the news, renew the holds of hosts that are kept, and take the wanted hosts as far as they are free.

        Raises `Retryable` if the memory is away; then nothing was written.
        """
        ...


class InProcessMemory:
    """The memory of a client that shares its hosts with nobody: `mm clean URL`, tests, benchmarks."""

    def __init__(self) -> None:
        self._known: dict[str, HostFacts] = {}

    async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
        """Keep and give; everything wanted is free."""
        for told in news:
            before = self._known.get(told.host)
            robots = told.robots or (before.robots if before else None)
            self._known[told.host] = HostFacts(
                told.host, told.last_request_at, told.backoff, told.failure_count, robots
            )
        return Exchanged(taken=[self._known.get(host) or HostFacts(host) for host in wanted])


class HostWaitError(Retryable):
    """A host was not asked, because it is left in peace or another worker asks it; `wait_s` if it is known how long."""

    def __init__(self, reason: Reason, message: str, wait_s: float | None, cause: Reason | None = None) -> None:
        super().__init__(reason, message)
        self.wait_s = wait_s
        self.cause = cause


def shown(moment: datetime) -> str:
    """A moment as messages show it: `2026-03-14 02:05:10 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
