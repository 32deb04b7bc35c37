"""Whole rounds of discovery: a real server on loopback, a real database, nothing in between replaced."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.discover import discover
from pipeline.records import StageCounts
from pipeline.settings import Settings
from pipeline.sources import SourceConfig
from pipeline.warehouse import db
from pipeline.warehouse.sources import sync_sources
from tests.discover.outlet_server import Outlet, Page, serve

pytestmark = pytest.mark.db
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SETTINGS = Settings(_env_file=None, host_delay_s=0.0, retry_pause_s=0.0)


@pytest.fixture
def outlet(warehouse: None) -> Iterator[Outlet]:
    with serve() as running:
        yield running


def rss(*names: str) -> str:
    date = "<pubDate>Sun, 22 Nov 2026 20:00:00 GMT</pubDate>"
    items = "".join(f"<item><title>{n}</title><link>{{base}}/news/{n}</link>{date}</item>" for n in names)
    return f'<rss version="2.0"><channel><title>Dockside</title>{items}</channel></rss>'


def urlset(*names: str) -> str:
    return "<urlset>" + "".join(f"<url><loc>{{base}}/news/{name}</loc></url>" for name in names) + "</urlset>"


def index(**children: str) -> str:
    rows = "".join(
        f"<sitemap><loc>{{base}}/{name}.xml</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"
        for name, day in children.items()
    )
    return f"<sitemapindex>{rows}</sitemapindex>"


def source(outlet: Outlet, *paths: str, key: str = "dockside", **feed_fields: object) -> SourceConfig:
    feeds = [
        {"url": outlet.base + path, "kind": "sitemap" if "sitemap" in path else "rss", **feed_fields} for path in paths
    ]
    return SourceConfig.model_validate(
        {
            "key": key,
            "name": key,
            "homepage": outlet.base + "/",
            "allow_loopback": True,
            "host_delay_s": 0,
            "feeds": feeds,
        }
    )


def turn(
    *sources: SourceConfig, at: datetime = NOW, run_key: str | None = None, settings: Settings = SETTINGS
) -> StageCounts:
    db.in_transaction(lambda c: sync_sources(c, list(sources), at))
    return discover(run_key, list(sources), at, feeds="all", settings=settings)


def rows(statement: str) -> list[tuple[object, ...]]:
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def names() -> list[str]:
    return [str(url).rpartition("/")[2] for (url,) in rows("SELECT url FROM raw.entry ORDER BY url")]


def test_a_round_over_good_and_bad_feeds(outlet: Outlet) -> None:
    outlet.pages = {
        "/good.xml": Page(rss("one", "two")),
        "/html.xml": Page("<!doctype html><html><body>We have moved</body></html>"),
        "/cut.xml": Page(rss("saved", "lost")[:200]),
        "/down.xml": Page("", 503, {"Retry-After": "7200"}),
        "/forbidden.xml": Page(rss("never")),
        "/slow.xml": Page("", 429),
        "/robots.txt": Page("User-agent: *\nDisallow: /forbidden.xml\n"),
    }
    paths = ("/good.xml", "/html.xml", "/cut.xml", "/down.xml", "/forbidden.xml", "/slow.xml", "/missing.xml")
    counts = turn(source(outlet, *paths), run_key="20261123T0200Z-nightly")
    assert counts == StageCounts(
        rows_in=7,
        rows_out=3,
        reasons={
            "not_a_feed": 1, "not_found": 1, "ok": 2, "robots_disallowed": 1, "server_error": 1, "too_many_requests": 1,
        },
    )  # fmt: skip
    assert names() == ["one", "saved", "two"]
    polls = "SELECT outcome, reason, status, new_count, run_key FROM raw.poll WHERE url LIKE '%{}.xml'"
    run_key = "20261123T0200Z-nightly"
    assert rows(polls.format("cut")) == [("ok", "broken_feed", 200, 1, run_key)]
    assert rows(polls.format("html")) == [("failed", "not_a_feed", 200, None, run_key)]
    assert rows(polls.format("forbidden")) == [("failed", "robots_disallowed", None, None, run_key)]
    assert "/forbidden.xml" not in outlet.asked
    (due,) = rows("SELECT next_poll_at - last_polled_at FROM core.feed WHERE url LIKE '%down.xml'")
    assert due == (timedelta(hours=2),)


def test_a_host_that_is_not_there_fails_its_feeds_only(outlet: Outlet) -> None:
    outlet.pages = {"/good.xml": Page(rss("one"))}
    feeds = [{"url": "http://nowhere.invalid/feed", "kind": "rss"}]
    away = {"key": "away", "name": "Away", "homepage": "http://nowhere.invalid/", "feeds": feeds}
    counts = turn(source(outlet, "/good.xml"), SourceConfig.model_validate(away))
    assert counts.reasons["ok"] == 1
    assert counts.rows_in == 2
    assert rows("SELECT reason FROM raw.poll WHERE outcome = 'failed'") in (
        [("robots_unavailable",)],
        [("unreachable",)],
    )


def test_loopback_only_for_sources_that_say_so(outlet: Outlet) -> None:
    outlet.pages = {"/good.xml": Page(rss("one"))}
    config = source(outlet, "/good.xml").model_copy(update={"allow_loopback": False})
    counts = turn(config)
    assert counts.rows_out == 0
    assert "ok" not in counts.reasons
    assert outlet.asked == []


def test_the_same_round_twice_adds_only_polls(outlet: Outlet) -> None:
    outlet.pages = {
        "/plain.xml": Page(rss("one", "two")),
        "/tagged.xml": Page(rss("three"), headers={"ETag": '"v1"'}),
        "/sitemap.xml": Page(index(news="", older="")),
        "/news.xml": Page(urlset("four")),
        "/older.xml": Page(urlset("five"), headers={"ETag": '"v1"'}),
    }
    config = source(outlet, "/plain.xml", "/tagged.xml", "/sitemap.xml")
    assert turn(config).reasons == {"ok": 5}
    before = [
        rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("raw.entry", "raw.entry_sighting", "ops.entry_event")
    ]
    assert len(before[0]) == 5
    counts = turn(config, at=NOW + timedelta(hours=1))
    # The index is read whole each time: its children may change behind an index that does not.
    assert counts == StageCounts(rows_in=5, rows_out=0, reasons={"not_modified": 2, "ok": 3})
    after = [
        rows(f"SELECT * FROM {table} ORDER BY 1") for table in ("raw.entry", "raw.entry_sighting", "ops.entry_event")
    ]
    assert after == before
    assert rows("SELECT count(*) FROM raw.poll") == [(10,)]


def test_a_changed_body_is_read_again(outlet: Outlet) -> None:
    outlet.pages = {"/feed.xml": Page(rss("one"))}
    config = source(outlet, "/feed.xml")
    turn(config)
    outlet.pages["/feed.xml"] = Page(rss("two", "one"))
    assert turn(config, at=NOW + timedelta(hours=1)).rows_out == 1
    assert rows("SELECT item_count, new_count, known_count FROM raw.poll ORDER BY poll_id") == [(1, 1, 0), (2, 1, 1)]


def test_a_sitemap_index_changed_children_first_and_bounded(outlet: Outlet) -> None:
    days = {f"m{n:02}": f"2026-11-{n:02}" for n in range(10, 23)} | {"ancient": "2026-01-01"}
    outlet.pages = {"/sitemap.xml": Page(index(**days))}
    outlet.pages |= {f"/{name}.xml": Page(urlset(f"story-{name}")) for name in days}
    config = source(outlet, "/sitemap.xml")
    settings = SETTINGS.model_copy(update={"sitemaps_per_poll": 3})
    assert turn(config, settings=settings).rows_out == 3
    assert outlet.asked == ["/sitemap.xml", "/m22.xml", "/m21.xml", "/m20.xml"]
    assert rows("SELECT refused_count FROM raw.poll WHERE url LIKE '%/sitemap.xml'") == [(1,)]

    outlet.asked.clear()
    outlet.pages["/sitemap.xml"] = Page(index(**{**days, "m10": "2026-11-23"}))
    turn(config, at=NOW + timedelta(hours=1), settings=settings)
    assert outlet.asked == ["/sitemap.xml", "/m10.xml", "/m19.xml", "/m18.xml"]


def test_an_index_that_names_itself_ends(outlet: Outlet) -> None:
    outlet.pages = {"/sitemap.xml": Page(index(sitemap="", child="")), "/child.xml": Page(index(sitemap="", child=""))}
    turn(source(outlet, "/sitemap.xml"))
    assert outlet.asked == ["/sitemap.xml", "/child.xml"]


def test_the_kind_is_seen_from_the_bytes(outlet: Outlet) -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/news/atom"/></entry></feed>'
    outlet.pages = {"/feed.xml": Page(atom)}
    turn(source(outlet, "/feed.xml"))
    assert names() == ["atom"]


def test_two_rounds_at_once(outlet: Outlet) -> None:
    stories = [f"s{n}" for n in range(300)]
    outlet.pages = {"/a.xml": Page(rss(*stories)), "/b.xml": Page(rss(*reversed(stories)))}
    config = source(outlet, "/a.xml", "/b.xml")
    db.in_transaction(lambda c: sync_sources(c, [config], NOW))
    ends: list[StageCounts] = []
    threads = [
        threading.Thread(target=lambda: ends.append(discover(None, [config], NOW, feeds="all", settings=SETTINGS)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts.rows_out for counts in ends) == 300
    assert rows("SELECT count(*) FROM raw.entry") == [(300,)]
    assert rows("SELECT count(*) FROM ops.entry_event") == [(300,)]
    assert rows("SELECT count(*) FROM raw.entry_sighting") == [(600,)]


def test_only_due_feeds_of_the_chosen_sources(outlet: Outlet) -> None:
    outlet.pages = {"/a.xml": Page(rss("a")), "/b.xml": Page(rss("b"))}
    one, two = source(outlet, "/a.xml", key="one"), source(outlet, "/b.xml", key="two")
    db.in_transaction(lambda c: sync_sources(c, [one, two], NOW))
    assert discover(None, [one], NOW, feeds="due", settings=SETTINGS).rows_in == 1
    assert discover(None, [], NOW, feeds="all", settings=SETTINGS) == StageCounts(0, 0, {})
    assert discover(None, [one, two], NOW, feeds="due", settings=SETTINGS).rows_in == 1
    assert outlet.asked == ["/a.xml", "/b.xml"]


def test_a_drop_folder_new_changed_and_gone(outlet: Outlet, tmp_path: Path) -> None:
    feed = {"kind": "drop_folder", "path": str(tmp_path / "tray")}
    config = SourceConfig.model_validate(
        {"key": "clippings", "name": "Clippings", "homepage": "http://clippings.example/", "feeds": [feed]}
    )
    assert turn(config).reasons == {"file_missing": 1}
    (tmp_path / "tray").mkdir()
    clip = tmp_path / "tray" / "quay & crane.txt"
    clip.write_text("Quay reopens\n\nThe quay reopened on Sunday.")
    assert turn(config).rows_out == 1
    standing = "SELECT url, host, state, reason FROM raw.entry"
    address = ("drop://clippings/quay%20%26%20crane.txt", "clippings")
    assert rows(standing) == [(*address, "new", "new")]

    def end_as(state: str) -> None:
        with db.engine("loader").begin() as connection:
            connection.execute(text("UPDATE raw.entry SET state = :state, reason = 'stored'"), {"state": state})

    end_as("loaded")
    assert turn(config).rows_out == 0
    assert rows(standing) == [(*address, "loaded", "stored")]
    end_as("fetched")  # a run holds it while the file changes: nothing happens yet, and nothing is forgotten
    clip.write_text("Quay reopens at last\n\nThe quay reopened on Sunday.")
    turn(config)
    assert rows(standing) == [(*address, "fetched", "stored")]
    end_as("loaded")
    turn(config)
    assert rows(standing) == [(*address, "reopened", "reopened")]
    events = "SELECT from_state, to_state, stage, reason FROM ops.entry_event ORDER BY event_id"
    assert rows(events) == [(None, "new", "discover", "new"), ("loaded", "reopened", "discover", "reopened")]
    end_as("loaded")
    turn(config)
    assert rows(standing) == [(*address, "loaded", "stored")]
