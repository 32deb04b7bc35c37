"""How feeds stand: what their polls have made of them, for people to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import ConfigError
from pipeline.warehouse import db


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """One feed in force: what its polls have made of it."""

    source_key: str
    url: str
    kind: str
    every_minutes: int
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    next_poll_at: datetime | None
    poll_interval_s: int | None  # as adapted
    failure_count: int  # in a row
    failure_points: float
    last_reason: str | None
    resting_since: datetime | None
    overflow_count: int
    has_false_validators: bool
    moved_to: str | None
    moved_since: datetime | None

    @property
    def is_troubled(self) -> bool:
        """True if it fails, rests or has moved: worth a look."""
        return self.failure_count > 0 or self.resting_since is not None or self.moved_to is not None


def feed_standings(connection: Connection, source_keys: Collection[str] | None = None) -> list[FeedStanding]:
    """The feeds in force of these sources, or of all, by source and address."""
    values = {"source_keys": None if source_keys is None else sorted(source_keys)}
    return [FeedStanding(**row) for row in connection.execute(text(_STANDINGS), values).mappings()]


def standings_if_reachable() -> list[FeedStanding]:
    """Like `feed_standings` of all sources; empty where there is no warehouse yet, or it is down."""
    try:
        with db.reading() as connection:
            return feed_standings(connection)
    except (ConfigError, SQLAlchemyError):
        return []


_STANDINGS = """
SELECT s.source_key, f.url, f.kind, f.every_minutes, f.last_polled_at, f.last_ok_at, f.last_new_at, f.next_poll_at,
    f.poll_interval_s, f.failure_count, f.failure_points, f.last_reason, f.resting_since, f.overflow_count,
    f.has_false_validators, f.moved_to, f.moved_since
FROM core.feed f JOIN core.source s USING (source_id)
WHERE f.retired_at IS NULL AND s.retired_at IS NULL
  AND (CAST(:source_keys AS text[]) IS NULL OR s.source_key = ANY(CAST(:source_keys AS text[])))
ORDER BY s.source_key, f.url
"""
