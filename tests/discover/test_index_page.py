"""HTML index pages: which links count as articles, and pages made to hurt."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo import pages
from demo.newsroom import Newsroom
from demo.outlets import OUTLETS
from pipeline.discover.index_page import MAX_ITEMS, NO_RULE, LinkRule, parse_index_page
from pipeline.discover.items import ParsedFeed
from pipeline.errors import Reason
from pipeline.urls import url_key

BASE = "https://www.dockside.example/news"
HEADLINE = "Quay reopens after two years of repairs"


def parse(html: str, rule: LinkRule = NO_RULE, base: str = BASE) -> ParsedFeed:
    return parse_index_page(html.encode(), base=base, content_type="text/html; charset=utf-8", rule=rule)


def taken(html: str, rule: LinkRule = NO_RULE) -> list[str | None]:
    return [item.url and item.url.removeprefix("https://www.dockside.example") for item in parse(html, rule).items]


@pytest.mark.parametrize(
    ("html", "is_taken"),
    [
        (f"<h2><a href='/news/quay-1234567.html'>{HEADLINE}</a></h2>", True),
        (f"<article><a href='/x/quay'><img src=1.jpg><h3>{HEADLINE}</h3></a></article>", True),
        (f"<ul><li><a href='/2026/11/23/quay'>{HEADLINE}</a></li></ul>", True),
        ("<h3><a href='/a/7654321'>سفينة تصل إلى المرسى القديم</a></h3>", True),
        ("<ul><li><a href='/a/7654321'>港口在两年维修后重新开放引起关注</a></li></ul>", True),
        (f"<article><header><h2><a href='/a/quay-reopens-after-repairs'>{HEADLINE}</a></h2></header></article>", True),
        (f"<nav><h2><a href='/news/quay-1234567.html'>{HEADLINE}</a></h2></nav>", False),
        (f"<div class='site-footer'><h2><a href='/news/quay-1234567.html'>{HEADLINE}</a></h2></div>", False),
        (f"<div role=navigation><a href='/news/quay-1234567.html'>{HEADLINE}</a></div>", False),
        (f"<aside><a href='/2026/11/23/quay'>{HEADLINE}</a></aside>", False),
        (f"<h2><a href='https://elsewhere.example/2026/11/23/quay'>{HEADLINE}</a></h2>", False),
        (f"<h2><a href='https://jobs.dockside.example/2026/11/23/quay'>{HEADLINE}</a></h2>", False),
        (f"<h2><a href='/tag/quay-repairs-of-the-harbour'>{HEADLINE}</a></h2>", False),
        (f"<h2><a href='/img/20261123-quay.jpg'>{HEADLINE}</a></h2>", False),
        ("<h2><a href='/sport/'>All the sport of the whole week</a></h2>", False),
        ("<h2><a href='/news#top'>Back to the top of this page</a></h2>", False),
        ("<li><a href='/2026/11/23/quay'>Comments</a></li>", False),
        ("<li><a href='javascript:void(0)'>Show more of the latest headlines</a></li>", False),
        (f"<article><p>{'The council met. ' * 9}<a href='/2026/11/20/x'>an earlier report on it</a></p></article>", False),
    ],
)  # fmt: skip
def test_what_counts_as_an_article(html: str, is_taken: bool) -> None:
    parsed = parse(f"<!doctype html><body>{html}</body>")
    assert bool(parsed.items) is is_taken, parsed
    assert parsed.kind == "index_page"
    assert parsed.reason == (None if is_taken else Reason.NOT_A_FEED)


def test_one_address_is_one_item_with_its_best_title_and_date() -> None:
    parsed = parse(
        f"<article><a href='/a/quay-1234567?utm_source=x'><img src=1.jpg></a><h2><a href='/a/quay-1234567'>{HEADLINE}</a>"
        "</h2><p><a href='/a/quay-1234567#comments'>All twelve comments of our dear readers about this</a></p>"
        "<time datetime='2026-11-23T01:10:00+01:00'>now</time></article>"
    )
    (item,) = parsed.items
    assert (item.url, item.title) == ("https://www.dockside.example/a/quay-1234567", HEADLINE)
    assert item.published_at == datetime(2026, 11, 23, 0, 10, tzinfo=UTC)


def test_json_ld_lists_count_even_without_a_link() -> None:
    listed = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "ItemList", "itemListElement": [
                {"@type": "ListItem", "position": 1, "url": "/a/1234567"},
                {"@type": "ListItem", "position": 2, "item": {"@id": "/a/ferry-late", "name": "Ferry is late once more, again"}},
                {"@type": "ListItem", "position": 3, "url": "https://other.example/a/1234567"},
            ]},
            {"@type": "BreadcrumbList", "itemListElement": [{"@type": "ListItem", "item": "/b/7654321"}]},
        ],
    }  # fmt: skip
    html = f"<script type='application/ld+json'>{json.dumps(listed)}</script><p>x</p>"
    assert [(i.url, i.title) for i in parse(html).items] == [
        ("https://www.dockside.example/a/1234567", None),
        ("https://www.dockside.example/a/ferry-late", "Ferry is late once more, again"),
    ]


def test_a_source_may_narrow_its_page() -> None:
    html = (
        f"<main><h2><a href='/news/1234567'>{HEADLINE}</a></h2><h2><a href='/live/1234568'>{HEADLINE}</a></h2></main>"
        f"<div id=more><h2><a href='/news/1234569'>{HEADLINE}</a></h2></div>"
    )
    assert taken(html) == ["/news/1234567", "/live/1234568", "/news/1234569"]
    assert taken(html, LinkRule(include=r"/news/\d+$")) == ["/news/1234567", "/news/1234569"]
    assert taken(html, LinkRule(exclude="/live/")) == ["/news/1234567", "/news/1234569"]
    assert taken(html, LinkRule(within="//main")) == ["/news/1234567", "/live/1234568"]
    assert taken(html, LinkRule(within="//*[@id='more']", exclude="live")) == ["/news/1234569"]
    assert taken(html, LinkRule(within="//section")) == []


def test_charsets_and_base() -> None:
    html = "<meta charset=windows-1251><base href='/old/'><h2><a href=1234567>Причал открыт после ремонта</a></h2>"
    parsed = parse_index_page(html.encode("cp1251"), base=BASE)
    assert [(i.url, i.title) for i in parsed.items] == [
        ("https://www.dockside.example/old/1234567", "Причал открыт после ремонта")
    ]
    wide = parse_index_page(html.encode("utf-16"), base=BASE)
    assert wide.items == parsed.items


def test_the_demo_front_pages_list_exactly_their_articles() -> None:
    newsroom = Newsroom(date(2026, 11, 23), 8790)
    for outlet in OUTLETS:
        articles = newsroom.of(outlet.slug)[:30]
        parsed = parse_index_page(
            pages.front_page(newsroom, outlet).encode(), base=newsroom.url(outlet.slug, "/"), content_type="text/html"
        )
        assert {url_key(item.url or ""): item.title for item in parsed.items} == {
            url_key(newsroom.url(outlet.slug, article.path)): article.headline for article in articles
        }, outlet.slug


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.BROKEN_FEED),
        (b"\x00" * 1_000, Reason.BROKEN_FEED),
        (b"<html><body><p>Nothing here</p></body></html>", Reason.NOT_A_FEED),
        (b"x" * 10_000_001, Reason.TOO_LARGE),
        (b"<div>" * 200_000 + b"<h2><a href='/a/1234567'>Quay reopens after repairs</a></h2>", None),
        (b"<a href='/a/1234567'>" * 100_000, None),
        (b"<h2><a href='/a/1234567'>" + b"word " * 1_000_000, None),
        (b"<a href='" + b"/a" * 2_000_000 + b"'>Quay reopens after two years</a>", Reason.NOT_A_FEED),
        (b"<script type=application/ld+json>" + b"[" * 1_000_000 + b"</script>", Reason.NOT_A_FEED),
        (b"".join(b"<h2><a href='/a/%d'>Quay reopens after two years</a></h2>" % (n + 1_000_000) for n in range(30_000)),
         Reason.TOO_LARGE),
        (b"&lol;" * 500_000, Reason.NOT_A_FEED),
    ],
    ids=["empty", "zeros", "no links", "large", "deep", "nested links", "long title", "long link", "deep json", "many", "entities"],
)  # fmt: skip
def test_pages_made_to_hurt_end_soon(body: bytes, reason: Reason | None) -> None:
    began = time.monotonic()
    parsed = parse_index_page(body, base=BASE, content_type="text/html")
    assert time.monotonic() - began < 20  # a few seconds at most; the bound is for a busy machine
    assert len(parsed.items) <= MAX_ITEMS
    if reason is not None:
        assert parsed.reason == reason
    assert all(len(item.title or "") <= 1_000 for item in parsed.items)


def test_real_pages_are_read_whole(shared: Path) -> None:
    """Real pages of many designs: none breaks the parser, most link to other articles of their site."""
    rows = [json.loads(line) for line in (shared / "pages" / "gold.jsonl").read_text().split("\n") if line][::16]
    found = [
        parse_index_page(gzip.decompress((shared / "pages" / row["file"]).read_bytes()), base=row["url"])
        for row in rows
        if row["url"]
    ]
    assert all(parsed.reason in (None, Reason.NOT_A_FEED) for parsed in found)
    assert sum(bool(parsed.items) for parsed in found) > len(found) / 2
