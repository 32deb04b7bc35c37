"""The designs are real enough: an extractor finds the article, and there is something around it to drop."""

from __future__ import annotations

import re
from datetime import date

import trafilatura

from demo import site
from demo.newsroom import Newsroom

MONDAY = date(2026, 11, 23)


def test_an_extractor_finds_first_and_last_paragraph_on_nine_pages_of_ten() -> None:
    newsroom = Newsroom(MONDAY)
    found = 0
    for article in newsroom.articles:
        answer = site.reply(newsroom, article.outlet, article.path, {})
        text = _even(trafilatura.extract((answer.then or answer).body, favor_precision=True) or "")
        first, last = article.visible_paragraphs[0], article.visible_paragraphs[-1]
        found += _even(first) in text and _even(last) in text
    assert found >= 0.9 * len(newsroom.articles)


def test_pages_carry_what_is_no_part_of_the_article() -> None:
    newsroom = Newsroom(MONDAY)
    words = {
        "harbour-ledger": ("Advertisement", "Tags", "Related stories"),
        "prairie-wire": ("Advertisement", "READ MORE"),
        "savannah-daily": ("ADVERTISEMENT", "cookie", "Comments", "Most read"),
        "uferbote": ("Anzeige", "Kommentare", "Mehr zum Thema"),
        "gazette-du-fleuve": ("Publicité", "À lire aussi"),
        "faro-del-valle": ("Publicidad", "Comentarios", "Lo más leído"),
        "sahifat-al-marsa": ("إعلان", "اقرأ أيضا"),
        "roznama-kinara": ("اشتہار", "تبصرے"),
    }
    for outlet, expected in words.items():
        article = next(a for a in newsroom.of(outlet) if a.delivery == "plain")
        page = site.reply(newsroom, outlet, article.path, {}).body.decode()
        for word in expected:
            assert word in page, (outlet, word)
            assert word not in " ".join(article.paragraphs)


def test_linked_data_only_where_the_design_has_it() -> None:
    newsroom = Newsroom(MONDAY)
    with_data = {
        outlet
        for outlet in {a.outlet for a in newsroom.articles}
        if b"application/ld+json" in site.reply(newsroom, outlet, newsroom.of(outlet)[0].path, {}).body
    }
    assert with_data == {"harbour-ledger", "prairie-wire", "uferbote", "gazette-du-fleuve"}


def _even(text: str) -> str:
    return re.sub(r"\s+", " ", text)
