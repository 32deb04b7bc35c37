"""Folding makes alike what people write alike, and keeps every alphabet's letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.folding import entity_key, fold, fold_name, fold_words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("António  Guterres", "antonio guterres"),
        ("Al-Qaeda", "al qaeda"),
        ("U.N.", "un"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("O’Brien", "obrien"),
        ("مُحَمَّد", "محمد"),
        ("محـــمد", "محمد"),
        ("東京", "東京"),
        ("がっこう", "がっこう"),
        ("한국", "한국"),
        ("पाकिस्तान", "पाकिस्तान"),
        ("AT&T", "at t"),
        ("+++", "+++"),
    ],
)
def test_examples(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_the_key_is_kind_and_name() -> None:
    assert entity_key("PER", "Khurram Dastgir") == "PER:khurram dastgir"


@pytest.mark.parametrize(
    ("text", "words", "name"),
    [
        ("ANZEIGE: 3", "anzeige", "anzeige3"),
        ("José  Díaz-Gil", "jose diaz gil", "josediazgil"),
        ("この記事は会員限定です。", "この記事は会員限定です", "この記事は会員限定です"),
        ("전체 기사 보기 2", "전체 기사 보기", "전체기사보기2"),
        ("تابِعنا!", "تابعنا", "تابعنا"),
        ("— 24 —", "", "24"),
    ],
)
def test_lines_and_titles_are_compared_by_their_words(text: str, words: str, name: str) -> None:
    assert (fold_words(text), fold_name(text)) == (words, name)
    assert fold_words(words) == words
