"""The body of whole pages: every paragraph in its order, nothing of the frame, and a reason for each block."""

from __future__ import annotations

import numpy as np
import pytest
from trafilatura.utils import load_html

from pipeline.clean import titles
from pipeline.clean.block_features import NAMES_OF_COLUMNS
from pipeline.clean.body import Body, extract_body
from pipeline.clean.facts import read_facts
from pipeline.clean.page import clean_page
from pipeline.clean.selector import Trees
from tests.clean.newspage import SENTENCES, TITLE, clean_lines, page
from tests.clean.world_news import STORIES

FURNITURE = {  # byline, caption, share bar, newsletter box, advertisement, tags, read more
    "en": ("By Nora Quill", "The old bridge. Photo: Nora Quill", "Share this article", "Sign up for our newsletter",
           "Advertisement", "Tags", "Read more"),
    "de": ("Von Nora Quell", "Die alte Brücke. Foto: Nora Quell", "Artikel teilen", "Newsletter abonnieren",
           "Anzeige", "Schlagworte", "Mehr zum Thema"),
    "fr": ("Par Nora Quelle", "Le vieux pont. Photo : Nora Quelle", "Partager", "Inscrivez-vous à la newsletter",
           "Publicité", "Mots-clés", "Lire aussi"),
    "es": ("Por Nora Quilla", "El viejo puente. Foto: Nora Quilla", "Compartir", "Suscríbete", "Publicidad",
           "Etiquetas", "Leer más"),
    "ar": ("بقلم ليلى حداد", "الجسر القديم. تصوير: ليلى حداد", "مشاركة", "اشترك في النشرة", "إعلان", "الوسوم", "اقرأ أيضًا"),
    "zh": ("记者 林秀兰", "旧桥。图：林秀兰", "分享", "订阅", "广告", "标签", "相关阅读"),
    "ja": ("佐々木和子", "古い橋。写真：佐々木和子", "シェア", "ニュースレター", "広告", "タグ", "関連記事"),
    "ru": ("Автор: Анна Соколова", "Старый мост. Фото: Анна Соколова", "Поделиться", "Подписывайтесь на рассылку",
           "Реклама", "Теги", "Читайте также"),
    "hi": ("सुनीता वर्मा", "पुराना पुल। फोटो: सुनीता वर्मा", "शेयर करें", "न्यूज़लेटर", "विज्ञापन", "टैग", "ये भी पढ़ें"),
    "ur": ("تحریر: ثنا قریشی", "پرانا پل۔ تصویر: ثنا قریشی", "شیئر کریں", "نیوز لیٹر", "اشتہار", "ٹیگز", "مزید پڑھیں"),
}  # fmt: skip
LATIN = {
    "en": (TITLE, tuple(clean_lines())),
    "fr": (
        "Le conseil reconstruit le vieux pont",
        (
            "Le conseil municipal a décidé lundi de reconstruire le vieux pont sur la rivière après deux ans de débats.",
            "La maire Odile Brasque a déclaré que les travaux commenceront en mars et coûteront quatre millions d'euros.",
            "Depuis la crue de 2024, les agriculteurs de l'autre rive mettent quarante minutes pour aller au marché.",
            "Des ingénieurs ont examiné en août les deux piles restantes et jugé que la pierre tiendrait.",
        ),
    ),
    "es": (
        "El consejo reconstruye el viejo puente",
        (
            "El consejo municipal decidió el lunes reconstruir el viejo puente sobre el río tras dos años de debates.",
            "La alcaldesa Elena Brasco dijo que las obras comenzarán en marzo y costarán cuatro millones de euros.",
            "Desde la inundación de 2024, los agricultores de la otra orilla tardan cuarenta minutos en llegar al mercado.",
            "Unos ingenieros examinaron en agosto los dos pilares restantes y concluyeron que la piedra resistirá.",
        ),
    ),
}  # fmt: skip


def _story(language: str) -> tuple[str, tuple[str, ...]]:
    return LATIN[language] if language in LATIN else (STORIES[language].title, STORIES[language].paragraphs)


def _furnished(language: str) -> str:
    byline, caption, share, newsletter, advertisement, tags, more = FURNITURE[language]
    title, (first, second, third, *rest) = _story(language)
    body = (
        f'<p class="byline">{byline}</p><div class="share"><a href="/s">{share}</a></div>'
        f'<figure><img src="/b.jpg"><figcaption>{caption}</figcaption></figure><p>{first}</p><p>{second}</p>'
        f'<div class="ad-slot">{advertisement}</div><p>{third}</p><div class="newsletter-box"><p>{newsletter}</p></div>'
        f'{"".join(f"<p>{line}</p>" for line in rest)}<p>{more}</p><div class="tags">{tags} <a href="/t">2026</a></div>'
    )
    return page(body, title=title, language=language)


def _read(html: str) -> Body:
    tree = load_html(html)
    facts = read_facts(tree, None)
    title, _ = titles.choose_title(facts, None, None, None)
    return extract_body(tree, None, facts, titles.title_variants(facts, title, None))


def _lines(body: str) -> list[str]:
    return clean_page(page(body).encode()).text.split("\n")


@pytest.mark.parametrize("language", FURNITURE)
def test_the_frame_goes_and_the_story_stays_in_every_language(language: str) -> None:
    found = clean_page(_furnished(language).encode())
    assert found.text.split("\n") == list(_story(language)[1]), found.extractor_reason


def test_a_body_over_sibling_containers_is_whole() -> None:
    parts = "".join(
        f'<div class="article-text"><p>{line}</p></div><div class="ad-slot"><span>Advertisement</span></div>'
        for line in clean_lines()
    )
    assert _lines(parts) == clean_lines()


def test_teasers_inside_the_body_go() -> None:
    one, two, *rest = clean_lines()
    teasers = (
        '<div class="related-stories"><h3>Related stories</h3><ul><li><a href="/a">Rowers win in the rain</a></li>'
        '<li><a href="/b">Ten recipes with plums from the valley</a></li></ul></div>'
    )
    assert _lines(f"<p>{one}</p><p>{two}</p>{teasers}{''.join(f'<p>{line}</p>' for line in rest)}") == clean_lines()


def test_headings_lists_and_quotes_are_paragraphs_of_their_own() -> None:
    one, two, three, four = clean_lines()
    items = ("The two piers of stone are to be kept.", "The deck will be of steel and carry two lanes.")
    quote = "“We have waited two years for this, and my sheep have waited with me,” a farmer said."
    found = _lines(
        f"<p>{one}</p><h2>What it costs the county</h2><p>{two}</p><ul><li>{items[0]}</li><li>{items[1]}</li></ul>"
        f"<p>{three}</p><blockquote><p>{quote}</p></blockquote><p>{four}</p>"
    )
    assert found == [one, "What it costs the county", two, *items, three, quote, four]


def test_pieces_are_the_page_in_order_with_reasons() -> None:
    read = _read(page())
    assert [piece.text for piece in read.pieces][:3] == ["Home Region Sport", TITLE, clean_lines()[0]]
    assert [piece.text for piece in read.pieces if piece.is_kept] == read.lines
    why = {piece.text: piece.why for piece in read.pieces}
    assert why[clean_lines()[0]] == "kept by strict, loose, readability"
    assert why["Imprint © 2026 Valley Post"].endswith("kept by no extractor")
    assert all(piece.score is not None and 0 <= piece.score <= 1 for piece in read.pieces)
    assert min(p.score or 0 for p in read.pieces if p.is_kept) > max(p.score or 0 for p in read.pieces if not p.is_kept)


def test_the_reading_that_agrees_is_named() -> None:
    found = clean_page(page().encode())
    assert found.extractor in {"strict", "loose", "readability", "blocks"}
    assert found.extractor_reason is not None
    assert "blocks; agreement with extractors: strict " in found.extractor_reason


def _stump(column: str, at_most: float, otherwise: float) -> Trees:
    """A model of one question."""
    return Trees(
        roots=np.array([0]),
        column=np.array([NAMES_OF_COLUMNS.index(column), 0, 0]),
        threshold=np.array([0.5, 0.0, 0.0]),
        left=np.array([1, 1, 2]),
        right=np.array([2, 1, 2]),
        value=np.array([0.0, at_most, otherwise]),
        depth=1,
        digest="stump",
    )


def test_the_model_decides_not_the_readings() -> None:
    found = clean_page(page().encode(), trees=_stump("link_share", -5.0, 5.0))
    assert found.extractor == "blocks"
    assert found.text not in ("", "\n".join(clean_lines()))
    assert clean_lines()[0] not in found.text
    assert "Rowers win in the rain" in found.text


def test_what_two_readings_have_is_called_by_the_first() -> None:
    assert clean_page(page().encode(), trees=_stump("kept_by_strict", -5.0, 5.0)).extractor == "strict"


@pytest.mark.parametrize("repeats", [1, 3])
def test_json_ld_has_the_text_where_the_page_shows_a_stub(repeats: int) -> None:
    whole = [f"{line} Part {n}." for n in range(repeats) for line in clean_lines()]
    stated = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Lower Arden will rebuild its '
        f'flooded bridge", "articleBody": "{"</p>".join(whole)}"}}</script>'
    )
    read = _read(page(f"<p>{SENTENCES[0]}</p>", stated))
    assert (read.extractor, read.lines) == ("json_ld", whole)
    assert read.reason is not None
    assert read.reason.startswith("the page shows")
    assert SENTENCES[0] in [piece.text for piece in read.pieces]


def test_a_page_without_text_has_none() -> None:
    read = _read("<html><body><script>app()</script><img src='/x.jpg'></body></html>")
    assert (read.extractor, read.lines, read.pieces) == ("none", [], ())
    assert read.reason == "the page shows no text"


@pytest.mark.parametrize("box", ['<div id="onetrust-banner-sdk">', '<section class="kommentare">'])
def test_consent_and_comments_are_not_even_blocks(box: str) -> None:
    said = "The best news for the valley in years, and about time that somebody did it, if you ask me."
    end = "</div>" if box.startswith("<div") else "</section>"
    read = _read(page().replace("</main>", f"{box}<p>{said}</p>{end} Below.</main>"))
    assert said not in [piece.text for piece in read.pieces]
    assert "Below." in [piece.text for piece in read.pieces]
    assert read.lines[-1] == clean_lines()[-1]
