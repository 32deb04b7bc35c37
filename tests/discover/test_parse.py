"""Feeds and sitemaps, bytes in, items out. All documents are invented and dated around 23 November 2026."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.discover.items import FeedItem, ParsedFeed
from pipeline.discover.parse import parse
from pipeline.errors import Reason

BASE = "https://www.dockside.example/feeds/news.xml"
MORNING = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)

RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Dockside</title><link>https://www.dockside.example/</link>
<item><title>Ferry &amp;amp; crane: quay reopens</title><link>https://www.dockside.example/news/ferry-1</link>
<pubDate>Mon, 23 Nov 2026 06:30:00 GMT</pubDate></item>
<item><title>Étude du port – « tout va bien »</title><link>/news/etude-2</link>
<pubDate>Mon, 23 Nov 2026 08:30:00 +0200</pubDate></item>
<item><title>No link, but a permalink</title><guid isPermaLink="true">https://www.dockside.example/news/3</guid></item>
</channel></rss>
"""

ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://www.dockside.example/atom/">
<title>Dockside</title><id>tag:dockside.example,2026:feed</id><updated>2026-11-23T07:00:00Z</updated>
<entry><title type="text">Use &lt;b&gt; for bold</title><id>tag:1</id>
<link rel="enclosure" href="/sound/1.mp3"/><link rel="alternate" type="text/html" href="one"/>
<published>2026-11-23T06:30:00Z</published><updated>2026-11-23T07:00:00Z</updated></entry>
<entry><title>Only updated</title><id>tag:2</id><link href="https://www.dockside.example/two"/>
<updated>2026-11-23T06:30:00Z</updated></entry></feed>
"""

JSON_FEED = """\
{"version": "https://jsonfeed.org/version/1.1", "title": "Uferbote", "items": [
 {"id": "1", "url": "https://uferbote.example/a", "title": "Brücke gesperrt",
  "date_published": "2026-11-23T07:30:00+01:00"},
 {"id": "https://uferbote.example/b", "content_text": "no title, no date"},
 {"id": "3", "title": "no address"}]}
"""

SITEMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://www.dockside.example/news/1?a=1&amp;b=2</loc>
  <news:news><news:publication><news:name>Dockside</news:name><news:language>en</news:language></news:publication>
  <news:publication_date>2026-11-23T06:30:00Z</news:publication_date><news:title>Quay reopens</news:title></news:news>
  <image:image><image:loc>https://img.dockside.example/1.jpg</image:loc></image:image></url>
<url><loc>https://www.dockside.example/news/2</loc><lastmod>2026-11-22</lastmod></url>
</urlset>
"""

INDEX = """\
<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://www.dockside.example/sitemap-2026-11.xml</loc><lastmod>2026-11-23</lastmod></sitemap>
<sitemap><loc>https://www.dockside.example/sitemap-news.xml?outputType=xml</loc></sitemap>
</sitemapindex>
"""


def read(body: bytes | str, content_type: str | None = None, max_bytes: int = 10_000_000) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse(data, base=BASE, max_bytes=max_bytes, content_type=content_type)


def test_rss() -> None:
    parsed = read(RSS)
    assert (parsed.kind, parsed.reason) == ("rss", None)
    assert parsed.items == (
        FeedItem("https://www.dockside.example/news/ferry-1", "Ferry & crane: quay reopens", MORNING),
        FeedItem("https://www.dockside.example/news/etude-2", "Étude du port – « tout va bien »", MORNING),
        FeedItem("https://www.dockside.example/news/3", "No link, but a permalink", None),
    )


def test_atom_links_against_its_own_base_and_shows_text_as_text() -> None:
    parsed = read(ATOM)
    assert (parsed.kind, parsed.reason) == ("atom", None)
    assert parsed.items == (
        FeedItem("https://www.dockside.example/atom/one", "Use <b> for bold", MORNING),
        FeedItem("https://www.dockside.example/two", "Only updated", MORNING),
    )


def test_rss_1_0_dates_are_dublin_core() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="https://dw.example/a-1"><title>Wahl</title>'
        "<link>https://dw.example/a-1</link><dc:date>2026-11-23T06:30:00Z</dc:date></item></rdf:RDF>"
    )
    assert read(rdf).items == (FeedItem("https://dw.example/a-1", "Wahl", MORNING),)


def test_json_feed() -> None:
    parsed = read(JSON_FEED)
    assert (parsed.kind, parsed.reason) == ("json_feed", None)
    assert parsed.items == (
        FeedItem("https://uferbote.example/a", "Brücke gesperrt", MORNING),
        FeedItem("https://uferbote.example/b", None, None),
        FeedItem(None, "no address", None),
    )


def test_sitemap_with_news_tags_and_without() -> None:
    parsed = read(SITEMAP)
    assert (parsed.kind, parsed.reason) == ("sitemap", None)
    assert parsed.items == (
        FeedItem("https://www.dockside.example/news/1?a=1&b=2", "Quay reopens", MORNING, None),
        FeedItem("https://www.dockside.example/news/2", None, None, datetime(2026, 11, 22, tzinfo=UTC)),
    )


def test_sitemap_index_keeps_parameters_and_reads_a_day_as_its_end() -> None:
    parsed = read(INDEX)
    assert (parsed.kind, parsed.items) == ("sitemap_index", ())
    assert [(c.url, c.modified_at) for c in parsed.children] == [
        ("https://www.dockside.example/sitemap-2026-11.xml", datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)),
        ("https://www.dockside.example/sitemap-news.xml?outputType=xml", None),
    ]


def test_sitemap_namespaces_are_not_believed() -> None:
    bare = "<urlset><url><loc>https://a.example/1</loc><news:news><news:title>T</news:title></news:news></url></urlset>"
    old = SITEMAP.replace("www.sitemaps.org/schemas/sitemap/0.9", "www.google.com/schemas/sitemap/0.84")
    assert read(bare).items == (FeedItem("https://a.example/1", "T"),)
    assert len(read(old).items) == 2


def test_plain_list_of_addresses() -> None:
    parsed = read("https://a.example/1\r\nhttps://a.example/2\n\n")
    assert [item.url for item in parsed.items] == ["https://a.example/1", "https://a.example/2"]


@pytest.mark.parametrize("document", [RSS, ATOM, JSON_FEED, SITEMAP, INDEX])
def test_gzip_reads_like_plain(document: str) -> None:
    plain = read(document)
    assert plain.items or plain.children
    assert read(gzip.compress(document.encode())) == plain
    halves = gzip.compress(document[:90].encode()) + gzip.compress(document[90:].encode())
    assert read(halves) == plain


def test_cut_off_gzip_gives_what_could_be_saved() -> None:
    many = SITEMAP.replace(
        "</urlset>", "".join(f"<url><loc>https://a.example/{n * 7919 % 10007}</loc></url>" for n in range(3000))
    )
    whole = gzip.compress(many.encode())
    parsed = read(whole[: len(whole) // 2])
    assert parsed.reason is Reason.BROKEN_FEED
    assert 100 < len(parsed.items) < 3000


def test_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * 80_000_000)
    tracemalloc.start()
    parsed = read(bomb, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parsed.reason is Reason.TOO_LARGE
    assert peak < 10_000_000


@pytest.mark.parametrize("document", [RSS, ATOM, SITEMAP])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings(document: str, encoding: str) -> None:
    declared = document.replace('="UTF-8"', '="UTF-16"').replace('="utf-8"', '="UTF-16"')
    assert read(declared.encode(encoding)).items == read(document).items


@pytest.mark.parametrize(
    ("declared", "actual", "header"),
    [
        ("ISO-8859-1", "utf-8", None),  # the declaration lies
        ("UTF-8", "cp1252", None),
        ("UTF-8", "utf-8", "text/xml; charset=iso-8859-1"),  # the header lies
        ("no-such-encoding", "utf-8", "text/xml"),
        ("windows-1252", "cp1252", "text/xml; charset=utf-8"),
    ],
)
def test_mislabelled_charsets(declared: str, actual: str, header: str | None) -> None:
    body = RSS.replace('encoding="UTF-8"', f'encoding="{declared}"').replace(" – ", " ").encode(actual)
    assert read(body, header).items[1].title == "Étude du port « tout va bien »"


def test_header_charset_counts_where_nothing_else_is_said() -> None:
    body = '<rss version="2.0"><channel><item><title>Ціни на хліб</title><link>https://ua.example/1</link></item></channel></rss>'
    assert read(body.encode("cp1251"), "text/xml; charset=windows-1251").items[0].title == "Ціни на хліб"


def test_sitemap_that_lies_about_its_charset() -> None:
    body = SITEMAP.replace("Quay reopens", "کراچی کی بندرگاہ").replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
    assert read(body).items[0].title == "کراچی کی بندرگاہ"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><html><title>Cookies</title><body><a href='/x'>x</a></body></html>", Reason.NOT_A_FEED),
        ('<?xml version="1.0"?>\n<!-- x -->\n<html xmlns="http://www.w3.org/1999/xhtml"/>', Reason.NOT_A_FEED),
        ('{"error": "not found"}', Reason.NOT_A_FEED),
        ("Service unavailable", Reason.NOT_A_FEED),
        ("<opml version='2.0'><body><outline/></body></opml>", Reason.NOT_A_FEED),
        ('{"version": "https://jsonfeed.org/version/1", "items": [{"url": "htt', Reason.BROKEN_FEED),
        ("[" * 100_000, Reason.BROKEN_FEED),
        ("", Reason.BROKEN_FEED),
        (" \n", Reason.BROKEN_FEED),
    ],
)  # fmt: skip
def test_what_is_no_feed(body: str, reason: Reason) -> None:
    parsed = read(body)
    assert (parsed.reason, parsed.items, parsed.children) == (reason, (), ())
    assert parsed.detail


@pytest.mark.parametrize("document", [RSS, SITEMAP])
def test_a_document_that_breaks_off_gives_what_came_before(document: str) -> None:
    parsed = read(document[: document.rindex("<", 0, len(document) - 40)])
    assert parsed.reason is Reason.BROKEN_FEED
    assert parsed.items[0].url == read(document).items[0].url


def test_an_empty_feed_is_a_feed() -> None:
    parsed = read('<rss version="2.0"><channel><title>Quiet</title></channel></rss>')
    assert (parsed.kind, parsed.items, parsed.reason) == ("rss", (), None)


def test_junk_before_the_declaration_and_control_characters_in_titles() -> None:
    body = RSS.replace("Ferry", "Fer\x00r\x0by&#x1;")
    parsed = read("\n\n<!-- cached -->\n" + body)
    assert (parsed.reason, parsed.items[0].title) == (None, "Ferry & crane: quay reopens")


def test_titles_are_bounded_and_storable() -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": [{"url": "https://a.example/1", "title": "%s"}]}'
    assert len(read(feed % ("word " * 1_000)).items[0].title or "") <= 1_000
    assert read(feed % r"a\ud800\u0000b").items[0].title == "ab"


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00", "Mon, 45 Nov 2026", "9999-99-99T00:00:00Z"]
)
def test_nonsense_dates_are_no_dates(date: str) -> None:
    assert read(RSS.replace("Mon, 23 Nov 2026 06:30:00 GMT", date)).items[0].published_at is None
    assert read(SITEMAP.replace("2026-11-23T06:30:00Z", date)).items[0].published_at is None


def test_dates_in_the_future_stay_as_claimed() -> None:
    later = read(RSS.replace("23 Nov 2026 06:30:00 GMT", "23 Nov 2027 06:30:00 GMT")).items[0].published_at
    assert later == datetime(2027, 11, 23, 6, 30, tzinfo=UTC)


BOMB = (
    "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)


@pytest.mark.parametrize("document", [RSS, SITEMAP])
def test_entities_are_not_blown_up(document: str) -> None:
    head, _, rest = document.partition("\n")
    body = head + BOMB + rest.replace("Quay reopens", "&a9;").replace("quay reopens", "&a9;")
    tracemalloc.start()
    parsed = read(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert all(len(item.title or "") < 1_001 for item in parsed.items)


def test_no_file_and_no_address_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    # A body that is a path must not be taken for a file name.
    assert "SECRET" not in repr(read(str(secret)))
    document = SITEMAP.replace("\n", f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "{secret.as_uri()}">]>\n', 1).replace(
        "Quay", "&x;"
    )
    assert "SECRET" not in repr(read(document))


def test_deep_nesting_ends() -> None:
    assert read("<rss><channel>" + "<item>" * 50_000).kind == "rss"
    assert read("<urlset>" + "<url>" * 50_000).reason is Reason.BROKEN_FEED


def test_a_feed_over_the_limit_is_refused() -> None:
    parsed = read(RSS.replace("</channel>", " " * 15_000_000 + "</channel>"), max_bytes=60_000_000)
    assert (parsed.reason, parsed.items) == (Reason.TOO_LARGE, ())


@pytest.mark.parametrize(
    ("title", "encoding"),
    [
        ("Ціни на хліб зросли втричі, повідомляє міністерство сільського господарства України", "cp1251"),
        ("Как пережить новогоднюю ночь: советы врачей и спасателей тем, кто остался в городе", "koi8-r"),
        ("港口今天早上重新开放，市长表示维修工程已经全部完成，渡轮恢复正常运行", "gb18030"),
        ("港の岸壁が今朝ふたたび開かれ、市長は修理がすべて終わったと発表した", "euc-jp"),
        ("בתי המשפט נפתחים מחדש לאחר שביתה של שבועיים, ועורכי הדין חוזרים לאולמות הדיונים", "cp1255"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy", "utf-8"),
    ],
)
def test_a_feed_that_declares_nothing_is_read_by_its_letters(title: str, encoding: str) -> None:
    body = f"<rss><channel><item><title>{title}</title><link>https://a.example/1</link></item></channel></rss>"
    assert read(body.encode(encoding)).items[0].title == title


def test_western_text_that_declares_nothing_stays_western() -> None:
    body = "<rss><channel><item><title>Über den Fluß: «été» à Malmö</title></item></channel></rss>"
    assert read(body.encode("cp1252")).items[0].title == "Über den Fluß: «été» à Malmö"


@pytest.mark.parametrize("codec", ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "hex"])
def test_codecs_that_only_python_has_are_no_encodings(codec: str) -> None:
    body = f'<?xml version="1.0" encoding="{codec}"?><rss><channel><item><title>Fluß \\u0041</title></item></channel></rss>'
    assert read(body.encode("cp1252")).items[0].title == "Fluß \\u0041"
