"""Titles, authors, section and tags."""

from __future__ import annotations

import pytest

from pipeline.clean.content import PageHints
from pipeline.clean.page import clean_page
from pipeline.clean.people import people_in
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


@pytest.mark.parametrize(
    ("raw", "people"),
    [
        ("By Nora Quill", ("Nora Quill",)),
        ("by Nora Quill and Li Wei, Staff Writers", ("Nora Quill", "Li Wei")),
        ("Von Jörg Möhl und Änne Droste", ("Jörg Möhl", "Änne Droste")),
        ("Par Zoé Lévêque, avec AFP", ("Zoé Lévêque",)),
        ("Por Ana Ruiz y José Díaz", ("Ana Ruiz", "José Díaz")),
        ("بقلم: سلمى الحداد", ("سلمى الحداد",)),
        ("山田太郎", ("山田太郎",)),
        ("Quill, Nora", ("Nora Quill",)),
        ("NORA QUILL", ("Nora Quill",)),
        ("Nora Quill (Reuters)", ("Nora Quill",)),
        ("Dr. Nora Quill, PhD", ("Nora Quill",)),
        ("Nora Quill; Nora Quill", ("Nora Quill",)),
        ("Nora de la Cruz", ("Nora de la Cruz",)),
        ("Reuters", ()),
        ("Valley Post", ()),
        ("Editorial Team", ()),
        ("Our Correspondent", ()),
        ("https://www.facebook.com/valleypost", ()),
        ("nora@valleypost.example", ()),
        ("admin", ()),
    ],
)
def test_authors_are_people(raw: str, people: tuple[str, ...]) -> None:
    assert people_in([raw], SITE) == people


def test_authors_from_the_byline_where_nothing_is_stated() -> None:
    body = f'<div class="byline">By <a rel="author" href="/nora">Nora Quill</a></div>{paragraphs()}'
    assert clean_page(page(body).encode()).authors == ("Nora Quill",)


def test_an_author_node_that_only_refers_is_looked_up() -> None:
    head = (
        '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Lower Arden will rebuild '
        'its flooded bridge", "author": {"@id": "#nora"}}, {"@type": "Person", "@id": "#nora", "name": "Nora Quill"}]}'
        "</script>"
    )
    assert clean_page(page(head=head).encode()).authors == ("Nora Quill",)


def test_section_from_the_breadcrumb_skips_home() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "BreadcrumbList", "itemListElement": [{"item": {"name": "Home"}},'
        ' {"item": {"name": "Business"}}]}</script>'
    )
    assert clean_page(page(head=head).encode()).section == "Business"


def test_json_ld_with_comments_and_trailing_commas() -> None:
    head = (
        '<script type="application/ld+json">/*<![CDATA[*/ {"@type": "NewsArticle", "author": {"name": "Nora Quill",},} '
        "/*]]>*/</script>"
    )
    assert clean_page(page(head=head).encode()).authors == ("Nora Quill",)


@pytest.mark.parametrize("href", ["javascript:void(0)", "http://[::1", "mailto:a@b.example", ""])
def test_canonical_links_that_are_no_addresses(href: str) -> None:
    head = f'<link rel="canonical" href="{href}">'
    assert clean_page(page(head=head).encode(), url="https://valleypost.example/a").canonical_url is None
