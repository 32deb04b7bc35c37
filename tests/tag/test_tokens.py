"""Tokens know their place in the text, and where sentences and headlines begin."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tag.tokens import Shape, tokenise


def words(text: str, language: str | None = "en") -> list[str]:
    return [t.text for t in tokenise(text, language)]


@given(st.text(max_size=200))
def test_every_token_stands_where_it_says(text: str) -> None:
    tokens = tokenise(text, None)
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pakistan's perspective", ["Pakistan", "'s", "perspective"]),
        ("Pakistan ’s perspective", ["Pakistan", "’s", "perspective"]),
        ("the U.S.-India pact", ["the", "U.S.", "-", "India", "pact"]),
        ("George W. Bush", ["George", "W.", "Bush"]),
        ("O'Brien of N'Djamena", ["O'Brien", "of", "N'Djamena"]),
    ],
)
def test_words_are_parted_from_what_sticks_to_them(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_articles_and_endings_are_parted_by_language() -> None:
    assert words("L'Algérie", "fr") == ["L'", "Algérie"]
    assert words("Ankara'da", "tr") == ["Ankara", "'da"]
    assert words("D'Souza", "en") == ["D'Souza"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MBC는 서울", ["MBC", "는", "서울"]),
        ("Kで", ["K", "で"]),
        ("在ABC公司", ["在", "ABC", "公司"]),
        ("naïve", ["naïve"]),
        ("東京", ["東京"]),
    ],
)
def test_scripts_without_spaces_are_parted_from_others(text: str, expected: list[str]) -> None:
    assert words(text, "ja") == expected


def test_a_sentence_opens_after_a_full_stop_but_not_after_a_title() -> None:
    tokens = {t.text: t for t in tokenise('It rained. Then Mr. Smith said: "Go home" and left.', "en")}
    assert tokens["Then"].opens
    assert tokens["Go"].opens
    assert not tokens["Smith"].opens
    assert not tokens["and"].opens


def test_a_headline_is_told_from_a_sentence_full_of_names() -> None:
    headline = tokenise("Pakistan Urges Global Intervention Amid Tensions\nThe text follows here.", "en")
    sentence = tokenise("Tongan Prime Minister Siaosi Sovaleni thanked Nanaia Mahuta .", "en")
    assert headline[0].headline
    assert not headline[-2].headline
    assert not any(t.headline for t in sentence)


def test_a_word_of_megabytes_is_no_name() -> None:
    (token,) = tokenise("A" + "a" * 1_000_000, None)
    assert token.shape is Shape.LOWER
