"""`mm sources list|check`, on real files, a real server and (or without) a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.errors import ConfigError
from pipeline.settings import get_settings
from pipeline.sources import load_sources
from pipeline.sources.cli import app
from pipeline.warehouse import db
from pipeline.warehouse.sources import sync_sources
from tests.discover.outlet_server import Outlet, Page, serve

RSS = """<rss version="2.0"><channel><title>Dockside</title>
<item><title>Quay reopens</title><link>{base}/news/1</link><pubDate>Sun, 22 Nov 2026 20:00:00 GMT</pubDate></item>
<item><title>Ferry late</title><link>{base}/news/2</link></item></channel></rss>"""
INDEX = "<sitemapindex><sitemap><loc>{base}/child.xml</loc></sitemap></sitemapindex>"
URLSET = "<urlset><url><loc>{base}/news/3</loc></url></urlset>"


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with serve() as running:
        running.pages = {
            "/feed.xml": Page(RSS),
            "/sitemap.xml": Page(INDEX),
            "/child.xml": Page(URLSET),
            "/html.xml": Page("<!doctype html><html></html>"),
            "/private.xml": Page(RSS),
            "/robots.txt": Page("User-agent: *\nDisallow: /private.xml"),
        }
        yield running


def write(folder: Path, outlet: Outlet, key: str, *paths: str) -> Path:
    feeds = "".join(f"  - url: {outlet.base}{path}  # a feed\n    kind: rss\n" for path in paths)
    path = folder / f"{key}.yml"
    path.write_text(
        f"key: {key}\nname: '[{key}]'\ncountry: GB\nhomepage: {outlet.base}/\nallow_loopback: true\nhost_delay_s: 0\n"
        f"feeds:\n{feeds}verified: null\n"
    )
    return path


def mm(*args: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_check_shows_each_feed_and_writes_verified(tmp_path: Path, outlet: Outlet) -> None:
    good = write(tmp_path, outlet, "good", "/feed.xml", "/sitemap.xml")
    bad = write(tmp_path, outlet, "bad", "/html.xml", "/private.xml", "/missing.xml")
    code, out = mm("check", "--folder", tmp_path, "--json", "--write")
    assert code == 1
    (one, two) = json.loads(out)
    assert [one["key"], one["is_working"], two["key"], two["is_working"]] == ["bad", False, "good", True]
    told = [(f["url"].rpartition("/")[2], f["status"], f["reason"], f["robots"]) for f in one["feeds"]]
    assert told == [
        ("html.xml", 200, "not_a_feed", "allowed"),
        ("private.xml", None, "robots_disallowed", "disallowed"),
        ("missing.xml", 404, "not_found", "allowed"),
    ]
    feed, sitemap = two["feeds"]
    assert (feed["kind"], feed["item_count"], feed["newest_at"]) == ("rss", 2, "2026-11-22T20:00:00+00:00")
    assert feed["samples"] == [f"{outlet.base}/news/1", f"{outlet.base}/news/2"]
    assert (sitemap["kind"], sitemap["item_count"], sitemap["samples"]) == (
        "sitemap_index",
        1,
        [f"{outlet.base}/news/3"],
    )
    today = datetime.now(UTC).date().isoformat()
    assert f"# a feed\n    kind: rss\nverified: {today}\n" in good.read_text()
    assert "verified: null" in bad.read_text()


def test_check_of_chosen_sources_for_people(tmp_path: Path, outlet: Outlet) -> None:
    write(tmp_path, outlet, "good", "/feed.xml")
    write(tmp_path, outlet, "bad", "/html.xml")
    code, out = mm("check", "good", "--folder", tmp_path)
    assert code == 0
    for part in ("[good]", "✓", "200, rss, 2 items", "robots: allowed", f"{outlet.base}/news/1", "in 1 of 1 source"):
        assert part in out
    code, out = mm("check", "--folder", tmp_path)
    assert code == 1
    assert "not_a_feed: an HTML page instead of a feed" in out
    with pytest.raises(ConfigError, match="there is no source goood"):
        mm("check", "goood", "--folder", tmp_path)


def test_check_of_a_drop_folder(tmp_path: Path) -> None:
    head = "key: tray\nname: Tray\nhomepage: http://tray.example/\nfeeds: [{kind: drop_folder, path: in}]\n"
    (tmp_path / "tray.yml").write_text(head)
    assert mm("check", "--folder", tmp_path)[0] == 1
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Quay reopens")
    code, out = mm("check", "--folder", tmp_path, "--json")
    assert (code, json.loads(out)[0]["feeds"][0]["samples"]) == (0, ["drop://tray/a.txt"])


@pytest.mark.parametrize("url", [None, "postgresql://owner@127.0.0.1:1/warehouse"], ids=["none yet", "down"])
def test_list_without_a_warehouse(
    tmp_path: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    write(tmp_path, outlet, "good", "/feed.xml")
    monkeypatch.setattr(db, "_ENGINES", {})
    monkeypatch.setenv("MM_HOME", str(tmp_path / "home"))
    if url:
        monkeypatch.setenv("MM_WAREHOUSE_URL", url)
    get_settings.cache_clear()
    try:
        code, out = mm("list", "--folder", tmp_path)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert code == 0
    assert "[good]" in out
    assert "1 source" in out


@pytest.mark.db
def test_list_with_a_warehouse(tmp_path: Path, outlet: Outlet, warehouse: None) -> None:
    write(tmp_path, outlet, "good", "/feed.xml")
    gone = write(tmp_path, outlet, "gone", "/sitemap.xml")
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    db.in_transaction(lambda c: sync_sources(c, load_sources(tmp_path), now))
    gone.unlink()
    db.in_transaction(lambda c: sync_sources(c, load_sources(tmp_path), now))
    code, out = mm("list", "--folder", tmp_path, "--json")
    assert code == 0
    assert [(row["key"], row["state"], row["feeds"]) for row in json.loads(out)] == [
        ("good", "new", 1),
        ("gone", "retired", 0),
    ]


def test_a_bad_file_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("key: bad\n")
    with pytest.raises(ConfigError, match=r"bad\.yml:1: feeds: "):
        mm("list", "--folder", tmp_path)


def test_check_tells_who_asks_publishers_without_a_contact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "far.yml"
    file.write_text(
        "key: far\nname: Far\nhomepage: http://news.invalid/\nfeeds:\n  - url: http://news.invalid/a\n    kind: rss\n"
    )
    monkeypatch.setenv("MM_FETCH_RETRIES", "0")
    for contact, is_told in ((None, True), ("desk@monitor.example", False)):
        if contact:
            monkeypatch.setenv("MM_CONTACT", contact)
        get_settings.cache_clear()
        result = CliRunner().invoke(app, ["check", "--folder", str(tmp_path)])
        assert result.exit_code == 1
        assert ("Set MM_CONTACT" in " ".join(result.stderr.split())) is is_told
    assert get_settings().user_agent.endswith("(+desk@monitor.example)")
    monkeypatch.undo()
    get_settings.cache_clear()
