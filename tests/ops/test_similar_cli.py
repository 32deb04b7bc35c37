"""`mm similar` as an analyst uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.warehouse import db
from tests.warehouse.nights import BODY, Seen, run

pytestmark = pytest.mark.db
CALL = CliRunner()
A, B = "https://tribune.example/2026/11/19/board", "https://tribune.example/2026/11/19/ferry"
C = "https://www.courier.example/wire/7"


@pytest.fixture(autouse=True)
def _three_articles(warehouse: None, landing_zone: Path) -> None:
    run(
        [
            Seen(A, title="[red]Harbour[/red] Board"),
            Seen(B, title="\u202eاجتماع في بريمن", text=BODY.replace("fourth", "fifth"), language="ar"),
            Seen(C, title="", source_key="courier"),
        ]
    )


def mm(*arguments: str) -> Result:
    return CALL.invoke(app, ["similar", *arguments])


def test_nearest_first_each_with_how_alike_and_where() -> None:
    shown = mm(f"{A}?utm_source=mail")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.splitlines() == [
        "[red]Harbour[/red] Board",
        f"2026-11-19  tribune  en  {A}",
        "",
        "  1  1.000  same words  (no title)",
        f"     2026-11-19  courier  en  {C}",
        "",
        "  2  0.991  اجتماع في بريمن",
        f"     2026-11-19  tribune  ar  {B}",
    ]


def test_other_languages_than_english_get_a_warning() -> None:
    assert "among texts in ar, nearness says little" in mm(B).stdout
    assert "nearness says little" not in mm(A).stdout


def test_json_has_every_field() -> None:
    answer = json.loads(mm(A, "--limit", "1", "--json").stdout)
    assert (answer["article"]["url"], answer["other_encoder_count"]) == (A, 0)
    (copy,) = answer["found"]
    assert (copy["rank"], copy["is_copy"], copy["source_key"], copy["language"]) == (1, True, "courier", "en")
    assert copy["published_at"] == "2026-11-19 07:40:00+00:00"


@pytest.mark.parametrize(
    ("options", "urls"),
    [
        (["--no-copies"], [B]),
        (["--language", "ar"], [B]),
        (["--source", "courier"], [C]),
        (["--at-least", "0.999"], [C]),
        (["--since", "2026-11-19", "--until", "2026-11-19"], [C, B]),
    ],
)  # fmt: skip
def test_options_narrow_it(options: list[str], urls: list[str]) -> None:
    assert [row["url"] for row in json.loads(mm(A, *options, "--json").stdout)["found"]] == urls


def test_nothing_found_is_exit_code_1() -> None:
    shown = mm(A, "--since", "2026-11-20")
    assert shown.exit_code == 1
    assert "No other article fits." in shown.stdout


def test_an_unknown_address_says_what_to_do() -> None:
    shown = mm("https://tribune.example/none")
    assert isinstance(shown.exception, ConfigError)
    assert "`mm why` says what became of it" in str(shown.exception)


def test_it_asks_as_analysts_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their statements end after a while; those of the loader do not."""
    roles, reading = [], db.reading
    monkeypatch.setattr(db, "reading", lambda role="loader": roles.append(role) or reading(role))
    assert mm(A).exit_code == 0
    assert roles == ["analyst"]
