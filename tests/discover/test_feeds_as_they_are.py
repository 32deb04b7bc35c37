"""Feeds as the web has them, over real HTTP into a real database: what is taken, refused, noticed, asked next."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from pipeline.discover.parse import parse
from pipeline.discover.rules import select
from pipeline.errors import Reason
from pipeline.urls import url_key
from pipeline.warehouse import db
from tests.discover.outlet_server import Outlet, Page, serve
from tests.discover.test_rounds import NOW, SETTINGS, index, names, rows, rss, source, turn, urlset

HOUR = timedelta(hours=1)


@pytest.fixture
def outlet(warehouse: None) -> Iterator[Outlet]:
    with serve() as running:
        yield running


def one(statement: str) -> tuple[object, ...]:
    (row,) = rows(statement)
    return row


def last_poll(columns: str) -> tuple[object, ...]:
    return one(f"SELECT {columns} FROM raw.poll ORDER BY poll_id DESC LIMIT 1")


@pytest.mark.db
def test_a_feed_address_that_serves_html_now_says_where_the_feed_went(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")
    outlet.pages = {"/feed.xml": Page(rss("one"))}
    turn(config)
    head = '<!doctype html><head><link rel="alternate" type="application/rss+xml" href="/new/feed"></head><body>Hi'
    outlet.pages["/feed.xml"] = Page(head)
    turn(config, at=NOW + HOUR)
    assert last_poll("outcome, reason, detail") == (
        "failed", "not_a_feed", f"an HTML page instead of a feed; it advertises {outlet.base}/new/feed",
    )  # fmt: skip
    assert one("SELECT failure_points, last_reason FROM core.feed") == (3.0, "not_a_feed")
    outlet.pages["/feed.xml"] = Page(head + head.replace("/new/feed", "/comments/feed"))
    turn(config, at=NOW + 2 * HOUR)
    assert last_poll("detail") == ("an HTML page instead of a feed; it advertises 2 feeds",)


@pytest.mark.db
def test_utf_16_and_over_a_hundred_headers_and_a_nul_in_a_title(outlet: Outlet) -> None:
    headers = {f"X-Trace-{n}": "x" * 40 for n in range(150)}
    body = rss("one").replace("<title>one</title>", "<title>Čas\x00opis</title>").replace("{base}", outlet.base)
    outlet.pages = {"/feed.xml": Page(body.encode("utf-16"), headers=headers)}
    assert turn(source(outlet, "/feed.xml")).reasons == {"ok": 1}
    assert rows("SELECT title FROM raw.entry_sighting") == [("Časopis",)]


@pytest.mark.db
def test_a_retry_after_of_88_hours(outlet: Outlet) -> None:
    outlet.pages = {"/feed.xml": Page("", 503, {"Retry-After": str(88 * 3600)})}
    config = source(outlet, "/feed.xml")
    turn(config)
    assert last_poll("retry_after_s, next_poll_at - polled_at < interval '25 hours'") == (88 * 3600, True)
    # A nightly does not ask before that time, and says so.
    counts = turn(config, at=NOW + 20 * HOUR)
    assert (counts.rows_in, counts.reasons) == (0, {"server_error": 1})
    assert turn(config, at=NOW + 25 * HOUR).rows_in == 1


@pytest.mark.db
def test_links_of_every_kind(outlet: Outlet) -> None:
    host = outlet.base.removeprefix("http:")
    links = [
        "www.dockside.example/bare",
        "/rooted",
        "relative",
        f"{host}/protocol-relative",
        f"/{'x' * 2_100}",
        "mailto:a@b",
    ]
    items = "".join(f"<item><title>T</title><link>{link}</link></item>" for link in links)
    outlet.pages = {"/feeds/news.xml": Page(f'<rss version="2.0"><channel>{items}</channel></rss>')}
    turn(source(outlet, "/feeds/news.xml"))
    found = {str(url).removeprefix(outlet.base) for (url,) in rows("SELECT url FROM raw.entry")}
    assert found == {"http://www.dockside.example/bare", "/rooted", "/feeds/relative", "/protocol-relative"}
    assert last_poll("item_count, refused_count, refused") == (4, 2, {"bad_url": 2})


@pytest.mark.db
def test_refused_by_reason(outlet: Outlet) -> None:
    old = "Mon, 02 Mar 2026 06:30:00 GMT"
    links = {
        "/": "",
        "/news/": "",
        "/feed.xml": "",
        "/author/jane-doe": "",
        "/old": old,
        "/taken-down": "",
        "/kept": "",
    }
    links |= {"/economy/": "", "/2026/obama": ""}  # perhaps articles: fetched, and judged by what they hold
    items = "".join(
        f"<item><title>T</title><link>{{base}}{link}</link><pubDate>{date}</pubDate></item>"
        for link, date in links.items()
    )
    outlet.pages = {"/feed.xml": Page(f'<rss version="2.0"><channel><link>{{base}}/news</link>{items}</channel></rss>')}
    with db.engine("owner").begin() as connection:
        connection.execute(
            text("INSERT INTO core.tombstone (url_key, reason, at) VALUES (:key, 'asked for', now())"),
            {"key": url_key(f"{outlet.base}/taken-down")},
        )
    turn(source(outlet, "/feed.xml"))
    kept = {str(url).removeprefix(outlet.base) for (url,) in rows("SELECT url FROM raw.entry")}
    assert kept == {"/kept", "/economy/", "/2026/obama"}
    assert last_poll("item_count, new_count, refused_count, refused") == (
        3, 3, 6, {"home_page": 1, "hub_page": 3, "too_old": 1, "taken_down": 1},
    )  # fmt: skip


@pytest.mark.db
def test_twins_are_not_new(outlet: Outlet) -> None:
    """The same stories under other schemes, hosts, parameters and AMP: one entry each, whatever the feed makes of it."""
    config = source(outlet, "/feed.xml")
    outlet.pages = {"/feed.xml": Page(rss("one", "two", "three"))}
    assert turn(config).rows_out == 3
    www = outlet.base.replace("//", "//www.")
    amp = outlet.base.replace("//", "//amp.")
    for body in (
        rss("one?utm_source=rss&utm_campaign=a1", "two?fbclid=2", "three#top"),
        rss("one", "two", "three").replace("{base}", www),
        rss("one/", "two/amp", "three?amp=1"),
        rss("one.amp", "two").replace("{base}/news/two", f"{amp}/news/two"),
    ):
        outlet.pages["/feed.xml"] = Page(body)
        assert turn(config, at=NOW + HOUR).rows_out == 0
        assert last_poll("overlap, is_overflow") == (1.0, False)
    assert names() == ["one", "three", "two"]
    # The plain address is not known: the AMP address is taken as it is, and leads there by its canonical link.
    outlet.pages["/feed.xml"] = Page(rss("four/amp", "four/amp/", "five.amp", "five"))
    assert turn(config, at=NOW + 2 * HOUR).rows_out == 2
    assert rows("SELECT url FROM raw.entry WHERE url LIKE '%amp%'") == [(f"{outlet.base}/news/four/amp",)]


@pytest.mark.db
def test_old_items_that_come_back_after_weeks_are_not_new(outlet: Outlet) -> None:
    undated = rss("a", "b").replace("<pubDate>Sun, 22 Nov 2026 20:00:00 GMT</pubDate>", "")
    outlet.pages = {"/feed.xml": Page(undated), "/dated.xml": Page(rss("c"))}
    config = source(outlet, "/feed.xml", "/dated.xml")
    assert turn(config).rows_out == 3
    outlet.pages["/feed.xml"] = Page(rss("d"))
    turn(config, at=NOW + timedelta(days=1))
    outlet.pages["/feed.xml"] = Page(undated)
    outlet.pages["/dated.xml"] = Page(rss("c", "never-seen-and-old"))
    counts = turn(config, at=NOW + timedelta(days=40))
    assert counts.rows_out == 0
    assert rows("SELECT url, item_count, refused FROM raw.poll WHERE polled_at > '2026-12-20' ORDER BY url") == [
        (f"{outlet.base}/dated.xml", 0, {"too_old": 2}),
        (f"{outlet.base}/feed.xml", 2, None),
    ]
    assert one("SELECT sum(overflow_count) FROM core.feed") == (1,)  # when "d" stood alone


@pytest.mark.db
def test_the_body_decides_whatever_the_etag_says(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")

    def read(body: str, etag: str, hours: int) -> tuple[object, ...]:
        outlet.pages["/feed.xml"] = Page(body, headers={"ETag": etag})
        turn(config, at=NOW + hours * HOUR)
        return last_poll("outcome, item_count, new_count, etag")

    outlet.ignores_validators = True
    assert read(rss("one"), '"v1"', 0) == ("ok", 1, 1, '"v1"')
    assert read(rss("two", "one"), '"v1"', 1) == ("ok", 2, 1, '"v1"')  # same ETag, another body
    assert read(rss("two", "one"), '"v2"', 2) == ("ok", None, 0, '"v2"')  # another ETag, same body: nothing to parse
    assert one("SELECT etag, has_false_validators FROM core.feed") == ('"v2"', False)


@pytest.mark.db
def test_a_304_that_hides_a_change_is_caught_by_an_audit(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")
    settings = SETTINGS.model_copy(update={"feed_audit_every": 3})

    def read(*stories: str, hours: int) -> tuple[object, ...]:
        outlet.pages["/feed.xml"] = Page(rss(*stories), headers={"ETag": '"stuck"'})
        turn(config, at=NOW + hours * HOUR, settings=settings)
        return last_poll("outcome, is_conditional, is_audit, new_count")

    assert read("one", hours=0) == ("ok", False, False, 1)
    assert read("two", "one", hours=1) == ("not_modified", True, False, 0)
    assert read("two", "one", hours=2) == ("not_modified", True, False, 0)
    assert read("two", "one", hours=3) == ("ok", False, True, 1)
    assert one("SELECT has_false_validators, polls_since_audit FROM core.feed") == (True, 0)
    assert read("three", "two", hours=4) == ("ok", False, False, 1)


@pytest.mark.db
def test_an_audit_of_an_honest_feed_changes_nothing(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")
    outlet.pages = {"/feed.xml": Page(rss("one"), headers={"ETag": '"v1"'})}
    settings = SETTINGS.model_copy(update={"feed_audit_every": 2})
    for hours in range(5):
        turn(config, at=NOW + hours * HOUR, settings=settings)
    polls = rows("SELECT outcome, is_conditional, is_audit FROM raw.poll ORDER BY poll_id")
    asked, audit = ("not_modified", True, False), ("ok", False, True)
    assert polls == [("ok", False, False), asked, audit, asked, audit]
    assert one("SELECT has_false_validators FROM core.feed") == (False,)


@pytest.mark.db
def test_a_child_sitemap_is_audited_too(outlet: Outlet) -> None:
    config = source(outlet, "/sitemap.xml")
    settings = SETTINGS.model_copy(update={"feed_audit_every": 2})
    for hours, stories in enumerate((["one"], ["one"], ["one", "two"], ["one", "two", "three"])):
        outlet.pages = {
            "/sitemap.xml": Page(index(news="")),
            "/news.xml": Page(urlset(*stories), headers={"ETag": '"stuck"'}),
        }
        turn(config, at=NOW + hours * HOUR, settings=settings)
    polls = "SELECT outcome, is_audit, new_count FROM raw.poll WHERE url LIKE '%news.xml' ORDER BY poll_id"
    assert rows(polls) == [("ok", False, 1), ("not_modified", False, 0), ("ok", True, 1), ("ok", False, 1)]
    assert one("SELECT has_false_validators FROM core.feed") == (True,)


@pytest.mark.db
def test_overflow_is_counted_and_lowers_the_interval_at_once(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")

    def read(*stories: str, hours: float) -> dict[str, int]:
        outlet.pages["/feed.xml"] = Page(rss(*stories))
        return turn(config, at=NOW + hours * HOUR).reasons

    assert read("a", "b", hours=0) == {"ok": 1}
    assert last_poll("overlap, is_overflow, reason") == (None, False, None)
    assert read("b", "c", hours=0.45) == {"ok": 1}
    assert last_poll("overlap, is_overflow, reason") == (0.5, False, None)
    assert read("x", "y", hours=12) == {"overflow": 1}
    assert last_poll("outcome, overlap, is_overflow, reason, new_count") == ("ok", 0.0, True, "overflow", 2)
    assert one("SELECT overflow_count, poll_interval_s, failure_count FROM core.feed") == (1, 900, 0)


@pytest.mark.db
def test_a_slow_feed_whose_other_items_are_too_old_has_no_gap(outlet: Outlet) -> None:
    config = source(outlet, "/feed.xml")
    old = rss("summer").replace("22 Nov 2026", "22 Jul 2026")
    outlet.pages = {"/feed.xml": Page(rss("autumn").replace("22 Nov", "20 Nov"))}
    turn(config)
    newer = rss("winter").replace("22 Nov 2026", "22 Dec 2026")
    both = newer.replace("</channel></rss>", "") + old.partition("<title>Dockside</title>")[2]
    outlet.pages["/feed.xml"] = Page(both)
    turn(config, at=datetime.fromisoformat("2026-12-23T02:00:00+00:00"))
    assert last_poll("new_count, refused, overlap, is_overflow") == (1, {"too_old": 1}, 0.0, False)


@pytest.mark.db
def test_a_feed_that_moved_for_good_and_one_that_is_only_elsewhere_today(outlet: Outlet) -> None:
    outlet.pages = {
        "/old.xml": Page("", 301, {"Location": "{base}/older.xml"}),
        "/older.xml": Page("", 308, {"Location": "/new.xml"}),
        "/today.xml": Page("", 301, {"Location": "/tonight.xml"}),
        "/tonight.xml": Page("", 302, {"Location": "/new.xml"}),
        "/page.xml": Page("", 301, {"Location": "/front"}),
        "/front": Page("<!doctype html><html><body>Welcome</body></html>"),
        "/new.xml": Page(rss("one")),
    }
    config = source(outlet, "/old.xml", "/today.xml", "/page.xml")
    turn(config)
    moved = "SELECT moved_to, moved_since FROM core.feed ORDER BY url"
    assert [(str(to).removeprefix(outlet.base), since is not None) for to, since in rows(moved)] == [
        ("/new.xml", True), ("None", False), ("None", False),
    ]  # fmt: skip
    assert {str(url).removeprefix(outlet.base) for (url,) in rows("SELECT final_url FROM raw.poll")} == {
        "/new.xml",
        "/front",
    }
    outlet.pages["/old.xml"] = Page(rss("one"))
    turn(config, at=NOW + HOUR)
    assert set(rows(moved)) == {(None, None)}


@pytest.mark.db
def test_a_resting_feed_is_left_out_counted_and_woken_by_a_success(outlet: Outlet) -> None:
    outlet.pages = {"/good.xml": Page(rss("one"))}
    config = source(outlet, "/good.xml", "/gone.xml")
    turn(config)
    with db.engine("loader").begin() as connection:
        connection.execute(
            text("UPDATE core.feed SET failure_points = 99, last_ok_at = :at WHERE url LIKE '%gone.xml'"),
            {"at": NOW - timedelta(days=9)},
        )
    turn(config, at=NOW + timedelta(days=1))
    standing = "SELECT resting_since, last_reason FROM core.feed WHERE url LIKE '%gone.xml'"
    resting_since, reason = one(standing)
    assert resting_since is not None
    assert reason == "not_found"
    counts = turn(config, at=NOW + timedelta(days=1, hours=2))
    assert (counts.rows_in, counts.reasons) == (1, {"ok": 1, "resting": 1})
    outlet.pages["/gone.xml"] = Page(rss("back"))
    counts = turn(config, at=NOW + timedelta(days=2, hours=6))
    assert counts.reasons == {"ok": 2}
    assert one(standing) == (None, None)


@pytest.mark.db
@pytest.mark.parametrize(
    ("hints", "minutes"),
    [
        ("<ttl>120</ttl>", 120),
        ("<ttl>0</ttl><skipHours><hour>0</hour><hour>99</hour></skipHours>", 30),
        ("<ttl>99999999999999999999</ttl>", 30),
        ("<ttl>forever</ttl><sy:updatePeriod>yearly</sy:updatePeriod>", 30),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", 60),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 360),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>-3</sy:updateFrequency>", 30),
        ("<ttl>10080</ttl>", 30),
        (f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(24))}</skipHours>", 30),
    ],
)
def test_what_a_feed_says_of_its_pace(outlet: Outlet, hints: str, minutes: int) -> None:
    head = '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
    outlet.pages = {"/feed.xml": Page(rss("one").replace('<rss version="2.0"><channel>', head + hints))}
    turn(source(outlet, "/feed.xml"))
    (seconds,) = one("SELECT extract(epoch FROM next_poll_at - last_polled_at)::int FROM core.feed")
    assert 0.79 * minutes * 60 <= int(str(seconds)) < minutes * 60


@pytest.mark.slow
def test_fifty_thousand_addresses_without_news_tags_in_bounded_memory() -> None:
    base = "https://www.dockside.example/sitemap.xml"
    rows_of = "".join(f"<url><loc>https://www.dockside.example/news/story-{n}</loc></url>" for n in range(50_000))
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows_of}</urlset>'.encode()
    tracemalloc.start()
    parsed = parse(body, base=base, max_bytes=60_000_000)
    parsing = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    # Tracing makes the judging slow, and it needs the same for each item: a tenth will do.
    chosen = select(parsed.items[:5_000], base=base, homepage="https://www.dockside.example/", oldest=NOW)
    judging = tracemalloc.get_traced_memory()[1] - tracemalloc.get_traced_memory()[0]
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(parsed.items) == 50_000
    assert (len(chosen.listings), chosen.refused) == (5_000, {})
    assert parsing < 20_000_000  # measured: 9 MB, 170 bytes an item beside the body
    assert kept < 20_000_000  # measured: 10 MB, 350 bytes more for each listing
    assert judging < 5_000_000


def test_the_page_of_a_live_blog_is_no_hub() -> None:
    """The channel of a live blog links to the article that all its items are parts of."""
    page = "https://www.dockside.example/news/2026-11-23-harbour-live"
    items = parse(
        f'<rss version="2.0"><channel><link>{page}</link><item><link>{page}#p1</link></item></channel></rss>'.encode(),
        base=page,
        max_bytes=10_000,
    )
    chosen = select(items.items, base=page, homepage="https://www.dockside.example/", oldest=NOW, hubs=items.hub_urls)
    assert (len(chosen.listings), chosen.refused.get(Reason.HUB_PAGE)) == (1, None)
