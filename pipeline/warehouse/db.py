"""Connections and transactions.

`in_transaction(work)` is how the product writes: `work` gets a connection, everything it does is one
transaction, and if the database goes away (restart, failover, deadlock) the whole of it is done again until
`database_wait_s` is over; then `Retryable`. So `work` must hold all its effects in the database.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from pipeline.errors import Reason, Retryable
from pipeline.log import anomaly
from pipeline.settings import get_settings
from pipeline.warehouse import embedded

T = TypeVar("T")

_ENGINES: dict[tuple[int, str], Engine] = {}
_STARTS_WAREHOUSE: set[int] = set()
"""Processes (by id) that start the embedded warehouse when they find it down."""
_PASSING = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.TooManyConnections,
)


def url_for(role: str, driver: str = "postgresql+psycopg") -> str:
    """Connection URL of a role (`owner`, `loader`, `analyst`) on the warehouse."""
    configured = get_settings().warehouse_url
    if configured is None:
        cluster = embedded.read_cluster()
        if os.getpid() in _STARTS_WAREHOUSE:
            cluster = embedded.ensure_running()
        return cluster.url(role, driver=driver)
    url = make_url(configured.get_secret_value()).set(drivername=driver)
    secret = os.environ.get(f"MM_{role.upper()}_PASSWORD")
    if role != "owner" and secret:
        url = url.set(username=role, password=secret)
    return url.render_as_string(hide_password=False)


def start_when_needed() -> None:
    """From now on this process starts the embedded warehouse if it is down, as a person's command should.

    Tasks wait instead: what they need is supervised. `wait_for_it` ends this.
    """
    _STARTS_WAREHOUSE.add(os.getpid())


def wait_for_it() -> None:
    """From now on this process waits for a warehouse that is down, as tasks do: a command in it is over."""
    _STARTS_WAREHOUSE.discard(os.getpid())


def engine(role: str = "loader") -> Engine:
    """The engine of a role in this process; never shared across a fork."""
    key = (os.getpid(), role)
    if key not in _ENGINES:
        _ENGINES[key] = create_engine(
            url_for(role), pool_size=2, max_overflow=4, pool_pre_ping=True,
            connect_args={"application_name": "media-monitor", "connect_timeout": 5},
        )  # fmt: skip
    return _ENGINES[key]


def dispose() -> None:
    """Close this process's connections and forget its engines (the server's address may have changed)."""
    for key in [k for k in _ENGINES if k[0] == os.getpid()]:
        _ENGINES.pop(key).dispose()


def in_transaction(work: Callable[[Connection], T], role: str = "loader", *, wait_s: float | None = None) -> T:
    """Run `work` in one transaction, again from the start while the database is away.

    Raises `Retryable(database_unavailable)` after `wait_s` (else `database_wait_s`; 0 tries once); anything `work`
    raises by itself passes.
    """
    deadline = time.monotonic() + (get_settings().database_wait_s if wait_s is None else wait_s)
    pause = 0.2
    while True:
        try:
            with engine(role).begin() as connection:
                return work(connection)
        except (OperationalError, InterfaceError, DBAPIError) as error:
            if not _passing(error):
                raise
            if time.monotonic() + pause > deadline:
                raise Retryable(Reason.DATABASE_UNAVAILABLE, str(error.orig).strip()) from error
            anomaly("database_away", error=type(error.orig).__name__, again_in_s=round(pause, 1))
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311  (jitter, not a secret)
        pause = min(pause * 2, 5.0)


@contextmanager
def reading(role: str = "loader") -> Iterator[Connection]:
    """A connection for queries; nothing it does is kept."""
    with engine(role).connect() as connection:
        yield connection
        connection.rollback()


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into `schema.table`, inside the connection's transaction; returns their number."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101  (we only ever use psycopg)
    count = 0
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _passing(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error.orig, _PASSING):
        return True
    # No SQLSTATE: the connection could not be made or broke off.
    return isinstance(error.orig, psycopg.OperationalError) and error.orig.sqlstate is None
