"""The command line over a filled warehouse: what it prints, and its exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.ops.overview import newest_articles, recent_runs
from pipeline.ops.watch import stage_lines
from pipeline.warehouse import db, schema
from tests.warehouse_rows import fill

pytestmark = pytest.mark.db
CALL = CliRunner()


@pytest.fixture
def filled(warehouse: None) -> object:
    schema.prepare()
    return fill()


def test_the_ledger_of_the_newest_night(filled: object) -> None:
    shown = CALL.invoke(app, ["ledger", "--json"])
    book = json.loads(shown.stdout)
    assert shown.exit_code == 0
    assert book["is_balanced"]
    assert sum(book["inflow"].values()) == sum(line["entries"] for line in book["outflow"])
    assert "claimed" in CALL.invoke(app, ["ledger", "--by-source"]).stdout


def test_an_unknown_run_says_which_there_are(filled: object) -> None:
    shown = CALL.invoke(app, ["ledger", "19990101T"])
    assert isinstance(shown.exception, ConfigError)
    assert "newest are" in str(shown.exception)


def test_why_of_something_never_seen(filled: object) -> None:
    shown = CALL.invoke(app, ["why", "https://never.example/seen"])
    assert shown.exit_code == 1
    assert "Never seen" in shown.stdout
    assert isinstance(CALL.invoke(app, ["why", "not an address"]).exception, ConfigError)


def test_quarantine_wants_a_known_reason_and_a_choice(filled: object) -> None:
    assert "no reason" in str(CALL.invoke(app, ["quarantine", "list", "--reason", "boredom"]).exception)
    assert "Say which" in str(CALL.invoke(app, ["quarantine", "retry"]).exception)
    assert CALL.invoke(app, ["quarantine", "list"]).exit_code == 0


def test_checksums_are_per_table_and_stable(filled: object) -> None:
    first, second = (json.loads(CALL.invoke(app, ["checksum", "--json"]).stdout) for _ in range(2))
    assert first == second
    assert "core.article" in first


def test_the_overview_after_a_night(filled: object) -> None:
    articles = newest_articles(5)
    assert list(articles.columns) == ["source", "language", "published", "title", "entities", "topic"]
    assert len(articles) == 5
    assert articles["source"].nunique() > 1
    assert recent_runs()[0]["ledger"].endswith("balances")


def test_progress_names_what_a_stage_counts(filled: object) -> None:
    with db.reading() as connection:
        from sqlalchemy import text

        query = "SELECT airflow_run_id FROM ops.run WHERE kind = 'nightly' ORDER BY started_at DESC LIMIT 1"
        airflow_run_id = connection.scalar(text(query))
    lines = {line.stage: line for line in stage_lines(airflow_run_id)}
    assert lines["discover"].amount.endswith("new URLs")
    assert all(line.is_over for line in lines.values())


def test_status_of_a_machine_that_is_down() -> None:
    assert "down" in CALL.invoke(app, ["status"]).stdout
