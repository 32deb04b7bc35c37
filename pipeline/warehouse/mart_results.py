"""What a build of the marts left behind: `ops.mart_result`, and `mart.status` for analysts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

_SHOWN_ROWS = 3
_SHOWN_CHARACTERS = 60
_NEVER_SHOWN = {"text", "words", "lead"}  # logs hold no text of articles

_RESULT = """
INSERT INTO ops.mart_result (run_key, node, kind, status, row_count, seconds, message)
VALUES (:run_key, :node, :kind, :status, :row_count, :seconds, :message)
"""
# dbt owns mart; this one table cannot be a model, since it tells what became of the models.
_STATUS_TABLE = (
    """
CREATE TABLE mart.status (
    mart text PRIMARY KEY, is_trusted boolean NOT NULL, is_current boolean NOT NULL, trusted_since timestamptz,
    built_at timestamptz, built_by_run text, row_count bigint, problem text,
    checked_at timestamptz NOT NULL, checked_by_run text NOT NULL)
""",
    """COMMENT ON TABLE mart.status IS
'Whether each mart can be trusted, and since when; written after every build. One row per mart.'""",
    "COMMENT ON COLUMN mart.status.mart IS 'Name of the mart, without schema.'",
    "COMMENT ON COLUMN mart.status.is_trusted IS 'The rows that stand in it now passed all their tests.'",
    """COMMENT ON COLUMN mart.status.is_current IS
'The newest build replaced it; false means it still shows the build before, and problem says why.'""",
    """COMMENT ON COLUMN mart.status.trusted_since IS
'Since when every build of it has passed its tests; null while it is not trusted.'""",
    "COMMENT ON COLUMN mart.status.built_at IS 'When the rows that stand in it now were built; null if never.'",
    "COMMENT ON COLUMN mart.status.built_by_run IS 'Run that built them.'",
    "COMMENT ON COLUMN mart.status.row_count IS 'Their number; null for a view.'",
    "COMMENT ON COLUMN mart.status.problem IS 'What went wrong in the newest build; null if nothing did.'",
    "COMMENT ON COLUMN mart.status.checked_at IS 'When the newest build ended.'",
    "COMMENT ON COLUMN mart.status.checked_by_run IS 'Run of the newest build.'",
)
_STATUS = """
INSERT INTO mart.status AS s (mart, is_trusted, is_current, trusted_since, built_at, built_by_run, row_count, problem,
    checked_at, checked_by_run)
VALUES (:mart, :passed, :built, CASE WHEN :passed THEN CAST(:at AS timestamptz) END,
    CASE WHEN :built THEN CAST(:at AS timestamptz) END, CASE WHEN :built THEN CAST(:run_key AS text) END,
    :row_count, :problem, :at, :run_key)
ON CONFLICT (mart) DO UPDATE SET
    -- A mart that was not replaced keeps its verdict: its rows are those that were judged.
    is_trusted = CASE WHEN :built THEN excluded.is_trusted ELSE s.is_trusted END,
    is_current = excluded.is_current,
    trusted_since = CASE
        WHEN NOT :built THEN s.trusted_since
        WHEN excluded.is_trusted THEN coalesce(s.trusted_since, excluded.trusted_since) END,
    built_at = CASE WHEN :built THEN excluded.built_at ELSE s.built_at END,
    built_by_run = CASE WHEN :built THEN excluded.built_by_run ELSE s.built_by_run END,
    row_count = CASE WHEN :built THEN excluded.row_count ELSE s.row_count END,
    problem = excluded.problem, checked_at = excluded.checked_at, checked_by_run = excluded.checked_by_run
"""


@dataclass(frozen=True, slots=True)
class NodeResult:
    """One node of one `dbt build`."""

    node: str  # unique id, like model.media_monitor.article
    kind: str  # model, test, unit_test
    name: str  # as a person says it: article, not_null(url)
    on: list[str]  # what it reads, like article or core.entry
    marts: list[str]  # marts among these: a test's verdict is about them
    status: str  # success, pass, warn, fail, error, skipped
    row_count: int | None  # rows written, or failing rows of a test
    seconds: float
    message: str | None
    query: str | None  # of a test that found rows: the query that finds them

    @property
    def is_good(self) -> bool:
        """It did what it should; a warning is for people and stops nothing."""
        return self.status in ("success", "pass", "warn", "no-op")

    @property
    def sentence(self) -> str:
        """What happened, naming model and test."""
        about = f" on {', '.join(self.on)}" if self.kind != "model" and self.on else ""
        message = " ".join((self.message or self.status).split())
        return f"{self.kind} {self.name}{about}: {message}"


@dataclass(frozen=True, slots=True)
class MartVerdict:
    """What one build says about one mart."""

    mart: str
    built: bool  # its rows were replaced
    passed: bool  # … and all its tests passed
    row_count: int | None
    problem: str | None


def judge(results: list[NodeResult]) -> list[MartVerdict]:
    """A verdict per mart: built, and trusted only if every test on it was run and passed."""
    blamed = next((r.sentence for r in results if not r.is_good and r.status != "skipped"), None)
    verdicts = []
    for model in (r for r in results if r.kind == "model"):
        built = model.status == "success"
        bad_tests = [r for r in results if r.kind == "test" and model.name in r.marts and not r.is_good]
        problem = None
        if not built:
            problem = model.sentence if model.status != "skipped" else f"not rebuilt, because of {blamed}"
        elif bad_tests:
            problem = "; ".join(test.sentence for test in bad_tests)
        verdicts.append(MartVerdict(model.name, built, built and not bad_tests, model.row_count, problem))
    return verdicts


def rows_found(connection: Connection, result: NodeResult) -> str:
    """The first rows a failed test found, as `key=value` pairs; texts of articles are left out."""
    if result.query is None:
        return ""
    connection.execute(text("SET LOCAL statement_timeout = '20s'"))
    found = connection.exec_driver_sql(
        f"SELECT * FROM ({result.query}) AS found LIMIT {_SHOWN_ROWS}",
        execution_options={"no_parameters": True},  # a % in the query is a %
    ).mappings()
    return " | ".join(_pairs(dict(row)) for row in found)


def _pairs(row: dict[str, Any]) -> str:
    shown = {key: value for key, value in row.items() if key not in _NEVER_SHOWN and value is not None}
    missing = [key for key, value in row.items() if value is None]
    pairs = [f"{key}={str(value)[:_SHOWN_CHARACTERS]}" for key, value in list(shown.items())[:6]]
    return ", ".join(pairs + ([f"without {', '.join(missing[:3])}"] if missing and len(row) <= 6 else []))


def save(connection: Connection, run_key: str, results: list[NodeResult], at: datetime) -> None:
    """Replace what the run had in ops.mart_result, and bring mart.status up to date."""
    connection.execute(text("DELETE FROM ops.mart_result WHERE run_key = :run_key"), {"run_key": run_key})
    columns = ("node", "kind", "status", "row_count", "seconds", "message")
    rows = [{"run_key": run_key, **{c: v for c, v in asdict(r).items() if c in columns}} for r in results]
    if rows:
        connection.execute(text(_RESULT), rows)
    connection.execute(text("SELECT pg_advisory_xact_lock(7034)"))  # two first builds would both make the table
    if connection.scalar(text("SELECT to_regclass('mart.status')")) is None:
        for statement in _STATUS_TABLE:
            connection.execute(text(statement))
    verdicts = judge(results)
    for verdict in verdicts:
        connection.execute(text(_STATUS), {**asdict(verdict), "at": at, "run_key": run_key})
    connection.execute(text("DELETE FROM mart.status WHERE mart <> ALL(:marts)"), {"marts": [v.mart for v in verdicts]})
