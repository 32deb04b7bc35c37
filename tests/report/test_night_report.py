"""The nightly report on a real warehouse: complete, escaped, self-contained, and there when parts are missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import text
from typer import Typer
from typer.testing import CliRunner

from pipeline import landing
from pipeline.errors import ConfigError
from pipeline.report import write_report
from pipeline.report.cli import report
from pipeline.report.findings import by_outlet, feed_troubles, headline, not_in_the_warehouse
from pipeline.report.night import render
from pipeline.warehouse import db
from pipeline.warehouse.report_data import NightData, night_data
from tests.warehouse_rows import NIGHT, RUN_AT, RUN_KEY, fill

pytestmark = pytest.mark.db

HOSTILE = "Profits up <script>alert(1)</script> & “more” \"onload='x'"


class _Page(HTMLParser):
    """Tags with their attributes, and the text outside of styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, attribute: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(attribute)) is not None]


def _data() -> NightData:
    with db.reading() as connection:
        return night_data(connection, RUN_KEY)


def _execute(statement: str) -> None:
    with db.engine("loader").begin() as connection:
        connection.execute(text(statement))


def test_the_page_says_what_the_ledger_says(warehouse: None, landing_zone: Path) -> None:
    fill(HOSTILE)
    uri = write_report(RUN_KEY)
    assert uri == landing.uri("reports", f"{RUN_KEY}.html")
    page = _Page(landing.get_bytes(uri).decode())
    data = _data()
    assert "Night of Sunday 22 November 2026" in page.text
    assert f"Both sides add up to {data.ledger.claimed}." in page.text
    for _, state, reason, entries in data.ledger.by_outcome():
        assert f"{entries} {state} · {reason.replace('_', ' ')}" in page.text
    for title in data.articles["title"]:
        assert " ".join(title.split()) in page.text
    assert "روزنامہ کنارہ" in page.text
    assert re.search(r"feeds answered ?: 7 of 8", page.text)


def test_nothing_from_the_web_becomes_markup(warehouse: None) -> None:
    fill(HOSTILE)
    evil = '"><img src=x onerror=alert(1)>'
    _execute(f"""
        UPDATE core.source SET name = name || '<img src=x>';
        UPDATE core.entity SET name = '<svg onload=x>' || name;
        UPDATE core.topic SET label = label || '<b>';
        UPDATE raw.entry SET url = 'javascript:alert(1)//' || entry_id WHERE state = 'quarantined';
        UPDATE ops.entry_event SET detail = '{evil}' WHERE to_state = 'quarantined';
        UPDATE core.article SET url = 'javascript:alert(2)' WHERE url_key = (SELECT min(url_key) FROM core.article);
        UPDATE core.article SET run_key = '{RUN_KEY}' WHERE url = 'javascript:alert(2)';
        UPDATE ops.check_result SET observed = '<iframe>', advice = '</style><script>';
    """)
    page = _Page(render(_data()))
    assert {"script", "img", "iframe"} & {tag for tag, _ in page.tags} == set()
    assert sum(tag == "svg" for tag, _ in page.tags) == 4  # two drawings, each wide and narrow
    assert sum(tag == "b" for tag, _ in page.tags) == 8  # the figures at the top, and nobody else's
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert all(href.startswith(("#", "https://")) for href in page.values("href"))
    assert "javascript:alert(2)" in _data().articles["url"].tolist()
    assert HOSTILE in page.text


def test_the_page_asks_the_network_for_nothing(warehouse: None) -> None:
    fill()
    html = render(_data())
    page = _Page(html)
    loading = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "image", "use"}
    assert loading & {tag for tag, _ in page.tags} == set()
    assert page.values("src") == []
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(r"url\(|@import|@font-face", style)
    assert all(
        "noopener" in str(attrs.get("rel")) for tag, attrs in page.tags
        if tag == "a" and str(attrs["href"]).startswith("http")
    )  # fmt: skip
    images = [attrs for _, attrs in page.tags if attrs.get("role") == "img"]
    assert len(images) == 2
    assert all(image.get("aria-label") for image in images)
    assert all(attrs.get("aria-hidden") == "true" for tag, attrs in page.tags if tag == "svg")


def test_the_figures_add_up(warehouse: None) -> None:
    fill()
    data = _data()
    top = headline(data)
    assert top.claimed == data.ledger.claimed == len(data.outcomes)
    assert top.claimed == top.stored + top.edited + top.known + top.left_out + top.lost + top.waiting
    assert (top.edited, top.known, top.outlets, top.outlets_whole) == (1, 5, 8, 7)
    assert top.stored == len(data.articles)
    outlets = by_outlet(data)
    assert len(outlets) == 8
    assert outlets["claimed"].sum() == top.claimed
    parts = ["stored", "known", "quarantined", "left_out", "lost", "waiting"]
    assert (outlets[parts].sum(axis=1) == outlets["claimed"]).all()
    missing = not_in_the_warehouse(data)
    assert missing["entries"].sum() == top.left_out + top.lost + top.waiting
    assert all(len(urls) <= 3 for urls in missing["examples"])


def test_a_failing_feed_and_a_silent_one_are_told_apart(warehouse: None) -> None:
    fill()
    troubles = feed_troubles(_data()).set_index("source_name")
    assert troubles["trouble"].to_dict() == {"روزنامہ کنارہ": "failing", "Savannah Daily": "silent"}
    assert troubles.loc["روزنامہ کنارہ", "why"] == "the answer was something else than a feed"
    assert troubles.loc["Savannah Daily", "since"].date() < NIGHT


def test_a_run_that_broke_early_still_has_its_page(warehouse: None) -> None:
    _execute(f"""
        INSERT INTO ops.run (run_key, kind, night, state, started_at, params, code_version)
        VALUES ('{RUN_KEY}', 'nightly', '{NIGHT}', 'failed', '{RUN_AT.isoformat()}', '{{}}', '0.1.0');
        INSERT INTO ops.stage_part (run_key, stage, part, state, started_at, attempt, error)
        VALUES ('{RUN_KEY}', 'discover', 'all', 'failed', '{RUN_AT.isoformat()}', 1, 'ConfigError: no <feeds>');
        INSERT INTO ops.mart_result (run_key, node, kind, status, row_count, seconds, message)
        VALUES ('{RUN_KEY}', 'test.m.unique_article_url.1', 'test', 'fail', 2, 0.1, '2 rows, such as url=x');
    """)
    words = _Page(render(_data())).text
    assert "Not complete" in words
    assert "The night took on nothing" in words
    assert "ConfigError: no <feeds>" in words
    assert "The marts were not built in this run" in words
    assert "No outlet is configured." in words


def test_an_unbalanced_ledger_cannot_be_overlooked(warehouse: None) -> None:
    fill()
    _execute(f"DELETE FROM ops.entry_event WHERE run_key = '{RUN_KEY}' AND to_state = 'carried'")
    words = _Page(render(_data())).text
    assert "Not complete" in words
    assert "The accounts do not balance" in words


def test_mm_report_prints_where_the_page_lies(warehouse: None, landing_zone: Path, tmp_path: Path) -> None:
    fill()
    app = Typer()
    app.command()(report)
    newest = CliRunner().invoke(app, [])
    assert newest.exit_code == 0
    assert Path(newest.stdout.strip()).read_text().startswith("<!doctype html>")
    out = tmp_path / "a night.html"
    chosen = CliRunner().invoke(app, [RUN_KEY[:8], "--out", str(out)])
    assert chosen.stdout.strip() == str(out)
    assert "Sunday 22 November" in out.read_text()
    unknown = CliRunner().invoke(app, ["19990101"])
    assert isinstance(unknown.exception, ConfigError)
