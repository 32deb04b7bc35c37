"""Pages of the world come out whole and in their own language, however they are encoded and whatever they declare."""

from __future__ import annotations

import pytest

from pipeline.clean.content import PageHints
from pipeline.clean.language import detect_language
from pipeline.clean.page import clean_page
from tests.clean.world_news import STORIES, Story

OLD = {
    "ar": ("windows-1256", "iso-8859-6"),
    "zh": ("gb18030", "gbk", "gb2312"),
    "zh-Hant": ("big5", "gb18030"),
    "ja": ("shift_jis", "euc-jp", "iso-2022-jp"),
    "ko": ("euc-kr",),
    "ru": ("windows-1251", "koi8-r", "iso-8859-5"),
    "uk": ("windows-1251", "koi8-u"),
    "el": ("windows-1253", "iso-8859-7"),
    "tr": ("iso-8859-9", "windows-1254"),
    "pl": ("iso-8859-2", "windows-1250"),
    "de": ("iso-8859-1",),
    "he": ("windows-1255", "iso-8859-8"),
    "th": ("tis-620", "windows-874"),
}
"""What pages of each language were written in before UTF-8."""
PYTHON_NAME = {"windows-874": "cp874"}
WRITTEN = [(language, encoding) for language, encodings in OLD.items() for encoding in encodings]
WRITTEN += [(language, encoding) for language in STORIES for encoding in ("utf-8", "utf-16")]


def _page(story: Story, attribute: str, meta: str = "") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>\n" for paragraph in story.paragraphs)
    return f"""<!DOCTYPE html><html lang="{attribute}"><head>{meta}<title>{story.title}</title></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>{story.title}</h1>
{paragraphs}</article><footer><a href="/imprint">Imprint</a></footer></body></html>"""


def _assert_whole(language: str, html: bytes, hints: PageHints) -> None:
    content = clean_page(html, hints=hints)
    assert content.text.split("\n") == list(STORIES[language].paragraphs), (content.charset, content.judgement)
    assert content.title == STORIES[language].title
    assert content.language == language.split("-")[0]
    assert content.judgement.verdict == "ok"


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_declared_in_the_header(language: str, encoding: str) -> None:
    html = _page(STORIES[language], "en").encode(PYTHON_NAME.get(encoding, encoding))
    _assert_whole(language, html, PageHints(charset=encoding))


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_declared_in_the_page_and_wrongly_in_the_header(language: str, encoding: str) -> None:
    html = _page(STORIES[language], "en", f'<meta charset="{encoding}">').encode(PYTHON_NAME.get(encoding, encoding))
    _assert_whole(language, html, PageHints(charset="utf-8"))


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
@pytest.mark.parametrize("claimed", ["iso-8859-1", "utf-8", "windows-1251"])
def test_declared_wrongly_in_both(language: str, encoding: str, claimed: str) -> None:
    html = _page(STORIES[language], "fr", f'<meta charset="{claimed}">').encode(PYTHON_NAME.get(encoding, encoding))
    _assert_whole(language, html, PageHints(charset=claimed))


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
@pytest.mark.parametrize("attribute", ["", "en", "right"])
def test_not_declared_at_all(language: str, encoding: str, attribute: str) -> None:
    html = _page(STORIES[language], language if attribute == "right" else attribute)
    _assert_whole(language, html.encode(PYTHON_NAME.get(encoding, encoding)), PageHints())


@pytest.mark.parametrize("language", STORIES)
@pytest.mark.parametrize("expected", [None, "en", "ar", "zh", "id"])
def test_the_text_decides_its_language(language: str, expected: str | None) -> None:
    text = "\n".join(STORIES[language].paragraphs)
    found, score = detect_language(text, expected)
    assert found == language.split("-")[0]
    assert score is not None
    assert score > 0.5
