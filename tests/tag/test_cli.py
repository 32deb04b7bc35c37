"""`mm tag` as a user calls it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.tag.cli import tag

TEXT = "Mayor Miriam Okafor spoke in London.\r\nThe cup final was won by the home side, the striker said."


def call(*arguments: str, stdin: bytes | None = None) -> Result:
    app = typer.Typer()
    app.command()(tag)
    return CliRunner().invoke(app, list(arguments), input=stdin)


def objects(*arguments: str, stdin: bytes | None = None) -> list[dict[str, Any]]:
    result = call(*arguments, "--jsonl", stdin=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_text_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "note.v2.txt"
    path.write_bytes(("\ufeff" + TEXT).encode() + b"\xff")
    (found,) = objects(str(path))
    text = path.read_bytes().decode("utf-8", "replace")
    assert list(found) == ["id", "language", "entities", "topics"]
    assert (found["id"], found["language"]) == ("note.v2", "en")
    person = next(e for e in found["entities"] if e["kind"] == "PER")
    assert (person["name"], person["canonical"], person["qid"], person["country"]) == (
        "Miriam Okafor",
        "Miriam Okafor",
        None,
        None,
    )
    for entity in found["entities"]:
        for mention in entity["mentions"]:
            assert text[mention["start"] : mention["end"]] == mention["surface"]
            assert 0 < mention["score"] <= 1
    assert found["topics"][0]["code"] == "medtop:15000000"
    assert found["topics"][0]["level"] == 1


def test_folders_and_gzip_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text(TEXT, "utf-8")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "c.png").write_bytes(b"no text")
    (tmp_path / "d.jsonl").write_text(json.dumps({"id": "x1", "text": TEXT}) + "\n\n", "utf-8")
    assert [o["id"] for o in objects(str(tmp_path))] == ["a", "b", "x1"]


def test_json_lines_keep_their_id_and_language(tmp_path: Path) -> None:
    lines = [
        {"id": "p7", "text": "Olaf Scholz sprach über die Lage.", "language": "de-AT", "title": None},
        {"id": 8, "text": "", "language": None},
        {"text": "\ud800 London"},
    ]
    found = objects("-", stdin="\n".join(json.dumps(line) for line in lines).encode())
    assert [(o["id"], o["language"]) for o in found] == [("p7", "de"), ("8", None), ("3", "en")] or found[2][
        "id"
    ] == "3"
    assert found[1]["entities"] == found[1]["topics"] == []
    assert found[2]["entities"][0]["mentions"][0]["start"] == 2


def test_a_broken_line_is_told_and_the_others_are_tagged() -> None:
    result = call(
        "-",
        "--jsonl",
        stdin=b'{"id": "a", "text": "Oslo"\n[1]\n{"id": "b", "text": 5}\n{"id": "c", "text": "He is in Oslo."}\n',
    )
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert ["problem" in o for o in found] == [True, True, True, False]
    assert found[3]["entities"][0]["name"] == "Oslo"


def test_a_cut_off_gzip_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(TEXT.encode() * 50)[:-20])
    result = call(str(tmp_path / "a.txt.gz"), "--jsonl")
    assert result.exit_code == 1
    assert "cannot be read" in json.loads(result.stdout)["problem"]


def test_a_topic_is_always_among_them_even_if_faint(tmp_path: Path) -> None:
    path = tmp_path / "faint.txt"
    path.write_text("They had a party. " + "Nothing else went on there. " * 40, "utf-8")
    (found,) = objects(str(path))
    assert [t["level"] for t in found["topics"]] == [1]
    assert found["topics"][0]["score"] < 0.4


@pytest.mark.parametrize("argument", ["missing.txt", "empty"])
def test_what_is_not_there_ends_with_2_and_a_message(tmp_path: Path, argument: str) -> None:
    (tmp_path / "empty").mkdir()
    result = call(str(tmp_path / argument), "--jsonl")
    assert result.exit_code == 2
    assert argument in result.stderr.replace("\n", "")
    assert result.stdout == ""


def test_people_read_names_and_topics(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, "utf-8")
    shown = call(str(path)).stdout
    assert "Miriam Okafor" in shown
    assert "London (GB)" in shown
    assert "sport" in shown


@pytest.mark.slow
def test_many_texts_by_several_processes_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": f"{TEXT} {n}"}) + "\n" for n in range(80)), "utf-8")
    code = "import typer; from pipeline.tag.cli import tag; typer.run(tag)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), "--jsonl", "-p", "2"], capture_output=True, text=True, check=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["id"] for o in found] == [str(n) for n in range(80)]
    named = [[(e["kind"], e["name"]) for e in o["entities"]] for o in found]
    assert all(names == named[0] for names in named)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_html_goes_to_standard_output_or_to_a_file(note: Path, tmp_path: Path) -> None:
    shown = call(str(note), "--html")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("<!doctype html>")
    assert '<mark class="PER"' in shown.stdout
    written = tmp_path / "new" / "note.html"
    told = call(str(note), "--html", "--out", str(written))
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", f"{written}\n")
    assert written.read_text("utf-8") == shown.stdout


def test_several_texts_stand_on_one_page_and_the_rest_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tag.cli.MAX_TEXTS", 3)
    lines = "".join(json.dumps({"id": f"n{n}", "title": "\ud800 <b>", "text": TEXT}) + "\n" for n in range(5))
    shown = call("-", "--html", "-p", "1", stdin=lines.encode())
    assert shown.exit_code == 0
    assert shown.stdout.count('<section class="text"') == 3
    assert "2 more texts are not on this page" in shown.stdout
    assert "2 more are left out" in shown.stderr


def test_a_page_with_an_unreadable_text_ends_with_1(note: Path) -> None:
    result = call(str(note), "-", "--html", stdin=b'{"id": "a", "text": 5}\n')
    assert result.exit_code == 1
    assert "Could not be read" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--html", "--jsonl"), "give one of them"),
        (("--out", "x.html"), "--html"),
        (("--html", "--out", "."), "name a file"),
        (("--html", "--out", "note.txt"), "over the text itself"),
        (("--html", "--out", "note.txt/x.html"), "cannot write"),
    ],
)
def test_options_that_make_no_sense_end_with_2(
    note: Path, options: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(note.parent)
    result = call("note.txt", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert note.read_text("utf-8") == TEXT.replace("\r\n", "\n")
