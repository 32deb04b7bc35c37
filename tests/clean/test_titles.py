"""Titles: the headline without the outlet's name."""

from __future__ import annotations

import pytest

from pipeline.clean.content import PageHints
from pipeline.clean.page import clean_page
from pipeline.clean.titles import without_site
from tests.clean.newspage import TITLE, page, paragraphs

SITE = {"valleypost", "valleypostexample"}


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Bridge to be rebuilt | Valley Post", "Bridge to be rebuilt"),
        ("Bridge to be rebuilt - Valley Post", "Bridge to be rebuilt"),
        ("Bridge to be rebuilt — Region — Valley Post", "Bridge to be rebuilt — Region"),
        ("Valley Post: Bridge to be rebuilt", "Valley Post: Bridge to be rebuilt"),
        ("Valley Post | Bridge to be rebuilt", "Bridge to be rebuilt"),
        ("The Valley Post – Bridge to be rebuilt", "The Valley Post – Bridge to be rebuilt"),
        ("Bridge to be rebuilt - The Valley Post", "Bridge to be rebuilt"),
        ("Bridge to be rebuilt | Local News | Valley Post", "Bridge to be rebuilt"),
        ("Valley Post | valleypost.example - Bridge to be rebuilt", "Bridge to be rebuilt"),
        ("Valley Post Letter #18 – Bridge to be rebuilt", "Valley Post Letter #18 – Bridge to be rebuilt"),
        ("议会决定重建大桥_新闻频道_谷报网", "议会决定重建大桥"),
        ("議会は橋の再建を決定｜谷新聞", "議会は橋の再建を決定"),
        ("الجسر يعاد بناؤه من جديد | بريد الوادي", "الجسر يعاد بناؤه من جديد"),
        ("Мост «Арден» построят заново — и быстро", "Мост «Арден» построят заново — и быстро"),
        ("Arden - Brask 3:1 - cup night ends late", "Arden - Brask 3:1 - cup night ends late"),
        ("Why well-being matters - and why not", "Why well-being matters - and why not"),
    ],
)
def test_the_sites_name_is_cut_off(raw: str, title: str) -> None:
    assert without_site(raw, SITE, raw) == title


def test_a_logo_set_as_h1_is_no_title() -> None:
    html = page().replace("<header>", "<header><h1>Valley Post</h1>")
    assert clean_page(html.encode()).title == TITLE


def test_without_h1_the_title_tag_loses_its_suffix() -> None:
    html = page().replace("<h1>", "<b>").replace("</h1>", "</b>")
    found = clean_page(html.encode())
    assert (found.title, found.title_method) == (TITLE, "title_tag")


def test_titles_hold_no_control_characters() -> None:
    assert clean_page(b"<html><title>Quay&#5; reopens\x0b today</title><p>x</html>").title == "Quay reopens today"


def test_the_feeds_title_helps_when_the_page_has_none() -> None:
    html = f"<html><body><article>{paragraphs()}</article></body></html>"
    found = clean_page(html.encode(), hints=PageHints(feed_title=TITLE))
    assert (found.title, found.title_method) == (TITLE, "feed")


def test_the_headline_does_not_open_the_text() -> None:
    body = f'<p class="kicker">Region</p><p>{TITLE}</p><p>By Nora Quill</p><p>23 November 2026, 08:15</p>{paragraphs()}'
    assert clean_page(page(body).encode()).text.startswith("The council of Lower Arden decided")


def without_h1(title_tag: str, head: str = "") -> bytes:
    return f"<html><head><title>{title_tag}</title>{head}</head><body><article>{paragraphs()}</article></body></html>".encode()


def test_a_suffix_learnt_of_the_source_is_cut_off() -> None:
    html = without_h1(f"{TITLE} - Arden Abendblatt")
    assert clean_page(html).title == f"{TITLE} - Arden Abendblatt"
    assert clean_page(html, hints=PageHints(title_suffixes=frozenset({"ardenabendblatt"}))).title == TITLE


def test_what_the_title_tag_adds_to_og_title_is_cut_off_the_other_forms() -> None:
    head = (
        f'<meta property="og:title" content="{TITLE}"><script type="application/ld+json">{{"@type": "NewsArticle", '
        f'"headline": "{TITLE} - Arden Abendblatt"}}</script>'
    )
    assert clean_page(without_h1(f"{TITLE} - Arden Abendblatt", head)).title == TITLE


def test_a_label_that_the_head_leaves_out_twice_goes() -> None:
    head = f'<meta property="og:title" content="{TITLE}">'
    html = page(head=head).replace(f"<h1>{TITLE}", f"<h1>Blog: {TITLE}")
    assert clean_page(html.encode()).title == TITLE


def test_a_label_that_the_head_has_too_stays() -> None:
    assert clean_page(page(title=f"WATCH: {TITLE}").encode()).title == f"WATCH: {TITLE}"


def test_a_rubric_before_a_bar_goes() -> None:
    assert clean_page(without_h1(f"Opinion | {TITLE}")).title == TITLE


def test_a_headline_cut_short_is_completed() -> None:
    head = f'<meta property="og:title" content="{TITLE[:24]}…">'
    assert clean_page(without_h1(TITLE, head)).title == TITLE


def test_the_h1_that_the_address_was_made_of_beats_a_title_for_search_engines() -> None:
    html = page(head='<meta property="og:title" content="Wenn crossing: cost, dates, ferry times">').replace(
        f"<title>{TITLE} | Valley Post", "<title>Wenn crossing: cost, dates, ferry times | Valley Post"
    )
    url = "https://valleypost.example/region/lower-arden-will-rebuild-its-flooded-bridge-4711"
    assert clean_page(html.encode(), url=url).title == TITLE


def test_section_and_date_before_the_outlet_go() -> None:
    title = "A ponte será reconstruída - 23/11/2026 - Cotidiano - Valley Post"
    assert without_site(title, SITE, title, {"cotidiano"}) == "A ponte será reconstruída"
    assert without_site("A ponte - Cotidiano", SITE, None, {"cotidiano"}) == "A ponte - Cotidiano"
    assert without_site("Мост построят заново - Valley Post, 23.11.2026", SITE) == "Мост построят заново"
