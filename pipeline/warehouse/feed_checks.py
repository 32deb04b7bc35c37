"""What a run says of its feeds: which did not answer, may have lost items, rest, or have fallen silent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from pipeline.warehouse.check_result import Check

_SHOWN = 5


def feed_checks(connection: Connection, run_key: str) -> list[Check]:
    """The checks of feeds, all warnings: a feed that fails is no failure of the run."""
    key = {"run_key": run_key}
    return [
        _feeds_answered(connection, key),
        _no_overflow(connection, key),
        _no_resting_feeds(connection, key),
        _no_silent_feeds(connection),
    ]


def _feeds_answered(connection: Connection, key: dict[str, str]) -> Check:
    failed = connection.scalars(text(_FAILED), key).all()
    waiting = connection.scalars(text(_WAITING), key).all()
    found = [f"{len(failed)} failed: {_first(failed)}"] if failed else []
    found += [f"{len(waiting)} not asked, as their server wishes: {_first(waiting)}"] if waiting else []
    return Check(
        "feeds_answered", not found, "warn", "; ".join(found) or "all answered", "all polls answered",
        "`mm sources check` looks at each feed now.",
    )  # fmt: skip


def _no_overflow(connection: Connection, key: dict[str, str]) -> Check:
    found = connection.scalars(text(_OVERFLOWED), key).all()
    return Check(
        "no_overflow", not found, "warn", f"{len(found)} overflowed: {_first(found)}" if found else "none",
        "since the night before, every poll listed something that an earlier one had listed",
        "Articles between two polls may be lost. The interval is shorter already; if it happens again, lower "
        "`every_minutes` of these feeds, or take a longer feed or the sitemap of the outlet as well.",
    )  # fmt: skip


def _no_resting_feeds(connection: Connection, key: dict[str, str]) -> Check:
    found = connection.scalars(text(_RESTING), key).all()
    return Check(
        "no_resting_feeds", not found, "warn", f"{len(found)} resting: {_first(found)}" if found else "none",
        "no feed has failed so long that it is asked daily or more rarely",
        "`mm sources repair` looks for their new addresses; remove from the YAML what is gone for good.",
    )  # fmt: skip


def _no_silent_feeds(connection: Connection) -> Check:
    """Silent: brought something in the last 30 days, but nothing for 3; an outlet that pauses longer is rare."""
    found = connection.scalars(text(_SILENT)).all()
    return Check(
        "no_silent_feeds", not found, "warn", f"{len(found)} silent: {_first(found)}" if found else "none",
        "every feed brought something in the last 3 days", "Look at the outlet: has the feed moved?",
    )  # fmt: skip


def _first(lines: Sequence[str]) -> str:
    return "; ".join(lines[:_SHOWN]) + (" …" if len(lines) > _SHOWN else "")


# raw.poll is large: every query goes through its feeds, and the day bounds the partitions.
_FAILED = """
SELECT p.url || ' (' || coalesce(p.reason, 'unknown') || ')'
FROM ops.run r CROSS JOIN core.feed f
JOIN raw.poll p ON p.feed_id = f.feed_id AND p.polled_at >= r.started_at - interval '1 day'
    AND p.polled_on >= (r.started_at - interval '1 day')::date
WHERE r.run_key = :run_key AND p.run_key = r.run_key AND p.outcome = 'failed' ORDER BY p.url
"""

# Feeds of the run that it left alone because of a Retry-After. Resting ones have a check of their own; a replay
# polls nothing.
_WAITING = """
SELECT f.url || ' (' || f.last_reason || ', until '
    || to_char(f.next_poll_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI') || ')'
FROM ops.run r CROSS JOIN core.feed f JOIN core.source s USING (source_id)
WHERE r.run_key = :run_key AND r.kind = 'nightly' AND f.retired_at IS NULL AND s.retired_at IS NULL
  AND f.failure_count > 0 AND f.resting_since IS NULL AND f.kind <> 'backfill'
  AND f.last_polled_at < r.started_at AND f.next_poll_at > r.started_at
  AND (jsonb_array_length(coalesce(nullif(r.params -> 'sources', 'null'), '[]')) = 0
       OR r.params -> 'sources' @> to_jsonb(s.source_key))
ORDER BY f.url
"""

_OVERFLOWED = """
SELECT f.url || ' (' || count(*) FILTER (WHERE p.is_overflow) || ' of ' || count(*) || ' polls)'
FROM ops.run r CROSS JOIN core.feed f
JOIN raw.poll p ON p.feed_id = f.feed_id AND p.url = f.url AND p.polled_at > r.started_at - interval '24 hours'
    AND p.polled_on >= (r.started_at - interval '24 hours')::date
WHERE r.run_key = :run_key AND f.retired_at IS NULL AND f.overflow_count > 0
GROUP BY f.feed_id, f.url HAVING bool_or(p.is_overflow) ORDER BY count(*) FILTER (WHERE p.is_overflow) DESC, f.url
"""

_RESTING = """
SELECT f.url || ' (since ' || to_char(f.resting_since AT TIME ZONE 'UTC', 'YYYY-MM-DD') || ', '
    || coalesce(f.last_reason, 'unknown') || ')'
FROM core.feed f JOIN core.source s USING (source_id), ops.run r
WHERE r.run_key = :run_key AND f.resting_since IS NOT NULL AND f.retired_at IS NULL AND s.retired_at IS NULL
ORDER BY f.resting_since, f.url
"""

_SILENT = """
SELECT f.url FROM core.feed f
CROSS JOIN LATERAL (
    SELECT max(coalesce(s.published_at, s.first_seen_at)) AS item_at
    FROM raw.entry_sighting s WHERE s.feed_id = f.feed_id) newest
WHERE f.retired_at IS NULL AND f.kind NOT IN ('drop_folder', 'backfill')
  AND newest.item_at < now() - interval '3 days' AND newest.item_at > now() - interval '30 days'
ORDER BY f.url
"""
