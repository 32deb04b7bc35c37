"""The pure core on whole pages: every field of a good one, a reason for every bad one."""

from __future__ import annotations

import gzip
import random
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clean.content import PageHints
from pipeline.clean.page import clean_page, without_heavy
from tests.clean.newspage import JSON_LD, SENTENCES, TITLE, clean_lines, page, paragraphs


def test_every_field_of_an_article() -> None:
    head = JSON_LD + (
        '<link rel="canonical" href="/region/bridge-4711"><meta name="description" content="After two years.">'
        '<meta property="og:image" content="/img/bridge.jpg">'
    )
    found = clean_page(page(head=head).encode(), url="https://valleypost.example/region/bridge-4711?utm_source=x")
    assert found.title == TITLE
    assert found.text.split("\n") == clean_lines()
    assert found.authors == ("Nora Quill",)
    assert found.section == "Region"
    assert found.publisher_tags == ("bridges", "Lower Arden")
    assert found.canonical_url == "https://valleypost.example/region/bridge-4711"
    assert found.image_url == "https://valleypost.example/img/bridge.jpg"
    assert found.description == "After two years."
    assert found.language == "en"
    assert found.published is not None
    assert found.published.at == datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
    assert (found.published.precision, found.published.method) == ("second", "json_ld")
    assert found.judgement.verdict == "ok"
    assert found.judgement.quality > 0.8
    assert not found.is_paywalled


def test_the_same_bytes_give_the_same_content() -> None:
    html = page(head=JSON_LD).encode()
    assert clean_page(html) == clean_page(html)


def test_text_is_nfc() -> None:
    decomposed = unicodedata.normalize(
        "NFD", "Die Brücke über die Wümme wird größer als zuvor, sagte Bürgermeister Möhl. "
    )
    found = clean_page(page(f"<p>{decomposed * 8}</p>", language="de").encode())
    assert "Brücke" in found.text
    assert unicodedata.is_normalized("NFC", found.text)


def test_residue_in_the_middle_and_at_the_end_goes() -> None:
    body = (
        f"<p>{SENTENCES[0]} {SENTENCES[1]}</p><p>Advertisement</p><p>{SENTENCES[2]} {SENTENCES[3]}</p>"
        f"<p>Read more: Rowers win in the rain</p><p>{SENTENCES[4]} {SENTENCES[5]}</p>"
        f"<p>{SENTENCES[6]} {SENTENCES[7]}</p><p>Tags</p><p>Share this article</p>"
    )
    assert clean_page(page(body).encode()).text.split("\n") == clean_lines()


def test_article_body_in_json_ld_is_read_where_the_page_shows_none() -> None:
    stated = "\\n".join(clean_lines())
    html = (
        f'<html><head><title>{TITLE}</title><script type="application/ld+json">{{"@type": "NewsArticle", '
        f'"headline": "{TITLE}", "articleBody": "{stated}"}}</script></head><body><div id="root"></div></body></html>'
    )
    found = clean_page(html.encode())
    assert found.extractor == "json_ld"
    assert found.text.split("\n") == clean_lines()


GARBAGE = {
    "error_page": page(
        "<p>The page you are looking for may have been moved. Try the search.</p>", title="404 – Page not found"
    ),
    "consent_wall": page(
        "<p>We and our 842 partners store and access information such as cookies and process personal data. With "
        "your consent we show personalised ads. You can accept all, reject all or manage preferences in our privacy "
        "policy; some of our partners rely on legitimate interest.</p>",
        title="Valley Post",
    ),
    "index_page": (
        "<html><head><title>Sport | Valley Post</title></head><body><h1>Sport</h1>"
        + "".join(
            f'<div class="teaser"><h2><a href="/a{n}">Rowers win race number {n} in the rain</a></h2>'
            f'<p><a href="/a{n}">A short look at race {n}</a></p></div>'
            for n in range(30)
        )
        + "</body></html>"
    ),
    "too_short": page("<p>More follows soon.</p>"),
    "empty": "<html><head><title>Valley Post</title></head><body></body></html>",
    "paywall": page(
        f"<p>{SENTENCES[0]}</p>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lower Arden will rebuild its '
        'flooded bridge", "isAccessibleForFree": "False"}</script>',
    ),
    "teaser": page(
        "<p>The council of Lower Arden decided on Monday to rebuild the old bridge over the river Wenn after two "
        "years of talks with the villages on the far bank …</p>"
    ),
    "boilerplate": page(
        "<p>All rights reserved. These terms and conditions apply to the use of this site, its archive and its "
        "contents by any reader, company or machine.</p><p>This material may not be published, broadcast, rewritten "
        "or redistributed in whole or in part without permission.</p>",
        title="Terms of use",
    ),
    "not_text": "%PDF-1.7\n%âãÏÓ\n1 0 obj",
}


@pytest.mark.parametrize("reason", GARBAGE)
def test_garbage_is_quarantined_by_its_name(reason: str) -> None:
    found = clean_page(GARBAGE[reason].encode())
    assert (found.judgement.verdict, found.judgement.reason) == ("quarantined", reason)
    assert reason in found.judgement.reasons
    assert found.judgement.quality <= 0.4
    assert found.judgement.detail


def test_text_of_quarantined_pages_is_kept() -> None:
    assert SENTENCES[0] in clean_page(GARBAGE["paywall"].encode()).text


def test_a_whole_article_behind_a_lock_is_kept_and_marked() -> None:
    lock = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    varied = tuple(f"{sentence[:-1]}, part {n} of the story says." for n in range(3) for sentence in SENTENCES)
    found = clean_page(page(paragraphs(varied), lock).encode())
    assert found.is_paywalled
    assert found.judgement.verdict == "ok"


def test_a_locked_related_article_locks_nothing() -> None:
    other = (
        '<script type="application/ld+json">[{"@type": "NewsArticle", "headline": "Lower Arden will rebuild its '
        'flooded bridge"}, {"@type": "NewsArticle", "headline": "Another", "isAccessibleForFree": false}]</script>'
    )
    assert not clean_page(page(head=other).encode()).is_paywalled


def test_an_article_about_cookies_and_errors_is_an_article() -> None:
    body = (
        "<p>Publishers need the consent of readers before they store cookies, the regulator said on Tuesday. The rule "
        "covers personal data of every kind and takes effect in May, ministers agreed in Brussels.</p>" + paragraphs()
    )
    assert clean_page(page(body, title="Error in the cookie law angers publishers").encode()).judgement.verdict == "ok"


def test_feeds_and_sitemaps_are_no_pages() -> None:
    found = clean_page(b'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>Valley Post</title></channel></rss>')
    assert found.judgement.reason == "index_page"


NOTHING = "<html><body></body></html>"
ODD = {
    "no bytes": (b"", "empty"),
    "blanks": (b" \n\t\x00 ", "empty"),
    "random bytes": (random.Random(23).randbytes(50_000), "not_text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "not_text"),
    "broken gzip": (b"\x1f\x8b\x08" + b"\x01" * 80, "not_text"),
    "open brackets": (b"<" * 200_000, "empty"),
    "open scripts": (b"<script>" * 50_000, "empty"),
    "deep nesting": (b"<div><span><b>" * 30_000 + b"words" + b"</b></span></div>" * 30_000, "empty"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_have_a_reason(name: str) -> None:
    data, reason = ODD[name]
    assert clean_page(data).judgement.reason == reason


def test_stray_zero_bytes_and_lone_surrogates_do_not_stop_a_page() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lower Arden will rebuild \\ud83d", '
        '"author": {"@type": "Person", "name": "Nora \\udc00 Quill"}}</script>'
    )
    html = page(head=head).replace("bridge over", "bri\x00dge over &#xD800;").encode()
    found = clean_page(html)
    assert "\x00" not in found.text
    assert SENTENCES[1] in found.text
    for text in (found.text, found.title or "", *found.authors):
        text.encode()  # a lone surrogate would raise


def test_gzip_that_the_server_forgot_to_name_is_unpacked() -> None:
    assert clean_page(gzip.compress(page().encode())).text.split("\n") == clean_lines()


def test_html_sent_as_plain_text_is_read_as_html() -> None:
    found = clean_page(page().encode(), hints=PageHints(content_type="text/plain"))
    assert found.text.split("\n") == clean_lines()


def test_the_sample_clipping(shared: Path) -> None:
    raw = (shared / "samples" / "clipping.txt").read_bytes()
    found = clean_page(raw, hints=PageHints(content_type="text/plain"))
    lines = found.text.split("\n")
    assert found.title == "Pakistan Urges Global Intervention Amid Tensions with India During London Visit"
    assert len(lines) == 9
    assert not {"Advertisement", "Tags"} & set(lines)
    assert found.language == "en"
    assert found.judgement.verdict == "ok"


def test_scripts_and_styles_of_a_huge_page_go_and_its_data_stays() -> None:
    markup = (
        "<p>a</p><SCRIPT>x<y</script ><style>p{}</style><script type='application/ld+json'>{}</script><p>b</p><svg>"
    )
    assert without_heavy(markup) == "<p>a</p>  <script type='application/ld+json'>{}</script><p>b</p><svg>"


def test_scripts_that_nobody_closes_take_no_time_by_their_square() -> None:
    markup = "<script src=a>" * 300_000
    assert without_heavy(f"{markup}<style>x</style>end") == f"{markup} end"
