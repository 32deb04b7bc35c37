"""`mm taxonomy` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.errors import ConfigError
from pipeline.tag.topics import own_files, taxonomy
from pipeline.tag.topics.cli import app
from tests.tag.topics.own_topics import HARBOUR, MATCH_NEWS, STRIKE_NEWS, STRIKES

EXAMPLE = taxonomy.TAXONOMY_FOLDER / "examples" / "press-freedom.yml"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


@pytest.fixture
def switched_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the taxonomy with IPTC's topics and one's own."""
    for name in ("topics.yml", "keywords.en.yml"):
        (tmp_path / name).write_bytes((taxonomy.TAXONOMY_FOLDER / name).read_bytes())
    (tmp_path / "harbours.yml").write_text(HARBOUR, encoding="utf-8")
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", tmp_path)
    own_files._loaded.cache_clear()
    return tmp_path


def test_the_example_that_ships_is_sound_and_passes() -> None:
    result = call("test", str(EXAMPLE))
    assert result.exit_code == 0, result.output
    assert "6 texts, all good." in result.output
    assert "reporters without borders" in result.output
    assert "nearest" in result.output


def test_a_text_that_does_not_come_out_is_told_with_its_place_and_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "harbours.yml"
    texts = f'must_match:\n- "{MATCH_NEWS}"\nmust_not_match:\n- text: The harbour master and the container terminal.\n'
    path.write_text(HARBOUR + texts, encoding="utf-8")
    result = call("test", str(path))
    assert result.exit_code == 1
    assert "✗ must_match[0] 0.00 < 0.50" in result.output
    assert f"{path}:10: add a keyword that it holds" in result.output
    assert "✗ must_not_match[0] 0.9" in result.output
    assert "harbour master 2.7" in result.output
    assert "2 texts, 2 not as they must be." in result.output


def test_as_json(tmp_path: Path) -> None:
    path = tmp_path / "teacher-strikes.yml"
    path.write_text(STRIKES + f'must_match:\n- {{title: No lessons, text: "{STRIKE_NEWS}"}}\n', encoding="utf-8")
    result = call("test", str(path), "--json")
    (trial,) = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (trial["code"], trial["field"], trial["number"], trial["is_passed"]) == (
        "own:teacher-strikes", "must_match", 0, True,
    )  # fmt: skip
    assert trial["score"] == pytest.approx(trial["by_examples"], abs=1e-4)
    assert trial["words"] == {}


def test_a_topic_without_tests_is_told(tmp_path: Path) -> None:
    path = tmp_path / "harbours.yml"
    path.write_text(HARBOUR, encoding="utf-8")
    result = call("test", str(path))
    assert result.exit_code == 0
    assert "own:harbours has no texts to test it with" in result.output


def test_without_own_topics_one_is_told_how_to_add_one() -> None:
    result = call("test")
    assert result.exit_code == 0
    assert "docs/own-topics.md says how to add one" in result.output


def test_a_file_that_is_not_there_or_wrong(tmp_path: Path) -> None:
    assert isinstance(call("test", str(tmp_path / "none.yml")).exception, ConfigError)
    (tmp_path / "bad.yml").write_text("code: 1\n")
    assert isinstance(call("test", str(tmp_path / "bad.yml")).exception, ConfigError)


def test_a_file_given_may_have_a_parent_among_those_switched_on(switched_on: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    path = tmp_path / "new" / "cranes.yml"
    path.write_text(
        HARBOUR.replace("own:harbours", "own:cranes").replace("medtop:04000000", "own:harbours")
        + "must_match: [The container terminal was closed.]\n",
        encoding="utf-8",
    )
    result = call("test", str(path))
    assert result.exit_code == 0, result.output
    assert "own:harbours" not in result.output


def test_the_list_is_a_tree_with_ones_own_in_it(switched_on: Path) -> None:
    lines = call("list").output.splitlines()
    place = next(n for n, line in enumerate(lines) if "own:harbours" in line)
    assert lines[place] == "  own:harbours  harbours  (keywords: en 5, de 2, ar 2)"
    above = [line for line in lines[:place] if not line.startswith(" ")]
    assert above[-1].startswith("medtop:04000000")
    assert lines[-1].endswith("1 of them your own.")


def test_the_list_as_json(switched_on: Path) -> None:
    (row,) = json.loads(call("list", "--own", "--json").stdout)
    assert row == {
        "code": "own:harbours", "label": "harbours", "level": 2, "parent": "medtop:04000000", "qid": None,
        "is_own": True, "threshold": 0.5, "keywords": {"en": 5, "de": 2, "ar": 2}, "examples": 0,
        "counter_examples": 0, "file": str(switched_on / "harbours.yml"),
    }  # fmt: skip
    everything = json.loads(call("list", "--json").stdout)
    assert len(everything) == len(taxonomy.load_taxonomy()) + 1
    assert [row["code"] for row in everything] == sorted(row["code"] for row in everything)
