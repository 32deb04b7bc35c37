"""What kind of piece a page says it carries, in many languages, and what does not count as saying so."""

from __future__ import annotations

import pytest

from pipeline.clean import kinds
from pipeline.clean.content import PageContent
from pipeline.clean.headline_labels import labels_near
from pipeline.clean.page import clean_page
from tests.clean.evidence import evidence
from tests.clean.newspage import JSON_LD, SENTENCES, TITLE, page, paragraphs

WHOLE = tuple(f"{sentence[:-1]}, part {n} of the story says." for n in range(3) for sentence in SENTENCES)


def _with_headline(
    above: str = "", below: str = "", *, title: str = TITLE, language: str = "en", head: str = ""
) -> bytes:
    html = page(f"{below}{paragraphs(WHOLE)}", head, title=title, language=language)
    return html.replace("<article><h1>", f"<article>{above}<h1>").encode()


def _section(name: str) -> str:
    return f'<meta property="og:type" content="article"><meta property="article:section" content="{name}">'


OPINION: dict[str, tuple[bytes, str | None]] = {
    "JSON-LD": (_with_headline(head=JSON_LD.replace('"NewsArticle"', '"OpinionNewsArticle"')), None),
    "section": (_with_headline(head=_section("Opinion")), None),
    "one of two sections": (_with_headline(head=_section("Debate | Opinión"), language="es"), None),
    "German section": (_with_headline(head=_section("Meinung &amp; Debatte"), language="de"), None),
    "Arabic section": (_with_headline(head=_section("الرأي"), language="ar"), None),
    "Japanese title": (_with_headline(title="【社説】橋の再建を急げ", language="ja"), None),
    "Russian section": (_with_headline(head=_section("Колонки"), language="ru"), None),
    "Urdu section": (_with_headline(head=_section("کالم"), language="ur"), None),
    "Korean label": (_with_headline('<span class="cat">사설·칼럼</span>', language="ko"), None),
    "kicker": (_with_headline('<div class="kicker"><a href="/o">Commentary</a></div>'), None),
    "label below": (_with_headline(below="<p>A bridge is not a plan.</p><div>Op-Ed</div>"), None),
    "German byline": (_with_headline(below="<div>Ein Kommentar von Mira Tannhoff</div>", language="de"), None),
    "English byline": (_with_headline(below="<div>Nora Quill, Opinion Columnist</div>"), None),
    "title": (_with_headline(title="Opinion: Lower Arden deserves its bridge"), None),
    "French tribune": (_with_headline('<p class="overline">Tribune</p>', language="fr"), None),
    "address": (_with_headline(), "https://valleypost.example/opinion/2026/11/a-bridge-is-not-a-plan"),
    "host": (_with_headline(), "https://opinion.valleypost.example/118/a-bridge-is-not-a-plan"),
    "WordPress": (_with_headline().replace(b"<article>", b'<article class="post type-post category-editorial">'), None),
}


def _clean(case: tuple[bytes, str | None]) -> PageContent:
    return clean_page(case[0], url=case[1])


@pytest.mark.parametrize("case", OPINION)
def test_a_page_that_says_it_is_opinion(case: str) -> None:
    found = _clean(OPINION[case])
    assert found.is_opinion
    assert not found.is_sponsored
    assert found.judgement.verdict == "ok"


NO_OPINION: dict[str, tuple[bytes, str | None]] = {
    "plain": (_with_headline(head=JSON_LD), None),
    "words of the text": (_with_headline(below="<p>In her opinion, said the editorial, the column of lorries is long.</p>"), None),
    "tag": (_with_headline(head='<meta property="article:tag" content="Opinion">'), None),
    "menu": (
        _with_headline("<ul>" + "".join(f'<li><a href="/{s}">{s}</a></li>' for s in
                       ("News", "Sport", "Region", "Culture", "Travel", "Weather", "Opinion")) + "</ul>"),
        None,
    ),
    "navigation": (_with_headline('<nav><a href="/o">Opinion</a></nav>'), None),
    "comment button": (_with_headline('<a href="#c">12 Kommentare</a>', language="de"), None),
    "related box": (
        _with_headline(below='<div class="related-stories"><h3>Editorial</h3><a href="/b">Build it now</a></div>'), None
    ),
    "address of a poll": (_with_headline(), "https://valleypost.example/region/opinion-poll-shows-support-for-bridge"),
    "a Tribune in English": (_with_headline('<p class="overline">Tribune</p>'), None),
    "news analysis": (_with_headline('<p class="kicker">Analysis</p>'), None),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_OPINION)
def test_the_word_elsewhere_makes_no_opinion(case: str) -> None:
    assert not _clean(NO_OPINION[case]).is_opinion


SPONSORED: dict[str, bytes] = {
    "JSON-LD": _with_headline(head=JSON_LD.replace('"NewsArticle"', '"AdvertiserContentArticle"')),
    "label": _with_headline('<div class="meta">Sponsored content</div>'),
    "label with name": _with_headline(below="<div>Paid for by Wenn Valley Cement</div>"),
    "German": _with_headline('<span class="dachzeile">Anzeige</span>', language="de"),
    "Swiss": _with_headline("<span>Publireportage</span>", language="de"),
    "Spanish": _with_headline(head=_section("Contenido patrocinado"), language="es"),
    "Arabic": _with_headline("<span>محتوى برعاية</span>", language="ar"),
    "Polish": _with_headline(below="<div>Materiał sponsorowany</div>", language="pl"),
    "Russian": _with_headline(below="<div>На правах рекламы</div>", language="ru"),
    "Japanese": _with_headline('<span class="label">PR</span>', language="ja"),
    "author": _with_headline(head='<meta name="author" content="Nora Quill | Sponsored">'),
    "disclosure": _with_headline(
        below="<p>This post is sponsored by Wenn Valley Cement, our partner for the year.</p>"
    ),
    "WordPress": _with_headline().replace(b"<article>", b'<article class="post category-sponsored-content">'),
}


@pytest.mark.parametrize("case", SPONSORED)
def test_a_page_that_says_somebody_paid(case: str) -> None:
    found = clean_page(SPONSORED[case])
    assert found.is_sponsored
    assert found.judgement.verdict == "ok"


NOT_SPONSORED: dict[str, bytes] = {
    "advertising slot": _with_headline('<div class="ad-slot">Anzeige</div>', language="de"),
    "slot without a name": _with_headline("<div>Advertisement</div>"),
    "slot below": _with_headline(below='<div class="banner">Sponsored by</div>'),
    "related story": _with_headline(below='<aside><p>Sponsored content</p><a href="/b">Win a car</a></aside>'),
    "link box": _with_headline(below='<div class="promo-box"><span>Paid post</span> <a href="/b">Win a car</a></div>'),
    "podcast": _with_headline(
        below="<p>The podcast that goes with this report is sponsored by a brewery in Kilmore.</p>"
    ),
    "the text's topic": _with_headline(title="Why sponsored content divides editors of the valley"),
}


@pytest.mark.parametrize("case", NOT_SPONSORED)
def test_advertising_beside_an_article_does_not_make_it_paid(case: str) -> None:
    assert not clean_page(NOT_SPONSORED[case]).is_sponsored


def _posts(hours: range) -> str:
    return "".join(f"<p>{hour}:05</p><p>{SENTENCES[hour % 8]} It was {hour} o'clock then.</p>" for hour in hours)


LIVE: dict[str, tuple[bytes, str | None]] = {
    "JSON-LD": (_with_headline(head=JSON_LD.replace('"NewsArticle"', '"LiveBlogPosting"')), None),
    "title and posts": (page(_posts(range(9, 18)), title="Live: Lower Arden votes on its bridge").encode(), None),
    "title and address": (
        _with_headline(title="Lower Arden votes on its bridge – live updates"),
        "https://valleypost.example/region/live/2026/nov/23/lower-arden-votes",
    ),
    "Spanish": (
        page(_posts(range(9, 18)), title="La votación del puente, minuto a minuto", language="es").encode(),
        None,
    ),
    "page type": (_with_headline(head='<meta property="og:type" content="liveblog">'), None),
}


@pytest.mark.parametrize("case", LIVE)
def test_a_live_blog_is_marked_loses_quality_and_is_kept(case: str) -> None:
    found = _clean(LIVE[case])
    plain = clean_page(_with_headline(head=JSON_LD))
    assert found.is_live_blog
    assert found.judgement.verdict == "ok"
    assert "live_blog" in found.judgement.reasons
    assert found.judgement.quality < plain.judgement.quality


NOT_LIVE: dict[str, tuple[bytes, str | None]] = {
    "a live stream": (_with_headline(title="Arden against Kilmore: live stream, start time, channel"), None),
    "a timetable": (page(_posts(range(9, 18)), title="When the ferries leave this winter").encode(), None),
    "an address alone": (_with_headline(), "https://valleypost.example/live/music/lower-arden-concert"),
    "another page's node": (
        _with_headline(head='<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Storm on the coast"}</script>'),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_LIVE)
def test_one_sign_alone_makes_no_live_blog(case: str) -> None:
    assert not _clean(NOT_LIVE[case]).is_live_blog


def test_every_kind_comes_with_what_shows_it() -> None:
    html = _with_headline('<div class="kicker">Commentary</div>', head=JSON_LD)
    found = kinds.kinds_of(evidence(html.decode(), lines=list(WHOLE), title=TITLE))
    assert found.opinion == "label 'Commentary' beside the headline"
    assert (found.sponsored, found.live_blog, found.gallery, found.subscribers) == (None, None, None, None)


def test_labels_are_read_outwards_and_not_from_menus() -> None:
    html = _with_headline('<nav>Home</nav><div class="kicker">Region</div>', "<p>By Nora Quill</p>")
    texts = [label.text for label in labels_near(evidence(html.decode(), lines=list(WHOLE), title=TITLE).headline)]
    assert texts[:2] == ["Region", "By Nora Quill"]
    assert "Home" not in texts
