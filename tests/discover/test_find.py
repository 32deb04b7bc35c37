"""Finding an outlet's feeds, on a real server: what is tried, what is proposed, and what is only asked when needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from demo.outlets import OUTLETS
from demo.server import start_in_thread
from pipeline.discover.choose import Verdict, choose
from pipeline.discover.find import Finding, find_feeds
from pipeline.discover.guesses import guess
from pipeline.discover.home_page import facts_of_feed, feed_links
from pipeline.errors import Reason
from pipeline.http import Client
from pipeline.settings import Settings
from pipeline.sources.registry import address_identity
from pipeline.tag.language import RuleLanguageTagger
from pipeline.urls import host_of
from tests.discover.outlet_server import Outlet, Page, serve

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def find(url: str, **settings: object) -> Finding:
    async def search() -> Finding:
        values = Settings(_env_file=None, host_delay_s=0.0, retry_pause_s=0.01, **settings)  # type: ignore[arg-type]
        async with Client(values, frozenset({host_of(url)})) as client:
            return await find_feeds(client, url, NOW, values)

    return asyncio.run(search())


def rss(*numbers: int, title: str = "Dockside", day: int = 23) -> str:
    items = "".join(
        f"<item><title>Story number {n} of the day</title><link>{{base}}/news/{n}</link>"
        f"<pubDate>{day} Nov 2026 {n % 24:02}:00:00 +0100</pubDate></item>"
        for n in numbers
    )
    return (
        f"<rss version='2.0'><channel><title>{title}</title><link>{{base}}/</link><language>en-gb</language>"
        f"{items}</channel></rss>"
    )


def urlset(*numbers: int, tag: str = "<lastmod>2026-11-23</lastmod>") -> str:
    return "<urlset>" + "".join(f"<url><loc>{{base}}/news/{n}</loc>{tag}</url>" for n in numbers) + "</urlset>"


HOME = """<!doctype html><html lang="en-GB"><head><title>Latest | Dockside</title>
<link rel="alternate" type="application/rss+xml" title="All stories" href="/all.rss">
<link rel="alternate" type="application/rss+xml" title="Sport" href="/sport.rss">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed"></head>
<body><a href="/feeds/">Our feeds</a> <a href="/culture.xml">no feed by its name</a></body></html>"""


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with serve() as running:
        running.pages = {
            "/": Page(HOME),
            "/all.rss": Page(rss(*range(1, 21))),
            "/sport.rss": Page(rss(3, 4, 5)),
            "/comments/feed": Page(rss(900, 901)),
            "/feeds/": Page("<!doctype html><a href='/rss/opinion'>Opinion</a><a href='/rss/gone'>Gone</a>"),
            "/rss/opinion": Page(rss(18, 19, 20, 21, 22)),
            "/robots.txt": Page("User-agent: *\nDisallow: /secret\nSitemap: {base}/index.xml\nSitemap: /old.xml\n"),
            "/index.xml": Page(
                "<sitemapindex><sitemap><loc>{base}/news-1.xml</loc></sitemap><sitemap><loc>{base}/tags.xml</loc></sitemap></sitemapindex>"
            ),
            "/news-1.xml": Page(
                urlset(1, 2, 31, 32, tag="<news><publication_date>2026-11-23T10:00:00Z</publication_date></news>")
            ),
            "/old.xml": Page(urlset(*range(40, 60), tag="")),
        }
        yield running


def verdicts(finding: Finding, base: str, known: dict[str, str] | None = None) -> dict[str, tuple[bool, str]]:
    found: list[Verdict] = choose(finding, NOW, known or {})
    return {v.feed.url.removeprefix(base): (v.is_taken, v.why.replace(base, "")) for v in found}


def test_everything_is_found_and_what_repeats_is_left_out(outlet: Outlet) -> None:
    finding = find(f"{outlet.base}/")
    assert verdicts(finding, outlet.base) == {
        "/all.rss": (True, "brings most"),
        "/rss/opinion": (True, "2 items that the feeds above lack"),
        "/news-1.xml": (True, "a sitemap of news; 2 items that the feeds above lack"),
        "/sport.rss": (False, "all its 3 items are in /all.rss"),
        "/comments/feed": (False, "lists readers' comments"),
        "/rss/gone": (False, "not_found: the server answered 404 Not Found"),
        "/index.xml": (False, "lists the same 4 items as /news-1.xml"),
        "/old.xml": (False, "a sitemap without dates: it would bring every page of the site, however old"),
        "/": (False, "not_a_feed: none of the page's 0 links looks like an article's"),
    }
    by_path = {feed.url.removeprefix(outlet.base): feed for feed in finding.feeds}
    assert by_path["/all.rss"].found_by == "advertised by the front page"
    assert by_path["/rss/opinion"].found_by == f"linked from the page {outlet.base}/feeds/"
    assert by_path["/index.xml"].found_by == "named by robots.txt"
    assert by_path["/news-1.xml"].found_by == f"named by {outlet.base}/index.xml"
    assert (by_path["/all.rss"].probe.item_count, by_path["/all.rss"].probe.own_count) == (20, 20)
    # Asked once each, and no path was guessed, since there were feeds.
    once = [path for path in outlet.asked if path != "/news-1.xml"]  # read as a child too
    assert len(once) == len(set(once))
    assert not {"/feed", "/rss.xml", "/sitemap.xml"} & set(outlet.asked)


def test_what_a_source_has_already_is_left_out(outlet: Outlet) -> None:
    known = {address_identity(f"{outlet.base}/all.rss".replace("http:", "https:")): "dockside"}
    found = verdicts(find(f"{outlet.base}/"), outlet.base, known)
    assert found["/all.rss"] == (False, "source dockside has it already")
    assert found["/rss/opinion"][0] is True


def test_a_feed_given_comes_first_and_leads_to_its_front_page(outlet: Outlet) -> None:
    finding = find(f"{outlet.base}/sport.rss")
    assert finding.homepage == f"{outlet.base}/"
    found = verdicts(finding, outlet.base)
    assert found["/sport.rss"] == (True, "the one you gave")
    assert found["/all.rss"] == (True, "17 items that the feeds above lack")
    assert outlet.asked.count("/sport.rss") == 2  # once to see what it is, once as a feed


def test_usual_paths_are_guessed_only_without_feeds(outlet: Outlet) -> None:
    outlet.pages |= {"/": Page("<!doctype html><p>Dockside</p>"), "/robots.txt": Page("", 404)}
    outlet.pages |= {"/rss.xml": Page(rss(1, 2)), "/sitemap.xml": Page(urlset(1, 2, 3))}
    found = verdicts(find(f"{outlet.base}/"), outlet.base)
    assert found["/rss.xml"] == (True, "brings most")
    assert found["/sitemap.xml"] == (
        False,
        "lists pages of every kind and age; the feeds bring the news among them",
    )
    assert outlet.asked[-6:] == ["/feed", "/rss", "/rss.xml", "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml"]


def test_without_any_feed_the_front_page_is_offered(outlet: Outlet) -> None:
    links = "".join(f"<h2><a href='/news/{n}-story-of-the-day'>Story number {n} of the day</a></h2>" for n in range(6))
    outlet.pages = {"/": Page(f"<!doctype html><title>Dockside</title>{links}")}
    assert verdicts(find(f"{outlet.base}/"), outlet.base) == {
        "/": (True, "no feed brings its news, but 6 links of the page look like articles")
    }
    outlet.pages = {"/": Page("<!doctype html><title>Dockside</title><p>Closed")}
    assert not any(is_taken for is_taken, _ in verdicts(find(f"{outlet.base}/"), outlet.base).values())


def test_a_front_page_that_robots_closes(outlet: Outlet) -> None:
    outlet.pages["/robots.txt"] = Page("User-agent: *\nDisallow: /\nAllow: /news-1.xml\nSitemap: {base}/news-1.xml")
    finding = find(f"{outlet.base}/")
    assert finding.trouble == Reason.ROBOTS_DISALLOWED
    assert verdicts(finding, outlet.base) == {"/news-1.xml": (True, "brings most")}
    assert outlet.asked == ["/news-1.xml"]


@pytest.mark.parametrize(
    ("page", "trouble"), [(Page("", 404), Reason.NOT_FOUND), (Page("", 503), Reason.SERVER_ERROR), (None, Reason.NOT_FOUND)]
)  # fmt: skip
def test_an_address_that_fails_is_told_and_nothing_else_asked(
    outlet: Outlet, page: Page | None, trouble: Reason
) -> None:
    outlet.pages = {"/x": page} if page else {}
    finding = find(f"{outlet.base}/x")
    assert (finding.trouble, finding.feeds, set(outlet.asked)) == (trouble, (), {"/x"})


def test_a_host_that_is_not_there() -> None:
    assert find("http://127.0.0.1:9/", fetch_retries=0).trouble in (Reason.UNREACHABLE, Reason.ROBOTS_UNAVAILABLE)


def test_many_links_are_bounded(outlet: Outlet) -> None:
    outlet.pages["/"] = Page("<!doctype html>" + "".join(f"<a href='/rss/{n}'>Topic {n}</a>" for n in range(300)))
    finding = find(f"{outlet.base}/")
    assert len(outlet.asked) < 60
    assert finding.left_out > 200


def test_a_feed_cannot_make_us_ask_this_machine(outlet: Outlet) -> None:
    outlet.pages["/all.rss"] = Page(rss(1, 2).replace("{base}/</link>", "http://127.0.0.1:1/</link>", 1))
    finding = find(f"{outlet.base}/all.rss")
    assert finding.homepage == f"{outlet.base}/"
    outlet.pages["/"] = Page("<link rel=alternate type=application/rss+xml href='http://127.0.0.1:1/x.rss'>")
    (found,) = [feed for feed in find(f"{outlet.base}/").feeds if "127.0.0.1" in feed.url]
    assert found.probe.reason in (Reason.FORBIDDEN_ADDRESS, Reason.ROBOTS_UNAVAILABLE)
    assert found.probe.is_working is False


def test_links_to_feeds() -> None:
    html = """<base href="https://www.dockside.example/en/"><link rel="alternate feed" type="application/atom+xml" href="a?utm_source=x">
    <link rel="alternate" hreflang="de" href="/de"><link rel="alternate" type="application/json+oembed" href="/oembed">
    <a href="/feedback">Feedback</a><a href="/news/rss.xml#top">RSS</a><a href="?feed=rss2">All</a><a href="https://feeds.feedburner.com/dockside">F</a>
    <a href="https://other.example/rss.xml">Elsewhere</a><a href="mailto:rss@dockside.example">Mail</a><a href="//[bad/rss">x</a>"""
    found = feed_links(html.encode(), base="https://www.dockside.example/")
    assert [(link.url, link.is_advertised) for link in found] == [
        ("https://www.dockside.example/en/a?utm_source=x", True),
        ("https://www.dockside.example/news/rss.xml", False),
        ("https://www.dockside.example/en/?feed=rss2", False),
        ("https://feeds.feedburner.com/dockside", False),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<rss><channel><title>A</title><language>pt_BR</language><link>https://a.example/</link></channel></rss>",
         ("A", "pt-BR", "https://a.example/", None)),
        (b"<rss><channel><title>A</title><item><pubDate>Mon, 23 Nov 2026 10:00:00 -0330</pubDate></item></channel></rss>",
         ("A", None, None, -210)),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "A", "home_page_url": "https://a.example/", "language": "de"}',
         ("A", "de", "https://a.example/", None)),
        (b"<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fr'><title>A</title><updated>2026-11-23T10:00:00Z</updated></feed>",
         ("A", "fr", None, None)),
        (b'{"a": [', (None, None, None, None)),
        (b"\x00\xff garbage", (None, None, None, None)),
    ],
)  # fmt: skip
def test_what_a_feed_says_of_its_outlet(body: bytes, told: tuple[object, ...]) -> None:
    facts = facts_of_feed(body)
    assert (facts.name, facts.language_tag, facts.homepage, facts.offset_minutes) == told


@pytest.mark.slow
def test_the_demo_outlets_are_found_with_the_right_guesses() -> None:
    """Every outlet of the demo: a feed that works is proposed, and no guess is wrong (some cannot be made)."""
    made = 0
    with start_in_thread(date(2026, 11, 24)) as demo:
        for outlet in OUTLETS:
            finding = find(f"http://{outlet.slug}.localhost:{demo.port}/")
            taken = [v.feed for v in choose(finding, NOW, {}) if v.is_taken]
            paths = {feed.url.partition(str(demo.port))[2] for feed in taken}
            assert paths == {outlet.feeds[0].path}, outlet.slug
            guesses = guess(finding, taken, NOW, RuleLanguageTagger().language_of)
            assert guesses.name.value == outlet.name
            assert guesses.language.value == outlet.language
            for told, true in ((guesses.country.value, outlet.country), (guesses.time_zone.value, outlet.time_zone)):
                assert told in (true, None)
                made += told is not None
    assert made >= 12


def test_the_front_page_of_an_outlet_that_a_source_has_is_no_second_source(outlet: Outlet) -> None:
    finding = find(f"{outlet.base}/")
    links = tuple(f"{outlet.base}/2026/11/23/story-number-{n}-of-the-day" for n in range(9))
    page = finding.index_page or finding.feeds[0]
    working = replace(page, url=f"{outlet.base}/", probe=replace(page.probe, is_working=True, item_count=len(links)))
    known = {address_identity(feed.url): "dockside" for feed in finding.feeds}
    verdict = next(v for v in choose(replace(finding, index_page=working), NOW, known) if v.feed is working)
    assert (verdict.is_taken, verdict.why) == (False, "source dockside has this outlet's feeds already")
