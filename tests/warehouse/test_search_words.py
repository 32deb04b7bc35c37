"""The words that Postgres stores of an article: folded as Python folds, and of any text at all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.folding import fold_letters
from pipeline.warehouse import db

pytestmark = pytest.mark.db


def _folded_in_sql(texts: list[str]) -> list[str]:
    with db.reading() as connection:
        statement = (
            "SELECT core.fold_letters(t) FROM unnest(CAST(:texts AS text[])) WITH ORDINALITY AS u (t, n) ORDER BY n"
        )
        return list(connection.scalars(text(statement), {"texts": texts}))


def test_postgres_folds_each_letter_as_python_does(warehouse: None) -> None:
    letters = [
        chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x1F900)) if unicodedata.category(chr(code)) != "Cn"
    ]
    folded = _folded_in_sql([f"a{letter}b" for letter in letters])
    assert [letter for letter, own in zip(letters, folded, strict=True) if own != fold_letters(f"a{letter}b")] == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\x00")), max_size=20))
def test_postgres_folds_texts_as_python_does(warehouse_server: None, texts: list[str]) -> None:
    assert _folded_in_sql(texts) == [fold_letters(each) for each in texts]


@pytest.mark.parametrize("code", ["en", "ar", "hi", "tr", "ru", "zz", None])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.one_of(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"),
    st.sampled_from("\u0640\u064b\u0345\u037a\u0301\u06df\ufdfa\uff07\uff3c ''\\:,aiкमİı"))))  # fmt: skip
def test_any_text_has_words(warehouse_server: None, code: str | None, body: str) -> None:
    _words_of(body, code)


@pytest.mark.parametrize("code", ["en", "ar", "hi", "tr", "ru", "zz"])
@pytest.mark.parametrize(
    "word",
    ["\u0640", "\u064b", "\u0345", "\u037a", "\ufdfa" * 600, "\u0958" * 682, "म" * 682, "я" * 1023, "é" * 1023,
     "x" * 2045 + "s"],
)  # fmt: skip
def test_a_word_of_marks_or_of_endless_length_is_left_out(warehouse_server: None, code: str, word: str) -> None:
    assert "'quay'" in _words_of(f"quay {word} quay", code)


def _words_of(body: str, code: str | None) -> str:
    with db.reading() as connection:
        statement = text("SELECT CAST(core.article_words(:body, :body, :code) AS text)")
        return str(connection.scalar(statement, {"body": body, "code": code}))
