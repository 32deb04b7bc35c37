"""`mm entities` as an analyst uses it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.warehouse import db
from tests.warehouse.nights import BODY, NIGHT, Seen, rows, run

pytestmark = pytest.mark.db
CALL = CliRunner()
A, B = "https://tribune.example/2026/11/19/board", "https://tribune.example/2026/11/19/ferry"
WHY = ("--reason", "one place", "--by", "ada")


@pytest.fixture(autouse=True)
def _two_articles(warehouse: None, landing_zone: Path) -> None:
    run([Seen(A, title="[red]Harbour[/red] Board"), Seen(B, text=BODY.replace("fourth", "fifth"))])


def mm(*arguments: str) -> Result:
    result = CALL.invoke(app, ["entities", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 0, result.output
    return result


def refused(*arguments: str) -> str:
    result = CALL.invoke(app, ["entities", *arguments])
    assert isinstance(result.exception, ConfigError), result.output
    return str(result.exception)


def shown(entity: str) -> dict:
    return json.loads(mm("show", entity, "--json").stdout)


def test_show_says_who_it_is() -> None:
    board = shown("harbour board")
    assert board["entity"]["entity_key"] == "ORG:harbour board"
    assert (board["article_count"], board["mention_count"]) == (2, 4)
    assert board["surfaces"] == [{"surface": "Harbour Board", "mentions": 4}]
    (role,) = shown("PER:solveig brandt")["roles"]
    assert (role["role"], role["mentions"]) == ("dockers' leader", 2)
    assert shown("Bremen")["entity"]["geonames_id"] == 2944388
    text_ = mm("show", "Harbour Board").output
    assert "[red]Harbour[/red] Board" in text_, "what comes from the web is shown as it stands"
    assert "named 4 times in 2 articles" in text_


def test_find_by_beginning_and_none_is_exit_code_1() -> None:
    found = json.loads(mm("find", "rott", "--json").stdout)
    assert [(row["entity_key"], row["article_count"]) for row in found] == [("LOC:rotterdam", 2)]
    assert CALL.invoke(app, ["entities", "find", "100%_"]).exit_code == 1
    assert "No entity is called" in refused("show", "Nobody")
    assert "The name is empty" in refused("find", " ")
    assert "UTF-8" in refused("show", "\udcff")


def test_merge_apply_undo() -> None:
    said = mm("merge", "Bremen", "Rotterdam", *WHY).output
    assert "LOC:bremen is LOC:rotterdam" in said
    assert "mm entities apply" in said
    would = json.loads(mm("apply", "--dry-run", "--json").stdout)
    assert (would["mentions"], would["articles"], would["merges"]) == (4, 2, 1)
    assert "4 mentions in 2 articles" in mm("apply").output
    assert "Nothing to change" in mm("apply").output
    portrait = shown("rotterdam")
    assert (portrait["mention_count"], portrait["merged"]) == (8, ["LOC:bremen"])
    (decision,) = portrait["decisions"]
    assert (decision["decided_by"], decision["reason"]) == ("ada", "one place")
    undone = mm("undo", decision["decision_key"][:6], "--reason", "two places", "--by", "bo", "--apply").output
    assert "taken back" in undone
    assert shown("rotterdam")["mention_count"] == 4
    assert "taken back (bo" in mm("show", "Bremen").output
    assert "Nothing was decided" in mm("decisions").output
    assert decision["decision_key"] in mm("decisions", "--withdrawn").output


def test_split_by_surface_in_one_article_into_somebody_new() -> None:
    mm("split", "Harbour Board", "--surface", "harbour board", "--in", B, "--into", "Port [Board]", *WHY, "--apply")
    assert shown("ORG:port board")["entity"]["name"] == "Port [Board]"
    assert [row["url"] for row in shown("ORG:port board")["articles"]] == [B]
    assert shown("ORG:harbour board")["mention_count"] == 2
    assert "no address" in refused("split", "Harbour Board", "--surface", "x", "--in", "nonsense", "--into", "y", *WHY)


def test_an_alias_counts_for_articles_to_come() -> None:
    mm("alias", "Harbour Board", "Solveig Brandt", "--kind", "PER", *WHY, "--apply")
    assert shown("ORG:harbour board")["mention_count"] == 6
    run(
        [Seen("https://tribune.example/2026/11/20/new", text=BODY.replace("fourth", "sixth"))],
        night=NIGHT + timedelta(days=1),
    )
    assert rows(
        "SELECT count(*) FROM core.mention JOIN core.entity USING (entity_id) WHERE name = 'Harbour Board'"
    ) == [(9,)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("merge", "Bremen", "Harbour Board", *WHY), "--across-kinds"),
        (("merge", "Bremen", "Bremen", *WHY), "itself"),
        (("merge", "Bremen", "Rotterdam", "--reason", " "), "--reason is empty"),
        (("split", "Bremen", "--surface", "B", "--into", "X", "--kind", "CITY", *WHY), "There is no kind"),
        (("alias", "Bremen", " ", *WHY), "empty"),
        (("undo", "ffff", *WHY), "No decision in force"),
        (("undo", "", *WHY), "empty"),
        (("split", "Bremen", "--surface", " ", "--into", "X", *WHY), "--surface is empty"),
        (("split", "Bremen", "--surface", "B", "--into", "PER:", *WHY), "no name after the kind"),
        (("split", "Bremen", "--surface", "B", "--into", "X", "--in", A + "2", *WHY), "no article"),
        (("import", "/nowhere/decisions.jsonl"), "no such file"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(*arguments)


def test_decisions_go_through_a_file_and_back(tmp_path: Path) -> None:
    mm("merge", "Bremen", "Rotterdam", *WHY)
    key = json.loads(mm("decisions", "--json").stdout)[0]["decision_key"]
    mm("split", "Harbour Board", "--surface", "Harbour Board", "--in", B, "--into", "Port Board", *WHY)
    mm("undo", key, "--reason", "two places", "--by", "bo")
    mm("alias", "Rotterdam", "Port\u2028city\x85", *WHY)
    file = tmp_path / "decisions.jsonl"
    mm("export", str(file))
    assert file.read_text().count("\n") == 3
    with db.engine("owner").begin() as connection:
        connection.execute(text("DELETE FROM core.entity_decision"))
    assert "3 decisions added, 1 taken back" in mm("import", str(file)).output
    assert mm("export").stdout == file.read_text()
    assert "0 decisions added, 0 taken back" in mm("import", str(file)).output
    whole = json.loads(file.read_text().partition("\n")[0])
    wrong = [
        {"article_keys": None}, {"article_keys": 5}, {"action": []}, {"action": "marry"},
        {"withdrawn_at": "2026-11-21T09:00:00"}, {"withdrawn_by": 1},
    ]  # fmt: skip
    lines = [json.dumps(whole | change) for change in wrong]
    for broken in ("{}", "[1]", "nonsense", '{"action": "merge"}', *lines):
        other = tmp_path / "broken.jsonl"
        other.write_text(broken)
        assert "line 1" in refused("import", str(other))
