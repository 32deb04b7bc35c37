"""The newsroom over HTTP: routing, feeds, conditional requests and everything that goes wrong on purpose."""

from __future__ import annotations

import gzip
import json
import time
from datetime import timedelta

import feedparser
import pytest
from lxml import etree

from demo.newsroom import Article, Newsroom
from demo.outlets import OUTLETS, Outlet
from demo.server import start_in_thread
from tests.demo.conftest import MONDAY, Client

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def first(newsroom: Newsroom, delivery: str) -> tuple[Article, str]:
    article = next(a for a in newsroom.articles if a.delivery == delivery)
    return article, newsroom.url(article.outlet, article.path)


def trouble(newsroom: Newsroom, kind: str) -> str:
    items = (item for outlet in OUTLETS for item in newsroom.troubles(outlet.slug))
    return next(item.url for item in items if item.trouble and item.trouble.kind == kind)


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda o: o.slug)
def test_home_sections_and_articles_open(demo: Client, newsroom: Newsroom, outlet: Outlet) -> None:
    article = next(a for a in newsroom.of(outlet.slug) if a.delivery == "plain")
    for path in ("/", outlet.section_path(article.section), article.path):
        answer = demo.get(newsroom.url(outlet.slug, path))
        assert answer.status == 200
        assert article.headline in " ".join(etree.HTML(answer.body.decode()).itertext())
    assert demo.get(newsroom.url(outlet.slug, f"/img/{article.number}.svg")).status == 200
    assert demo.get(newsroom.url(outlet.slug, "/no/such/page-1")).status == 404


def test_an_unknown_host_gets_a_404(demo: Client) -> None:
    assert demo.get(f"http://nobody.localhost:{demo.port}/").status == 404
    assert demo.get(f"http://127.0.0.1:{demo.port}/").status == 404


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda o: o.slug)
def test_feeds_are_well_formed_and_complete(demo: Client, newsroom: Newsroom, outlet: Outlet) -> None:
    for feed in outlet.feeds:
        answer = demo.get(newsroom.url(outlet.slug, feed.path))
        assert answer.status == 200
        wanted = [item.url for item in newsroom.items(outlet, feed)]
        assert wanted
        if feed.kind == "json_feed":
            listed = [item["url"] for item in json.loads(answer.body)["items"]]
        elif feed.kind == "sitemap":
            listed = _sitemap_urls(demo, answer.body)
        elif feed.kind == "index_page":
            links = etree.fromstring(answer.body, etree.HTMLParser()).xpath("//article//a/@href")
            listed = [str(link) for link in links]
        else:
            parsed = feedparser.parse(answer.body)
            assert not parsed.bozo
            assert all(entry.published_parsed and entry.id for entry in parsed.entries)
            listed = [entry.link for entry in parsed.entries]
        assert sorted(listed) == sorted(wanted)


def _sitemap_urls(demo: Client, body: bytes) -> list[str]:
    root = etree.fromstring(body)
    found = [loc.text for loc in root.iter(f"{SITEMAP}loc")]
    if root.tag == f"{SITEMAP}urlset":
        return found
    return [url for part in found for url in _sitemap_urls(demo, gzip.decompress(demo.get(part).body))]


@pytest.mark.parametrize("outlet", OUTLETS, ids=lambda o: o.slug)
def test_conditional_requests_get_304(demo: Client, newsroom: Newsroom, outlet: Outlet) -> None:
    article = next(a for a in newsroom.of(outlet.slug) if a.delivery == "plain")
    for path in ("/", outlet.feeds[0].path, article.path):
        url = newsroom.url(outlet.slug, path)
        whole = demo.get(url)
        tag, changed = whole.headers["ETag"], whole.headers["Last-Modified"]
        assert demo.get(url, If_None_Match=tag).status == 304
        assert demo.get(url, If_Modified_Since=changed).status == 304
        assert demo.get(url, If_None_Match='"other"', If_Modified_Since=changed).status == 200
        assert demo.get(url, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status == 200
        assert demo.get(url, If_Modified_Since="yesterday").status == 200


def test_an_edit_shows_the_next_day_with_another_tag() -> None:
    with start_in_thread(MONDAY) as handle:
        demo, newsroom = Client(handle), Newsroom(MONDAY, handle.port)
        article = next(a for a in newsroom.articles if a.later is not None)
        url = newsroom.url(article.outlet, article.path)
        before = demo.get(url)
        moved = demo.get(f"http://newsroom.localhost:{handle.port}/_date?value=2026-11-24", "POST")
        after = demo.get(url, If_None_Match=before.headers["ETag"], If_Modified_Since=before.headers["Last-Modified"])
        assert moved.status == 200
        assert after.status == 200
        assert article.later is not None
        assert article.later.headline in after.body.decode()
        assert article.later.headline not in before.body.decode()
        assert after.headers["Last-Modified"] != before.headers["Last-Modified"]
        handle.set_date(MONDAY)
        assert demo.get(url).body == before.body


@pytest.mark.parametrize(
    ("kind", "status"),
    [("not_found", 404), ("gone", 410), ("too_many_always", 429), ("error_always", 500), ("soft_404", 200),
     ("consent_wall", 200), ("section_page", 200), ("home_page", 200), ("disallowed", 200)],
)  # fmt: skip
def test_lasting_troubles_last(demo: Client, newsroom: Newsroom, kind: str, status: int) -> None:
    url = trouble(newsroom, kind)
    assert [demo.get(url).status for _ in range(2)] == [status, status]


def test_429_says_when_to_come_back(demo: Client, newsroom: Newsroom) -> None:
    assert demo.get(trouble(newsroom, "too_many_always")).headers["Retry-After"] == "3600"


@pytest.mark.parametrize(("delivery", "status"), [("too_many_once", 429), ("error_once", 500)])
def test_passing_troubles_pass(demo: Client, newsroom: Newsroom, delivery: str, status: int) -> None:
    article, url = first(newsroom, delivery)
    answers = [demo.get(url) for _ in range(3)]
    assert [answer.status for answer in answers] == [status, 200, 200]
    assert article.headline in answers[1].body.decode()
    assert demo.get(url, If_None_Match=answers[1].headers["ETag"]).status == 304


def test_the_redirect_loop_never_ends(demo: Client, newsroom: Newsroom) -> None:
    url = trouble(newsroom, "redirect_loop")
    seen = []
    for _ in range(5):
        answer = demo.get(url)
        assert answer.status == 302
        seen.append(url)
        url = answer.headers["Location"]
    assert len(set(seen)) == 2


def test_the_redirect_chain_ends_at_the_article(demo: Client, newsroom: Newsroom) -> None:
    article, own = first(newsroom, "redirect_chain")
    short = newsroom.url(article.outlet, newsroom.short_link(article))
    hop = demo.get(short)
    last = demo.get(newsroom.url(article.outlet, hop.headers["Location"]))
    assert (hop.status, last.status, last.headers["Location"]) == (302, 301, own)
    assert f'<link rel="canonical" href="{own}">' in demo.get(own).body.decode()


def test_the_slow_page_takes_eight_seconds_and_is_whole(demo: Client, newsroom: Newsroom) -> None:
    article, url = first(newsroom, "slow")
    started = time.monotonic()
    answer = demo.get(url)
    assert 7 <= time.monotonic() - started <= 13
    assert article.paragraphs[-1] in " ".join(etree.HTML(answer.body.decode()).itertext())


def test_the_huge_page_is_twelve_megabytes_without_a_length(demo: Client, newsroom: Newsroom) -> None:
    answer = demo.get(trouble(newsroom, "huge"))
    assert len(answer.body) >= 12_000_000
    assert "Content-Length" not in answer.headers


def test_charsets_are_wrong_as_promised(demo: Client, newsroom: Newsroom) -> None:
    for delivery, declared in (("charset_missing", False), ("charset_wrong", True)):
        article, url = first(newsroom, delivery)
        answer = demo.get(url)
        assert answer.headers["Content-Type"] == "text/html"
        assert (b'charset="utf-8"' in answer.body) is declared
        assert article.headline in answer.body.decode("cp1256")
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode("utf-8")
    assert demo.get(trouble(newsroom, "charset_lost")).body.decode("utf-8").count("\ufffd") > 500


def test_a_paywall_shows_a_teaser_and_says_so(demo: Client, newsroom: Newsroom) -> None:
    article, url = first(newsroom, "paywall")
    page = demo.get(url).body.decode()
    shown = " ".join(etree.HTML(page).itertext())
    assert '"isAccessibleForFree": false' in page
    assert article.visible_paragraphs[0] in shown
    assert article.paragraphs[1] not in shown


def test_robots_closes_one_listed_address(demo: Client, newsroom: Newsroom) -> None:
    rules = demo.get(newsroom.url("savannah-daily", "/robots.txt")).body.decode()
    closed = rules.split("Disallow: ")[1].split()[0]
    assert closed in trouble(newsroom, "disallowed")
    assert demo.get(newsroom.url("prairie-wire", "/robots.txt")).status == 404


def test_one_feed_is_html_on_wednesdays() -> None:
    wednesday = MONDAY + timedelta(days=2)
    with start_in_thread(wednesday) as handle:
        demo, newsroom = Client(handle), Newsroom(wednesday, handle.port)
        url = newsroom.url("roznama-kinara", "/feed/latest/")
        broken = demo.get(url)
        assert (broken.status, broken.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert not feedparser.parse(broken.body).entries
        handle.set_date(wednesday + timedelta(days=1))
        assert feedparser.parse(demo.get(url).body).entries


def test_the_control_host_answers(demo: Client, newsroom: Newsroom) -> None:
    base = f"http://newsroom.localhost:{demo.port}"
    assert json.loads(demo.get(f"{base}/_health").body) == {"ok": True, "date": "2026-11-23"}
    assert len(json.loads(demo.get(f"{base}/_truth.json").body)) > 170
    assert "Uferbote" in demo.get(f"{base}/").body.decode()
    assert demo.get(f"{base}/_date?value=tomorrow", "POST").status == 400
    assert demo.get(newsroom.url("uferbote", "/_date?value=2026-01-01"), "POST").status == 405
