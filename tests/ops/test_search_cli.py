"""`mm search` as an analyst uses it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.ops.cli.search import _further_back
from pipeline.warehouse import db
from pipeline.warehouse.search import Asked
from tests.warehouse.nights import Seen, run

pytestmark = pytest.mark.db
CALL = CliRunner()
A, B = "https://tribune.example/2026/11/19/board", "https://tribune.example/2026/11/19/miyah"


@pytest.fixture(autouse=True)
def _two_articles(warehouse: None, landing_zone: Path) -> None:
    run([Seen(A, title="[red]Harbour[/red] \x1b[31mBoard"), Seen(B, title="أزمة \u202eالمياه", text="نقص المياه في المدينة", language="ar")])  # fmt: skip


def mm(*arguments: str) -> Result:
    return CALL.invoke(app, ["search", *arguments])


def test_what_it_shows_of_an_article() -> None:
    shown = mm("cranes bremen", "--since", "2026-11-19")
    assert shown.exit_code == 0
    first, second, *_ = shown.stdout.splitlines()
    assert first == "2026-11-19  tribune  en  [red]Harbour[/red] [31mBoard"
    assert second.startswith("  **Cranes** in **Bremen** stood still")
    assert A in shown.stdout
    assert all(len(line) <= 100 for line in shown.stdout.splitlines() if not line.startswith("http"))


def test_right_to_left_words_leave_the_columns_alone() -> None:
    first = mm("المياه", "--language", "ar").stdout.splitlines()[0]
    assert first == "2026-11-19  tribune  ar  أزمة المياه"


def test_json_holds_all_that_is_known() -> None:
    (article,) = json.loads(mm("harbour", "--title", "--json").stdout)
    assert (article["url"], article["language"], article["looked_back_to"]) == (A, "en", None)


def test_nothing_found_is_said_with_the_limits() -> None:
    result = mm("zebra", "--language", "en", "--until", "2026-11-20")
    assert result.exit_code == 1
    assert " ".join(result.stdout.split()).startswith(
        "No article holds these words in language en until 2026-11-20. Fewer words"
    )


def test_a_query_that_cannot_be_asked_is_a_message() -> None:
    result = mm("--", "-cranes")
    assert isinstance(result.exception, ConfigError)
    assert "bank -river" in str(result.exception)


def test_how_to_look_further_back() -> None:
    day = date(2026, 11, 19)
    assert "`--until 2026-11-19` looks further back" in _further_back(day, Asked("x"))
    same_day = _further_back(day, Asked("x", until=day))
    assert "`--until 2026-11-18` looks further back" in same_day
    assert "--source or --language find the rest" in same_day


def test_it_asks_as_analysts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their statements end after a while; those of the loader do not."""
    roles, reading = [], db.reading
    monkeypatch.setattr(db, "reading", lambda role="loader": roles.append(role) or reading(role))
    assert mm("cranes").exit_code == 0
    assert roles == ["analyst"]
