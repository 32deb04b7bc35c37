"""`mm clean --explain` and `--html`: where each field came from, what was dropped, on the page and in words."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.clean.cli import clean
from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.explain import explain_page
from pipeline.clean.explain_html import as_html
from pipeline.clean.explain_text import console
from pipeline.clean.explanation import AGREES, CHOSEN, Candidate, Explanation, FieldExplanation, shares
from pipeline.clean.page import clean_page
from pipeline.clean.pieces import Piece
from tests.clean.newspage import JSON_LD, TITLE, clean_lines, page, paragraphs

HINTS = PageHints(fetched_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
HEAD = (
    JSON_LD
    + f'<meta property="og:title" content="{TITLE} | Valley Post">'
    + '<meta name="description" content="A bridge for four million pounds.">'
)
ARABIC = """<html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>المجلس يعيد بناء الجسر القديم</title></head>
<body><article><h1>المجلس يعيد بناء الجسر القديم</h1><p>قرر مجلس المدينة يوم الاثنين إعادة بناء الجسر القديم فوق النهر
بعد الفيضان الذي دمره قبل عامين، وقال رئيس البلدية إن العمل سيبدأ في مارس.</p></article></body></html>"""


def _explained(html: str | bytes, url: str | None = None, hints: PageHints = HINTS) -> tuple[PageContent, Explanation]:
    data = html.encode() if isinstance(html, str) else html
    content = clean_page(data, url=url, hints=hints)
    return content, explain_page(data, content, url=url, hints=hints)


def _field(explanation: Explanation, name: str) -> FieldExplanation:
    return next(field for field in explanation.fields if field.field == name)


def _outcomes(explanation: Explanation, name: str) -> dict[str, str]:
    return {f"{c.method}: {c.value}": c.outcome for c in _field(explanation, name).candidates}


def test_the_title_beside_what_else_the_page_calls_itself() -> None:
    _, found = _explained(page(head=HEAD))
    title = _field(found, "title")
    assert (title.value, title.method) == (TITLE, "h1")
    assert _outcomes(found, "title") == {
        f"h1: {TITLE}": CHOSEN,
        f"json_ld: {TITLE}": AGREES,
        f"og: {TITLE} | Valley Post": f"{AGREES}, with more around it",
        f"title_tag: {TITLE} | Valley Post": f"{AGREES}, with more around it",
    }


def test_a_title_from_the_head_says_what_was_wrong_with_the_headings() -> None:
    html = page(head=f'<meta property="og:title" content="{TITLE}">').replace(
        f"<h1>{TITLE}</h1>", "<h1>Valley Post</h1>"
    )
    _, found = _explained(html)
    assert _field(found, "title").method == "og"
    assert _outcomes(found, "title")["h1: Valley Post"] == "names the outlet"


def test_bylines_that_name_nobody_are_told_from_those_that_came_too_late() -> None:
    byline = '<p class="byline">By Tom Fell</p>'
    head = '<meta name="author" content="Valley Post"><meta name="byl" content="By Nora Quill">'
    _, found = _explained(page(byline + paragraphs(), head))
    assert _field(found, "authors").value == "Nora Quill"
    assert _outcomes(found, "authors") == {
        "meta: Valley Post": "names no person",
        "meta: By Nora Quill": CHOSEN,
        "byline: By Tom Fell": "a more trusted source came first; names Tom Fell",
        "printed: By Tom Fell": "a more trusted source came first; names Tom Fell",
    }


def test_dates_that_disagree_are_a_conflict_and_say_by_how_much() -> None:
    printed = '<p class="date">Published 21 November 2026</p>'
    _, found = _explained(page(printed + paragraphs(), JSON_LD), "https://valleypost.example/2026/11/23/bridge")
    date = _field(found, "published")
    assert date.method == "json_ld"
    assert date.note is not None
    assert "in conflict: text is 2 days earlier" in date.note
    outcomes = _outcomes(found, "published")
    assert outcomes["json_ld: 2026-11-23T08:15:00+01:00"] == CHOSEN
    assert outcomes["text: 2026-11-21"] == "2 days earlier"
    assert outcomes["url: 2026-11-23"] == "says the same day"


def test_one_moment_on_two_clocks_is_no_conflict() -> None:
    head = '<meta property="article:published_time" content="2026-11-23T02:24:00">'

    def shown(clock: str) -> Explanation:
        printed = f'<time datetime="{clock}">Published</time>'
        return _explained(page(printed + paragraphs(), head))[1]

    same, other = shown("2026-11-22T21:24:10-05:00"), shown("2026-11-22T20:24:10-05:00")
    assert "says the same moment, on another clock" in _outcomes(same, "published").values()
    assert "in conflict" not in (_field(same, "published").note or "")
    assert "in conflict: time_element is 1 day earlier" in (_field(other, "published").note or "")


def test_the_text_says_how_many_of_the_chosen_blocks_were_left() -> None:
    _, found = _explained(page(paragraphs() + paragraphs()))
    chosen = _field(found, "text").note or ""
    left = sum(piece.is_kept for piece in found.pieces)
    assert f" of {len(found.pieces)} blocks chosen, {left} of them left after headline, residue and repeats;" in chosen
    assert int(chosen.split()[0]) > left


def test_a_printed_date_that_outweighs_the_stamp_says_so() -> None:
    printed = '<time class="published" datetime="2026-06-01">Published 1 June 2026</time>'
    _, found = _explained(page(printed + paragraphs(), JSON_LD))
    date = _field(found, "published")
    assert date.value == "2026-06-01, the day only"
    assert "over 60 days from the stamp" in (date.note or "")


def test_dates_that_cannot_be_say_why() -> None:
    head = '<meta name="date" content="2031-01-05"><meta name="pubdate" content="soon enough">'
    _, found = _explained(page(head=head))
    assert _field(found, "published").value is None
    assert set(_outcomes(found, "published").values()) == {"after the page was fetched", "cannot be read as a date"}


def test_the_order_of_day_and_month_is_told_where_it_matters() -> None:
    head = '<meta name="date" content="03/11/2026">'
    _, usual = _explained(page(head=head), hints=PageHints(country="gb", fetched_at=HINTS.fetched_at))
    assert "day before month, as usual in GB" in (_field(usual, "published").note or "")
    _, plain = _explained(page(head=JSON_LD))
    assert "month" not in (_field(plain, "published").note or "")


def test_a_declaration_that_lies_about_the_charset() -> None:
    html = page(head='<meta charset="iso-8859-1">').replace("Tilda Brask", "Tilda Bråsk")
    _, found = _explained(html)
    assert (_field(found, "charset").value, _field(found, "charset").method) == ("utf-8", "utf8")
    assert _outcomes(found, "charset") == {"meta: iso-8859-1": "the bytes are UTF-8 all the same"}


def test_sections_that_are_none_were_refused() -> None:
    _, found = _explained(page(head='<meta name="section" content="Home"><meta name="category" content="Region">'))
    assert _field(found, "section").value == "Region"
    assert _outcomes(found, "section") == {
        "meta: Home": "headline, outlet, or a word like Home",
        "meta: Region": CHOSEN,
    }


def test_the_verdict_comes_with_what_shows_it() -> None:
    _, found = _explained(page("<p>Too little to be an article.</p>"))
    verdict = _field(found, "verdict")
    assert verdict.value is not None
    assert verdict.value.startswith("quarantined")
    assert ("too_short", "decides") in {(c.method, c.outcome) for c in verdict.candidates}


def test_kept_pieces_are_the_text_and_the_others_say_why_not() -> None:
    content, found = _explained(page(paragraphs() + "<p>Advertisement</p>"))
    assert [p.text for p in found.pieces if p.is_kept] == content.text.split("\n") == clean_lines()
    dropped = {p.text: p.why for p in found.pieces if not p.is_kept}
    assert dropped["Home Region Sport"].startswith("navigation")
    assert dropped[TITLE].startswith("headline")
    assert dropped["Advertisement"] == "residue"
    assert dropped["Rowers win in the rain"].startswith("sidebar")


def test_text_that_is_no_block_of_the_page_is_shown_all_the_same() -> None:
    body = "\\n".join(clean_lines() * 2)
    stated = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{body}"}}</script>'
    content, found = _explained(page("<p>Loading.</p>", stated))
    assert content.extractor == "json_ld"
    assert [p.text for p in found.pieces if p.is_kept] == content.text.split("\n")


def test_plain_text_and_garbage_are_explained_too() -> None:
    note = "Lower Arden rebuilds\n\n" + "\n".join(clean_lines()) + "\nAdvertisement"
    content, found = _explained(note, hints=PageHints("text/plain", fetched_at=HINTS.fetched_at))
    assert [p.text for p in found.pieces if p.is_kept] == content.text.split("\n")
    assert [(p.text, p.why) for p in found.pieces if not p.is_kept] == [
        ("Lower Arden rebuilds", "headline"),
        ("Advertisement", "residue"),
    ]
    for garbage in (b"", b"%PDF-1.7 \x00\x01", b"\x1f\x8b\x08broken"):
        _, nothing = _explained(garbage)
        assert [field.field for field in nothing.fields] == ["verdict"]
        assert nothing.pieces == ()


def test_the_same_page_is_cleaned_and_explained_the_same_way_twice() -> None:
    html = page(head=HEAD)
    content, found = _explained(html)
    again, second = _explained(html)
    assert (content, found) == (again, second)


def test_deep_pages_do_not_break_the_explanation() -> None:
    _, found = _explained(page("<div>" * 3000 + paragraphs() + "</div>" * 3000))
    assert found.pieces


def test_shares_count_blocks_by_their_fate() -> None:
    _, found = _explained(page())
    counted = [(share.is_kept, share.count) for share in shares(found.pieces)]
    assert counted[0] == (True, len(clean_lines()))
    assert sum(count for _, count in counted) == len(found.pieces)


class _Tags(HTMLParser):
    """Start tags of a page, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_for_a_browser_runs_nothing_and_fetches_nothing() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)><!--'
    content, _ = _explained(page())
    hostile = replace(
        content, title=evil, language=evil, judgement=replace(content.judgement, reason=evil, detail=evil)
    )
    field = FieldExplanation(evil, evil, evil, evil, (Candidate(evil, evil, evil),))
    bare = FieldExplanation("title", None, None, None)
    pieces = tuple(Piece(evil, is_kept, evil, 0.5, evil) for is_kept in (True, False))
    shown = as_html(evil, hostile, Explanation((field, bare), pieces))
    tags = _Tags(shown).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "iframe", "link", "a", "object"})
    assert not any(name.startswith("on") or name in ("src", "href") for _, attrs in tags for name in attrs)
    assert shown.count("&lt;script&gt;alert(1)") > len(pieces)
    assert "url(" not in shown
    assert "<!--" not in shown


def test_the_page_for_a_browser_holds_what_was_kept_and_what_was_not() -> None:
    content, found = _explained(ARABIC)
    tags = _Tags(as_html("ar", content, found)).tags
    assert ("div", {"class": "article", "lang": "ar"}) in tags
    assert [attrs["dir"] for tag, attrs in tags if tag in ("p", "del") and "dir" in attrs] == ["auto"] * len(
        found.pieces
    )
    shown = [attrs["title"] for tag, attrs in tags if tag == "del"]
    whys = [p.why for p in found.pieces if not p.is_kept]
    assert len(shown) == len(whys) > 0
    assert all(title.startswith(why) for title, why in zip(shown, whys, strict=True))


def _run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(clean)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.html"
    path.write_text(page(head=HEAD))
    return path


def test_explain_prints_the_fields_within_a_hundred_columns(bridge: Path) -> None:
    result = _run(str(bridge), "--explain")
    assert result.exit_code == 0, result.output
    assert "json_ld" in result.stdout
    assert "navigation" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= console().width <= 100


def test_explain_as_json_adds_one_key(bridge: Path) -> None:
    plain: dict[str, Any] = json.loads(_run(str(bridge), "--jsonl").stdout)
    explained: dict[str, Any] = json.loads(_run(str(bridge), "--jsonl", "--explain").stdout)
    explanation = explained.pop("explanation")
    assert explained == plain
    assert {field["field"] for field in explanation["fields"]} >= {"title", "published", "text", "verdict"}
    assert [p["text"] for p in explanation["pieces"] if p["is_kept"]] == clean_lines()


def test_html_of_one_page_goes_to_standard_output_or_to_a_file(bridge: Path, tmp_path: Path) -> None:
    shown = _run(str(bridge), "--html")
    assert shown.stdout.startswith("<!doctype html>")
    written = tmp_path / "shown.html"
    assert _run(str(bridge), "--html", "--out", str(written)).exit_code == 0
    assert written.read_text() == shown.stdout


def test_html_of_several_pages_goes_to_a_folder_and_over_no_page(bridge: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "bridge.html").write_text(ARABIC)
    before = bridge.read_text()
    refused = _run(str(tmp_path), "--html")
    assert (refused.exit_code, "--out FOLDER" in refused.stderr) == (2, True)
    assert _run(str(bridge), "--html", "--out", str(bridge)).exit_code == 2
    assert _run(str(bridge), str(inside / "bridge.html"), "--html", "--out", str(tmp_path)).exit_code == 0
    assert {p.name for p in tmp_path.iterdir()} == {"bridge.html", "inside", "bridge.clean.html", "bridge-2.clean.html"}
    assert bridge.read_text() == before


@pytest.mark.parametrize(
    "options", [("--html", "--jsonl"), ("--html", "--explain"), ("--out", "x.html"), ("--fetched-at", "yesterday")]
)
def test_options_that_make_no_sense_end_with_2(bridge: Path, options: tuple[str, ...]) -> None:
    result = _run(str(bridge), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("mm clean: ")


def test_a_file_was_fetched_when_it_was_written_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "later.html"
    path.write_text(page(head='<meta name="date" content="2026-11-23T08:15:00Z">'))

    def published(*options: str) -> str | None:
        found: dict[str, Any] = json.loads(_run(str(path), "--jsonl", *options).stdout)
        day: str | None = found["published_at"]
        return day

    def written(day: datetime) -> None:
        os.utime(path, (day.timestamp(), day.timestamp()))

    written(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert published() == "2026-11-23T08:15:00+00:00"
    written(datetime(2025, 1, 1, tzinfo=UTC))
    assert published() is None
    assert published("--fetched-at", "2026-11-24") == "2026-11-23T08:15:00+00:00"
    assert published("--fetched-at", "2026-09-20T00:00:00+01:00") is None
    written(datetime(1980, 1, 1, tzinfo=UTC))  # no real time: nothing is known
    assert published() == "2026-11-23T08:15:00+00:00"


def test_an_unreadable_page_is_explained_by_its_verdict(tmp_path: Path) -> None:
    path = tmp_path / "nogzip.html.gz"
    path.write_bytes(b"<html>")
    found = json.loads(_run(str(path), "--jsonl", "--explain").stdout)
    assert [field["field"] for field in found["explanation"]["fields"]] == ["verdict"]
    assert "not_text" in found["explanation"]["fields"][0]["note"]
