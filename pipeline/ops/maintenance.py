"""Housekeeping; every function may be run at any time and says what it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import text
from upath import UPath

from pipeline import landing
from pipeline.log import event
from pipeline.ops.night import SILENT_HOURS
from pipeline.settings import get_settings
from pipeline.warehouse import db, poll_days, schema
from pipeline.warehouse.runs import release_dead_runs as release

_MONTHS_AHEAD = 3


def make_partitions() -> dict[str, int]:
    """Monthly partitions up to three months ahead; needs the owner's role."""
    today = datetime.now(UTC).date()
    days = [today + timedelta(days=30 * n) for n in range(_MONTHS_AHEAD + 1)]
    db.in_transaction(partial(schema.ensure_partitions, days=days), role="owner")
    return {"months": len(days)}


def release_dead_runs() -> dict[str, list[str]]:
    """Hand on what dead runs hold."""
    dead = db.in_transaction(lambda c: release(c, silent_hours=SILENT_HOURS))
    if dead:
        event("dead_runs_released", runs=",".join(dead))
    return {"released": dead}


def remove_old_work_files() -> dict[str, int]:
    """Remove `runs/<run_key>/` folders of runs that ended longer ago than `work_files_keep_d`."""
    before = datetime.now(UTC) - timedelta(days=get_settings().work_files_keep_d)
    with db.reading() as connection:
        query = text("SELECT run_key FROM ops.run WHERE ended_at < :before ORDER BY run_key")
        ended = connection.scalars(query, {"before": before}).all()
    removed = 0
    for run_key in ended:
        folder = UPath(landing.uri("runs", run_key))
        if folder.is_dir():
            folder.fs.rm(folder.path, recursive=True)
            removed += 1
    event("work_files_removed", runs=removed)
    return {"runs": removed}


def roll_up_polls() -> dict[str, int]:
    """Sum up polls older than `poll_keep_d` to days (`raw.poll` into `raw.poll_day`)."""
    before = datetime.now(UTC).date() - timedelta(days=get_settings().poll_keep_d)
    polls = poll_days.roll_up(before)
    event("polls_rolled_up", polls=polls, before=before)
    return {"polls": polls}


def analyze() -> dict[str, str]:
    """VACUUM ANALYZE of raw, core and ops, as the owner."""
    with db.engine("owner").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))
    return {"analyzed": "all"}
