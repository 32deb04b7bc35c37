"""The marts on a real warehouse: what they hold, what stops them, and who may read them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import BatchFailed, Retryable
from pipeline.settings import ROOT, get_settings
from pipeline.warehouse import db, schema
from pipeline.warehouse.dbt_process import LOCK
from pipeline.warehouse.marts import build_marts
from pipeline.warehouse.poll_days import roll_up
from tests.invented_week import OUTLETS
from tests.warehouse_rows import NIGHT, RUN_KEY, fill

pytestmark = [pytest.mark.db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _no_marts_before(warehouse: None) -> None:
    with db.engine("loader").begin() as connection:
        for name in connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'mart'")).all():
            connection.execute(text(f"DROP TABLE mart.{name} CASCADE"))
        connection.execute(text("DROP VIEW IF EXISTS mart.article_text"))


def _rows(query: str, role: str = "analyst", **values: Any) -> list[dict[str, Any]]:
    with db.reading(role) as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _one(query: str, role: str = "analyst", **values: Any) -> Any:
    (row,) = _rows(query, role, **values)
    return next(iter(row.values())) if len(row) == 1 else row


def _change(statement: str) -> None:
    with db.engine("loader").begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0


def test_a_whole_night_in_the_marts() -> None:
    filled = fill()
    assert roll_up(NIGHT - timedelta(days=3)) > 0  # a day's polls count the same as rows and as their sums
    counts = build_marts(RUN_KEY)
    assert set(counts.reasons) == {"success", "pass"}
    assert counts.reasons["success"] == 3

    # mart.article: all of core, each list in its order, edits and copies told apart
    assert {row["url_key"] for row in _rows("SELECT url_key FROM mart.article")} == set(filled.article_keys)
    edited = _one("SELECT * FROM mart.article WHERE edit_count > 0")
    assert (edited["url_key"], edited["revision_count"], edited["is_exact_copy"]) == (filled.edited_key, 2, False)
    copied = _one("SELECT * FROM mart.article WHERE is_exact_copy")
    assert copied["url_key"] == filled.copy_key
    assert copied["copy_of_url"].startswith("https://prairie-wire.example/")
    assert copied["source_key"] == "savannah-daily"
    assert copied["lead"] == _one("SELECT split_part(text, E'\n', 1) FROM mart.article_text WHERE url_key = :k",
                                  k=filled.copy_key)  # fmt: skip
    urdu = _rows("SELECT * FROM mart.article WHERE language = 'ur' ORDER BY url")[0]
    assert (urdu["people"], urdu["places"], urdu["organisations"]) == (["خرم دستگیر"], ["کراچی"], ["انجمن تاجران"])
    two_topics = _rows("SELECT * FROM mart.article WHERE cardinality(topics) = 2 LIMIT 1")[0]
    assert two_topics["topic_scores"] == [0.8, 0.5]
    assert two_topics["topic_codes"][0].startswith("medtop:")
    assert {len(row["authors"]) for row in _rows("SELECT authors FROM mart.article")} == {0, 1, 2}

    kinds = _rows("SELECT is_live_blog, is_opinion, is_sponsored, agency, extractor FROM mart.article")
    stored = _rows("SELECT is_live_blog, is_opinion, is_sponsored, agency, extractor FROM core.article")
    assert sorted(map(str, kinds)) == sorted(map(str, stored))
    assert {row["is_opinion"] for row in kinds} == {True, False}
    assert {(row["agency"], row["extractor"]) for row in kinds} >= {("Reuters", None), (None, "precision")}

    # mart.daily_coverage: a hole is not silence
    days = {(row["day"], row["source_key"]): row for row in _rows("SELECT * FROM mart.daily_coverage")}
    assert len(days) == len(OUTLETS) * 8
    for outlet in OUTLETS:
        for day in {day for day, _ in days}:
            row = days[(day, outlet.key)]
            assert (row["delivery"] == "missing") == bool(outlet.broken_from and day >= outlet.broken_from), row
            if outlet.silent_from and day >= outlet.silent_from:
                assert (row["delivery"], row["article_count"]) == ("silent", 0)
    assert sum(row["entry_count"] for row in days.values()) == len(filled.urls)
    assert sum(row["article_count"] for row in days.values()) == len(filled.article_keys)
    assert sum(row["original_count"] for row in days.values()) == len(filled.article_keys) - 1
    assert sum(row["quarantined_count"] for row in days.values()) == filled.states["quarantined"]
    assert sum(row["waiting_count"] for row in days.values()) == filled.states["carried"]
    assert {row["is_day_over"] for (day, _), row in days.items() if day == NIGHT} == {False}

    # mart.status and the results kept
    status = {row["mart"]: row for row in _rows("SELECT * FROM mart.status")}
    assert set(status) == {"article", "article_text", "daily_coverage"}
    assert all(row["is_trusted"] and row["is_current"] and row["problem"] is None for row in status.values())
    assert status["article"]["row_count"] == len(filled.article_keys)
    kept = _rows("SELECT * FROM ops.mart_result WHERE run_key = :run", "loader", run=RUN_KEY)
    assert len(kept) == counts.rows_in
    assert all(row["seconds"] >= 0 for row in kept)

    _every_column_is_described()
    _again_with_the_same_rows(status)
    _every_ready_question_runs()


def _every_column_is_described() -> None:
    bare = _rows("""
        SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'v') AND NOT a.attisdropped
          AND col_description(c.oid, a.attnum) IS NULL""")
    assert bare == []
    tables = _rows("""
        SELECT relname, obj_description(oid) AS said FROM pg_class
        WHERE relnamespace = 'mart'::regnamespace AND relkind IN ('r', 'v')""")
    assert len(tables) == 4
    assert [row["relname"] for row in tables if "One row per" not in (row["said"] or "")] == []


def _again_with_the_same_rows(before: dict[str, Any]) -> None:
    """A rebuilt mart has the same rows, keeps its date of trust, is readable by the analyst and not writable."""
    checksum = "SELECT md5(string_agg(a::text, '|' ORDER BY url_key)) FROM mart.article a"
    first = _one(checksum)
    build_marts("20261123T0200Z-nightly")
    assert _one(checksum) == first
    after = _one("SELECT * FROM mart.status WHERE mart = 'article'")
    assert after["trusted_since"] == before["article"]["trusted_since"]
    assert after["built_by_run"] == "20261123T0200Z-nightly"
    with db.engine("analyst").connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        with pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text("DELETE FROM mart.article"))


def _every_ready_question_runs() -> None:
    questions = sorted((ROOT / "sql" / "analyses").glob("*.sql"))
    assert len(questions) >= 3
    answers = {path.stem: _rows(path.read_text().replace(":", "\\:")) for path in questions}
    assert [row["source_name"] for row in answers["holes_in_collection"]] == ["روزنامہ کنارہ"]
    assert any(row["about_place"] > 0 for row in answers["attention_to_a_place"])
    assert len(answers["newest_articles"]) == 25


def test_a_failing_test_on_a_source_leaves_its_marts_as_they_were() -> None:
    filled = fill()
    build_marts("20261121T0200Z-nightly")
    _change(f"UPDATE core.article SET quality = 1.5 WHERE url_key = '{filled.edited_key}'")
    _change("UPDATE core.article SET title = 'never shown'")

    with pytest.raises(BatchFailed) as failed:
        build_marts(RUN_KEY)

    assert len(failed.value.failures) == 1
    assert "within(quality) on core.article" in str(failed.value)
    assert filled.edited_key in str(failed.value)
    assert _one("SELECT count(*) FROM mart.article WHERE title = 'never shown'") == 0
    status = {row["mart"]: row for row in _rows("SELECT * FROM mart.status")}
    assert (status["article"]["is_trusted"], status["article"]["is_current"]) == (True, False)
    assert status["article"]["built_by_run"] == "20261121T0200Z-nightly"
    assert "within(quality)" in status["article"]["problem"]
    kept = _one("SELECT message FROM ops.mart_result WHERE run_key = :run AND status = 'fail'", "loader", run=RUN_KEY)
    assert filled.edited_key in kept

    _change(f"UPDATE core.article SET quality = 0.5 WHERE url_key = '{filled.edited_key}'")
    build_marts(RUN_KEY)
    assert _one("SELECT is_trusted AND is_current AND problem IS NULL FROM mart.status WHERE mart = 'article'")


def test_a_mart_that_fails_its_own_test_is_not_trusted(tmp_path: Path) -> None:
    fill()
    project = tmp_path / "sql"
    shutil.copytree(ROOT / "sql", project)
    (project / "tests" / "no_paywalls.sql").write_text("select * from {{ ref('article') }} where is_paywalled")

    with pytest.raises(BatchFailed, match=r"test no_paywalls on article: \d+ rows, such as url_key="):
        build_marts(RUN_KEY, project)

    status = {row["mart"]: row for row in _rows("SELECT * FROM mart.status")}
    assert (status["article"]["is_trusted"], status["article"]["is_current"]) == (False, True)
    assert status["article"]["trusted_since"] is None
    assert status["daily_coverage"]["is_trusted"]


def test_a_project_that_does_not_parse_is_named(tmp_path: Path) -> None:
    project = tmp_path / "sql"
    shutil.copytree(ROOT / "sql", project)
    (project / "models" / "marts" / "broken.sql").write_text("select * from {{ ref('no_such_mart') }}")
    with pytest.raises(BatchFailed, match=r"dbt could not run .*no_such_mart"):
        build_marts(RUN_KEY, project)


def test_an_empty_warehouse_gives_empty_marts() -> None:
    assert set(build_marts(RUN_KEY).reasons) == {"success", "pass"}
    assert _one("SELECT count(*) FROM mart.article") == 0
    assert _one("SELECT count(*) FROM mart.daily_coverage") == 0


def test_two_builds_at_once_take_turns() -> None:
    filled = fill()
    with ThreadPoolExecutor(2) as pool:
        builds = [pool.submit(build_marts, run_key) for run_key in (RUN_KEY, "20261123T0200Z-nightly")]
        results = [build.result() for build in builds]
    assert [r.rows_out for r in results] == [results[0].rows_out] * 2
    assert _one("SELECT count(*) FROM mart.article") == len(filled.article_keys)


def test_a_killed_build_ends_alone_before_the_next_begins() -> None:
    filled = fill()
    code = f"from pipeline.warehouse.marts import build_marts; build_marts('{RUN_KEY}')"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as task:
        deadline = time.monotonic() + 60
        while not _builds_holding_the_lock():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        task.kill()
    assert _builds_holding_the_lock() == 1  # dbt goes on, though nobody waits for it
    build_marts(RUN_KEY)
    assert _builds_holding_the_lock() == 0
    assert _one("SELECT count(*) FROM mart.article") == len(filled.article_keys)


def _builds_holding_the_lock() -> int:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted"
    count: int = _one(query, "loader", lock=LOCK)
    return count


def test_a_warehouse_with_marts_can_be_prepared_again() -> None:
    """As every start of the product does; the marts are the loader's, and the analyst still reads them."""
    build_marts(RUN_KEY)
    schema.prepare()
    assert _one("SELECT count(*) FROM mart.article") == 0


def test_a_database_that_is_away_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_WAREHOUSE_URL", "postgresql://loader:secret@127.0.0.1:1/warehouse")
    get_settings.cache_clear()
    try:
        with pytest.raises(Retryable, match="database_unavailable") as failed:
            build_marts(RUN_KEY)
        assert "secret" not in str(failed.value)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
