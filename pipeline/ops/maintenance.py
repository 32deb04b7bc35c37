"""Housekeeping; every function may be run at any time and says what it did."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import text
from upath import UPath

from pipeline import landing
from pipeline.fetch.archive import finish_spool
from pipeline.log import anomaly, event
from pipeline.ops import archive, takedown
from pipeline.ops.night import SILENT_HOURS
from pipeline.settings import get_settings
from pipeline.sources import load_sources
from pipeline.warehouse import db, poll_days, schema
from pipeline.warehouse.archive_files import ArchiveFile
from pipeline.warehouse.runs import release_dead_runs as release

_MONTHS_AHEAD = 3
_ENDED = "SELECT run_key, ended_at IS NOT NULL AS is_over FROM ops.run"


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


def prunable_files(now: datetime) -> list[ArchiveFile]:
    """Archive files that are older than the setting, or their source's own, keeps them."""
    settings = get_settings()
    if not settings.archive_keep_d and not settings.sources_dir.is_dir():
        return []
    own = {s.key: s.archive_keep_d for s in load_sources(settings.sources_dir) if s.archive_keep_d is not None}
    if not settings.archive_keep_d and not any(own.values()):
        return []
    return archive.prunable(now, settings.archive_keep_d, own)


def keep_archive() -> dict[str, int]:
    """The archive's own housekeeping: rows for files that have none, files past their time removed, takedowns
    brought to their end."""
    now = datetime.now(UTC)
    registered = archive.register_files()
    done = takedown.finish(now)
    removed = archive.prune(prunable_files(now), now)
    return {"registered": registered, "removed": len(removed), "cut": done.records, "waiting": len(done.waiting_files)}


def clear_spools() -> dict[str, int]:
    """Spool folders of runs that have ended, on this machine: what a killed task has left there goes into the
    archive, with its rows; then the folder goes. Copies of a backfill only go, the foreign file has the bytes.
    One whose run the warehouse does not know is left and reported."""
    with db.reading() as connection:
        runs = {row.run_key: row for row in connection.execute(text(_ENDED))}
    committed = unknown = 0
    for folder in sorted(landing.spools().glob("*/*")):
        run_key = folder.parent.name
        if run_key not in runs:
            unknown += 1
            anomaly("spool_unknown", folder=folder, what="no such run; look at it, then remove it by hand")
        elif runs[run_key].is_over:
            committed += finish_spool(run_key, folder, is_copy=folder.name == landing.COPIES)
    for folder in sorted(landing.spools().glob("*")):
        with suppress(OSError):  # not empty
            folder.rmdir()
    return {"segments": committed, "unknown": unknown}


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
