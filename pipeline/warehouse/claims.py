"""Claiming: a run takes what is due, in one transaction, under row locks.

Two runs at once share the work (`SKIP LOCKED`): each entry goes to exactly one. A run that claims again (its
task was killed) finds what it already holds and adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from pipeline.log import anomaly
from pipeline.records import ClaimedEntry
from pipeline.warehouse.runs import Run
from pipeline.warehouse.takedown import drop_tombstoned_entries

# What is due, as (entry_id, inflow). Fresh entries first seen first, so that a limit takes the oldest.
_FRESH = """
SELECT e.entry_id, e.state AS inflow FROM raw.entry e
WHERE e.state IN ('new', 'carried', 'reopened') AND coalesce(e.due_at, '-infinity') <= :now
  AND e.first_seen_at < :seen_before AND (CAST(:sources AS text[]) IS NULL OR e.source_key = ANY(:sources))
ORDER BY e.first_seen_at, e.url_key LIMIT :limit FOR UPDATE SKIP LOCKED
"""
# Re-checks that are due: each source's longest due first, source by source in turn, so that a budget that is too
# small is shared and one large source cannot use it up.
_DUE_AGAIN = """
SELECT e.entry_id, row_number() OVER (PARTITION BY e.source_key ORDER BY e.recheck_at, e.url_key) AS turn
FROM raw.entry e
WHERE e.claimed_by IS NULL AND e.state IN ('loaded', 'unchanged', 'duplicate')
  AND (e.recheck_at <= :now OR (CAST(:all AS boolean) AND e.recheck_at IS NOT NULL))
  AND (CAST(:sources AS text[]) IS NULL OR e.source_key = ANY(:sources))
"""
# Asked again of the locked row: another run may have taken it since the snapshot.
_RECHECK = f"""
SELECT e.entry_id, 'rechecked' AS inflow FROM raw.entry e JOIN ({_DUE_AGAIN}) d USING (entry_id)
WHERE e.claimed_by IS NULL AND e.state IN ('loaded', 'unchanged', 'duplicate')
ORDER BY d.turn, e.recheck_at, e.url_key LIMIT :limit FOR UPDATE OF e SKIP LOCKED
"""
_STILL_DUE = f"SELECT count(*) FROM ({_DUE_AGAIN}) d"
# A night done again: the entries its runs had claimed, unless another run holds them now, or the bytes of that
# night were removed from the archive: then there is nothing to do the night again from, and what the network says
# today is another night.
_OF_NIGHT = """
FROM raw.entry e
LEFT JOIN LATERAL (
    SELECT p.removed_at FROM raw.page p JOIN ops.run r USING (run_key)
    WHERE p.entry_id = e.entry_id AND p.outcome = 'archived' AND r.night <= :night AND r.kind = 'nightly'
    ORDER BY p.fetched_at DESC LIMIT 1) newest ON true
WHERE e.claimed_by IS NULL AND e.state <> 'dropped' AND e.entry_id IN (
    SELECT v.entry_id FROM ops.entry_event v JOIN ops.run r USING (run_key)
    WHERE r.night = :night AND r.kind = 'nightly' AND v.to_state = 'claimed')
  AND (CAST(:sources AS text[]) IS NULL OR e.source_key = ANY(:sources))
"""
_REPLAY = f"""
SELECT e.entry_id, 'reopened' AS inflow {_OF_NIGHT} AND newest.removed_at IS NULL
ORDER BY e.first_seen_at, e.url_key LIMIT :limit FOR UPDATE OF e SKIP LOCKED
"""
_WITHOUT_BYTES = f"SELECT count(*) {_OF_NIGHT} AND newest.removed_at IS NOT NULL"
# What the URL lists of a backfill name and nobody has worked off yet.
_LISTED = """
SELECT e.entry_id, CASE e.state WHEN 'new' THEN 'backfilled' ELSE e.state END AS inflow FROM raw.entry e
WHERE e.state IN ('new', 'carried', 'reopened') AND coalesce(e.due_at, '-infinity') <= :now AND EXISTS (
    SELECT FROM raw.entry_sighting s JOIN core.feed f USING (feed_id)
    WHERE s.entry_id = e.entry_id AND f.kind = 'backfill' AND f.url = ANY(:lists))
ORDER BY e.first_seen_at, e.url_key LIMIT :limit FOR UPDATE SKIP LOCKED
"""
# Entries whose bytes a backfill brings; any that no run holds and no operator has dropped.
_BROUGHT = """
SELECT e.entry_id, 'backfilled' AS inflow FROM raw.entry e
WHERE e.entry_id = ANY(:entry_ids) AND e.claimed_by IS NULL AND e.state NOT IN ('claimed', 'fetched', 'dropped')
ORDER BY e.entry_id FOR UPDATE
"""
_TAKE = """
WITH due AS ({due}), taken AS (
    UPDATE raw.entry e SET state = 'claimed', reason = due.inflow, state_at = :now, claimed_by = :run_key,
        due_at = NULL, attempt_count = e.attempt_count + 1
    FROM due WHERE e.entry_id = due.entry_id
    RETURNING e.entry_id, e.source_key, old.state AS from_state, due.inflow
)
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
SELECT CAST(:now AS timestamptz)::date, :now, :run_key, entry_id, source_key, from_state, 'claimed', 'claim', inflow
FROM taken ORDER BY entry_id
"""

# The archived page a claim starts from, if it needs no network: for a replay the newest bytes that the archive
# held at the end of that night, as first fetched (a look that found the same bytes again changed nothing); for an
# entry whose run ended between fetch and load, the page that run held; for one reopened by an operator, its last
# archived page. Bytes that were removed (retention) are no bytes: the entry is fetched again.
# Validators go along for re-checks only: a 304 for a page that was never loaded would lose it.
_HELD = """
SELECT e.entry_id, e.url_key, e.url, e.host, e.source_key, e.reason AS inflow, e.first_seen_at,
    e.attempt_count AS attempt, s.title AS feed_title, s.published_at AS feed_published_at,
    CASE WHEN e.reason = 'rechecked' THEN e.etag END AS etag,
    CASE WHEN e.reason = 'rechecked' THEN e.last_modified END AS last_modified,
    CASE
        WHEN CAST(:night AS date) IS NOT NULL THEN (
            WITH held AS (
                SELECT p.page_id, p.fetched_at, p.sha256, p.removed_at,
                    first_value(p.sha256) OVER (ORDER BY p.fetched_at DESC) AS newest
                FROM raw.page p JOIN ops.run r USING (run_key)
                WHERE p.entry_id = e.entry_id AND p.outcome = 'archived' AND r.night <= :night AND r.kind = 'nightly')
            SELECT page_id FROM held WHERE sha256 = newest AND fetched_at > coalesce(
                (SELECT max(fetched_at) FROM held WHERE sha256 <> newest), '-infinity') AND removed_at IS NULL
            ORDER BY fetched_at LIMIT 1)
        WHEN e.reason IN ('carried', 'reopened') THEN (
            SELECT p.page_id FROM raw.page p WHERE p.entry_id = e.entry_id AND p.removed_at IS NULL AND p.page_id = (
                SELECT CASE WHEN v.from_state = 'fetched' THEN e.held_page_id
                    WHEN v.reason = 'operator' THEN e.page_id END
                FROM ops.entry_event v
                WHERE v.entry_id = e.entry_id AND v.to_state IN ('carried', 'reopened')
                ORDER BY v.at DESC, v.event_id DESC LIMIT 1))
    END AS page_id
FROM raw.entry e
LEFT JOIN LATERAL (
    SELECT title, published_at FROM raw.entry_sighting s WHERE s.entry_id = e.entry_id
    ORDER BY first_seen_at, feed_id LIMIT 1) s ON true
WHERE e.claimed_by = :run_key AND e.state = 'claimed'
ORDER BY e.host, e.first_seen_at, e.url_key
"""


def claim(connection: Connection, run: Run, *, now: datetime, recheck_budget: int) -> int:
    """Take what is due for this run; returns how many entries were taken now.

    `params`: `sources` (keys, empty means all), `limit` (entries at most, 0 means no limit), `recheck`
    (`due`, `all` or `none`). A backfill takes what its `lists` (URIs of URL lists) name.
    """
    sources = run.params.get("sources") or None
    limit = run.params.get("limit") or None
    values = {"now": now, "seen_before": now, "sources": sources, "limit": limit, "run_key": run.run_key}
    if run.kind == "backfill":
        drop_tombstoned_entries(connection, now)
        return _take(connection, _LISTED, {**values, "lists": run.params.get("lists") or []})
    if run.is_replay:
        if missing := connection.scalar(text(_WITHOUT_BYTES), {"night": run.night, "sources": sources}):
            anomaly(
                "replay_without_bytes", run=run.run_key, entries=missing, why="removed from the archive; left alone"
            )
        return _take(connection, _REPLAY, {**values, "night": run.night})
    drop_tombstoned_entries(connection, now)
    taken = _take(connection, _FRESH, values)
    recheck = run.params.get("recheck") or "due"
    room = recheck_budget if limit is None else min(recheck_budget, limit - taken)
    if recheck != "none" and room > 0:
        taken += _take(connection, _RECHECK, {**values, "limit": room, "all": recheck == "all"})
    return taken


def claim_brought(connection: Connection, run_key: str, entry_ids: Sequence[int], *, now: datetime) -> int:
    """Take these entries for a run that brings their bytes along; returns how many could be taken."""
    return _take(connection, _BROUGHT, {"now": now, "run_key": run_key, "entry_ids": list(entry_ids)})


def held_entries(connection: Connection, run: Run) -> list[ClaimedEntry]:
    """Everything the run has claimed and not fetched yet, by host and age."""
    values = {"run_key": run.run_key, "night": run.night if run.is_replay else None}
    return [ClaimedEntry(**row) for row in connection.execute(text(_HELD), values).mappings()]


def rechecks_left(connection: Connection, run: Run, *, now: datetime) -> int:
    """Known URLs whose re-check is due and that this run did not take: its budget or limit was used up."""
    if run.is_replay or (run.params.get("recheck") or "due") == "none":
        return 0
    values = {"now": now, "all": False, "sources": run.params.get("sources") or None}
    return connection.scalar(text(_STILL_DUE), values) or 0


def _take(connection: Connection, due: str, values: dict[str, object]) -> int:
    return connection.execute(text(_TAKE.format(due=due)), values).rowcount
