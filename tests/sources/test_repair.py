"""`mm sources repair`: moved and lost feeds, on a real server, with the warehouse's memory and without."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.settings import get_settings
from pipeline.sources import load_sources
from pipeline.warehouse import db
from pipeline.warehouse.sources import sync_sources
from tests.discover.outlet_server import Outlet, Page, serve
from tests.sources.test_cli import RSS, mm

FILE = """\
# The harbour's paper.
key: dockside
name: Dockside   # as its readers say
homepage: {base}/
allow_loopback: true
host_delay_s: 0
feeds:
  # The main feed.
  - url: "{base}/feed.xml"   # quoted, with a comment
    kind: rss
    every_minutes: 15
  - {{kind: sitemap, url: {base}/news.xml}}
verified: null
notes: >
  Written by
  hand.
"""
URLSET = "<urlset><url><loc>{base}/news/9</loc><lastmod>2026-11-23</lastmod></url></urlset>"


@pytest.fixture
def outlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    monkeypatch.setenv("MM_RETRY_PAUSE_S", "0.01")
    get_settings.cache_clear()
    with serve() as running:
        running.pages = {"/feed.xml": Page(RSS), "/news.xml": Page(URLSET), "/": Page("<!doctype html>")}
        (tmp_path / "dockside.yml").write_text(FILE.format(base=running.base))
        yield running
    monkeypatch.undo()
    get_settings.cache_clear()


def moved(to: str, status: int = 301) -> Page:
    return Page("", status, {"Location": to})


def repair(folder: Path, *options: str) -> tuple[int, list[tuple[str, str, str | None]], str]:
    code, out = mm("repair", "dockside", "--folder", folder, "--json", *options)
    (told,) = json.loads(out)
    return code, [(f["url"].rpartition("/")[2], f["verdict"], f["new_url"]) for f in told["feeds"]], told["diff"]


def test_nothing_is_wrong(tmp_path: Path, outlet: Outlet) -> None:
    assert repair(tmp_path) == (0, [("feed.xml", "fine", None), ("news.xml", "fine", None)], "")


def test_a_moved_feed_is_proposed_then_written(tmp_path: Path, outlet: Outlet) -> None:
    outlet.pages |= {"/feed.xml": moved("/old.xml", 308), "/old.xml": moved("/new/feed"), "/new/feed": Page(RSS)}
    before = (tmp_path / "dockside.yml").read_text()
    new = f"{outlet.base}/new/feed"
    code, found, change = repair(tmp_path)
    assert (code, found[0], found[1][1]) == (1, ("feed.xml", "moved", new), "fine")
    assert (tmp_path / "dockside.yml").read_text() == before
    changed = [line for line in change.splitlines() if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == [
        f'-  - url: "{outlet.base}/feed.xml"   # quoted, with a comment',
        f'+  - url: "{new}"   # quoted, with a comment',
    ]
    assert repair(tmp_path, "--write")[0] == 0
    after = (tmp_path / "dockside.yml").read_text()
    assert after == before.replace("/feed.xml", "/new/feed")
    assert repair(tmp_path)[0] == 0
    assert not list(tmp_path.glob(".*"))


def test_the_diff_is_one_that_patch_takes(tmp_path: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    outlet.pages |= {"/news.xml": moved("/sitemaps/news.xml"), "/sitemaps/news.xml": Page(URLSET)}
    monkeypatch.chdir(tmp_path)
    _, _, change = repair(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=change.encode(), check=True)
    assert [f.url for f in load_sources(tmp_path)[0].feeds] == [
        f"{outlet.base}/feed.xml",
        f"{outlet.base}/sitemaps/news.xml",
    ]


def test_a_passing_redirect_or_trouble_changes_nothing(tmp_path: Path, outlet: Outlet) -> None:
    outlet.pages |= {"/feed.xml": moved("/mirror.xml", 302), "/mirror.xml": Page(RSS), "/news.xml": Page("", 503)}
    code, found, change = repair(tmp_path, "--write")
    assert (code, [f[1] for f in found], change) == (1, ["fine", "wait"], "")


@pytest.mark.parametrize("gone", [Page("", 404), Page("", 410), Page("<!doctype html><p>Our new site"), moved("/")])
def test_a_lost_feed_is_found_on_the_front_page(tmp_path: Path, outlet: Outlet, gone: Page) -> None:
    outlet.pages |= {
        "/": Page("<!doctype html><link rel=alternate type=application/atom+xml href=/rss/main>"),
        "/feed.xml": gone,
        "/rss/main": Page(RSS),
    }
    code, found, _ = repair(tmp_path, "--write")
    assert (code, found[0]) == (0, ("feed.xml", "replaced", f"{outlet.base}/rss/main"))
    (source,) = load_sources(tmp_path)
    assert next((f.url, f.kind, f.every_minutes) for f in source.feeds) == (f"{outlet.base}/rss/main", "rss", 15)


def test_a_lost_feed_that_is_nowhere(tmp_path: Path, outlet: Outlet) -> None:
    outlet.pages["/feed.xml"] = Page("", 410)
    code, out = mm("repair", "dockside", "--folder", tmp_path)
    assert code == 1
    assert "gone: the server answered 410" in out
    assert "no other feed was found on the front page" in " ".join(out.split())
    links = "".join(f"<h2><a href='/a/{n}-story-of-the-day'>Story number {n} of today</a></h2>" for n in range(9))
    outlet.pages["/"] = Page(f"<!doctype html>{links}")
    outlet.pages["/news.xml"] = Page("", 410)
    code, found, change = repair(tmp_path)
    assert (found[0][1:], found[1][1]) == (("replaced", f"{outlet.base}/"), "lost")
    assert "+    kind: index_page" in change


def test_a_feed_that_moved_to_one_we_have(tmp_path: Path, outlet: Outlet) -> None:
    outlet.pages["/feed.xml"] = moved("/news.xml")
    code, out = mm("repair", "dockside", "--folder", tmp_path, "--write")
    assert code == 1
    assert "which source dockside has already; remove this feed by hand" in out
    assert (tmp_path / "dockside.yml").read_text() == FILE.format(base=outlet.base)


def test_without_a_warehouse_and_a_key_there_is_nothing_known(tmp_path: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(db, "_ENGINES", {})
    monkeypatch.setenv("MM_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    code, out = mm("repair", "--folder", tmp_path)
    assert (code, outlet.asked) == (0, [])
    assert "Name a source" in " ".join(out.split())


@pytest.mark.db
def test_the_warehouse_tells_which_feeds_to_look_at(tmp_path: Path, outlet: Outlet, warehouse: None) -> None:
    now = datetime.now(UTC)
    sources = load_sources(tmp_path)
    db.in_transaction(lambda c: sync_sources(c, sources, now))
    assert mm("repair", "--folder", tmp_path)[0] == 0
    assert outlet.asked == []

    def set_feed(path: str, **values: object) -> None:
        names = ", ".join(f"{name} = :{name}" for name in values)
        with db.engine("loader").begin() as connection:
            connection.execute(
                text(f"UPDATE core.feed SET {names} WHERE url = :url"), {"url": outlet.base + path, **values}
            )

    # The feed's own address answers no more, but earlier polls saw where it went.
    outlet.pages |= {"/feed.xml": Page("", 500), "/new/feed": Page(RSS)}
    set_feed("/feed.xml", moved_to=f"{outlet.base}/new/feed", moved_since=now - timedelta(days=3))
    code, out = mm("repair", "--folder", tmp_path, "--json")
    (told,) = json.loads(out)
    assert (code, told["feeds"][0]["verdict"], told["feeds"][0]["new_url"]) == (1, "moved", f"{outlet.base}/new/feed")

    # A host that has been silent for weeks counts as gone, one of today does not.
    outlet.pages |= {"/robots.txt": Page("", 503), "/feed.xml": Page("", 404)}
    set_feed(
        "/feed.xml", moved_to=None, failure_count=9, last_ok_at=now - timedelta(days=30), last_reason="unreachable"
    )
    verdicts = [f["verdict"] for f in json.loads(mm("repair", "--folder", tmp_path, "--json")[1])[0]["feeds"]]
    assert verdicts == ["lost", "wait"]
