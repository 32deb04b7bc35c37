"""`mm clean` as a user runs it."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.clean.cli import clean
from tests.clean.newspage import JSON_LD, TITLE, clean_lines, page

KEYS = [
    "id", "url", "title", "text", "authors", "published_at", "published_precision", "language", "quality", "reasons",
    "is_paywalled",
]  # fmt: skip


def _run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(clean)
    return CliRunner().invoke(app, list(arguments))


def _objects(*arguments: str) -> list[dict[str, Any]]:
    result = _run(*arguments, "--jsonl")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    canonical = '<link rel="canonical" href="https://valleypost.example/region/bridge">'
    (tmp_path / "b.html").write_text(page(head=JSON_LD + canonical))
    (tmp_path / "a.htm.gz").write_bytes(gzip.compress(page().encode()))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "note.txt").write_text("Lower Arden rebuilds\n\n" + "\n".join(clean_lines()))
    (inside / "picture.png").write_bytes(b"\x89PNG")
    (inside / "v1.2.html").write_text("")
    return tmp_path


def test_one_object_per_page_in_order_with_the_promised_keys(folder: Path) -> None:
    found = _objects(str(folder))
    assert [o["id"] for o in found] == ["a", "b", "note", "v1.2"]
    assert all(list(o)[: len(KEYS)] == KEYS for o in found)
    article = found[1]
    assert article["url"] == "https://valleypost.example/region/bridge"
    assert (article["title"], article["text"].split("\n"), article["authors"]) == (TITLE, clean_lines(), ["Nora Quill"])
    assert (article["published_at"], article["published_precision"]) == ("2026-11-23T08:15:00+01:00", "second")
    assert (article["language"], article["reasons"], article["is_paywalled"]) == ("en", [], False)
    assert found[0]["url"] is None
    assert found[2]["title"] == "Lower Arden rebuilds"
    assert (found[3]["text"], found[3]["reasons"], found[3]["quality"]) == ("", ["empty"], 0.0)
    assert (found[3]["published_at"], found[3]["published_precision"]) == (None, "none")


def test_files_in_the_order_given(folder: Path) -> None:
    found = _objects(str(folder / "b.html"), str(folder / "a.htm.gz"), "--processes", "2")
    assert [o["id"] for o in found] == ["b", "a"]


def test_bad_files_are_objects_with_reasons(tmp_path: Path) -> None:
    (tmp_path / "cut.html.gz").write_bytes(gzip.compress(page().encode())[:-20])
    (tmp_path / "nogzip.html.gz").write_bytes(b"<html>")
    (tmp_path / "bomb.html.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    (tmp_path / "binary.html").write_bytes(os.urandom(20_000))
    found = {o["id"]: o["reasons"] for o in _objects(str(tmp_path))}
    assert found == {"cut": ["broken_page"], "nogzip": ["not_text"], "bomb": ["too_large"], "binary": ["not_text"]}


def test_a_missing_path_is_named_and_ends_with_2(folder: Path) -> None:
    result = _run(str(folder / "b.html"), str(folder / "no-such.html"), "--jsonl")
    assert result.exit_code == 2
    assert "no-such.html: no such file or folder" in result.stderr
    assert result.stdout == ""


def test_for_a_person(folder: Path) -> None:
    result = _run(str(folder / "b.html"))
    assert result.exit_code == 0
    assert TITLE in result.stdout
    assert "Nora Quill · 2026-11-23 08:15" in result.stdout


class _Outlet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == "/region/bridge.html"
        body = page().encode() if found else b"gone"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def outlet() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Outlet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_addresses_are_fetched_through_the_products_client(outlet: str) -> None:
    found = _objects(f"{outlet}/region/bridge.html", f"{outlet}/missing")
    assert (found[0]["id"], found[0]["url"]) == ("bridge", f"{outlet}/region/bridge.html")
    assert found[0]["text"].split("\n") == clean_lines()
    assert found[1]["reasons"] == ["not_found"]
