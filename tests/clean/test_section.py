"""Section and tags, each with where it stood."""

from __future__ import annotations

import pytest
from trafilatura.utils import load_html

from pipeline.clean.facts import read_facts
from pipeline.clean.page import clean_page
from pipeline.clean.section import Section, Tags, choose_section, choose_tags
from tests.clean.newspage import TITLE, page

URL = "https://valleypost.example/region/bridge-rebuilt"


def section(html: str, url: str = URL) -> Section:
    tree = load_html(html)
    return choose_section(tree, read_facts(tree, url), url, TITLE, "Valley Post")


def tags(head: str, body: str | None = None) -> Tags:
    tree = load_html(page(body, head))
    return choose_tags(tree, read_facts(tree, URL), URL, "Region", "Valley Post")


def test_section_from_the_breadcrumb_skips_home() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "BreadcrumbList", "itemListElement": [{"item": {"name": "Home"}},'
        ' {"item": {"name": "Business"}}]}</script>'
    )
    assert clean_page(page(head=head).encode()).section == "Business"


@pytest.mark.parametrize(
    ("head", "body", "name", "method"),
    [
        (
            '<script type="application/ld+json">{"@type": "Article", "articleSection": ["News", "Sport"]}</script>',
            "",
            "Sport",
            "json_ld",
        ),
        ('<meta property="article:section" content="Sport">', "", "Sport", "meta"),
        ('<meta property="article:section" content="Valley Post">', "", "region", "url"),
        ('<meta property="article:section" content="Uncategorized">', "", "region", "url"),
        (f'<meta property="article:section" content="{TITLE}">', "", "region", "url"),
        (
            "",
            '<nav aria-label="Breadcrumb"><a href="/">Startseite</a> › <a href="/sport">Sport</a></nav>',
            "Sport",
            "breadcrumb",
        ),
        ("", '<ul class="page-breadcrumbs"><li><a>ホーム</a><li><a>スポーツ</a></ul>', "スポーツ", "breadcrumb"),
        ("", "", "region", "url"),
    ],
)
def test_each_place_of_the_section(head: str, body: str, name: str, method: str) -> None:
    assert section(page(f"{body}<p>x</p>", head)) == Section(name, method)


@pytest.mark.parametrize(
    "path", ["/2026/11/23/bridge", "/news/bridge", "/de/bridge", "/article/bridge-12345", "/bridge", "/a1b2/bridge", ""]
)
def test_addresses_without_a_section(path: str) -> None:
    assert section(page("<p>x</p>"), f"https://valleypost.example{path}") == Section(None, None)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<meta name="keywords" content="bridges, Lower Arden, Bridges, Valley Post, region">',
            Tags(("bridges", "Lower Arden"), "meta"),
        ),
        ('<meta name="keywords" content="جسور، أردن">', Tags(("جسور", "أردن"), "meta")),
        (
            '<meta name="keywords" content="displayType: standard, author-nora-quill, floods">',
            Tags(("floods",), "meta"),
        ),
        (
            '<script type="application/ld+json">{"@type": "Article", "keywords": ["floods"]}</script>',
            Tags(("floods",), "json_ld"),
        ),
        ("", Tags((), None)),
    ],
)
def test_tags(head: str, expected: Tags) -> None:
    assert tags(head) == expected


def test_the_outlets_name_by_its_address_is_no_tag() -> None:
    tree = load_html('<html><head><meta name="keywords" content="Valley Post, floods"></head><p>x</p></html>')
    assert choose_tags(tree, read_facts(tree, URL), URL) == Tags(("floods",), "meta")


def test_tags_from_links() -> None:
    body = '<p>x</p><a rel="tag" href="/t/floods">Floods</a> <a rel="tag" href="/t/bridges">#Bridges</a>'
    assert tags("", body) == Tags(("Floods", "Bridges"), "rel_tag")


def test_stuffed_keywords_are_cut() -> None:
    words = ", ".join(f"word {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200))
    assert len(tags(f'<meta name="keywords" content="{words}">').names) == 30


def test_the_methods_reach_the_page() -> None:
    found = clean_page(page(head='<meta property="article:section" content="Sport">').encode(), url=URL)
    assert (found.section, found.section_method, found.tags_method) == ("Sport", "meta", None)
