"""Where on a page the authors are found, with the method, and the agency beside them."""

from __future__ import annotations

import pytest
from trafilatura.utils import load_html

from pipeline.clean.authors import Authorship, choose_authors
from pipeline.clean.facts import read_facts
from pipeline.clean.page import clean_page
from tests.clean.newspage import page, paragraphs

URL = "https://valleypost.example/region/bridge"


def authorship(html: str) -> Authorship:
    tree = load_html(html)
    return choose_authors(tree, read_facts(tree, URL), URL, "Valley Post")


def stated(author: str) -> str:
    return (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lower Arden will rebuild its flooded '
        f'bridge", "author": {author}}}</script>'
    )


def test_authors_from_the_byline_where_nothing_is_stated() -> None:
    body = f'<div class="byline">By <a rel="author" href="/nora">Nora Quill</a></div>{paragraphs()}'
    assert authorship(page(body)) == Authorship(("Nora Quill",), "rel", None)


def test_an_author_node_that_only_refers_is_looked_up() -> None:
    head = (
        '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Lower Arden will rebuild '
        'its flooded bridge", "author": {"@id": "#nora"}}, {"@type": "Person", "@id": "#nora", "name": "Nora Quill"}]}'
        "</script>"
    )
    assert clean_page(page(head=head).encode()).authors == ("Nora Quill",)


def test_json_ld_with_comments_and_trailing_commas() -> None:
    head = (
        '<script type="application/ld+json">/*<![CDATA[*/ {"@type": "NewsArticle", "author": {"name": "Nora Quill",},} '
        "/*]]>*/</script>"
    )
    assert clean_page(page(head=head).encode()).authors == ("Nora Quill",)


@pytest.mark.parametrize(
    ("head", "body", "people", "method"),
    [
        (stated('{"@type": "Person", "name": "Nora Quill"}'), "", ("Nora Quill",), "json_ld"),
        ('<meta name="author" content="Nora Quill">', "", ("Nora Quill",), "meta"),
        (
            '<meta name="twitter:label1" content="Verfasst von"><meta name="twitter:data1" content="Nora Quill">'
            '<meta name="twitter:label2" content="Geschätzte Lesezeit"><meta name="twitter:data2" content="4 Minuten">',
            "",
            ("Nora Quill",),
            "meta",
        ),
        ("", '<p itemprop="author"><span itemprop="name">Nora Quill</span></p>', ("Nora Quill",), "microdata"),
        ("", '<div class="byline">By Nora Quill and Li Wei</div>', ("Nora Quill", "Li Wei"), "byline"),
        ("", '<div class="top_authorName__x7"><b>Nora Quill</b><div>Writer</div></div>', ("Nora Quill",), "byline"),
        (
            "",
            "<p>By <a href='/nora'>Nora Quill</a> ⋅ Senior Analyst ⋅ Updated May 5, 2026</p>",
            ("Nora Quill",),
            "printed",
        ),
        ("", "<p>【記者李大華／台北報導】</p>", ("李大華",), "printed"),
        ("", "<p>홍길동 기자 hong@valleypost.example</p>", ("홍길동",), "printed"),
        ("", "<p>بقلم: سلمى الحداد</p>", ("سلمى الحداد",), "printed"),
    ],
)
def test_each_place_is_named(head: str, body: str, people: tuple[str, ...], method: str) -> None:
    found = authorship(page(body + paragraphs(), head))
    assert found.people == people
    assert found.method == method


def test_prose_that_begins_with_by_is_passed_over() -> None:
    body = f"<p>By the time the ferry came</p><p>By Nora Quill</p>{paragraphs()}"
    assert authorship(page(body)) == Authorship(("Nora Quill",), "printed", None)


def test_a_body_class_about_comments_hides_no_byline() -> None:
    html = page(f'<div class="byline">By Nora Quill</div>{paragraphs()}').replace(
        "<body>", '<body class="has-comments">'
    )
    assert authorship(html).people == ("Nora Quill",)


def test_who_wrote_a_comment_is_no_author() -> None:
    body = f'{paragraphs()}<div class="comments"><span class="author">Bo Lind</span></div>'
    assert authorship(page(body)).people == ()


def test_an_agency_is_kept_as_agency() -> None:
    html = page(head=stated('{"@type": "Organization", "name": "Agence France-Presse"}'))
    assert authorship(html) == Authorship((), None, "AFP")


def test_agency_and_person_in_one_byline() -> None:
    assert authorship(page(head=stated('"Nora Quill, Reuters"'))) == Authorship(("Nora Quill",), "json_ld", "Reuters")


def test_the_outlet_is_neither_agency_nor_author() -> None:
    tree = load_html(page(head=stated('{"@type": "Organization", "name": "Reuters"}')))
    url = "https://www.reuters.com/world/bridge"
    assert choose_authors(tree, read_facts(tree, url), url, "Reuters") == Authorship((), None, None)


def test_the_datelines_agency_reaches_the_article() -> None:
    body = f"<p>LOWER ARDEN, Nov 23 (AFP) - {paragraphs()[3:]}"
    assert clean_page(page(body).encode()).agency == "AFP"


@pytest.mark.parametrize(
    ("dateline", "people", "agency"),
    [
        ("新华社北京11月23日电（记者王小明、李四）议会决定重建大桥。", ("王小明", "李四"), "Xinhua"),
        ("(서울=연합뉴스) 홍길동 기자 = 의회는 다리를 재건하기로 했다.", ("홍길동",), "Yonhap"),
        ("据新华社报道，议会决定重建大桥。", (), None),
        ("의회는 다리를 재건하기로 했다.", (), None),
    ],
)
def test_the_datelines_reporters(dateline: str, people: tuple[str, ...], agency: str | None) -> None:
    tree = load_html(page())
    found = choose_authors(tree, read_facts(tree, URL), URL, None, [dateline])
    assert found == Authorship(people, "dateline" if people else None, agency)
