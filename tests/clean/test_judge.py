"""Verdict, reasons and quality: what is no article, what only loses quality, and what must not be taken for either."""

from __future__ import annotations

import time

import pytest

from pipeline.clean.content import PageHints
from pipeline.clean.kinds import Kinds, kinds_of
from pipeline.clean.listings import index_page
from pipeline.clean.page import clean_page
from pipeline.clean.quality import coverage
from tests.clean.evidence import evidence
from tests.clean.newspage import JSON_LD, SENTENCES, clean_lines, page, paragraphs

WHOLE = tuple(f"{sentence[:-1]}, part {n} of the story says." for n in range(3) for sentence in SENTENCES)
LOCKED = JSON_LD.replace('"@type": "NewsArticle"', '"@type": "NewsArticle", "isAccessibleForFree": false')


def _cards(count: int, *, inside: str = "div") -> str:
    return "".join(
        f'<{inside} class="card"><h3><a href="/news/2026/a{n}">Rowers win race {n} in the rain</a></h3>'
        f"<p>A short look at race number {n}, which ended in a draw on Sunday.</p></{inside}>"
        for n in range(count)
    )


BAD: dict[str, tuple[str, bytes, str | None]] = {
    "an archive of WordPress": (
        "index_page",
        page(_cards(4), title="Rowing").replace("<body>", '<body class="archive category category-rowing">').encode(),
        None,
    ),
    "teasers under an odd address": (
        "index_page",
        page(_cards(12), title="Valley Post").encode(),
        "https://valleypost.example/internal/preview-20261123-1.html",
    ),
    "cards of a section": (
        "index_page",
        page("".join(f"<p>Course</p><p>How to build bridge {n} of wood.</p>" for n in range(12))).encode(),
        "https://valleypost.example/learn",
    ),
    "pictures without prose": (
        "gallery",
        page("<p>" + " ".join(f'<img src="/{n}.jpg" alt=""> Bridge {n}' for n in range(40)) + "</p>").encode(),
        "https://valleypost.example/work-of-forty-years.html",
    ),
    "a gallery with captions": (
        "gallery",
        page("".join(f'<figure><img src="/{n}.jpg"></figure><p>The bridge in {1990 + n}. Photo: N. Quill</p>'
                     for n in range(12)), title="In pictures: the bridge of Lower Arden").encode(),
        None,
    ),
    "terms": ("boilerplate", page(paragraphs(WHOLE), title="Terms and conditions").encode(), None),
    "German imprint": ("boilerplate", page(paragraphs(WHOLE), title="Impressum", language="de").encode(), None),
    "unfilled template": (
        "boilerplate",
        page("<p>{{article.lead}}</p><p>{{article.body}}</p><p>{{article.author}} wrote this for us</p>").encode(),
        None,
    ),
    "a legal page by its address": (
        "boilerplate", page(paragraphs(), title="How we treat what you tell us").encode(),
        "https://valleypost.example/about/privacy-policy.html",
    ),
    "filler": ("boilerplate", page("<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit.</p>" * 3).encode(), None),
    "code": (
        "boilerplate",
        page("<p>window.dataLayer = window.dataLayer || []</p><p>var config = loadConfig('article', 42)</p>"
             "<p>document.write(config) ; function() end of it all and more</p>" * 3).encode(),
        None,
    ),
    "cookie table": (
        "boilerplate",
        page("".join(f"<p>Strictly necessary cookies, number {n}: third party cookies and first party cookies that your "
                     "browser stores on your device with your consent, for tracking.</p>" for n in range(20))).encode(),
        None,
    ),
    "error of WordPress": (
        "error_page",
        page(paragraphs(), title="Nothing here").replace("<body>", '<body class="error404">').encode(),
        None,
    ),
    "Polish error": (
        "error_page",
        page("<p>Wróć na stronę główną albo skorzystaj z wyszukiwarki.</p>", title="Strona nie istnieje").encode(),
        None,
    ),
    "Cyrillic read as Latin": (
        "wrong_charset",
        page("<p>" + "Ñîâåò ðåøèë âîññòàíîâèòü ñòàðûé ìîñò ÷åðåç ðåêó Âåíí ïîñëå äâóõ ëåò ïåðåãîâîðîâ. " * 8 + "</p>").encode(),
        None,
    ),
    "English apostrophes lost": (
        "wrong_charset",
        page("".join(f"<p>Itâs bridge {n} that weâve missed, and we donât know when itâs built.</p>" for n in range(9))).encode(),
        None,
    ),
    "teaser with a link": (
        "teaser",
        page(f"<p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p><p>Den ganzen Bericht von der Brücke jetzt lesen</p>", language="de").encode(),
        None,
    ),
    "label for subscribers": (
        "paywall",
        page(f"<p>{SENTENCES[0]}</p>").replace("<article>", "<article><span>Réservé aux abonnés</span>").encode(),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_garbage_is_quarantined_with_its_reason(case: str) -> None:
    reason, html, url = BAD[case]
    found = clean_page(html, url=url).judgement
    assert (found.verdict, found.reason) == ("quarantined", reason), found
    assert found.detail
    assert found.quality <= 0.4


GOOD: dict[str, tuple[bytes, str | None]] = {
    "a list of linked headlines in an article": (
        page(_cards(8, inside="section") + paragraphs(WHOLE), JSON_LD).encode(), None),
    "an article in an archive's dress": (
        page(paragraphs(WHOLE)).replace("<body>", '<body class="single single-post category archive">').encode(), None),
    "an article on terms": (page(paragraphs(WHOLE), JSON_LD, title="Court strikes down terms and conditions").encode(), None),
    "an article on a policy, and in a folder of one": (
        page(paragraphs(WHOLE)).encode(), "https://valleypost.example/privacy-policy/council-drops-its-privacy-policy"),
    "an article on templates": (
        page(paragraphs(WHOLE) + "<p>Write {{title}} where the headline goes.</p>"
             "<p>Write {{body}} where the text goes.</p>").encode(), None),
    "an article with code": (
        page(paragraphs(WHOLE) + "<pre>function(x) { return window.title }</pre>").encode(), None),
    "a recipe": (
        page("".join(f"<p>Bake the cookies of tray {n} for {9 + n} minutes; cookies keep for a week.</p>" for n in range(9))
             ).encode(), None),
    "an accented text": (page("<p>L’été dernier, l’équipe a été créée à Évry où des élèves âgés de 12 ans ont rêvé.</p>"
                              + paragraphs(WHOLE), language="fr").encode(), None),
    "a Romanian text": (page("".join(f"<p>Primăria a hotărât luni, când râul era înalt, să refacă podul {n} de lângă gârlă.</p>"
                                     for n in range(20)), language="ro").encode(), None),
    "a Thai text, which has no full stops": (
        page("".join(f"<p>สภาเมืองตัดสินใจเมื่อวันจันทร์ที่จะสร้างสะพานเก่าหมายเลข {n} ขึ้นใหม่หลังจากการเจรจานานสองปี</p>"
                     for n in range(12)) + '<img src="/a.jpg">' * 25, language="th").encode(), None),
    "an article with many pictures": (
        page(paragraphs(WHOLE) + "".join(f'<img src="/{n}.jpg">' for n in range(60))).encode(), None),
    "a newsletter box called regwall": (
        page(paragraphs() + '<div id="breaking-email-regwall">Already a subscriber? Sign in to get our newsletter</div>'
             ).encode(), None),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_articles_that_look_like_garbage_are_kept(case: str) -> None:
    html, url = GOOD[case]
    found = clean_page(html, url=url)
    assert found.judgement.verdict == "ok", found.judgement
    assert not found.is_paywalled


def test_a_short_text_loses_quality_where_its_source_writes_long_ones() -> None:
    html = page(paragraphs(SENTENCES[:4]), JSON_LD).encode()
    plain = clean_page(html).judgement
    known = clean_page(html, hints=PageHints(median_words=700)).judgement
    assert plain.reasons == ()
    assert (known.verdict, known.reasons) == ("ok", ("short_for_source",))
    assert known.quality < plain.quality
    assert clean_page(html, hints=PageHints(median_words=120)).judgement == plain


def test_a_paid_brief_that_is_there_in_full_is_kept() -> None:
    part = '"isAccessibleForFree": false, "hasPart": {"@type": "WebPageElement", "cssSelector": ".premium-text"}'
    head = JSON_LD.replace('"@type": "NewsArticle"', f'"@type": "NewsArticle", {part}')
    whole = clean_page(page(f'<div class="premium-text">{paragraphs(SENTENCES[:4])}</div>', head).encode())
    stub = clean_page(page(f'{paragraphs(SENTENCES[:4])}<div class="premium-text">Subscribe</div>', head).encode())
    assert whole.is_paywalled
    assert stub.is_paywalled
    assert whole.judgement.verdict == "ok"
    assert stub.judgement.reason == "paywall"


def test_a_wall_below_a_long_text_marks_it_and_keeps_it() -> None:
    wall = (
        '<div role="region" class="paywall">Continue reading this post for free, or purchase a paid subscription.</div>'
    )
    found = clean_page(page(paragraphs(WHOLE) + wall).encode())
    assert found.is_paywalled
    assert found.judgement.verdict == "ok"
    free = '<meta itemprop="isAccessibleForFree" content="true">'
    assert not clean_page(page(paragraphs(WHOLE) + wall, free).encode()).is_paywalled
    hidden = wall.replace("<div", '<div style="display: none"', 1)
    assert not clean_page(page(paragraphs(WHOLE) + hidden).encode()).is_paywalled


def test_quality_falls_with_every_reason_and_stays_between_0_and_1() -> None:
    whole = clean_page(page(paragraphs(WHOLE), JSON_LD).encode()).judgement
    locked = clean_page(page(paragraphs(SENTENCES[:2]), LOCKED).encode()).judgement
    assert 0.9 < whole.quality <= 1.0
    assert 0.0 <= locked.quality <= 0.4


def test_notes_tell_what_shows_reasons_and_kinds() -> None:
    head = f'{LOCKED}<meta property="article:section" content="Editorial">'
    notes = clean_page(page(paragraphs(SENTENCES[:2]), head).encode()).judgement.notes
    assert [note.partition(":")[0] for note in notes] == ["paywall", "paywalled", "opinion"]
    assert notes[2] == "opinion: section 'Editorial'"


def test_quality_sees_what_is_missing() -> None:
    """The page's own paragraphs, and the length that JSON-LD states, tell a text that lost its second half."""
    whole = page(paragraphs(WHOLE), JSON_LD)
    long = whole.replace('"articleSection"', '"wordCount": 800, "articleSection"')
    same = whole.replace('"articleSection"', '"wordCount": 420, "articleSection"')
    teaser = whole.replace('"articleSection"', '"articleBody": "The council decided on Monday.", "articleSection"')
    plain, missing, agreed, short = (
        clean_page(html.encode()).judgement.quality for html in (whole, long, same, teaser)
    )
    assert missing < agreed <= plain
    assert short == plain


def test_coverage_is_the_share_of_the_pages_prose() -> None:
    html = page(paragraphs())
    assert coverage(evidence(html, lines=clean_lines())) == 1.0
    assert 0.4 < coverage(evidence(html, lines=clean_lines()[:2])) < 0.6
    assert coverage(evidence("<html><body><div>no paragraph</div></body></html>", lines=["no paragraph"])) == 1.0


def test_a_page_of_ten_thousand_headlines_is_judged_in_time() -> None:
    """Nested boxes and endless lists must not make the verdict's cost grow with their square."""
    many = "".join(f'<h3><a href="/n/{n}">Rowers win race {n}</a></h3>' for n in range(10_000))
    deep = "<div>" * 200 + "<h3><a href='/x'>Deep</a></h3>" + "</div>" * 200
    page_seen = evidence(f"<html><body><h1>Races</h1>{many}{deep}</body></html>", lines=["Rowers win race 1", "Races"])
    started = time.process_time()
    assert index_page(page_seen) is None
    assert kinds_of(page_seen) == Kinds()
    assert time.process_time() - started < 5
