"""`mm sources add`: what is shown, written, refused; on a real server and real files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.settings import get_settings
from pipeline.sources import load_sources
from pipeline.sources.source_file import key_for
from tests.discover.outlet_server import Outlet, Page, serve
from tests.sources.test_cli import mm

RSS = """<rss version="2.0"><channel><title>The Dockside Post</title><language>en-gb</language>
<item><title>Quay reopens to the public</title><link>{base}/news/1</link><pubDate>Mon, 23 Nov 2026 01:00:00 GMT</pubDate></item>
<item><title>Ferry is late again today</title><link>{base}/news/2</link><pubDate>Mon, 23 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Harbour pool: "warm" # at last</title><link>{base}/news/3</link><pubDate>Mon, 23 Nov 2026 13:00:00 GMT</pubDate></item>
</channel></rss>"""
HOME = """<!doctype html><html lang="en"><title>Home | Dockside</title>
<link rel="alternate" type="application/rss+xml" title="All: the #1 feed" href="/feed.xml">
<link rel="alternate" type="application/rss+xml" href="/more.xml"></html>"""


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    monkeypatch.setenv("MM_HOST_DELAY_S", "0")
    monkeypatch.setenv("MM_RETRY_PAUSE_S", "0.01")
    get_settings.cache_clear()
    with serve() as running:
        running.pages = {
            "/": Page(HOME),
            "/feed.xml": Page(RSS),
            "/more.xml": Page(RSS.replace("/news/", "/more/")),
        }
        yield running
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_source_is_shown_then_written_and_loads(tmp_path: Path, outlet: Outlet) -> None:
    code, out = mm("add", outlet.base, "--folder", tmp_path, "--country", "GB", "--dry-run")
    assert code == 0
    assert not list(tmp_path.iterdir())
    for part in ("To be taken", "3 items", "· Quay reopens to the public", "advertised by the front page", "Left out",
                 "index_page", "gb/dockside.yml", "kind: rss"):  # fmt: skip
        assert part in out, part
    code, out = mm("add", outlet.base, "--folder", tmp_path, "--country", "GB", "--yes")
    assert code == 0
    (source,) = load_sources(tmp_path)
    assert (source.key, source.name, source.country, source.language) == ("dockside", "Dockside", "GB", "en")
    assert (source.time_zone, source.allow_loopback, source.homepage) == ("Europe/London", True, f"{outlet.base}/")
    assert [feed.url for feed in source.feeds] == [f"{outlet.base}/feed.xml", f"{outlet.base}/more.xml"]
    text = (tmp_path / "gb" / "dockside.yml").read_text()
    assert "# All: the #1 feed: 3 items, about 4 a day on " in text
    assert text.index("# Set by `mm sources check --write`") < text.index("verified: 20")
    assert not list(tmp_path.rglob("*.part"))


def test_a_second_time_there_is_nothing_to_add(tmp_path: Path, outlet: Outlet) -> None:
    for path in ("/feed.xml", "/more.xml"):
        outlet.pages[path] = Page(str(outlet.pages[path].body).replace("en-gb", "en"))
    mm("add", outlet.base, "--folder", tmp_path, "--yes")
    before = {path: path.read_text() for path in tmp_path.rglob("*.yml")}
    assert {path.parent.name for path in before} == {"xx"}  # nothing told a country
    code, out = mm("add", outlet.base, "--folder", tmp_path, "--yes")
    assert code == 1
    assert "source dockside has it already" in out
    assert {path: path.read_text() for path in tmp_path.rglob("*.yml")} == before


def test_nobody_to_ask_means_not_written(tmp_path: Path, outlet: Outlet) -> None:
    code, out = mm("add", outlet.base, "--folder", tmp_path)
    assert code == 1
    assert "Repeat with --yes" in out
    assert not list(tmp_path.rglob("*.yml"))


def test_json_and_own_choice(tmp_path: Path, outlet: Outlet) -> None:
    code, out = mm("add", outlet.base, "--folder", tmp_path, "--take", "2", "--name", "Quay", "--json", "--yes")
    assert code == 0
    told = json.loads(out)
    assert [(feed["url"].partition(".localhost")[2][6:], feed["is_taken"]) for feed in told["feeds"]] == [
        ("/more.xml", True),
        ("/feed.xml", False),
        ("/", False),
    ]
    assert told["guesses"]["name"] == {"value": "Quay", "why": "as you said"}
    assert (told["key"], told["is_written"], Path(told["file"]).read_text()) == ("quay", True, told["yaml"])


def test_an_outlet_without_feeds_becomes_an_index_page(tmp_path: Path, outlet: Outlet) -> None:
    links = "".join(f"<h2><a href='/news/{n}-story-of-the-day'>Story number {n} of the day</a></h2>" for n in range(9))
    outlet.pages = {"/": Page(f"<!doctype html><html lang=en-GB><title>Dockside</title>{links}")}
    assert mm("add", outlet.base, "--folder", tmp_path, "--yes")[0] == 0
    (source,) = load_sources(tmp_path)
    assert [(feed.kind, feed.url) for feed in source.feeds] == [("index_page", f"{outlet.base}/")]
    code, out = mm("check", "--folder", tmp_path)
    assert (code, "index_page, 9 items" in out) == (0, True)


@pytest.mark.parametrize(
    ("pages", "path", "said"),
    [
        ({}, "/", "give the site's front page"),
        ({"/": Page("<!doctype html><p>Closed")}, "/", "Give the address of a section page"),
        ({"/": Page(HOME), "/robots.txt": Page("User-agent: *\nDisallow: /")}, "/", "shuts us out of that page"),
        ({"/": Page("", 403)}, "/", "refuses us"),
        ({"/robots.txt": Page("", 503)}, "/", "cannot be read now"),
    ],
)
def test_a_failure_says_what_to_do(
    tmp_path: Path, outlet: Outlet, pages: dict[str, Page], path: str, said: str
) -> None:
    outlet.pages = pages
    code, out = mm("add", outlet.base + path, "--folder", tmp_path, "--yes")
    assert code == 1
    assert said in " ".join(out.split())
    assert not list(tmp_path.rglob("*.yml"))


def test_text_from_the_web_cannot_play_with_the_terminal(tmp_path: Path, outlet: Outlet) -> None:
    tricky = "<link rel=alternate type=application/rss+xml title='[red]\x1b[2J\u202eAll[/]' href='/feed.xml?\x1b[2J'>"
    outlet.pages["/"] = Page(f"<!doctype html><title>\x1b]0;x\x07 Dockside</title>{tricky}{HOME}")
    code, out = mm("add", outlet.base, "--folder", tmp_path, "--yes")
    assert code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(out + next(tmp_path.rglob("*.yml")).read_text())


def test_what_is_typed_wrong(tmp_path: Path, outlet: Outlet) -> None:
    for option, value, said in (
        ("--take", "9", "give numbers from 1 to 3"),
        ("--take", "3", "feed 3 does not work"),
        ("--country", "Norway", "no ISO 3166 country code"),
        ("--key", "Not A Key", "is not a key"),
        ("--key", "backfill", "made by itself"),
    ):
        with pytest.raises(ConfigError, match=said):
            mm("add", outlet.base, "--folder", tmp_path, "--yes", option, value)
    (tmp_path / "bad.yml").write_text("key: bad\n")
    with pytest.raises(ConfigError, match=r"bad\.yml:1"):
        mm("add", outlet.base, "--folder", tmp_path, "--yes")


@pytest.mark.parametrize(
    ("name", "domain", "taken", "key"),
    [
        ("BBC News", "bbc.co.uk", (), "bbc-news"),
        ("Süddeutsche Zeitung", "sueddeutsche.de", (), "sueddeutsche-zeitung"),
        ("L'Écho", "lecho.be", (), "lecho"),
        ("روزنامہ کنارہ", "kinara.pk", (), "kinara"),
        ("BBC News", "bbc.co.uk", ("bbc-news", "bbc-news-2"), "bbc-news-3"),
        ("新聞 X", "xn--abc.jp", (), "xn-abc"),
        ("!!!", "example.org", (), "example"),
    ],
)
def test_keys(name: str, domain: str, taken: tuple[str, ...], key: str) -> None:
    assert key_for(name, domain, taken) == key
