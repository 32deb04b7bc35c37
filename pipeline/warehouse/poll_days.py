"""Old polls, rolled up to days: `raw.poll` grows fastest of all tables, and after a season only its sums are asked for.

A day is summed and its polls are deleted in one transaction, so a poll is always in exactly one of the two tables,
however often this is cut off or run again. A poll that arrives late (a clock set back) is added to its day.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy import Connection, text

from pipeline.warehouse import db

_OLDEST = "SELECT min(polled_on) FROM raw.poll WHERE polled_on < :before"

# In key order, so that two at once wait for each other instead of locking each other out.
_ROLL_UP = """
WITH gone AS (
    DELETE FROM raw.poll p USING core.feed f WHERE f.feed_id = p.feed_id AND p.polled_on = :day
    RETURNING p.*, p.url <> f.url AS is_child
), summed AS (
    INSERT INTO raw.poll_day AS d (feed_id, polled_on, is_child, outcome, reason, poll_count, first_polled_at,
        last_polled_at, item_count, new_count, known_count, refused_count, overflow_count, body_bytes, elapsed_ms)
    SELECT feed_id, polled_on, is_child, outcome, reason, count(*), min(polled_at), max(polled_at),
        coalesce(sum(item_count), 0), coalesce(sum(new_count), 0), coalesce(sum(known_count), 0),
        coalesce(sum(refused_count), 0), count(*) FILTER (WHERE is_overflow), coalesce(sum(body_bytes), 0),
        coalesce(sum(elapsed_ms), 0)
    FROM gone GROUP BY feed_id, polled_on, is_child, outcome, reason
    ORDER BY feed_id, polled_on, is_child, outcome, reason
    ON CONFLICT ON CONSTRAINT uq_poll_day DO UPDATE SET
        poll_count = d.poll_count + excluded.poll_count,
        first_polled_at = least(d.first_polled_at, excluded.first_polled_at),
        last_polled_at = greatest(d.last_polled_at, excluded.last_polled_at),
        item_count = d.item_count + excluded.item_count,
        new_count = d.new_count + excluded.new_count,
        known_count = d.known_count + excluded.known_count,
        refused_count = d.refused_count + excluded.refused_count,
        overflow_count = d.overflow_count + excluded.overflow_count,
        body_bytes = d.body_bytes + excluded.body_bytes,
        elapsed_ms = d.elapsed_ms + excluded.elapsed_ms
)
SELECT count(*) FROM gone
"""


def roll_up(before: date) -> int:
    """Sum up all polls of UTC days before this one, a day at a time, oldest first; returns how many polls went."""
    polls = 0
    while (day := db.in_transaction(partial(_oldest, before=before))) is not None:
        polls += db.in_transaction(partial(_roll_up_day, day=day))
    return polls


def _oldest(connection: Connection, before: date) -> date | None:
    found: date | None = connection.scalar(text(_OLDEST), {"before": before})
    return found


def _roll_up_day(connection: Connection, day: date) -> int:
    return int(connection.scalar(text(_ROLL_UP), {"day": day}) or 0)
