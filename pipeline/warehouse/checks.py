"""The checks that end a run. Each says what was found, what should have been, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from pipeline.warehouse.ledger import Ledger
from pipeline.warehouse.tables import PARTITIONED

STAGES = ("discover", "claim", "fetch", "context", "clean", "resolve", "tag", "link", "load", "marts")
PER_BATCH = {"clean", "tag", "load"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one run. `error` fails the run, `warn` does not."""

    name: str
    is_ok: bool
    severity: str
    observed: str
    expected: str
    advice: str | None = None


def run_checks(connection: Connection, ledger: Ledger) -> list[Check]:
    """All checks, in the order a person would look."""
    key = {"run_key": ledger.run_key}
    return [
        _stages_done(connection, key),
        _balanced(ledger),
        _loaded_is_there(connection, key),
        _feeds_answered(connection, key),
        _no_silent_sources(connection),
        _marts_passed(connection, key),
        _default_partitions_empty(connection),
    ]


def save_checks(connection: Connection, run_key: str, checks: list[Check]) -> None:
    """Replace the run's check results."""
    connection.execute(text("DELETE FROM ops.check_result WHERE run_key = :run_key"), {"run_key": run_key})
    for check in checks:
        connection.execute(
            text(
                "INSERT INTO ops.check_result (run_key, check_name, is_ok, severity, observed, expected, advice)"
                " VALUES (:run_key, :name, :is_ok, :severity, :observed, :expected, :advice)"
            ),
            {"run_key": run_key, **{f: getattr(check, f) for f in Check.__slots__}},
        )


def _stages_done(connection: Connection, key: dict[str, str]) -> Check:
    rows = connection.execute(
        text(
            "SELECT stage, part, state, error, rows_out FROM ops.stage_part"
            " WHERE run_key = :run_key AND stage <> 'reconcile'"
        ),
        key,
    )
    parts = rows.all()
    begun = {row.stage for row in parts}
    if any(row.stage == "context" and row.state == "done" and row.rows_out == 0 for row in parts):
        begun |= PER_BATCH  # nothing was fetched: Airflow skips what is mapped over no batches
    wrong = [f"{r.stage}[{r.part}] {r.state}: {r.error or 'ended without a word'}" for r in parts if r.state != "done"]
    wrong += [f"{stage} never began" for stage in STAGES if stage not in begun]
    return Check(
        "stages_done", not wrong, "error", "; ".join(wrong) or "all done", "every part of every stage done",
        "Read the failed task's log in Airflow, then clear the task: what is done stays done.",
    )  # fmt: skip


def _balanced(ledger: Ledger) -> Check:
    return Check(
        "ledger_balances", ledger.is_balanced, "error", ledger.sentence(), "claimed = terminal + carried on",
        "`mm ledger` shows the stage at which entries stand still.",
    )  # fmt: skip


def _loaded_is_there(connection: Connection, key: dict[str, str]) -> Check:
    missing = connection.scalar(
        text("""
        SELECT count(*) FROM ops.entry_event v JOIN raw.entry e USING (entry_id)
        WHERE v.run_key = :run_key AND v.to_state IN ('loaded', 'unchanged', 'duplicate')
          AND NOT EXISTS (SELECT FROM core.article_url u WHERE u.url_key = e.url_key)
        """),
        key,
    )
    return Check(
        "loaded_is_in_core", missing == 0, "error", f"{missing} entries without an article",
        "every loaded, unchanged or duplicate entry leads to an article", "`mm why URL` for one of them; report it.",
    )  # fmt: skip


def _feeds_answered(connection: Connection, key: dict[str, str]) -> Check:
    rows = connection.execute(
        text("SELECT url, reason FROM raw.poll WHERE run_key = :run_key AND outcome = 'failed' ORDER BY url"), key
    ).all()
    shown = "; ".join(f"{r.url} ({r.reason})" for r in rows[:5]) + (" …" if len(rows) > 5 else "")
    return Check(
        "feeds_answered", not rows, "warn", f"{len(rows)} failed: {shown}" if rows else "all answered",
        "all polls answered",
        "`mm sources check` looks at each feed now.",
    )  # fmt: skip


def _no_silent_sources(connection: Connection) -> Check:
    """Silent: brought something in the last 30 days, but nothing for 3; an outlet that pauses longer is rare."""
    silent: list[str] = list(
        connection.scalars(
            text("""
        SELECT f.url FROM core.feed f
        CROSS JOIN LATERAL (
            SELECT max(coalesce(s.published_at, s.first_seen_at)) AS item_at
            FROM raw.entry_sighting s WHERE s.feed_id = f.feed_id) newest
        WHERE f.retired_at IS NULL AND f.kind <> 'drop_folder'
          AND newest.item_at < now() - interval '3 days' AND newest.item_at > now() - interval '30 days'
        ORDER BY f.url
        """)
        )
    )
    return Check(
        "no_silent_feeds", not silent, "warn", f"{len(silent)} silent: {'; '.join(silent[:5])}" if silent else "none",
        "every feed brought something in the last 3 days", "Look at the outlet: has the feed moved?",
    )  # fmt: skip


def _marts_passed(connection: Connection, key: dict[str, str]) -> Check:
    bad = connection.scalars(
        text(
            "SELECT node || ': ' || coalesce(message, status) FROM ops.mart_result"
            " WHERE run_key = :run_key AND status IN ('error', 'fail') ORDER BY node"
        ),
        key,
    ).all()
    return Check(
        "marts_passed", not bad, "error", "; ".join(bad[:5]) or "all passed", "every model built, every test passed",
        "The message names model, test and rows; `mart.status` says which marts are trusted.",
    )  # fmt: skip


def _default_partitions_empty(connection: Connection) -> Check:
    full = [t for t in PARTITIONED if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {t}_default)"))]
    return Check(
        "default_partitions_empty", not full, "error", ", ".join(full) or "empty",
        "no row outside the monthly partitions",
        "A date far off: look at these rows, then make the month's partition.",
    )  # fmt: skip
