"""`ops.host` as the memory of all workers: holds, back-offs, robots.txt.

A hold lasts `HOLD_S` unless renewed and is taken by whoever comes first; a worker that finds a host held says so,
and the holder gives way to it at its next renewal. Moments of holds are the database's, so that workers' clocks
need not agree. Nothing here is worth waiting for a disk: `synchronous_commit` is off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import OperationalError

from pipeline.errors import Reason, Retryable
from pipeline.http.hosts import Backoff, Exchanged, HeldByOther, HostFacts, HostNews, RobotsCopy
from pipeline.http.worker import is_gone, this_worker
from pipeline.warehouse import db

T = TypeVar("T")

HOLD_S = 90
"""Life of a hold that is not renewed: many renewals (one every ten seconds), and the longest that a worker which
was killed on another machine keeps a host from being asked."""

WISH_S = 5
"""Life of a wish for a held host; who waits repeats it every second."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """How a host stands: a row of `ops.host`."""

    host: str
    held_by: str | None
    held_until: datetime | None
    last_request_at: datetime | None
    backoff_since: datetime | None
    backoff_until: datetime | None
    backoff_reason: str | None
    failure_count: int
    robots_origin: str | None
    robots_read_at: datetime | None
    robots_until: datetime | None
    robots_status: int | None


class SharedMemory:
    """The `HostMemory` in the warehouse, for one client; `worker` is who holds."""

    def __init__(self, worker: str | None = None) -> None:
        self._worker = worker or this_worker()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hosts")

    async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
        """One transaction, tried once: raises `Retryable(database_unavailable)` while the database is away."""

        def work(connection: Connection) -> Exchanged:
            return exchange(connection, self._worker, news, wanted)

        return await asyncio.get_running_loop().run_in_executor(self._thread, _once, work)


def exchange(connection: Connection, worker: str, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
    """Write news, renew, let go, and take what is free of the wanted hosts, as this worker."""
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    connection.execute(text("SET LOCAL statement_timeout = '10s'"))
    connection.execute(text(_LOCK), {"hosts": [*(item.host for item in news), *wanted]})
    told = _tell(connection, worker, news) if news else {}
    lost = {item.host for item in news if item.host not in told}
    wished = {host for host, is_wanted in told.items() if is_wanted}
    if not wanted:
        return Exchanged(lost=lost, wanted=wished)
    gone = [name for name in _holders(connection, worker, wanted) if is_gone(name)]
    taken = _take(connection, worker, wanted, gone)
    missed = sorted(set(wanted) - {facts.host for facts in taken})
    return Exchanged(taken, _wish(connection, worker, missed) if missed else (), lost, wished)


def host_row(connection: Connection, host: str) -> HostRow | None:
    """How a host stands; None if it was never asked."""
    row = connection.execute(text(_ROW), {"host": host}).mappings().one_or_none()
    return HostRow(**row) if row is not None else None


def _once(work: Callable[[Connection], T]) -> T:
    try:
        return db.in_transaction(work, wait_s=0.0)
    except OperationalError as error:  # the statement's time-out, a full disk: passing, and no reason to stop
        raise Retryable(Reason.DATABASE_UNAVAILABLE, str(error.orig).strip()) from error


def _holders(connection: Connection, worker: str, wanted: Sequence[str]) -> list[str]:
    values = {"hosts": list(wanted), "me": worker}
    return list(connection.scalars(text(_HOLDERS), values))


def _tell(connection: Connection, worker: str, news: Sequence[HostNews]) -> dict[str, bool]:
    """The hosts we still held, and whether another worker waits for each."""
    backoffs = [item.backoff for item in news]
    copies = [item.robots for item in news]
    values = {
        "me": worker,
        "hold_s": HOLD_S,
        "hosts": [item.host for item in news],
        "keeps": [item.keeps for item in news],
        "asked": [item.last_request_at for item in news],
        "since": [b.since if b else None for b in backoffs],
        "until": [b.until if b else None for b in backoffs],
        "reasons": [b.reason.value if b else None for b in backoffs],
        "failures": [item.failure_count for item in news],
        "origins": [c.origin if c else None for c in copies],
        "read": [c.read_at if c else None for c in copies],
        "good_until": [c.until if c else None for c in copies],
        "statuses": [c.status if c else None for c in copies],
        "bodies": [c.body if c else None for c in copies],
    }
    return {row.host: bool(row.is_wanted) for row in connection.execute(text(_TELL), values)}


def _take(connection: Connection, worker: str, wanted: Sequence[str], gone: Sequence[str]) -> list[HostFacts]:
    values = {"me": worker, "hold_s": HOLD_S, "hosts": sorted(set(wanted)), "gone": list(gone)}
    return [_facts(row) for row in connection.execute(text(_TAKE), values).mappings()]


def _wish(connection: Connection, worker: str, hosts: Sequence[str]) -> list[HeldByOther]:
    connection.execute(text(_WISH), {"me": worker, "wish_s": WISH_S, "hosts": list(hosts)})
    return [
        HeldByOther(row.host, row.worker, row.until) for row in connection.execute(text(_BUSY), {"hosts": list(hosts)})
    ]


def _facts(row: RowMapping) -> HostFacts:
    rest, robots = None, None
    if row["backoff_until"] is not None:
        rest = Backoff(row["backoff_since"], row["backoff_until"], Reason(row["backoff_reason"]))
    if row["robots_read_at"] is not None:
        body = bytes(row["robots_body"]) if row["robots_body"] is not None else None
        robots = RobotsCopy(
            row["robots_origin"], row["robots_read_at"], row["robots_until"], row["robots_status"], body
        )
    return HostFacts(row["host"], row["last_request_at"], rest, row["failure_count"], robots)


_HOLDERS = """
SELECT held_by FROM ops.host WHERE host = ANY(:hosts) AND held_by <> :me AND held_until > clock_timestamp()
UNION
SELECT wanted_by FROM ops.host WHERE host = ANY(:hosts) AND wanted_by <> :me AND wanted_until > clock_timestamp()
"""

# All rows at once and in the order of hosts, so that two workers never wait for each other crosswise.
_LOCK = "SELECT 1 FROM ops.host WHERE host = ANY(:hosts) ORDER BY host FOR UPDATE"

_TELL = """
WITH told AS (
    SELECT * FROM unnest(
        CAST(:hosts AS text[]), CAST(:keeps AS boolean[]), CAST(:asked AS timestamptz[]),
        CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[]), CAST(:reasons AS text[]),
        CAST(:failures AS integer[]), CAST(:origins AS text[]), CAST(:read AS timestamptz[]),
        CAST(:good_until AS timestamptz[]), CAST(:statuses AS smallint[]), CAST(:bodies AS bytea[])
    ) AS t(host, keeps, asked, since, until, reason, failures, origin, read, good_until, status, body)
), ours AS (
    SELECT h.host FROM ops.host h JOIN told USING (host) WHERE h.held_by = :me ORDER BY h.host FOR UPDATE OF h
)
UPDATE ops.host h SET
    held_by = CASE WHEN t.keeps THEN h.held_by END,
    held_until = CASE WHEN t.keeps THEN clock_timestamp() + make_interval(secs => :hold_s) END,
    last_request_at = greatest(h.last_request_at, t.asked),
    backoff_since = t.since, backoff_until = t.until, backoff_reason = t.reason, failure_count = t.failures,
    robots_origin = CASE WHEN t.read IS NULL THEN h.robots_origin ELSE t.origin END,
    robots_read_at = coalesce(t.read, h.robots_read_at),
    robots_until = CASE WHEN t.read IS NULL THEN h.robots_until ELSE t.good_until END,
    robots_status = CASE WHEN t.read IS NULL THEN h.robots_status ELSE t.status END,
    robots_body = CASE WHEN t.read IS NULL THEN h.robots_body ELSE t.body END
FROM ours JOIN told t USING (host)
WHERE h.host = ours.host
RETURNING h.host, coalesce(h.wanted_by <> :me AND h.wanted_until > clock_timestamp(), false) AS is_wanted
"""

_TAKE = """
INSERT INTO ops.host AS h (host, held_by, held_until)
SELECT host, :me, clock_timestamp() + make_interval(secs => :hold_s)
FROM unnest(CAST(:hosts AS text[])) AS w(host) ORDER BY host
ON CONFLICT (host) DO UPDATE SET
    held_by = excluded.held_by, held_until = excluded.held_until,
    wanted_by = CASE WHEN h.wanted_by <> :me THEN h.wanted_by END
WHERE (h.held_by IS NULL OR h.held_by = :me OR h.held_until < clock_timestamp() OR h.held_by = ANY(:gone))
  AND (h.wanted_by IS NULL OR h.wanted_by = :me OR h.wanted_until < clock_timestamp() OR h.wanted_by = ANY(:gone))
RETURNING host, last_request_at, backoff_since, backoff_until, backoff_reason, failure_count,
    robots_origin, robots_read_at, robots_until, robots_status, robots_body
"""

_WISH = """
UPDATE ops.host h SET wanted_by = :me, wanted_until = clock_timestamp() + make_interval(secs => :wish_s)
FROM (SELECT host FROM ops.host WHERE host = ANY(:hosts) ORDER BY host FOR UPDATE) AS w
WHERE h.host = w.host AND (h.wanted_by IS NULL OR h.wanted_by = :me OR h.wanted_until < clock_timestamp())
"""

_BUSY = """
SELECT host, coalesce(held_by, wanted_by) AS worker, coalesce(held_until, wanted_until) AS until
FROM ops.host WHERE host = ANY(:hosts) AND coalesce(held_by, wanted_by) IS NOT NULL
"""

_ROW = """
SELECT host, held_by, held_until, last_request_at, backoff_since, backoff_until, backoff_reason, failure_count,
    robots_origin, robots_read_at, robots_until, robots_status
FROM ops.host WHERE host = :host
"""
