"""Known names: what stands in the libraries and in config/entities/, and how it is looked up."""

from __future__ import annotations

import time

import pytest

from pipeline.tag.gazetteer import gazetteer_for, meanings_of
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.tokens import tokenise


def look_up(text: str, language: str = "en") -> list[str]:
    hit = gazetteer_for(language).longest(tokenise(text, language), 0)
    return sorted({k.name for k in hit.meanings}) if hit else []


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Guinea-Bissau", "en", "Guinea-Bissau"),
        ("Côte d’Ivoire", "fr", "Ivory Coast"),
        ("Vereinigte Staaten", "de", "United States"),
        ("المملكة المتحدة", "ar", "United Kingdom"),
        ("al-Qaida", "en", "Al-Qaeda"),
        ("INDIA", "en", "India"),
        ("Sri Lanka", "en", "Sri Lanka"),
    ],
)
def test_names_in_many_forms(text: str, language: str, name: str) -> None:
    assert look_up(text, language) == [name]


def test_capitals_matter() -> None:
    assert look_up("WHO") == ["World Health Organization"]
    assert look_up("who") == []
    assert look_up("us") == []
    assert look_up("turkey") == []


def test_a_name_does_not_cross_a_line() -> None:
    assert "Sri Lanka" not in look_up("Sri\nLanka")


def test_word_lists_do_not_contradict_each_other() -> None:
    lexicon = load_lexicon()
    assert not lexicon.cues["weak_titles"] - lexicon.cues["titles"]
    assert not lexicon.cues["org_words"] & lexicon.cues["other_words"]


def test_a_language_adds_its_names_quickly() -> None:
    gazetteer_for("en")
    started = time.perf_counter()
    gazetteer_for("sw")
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize(
    ("name", "language", "expected"),
    [
        ("the United Nations", "en", {"Q1065"}),
        ("The Guardian", "en", {"Q11148"}),
        ("the  Philippines", "en", {"Q928"}),
        ("U.N.", "en", {"Q1065"}),
        ("who", "en", set()),
        ("United", "en", set()),
        ("United Nations Building", "en", set()),
        ("中国", "zh", {"Q148"}),
        ("中国人", "zh", set()),
        ("", "en", set()),
        ("the", "en", set()),
        ("...", None, set()),
    ],
)
def test_what_a_whole_name_may_mean(name: str, language: str | None, expected: set[str]) -> None:
    assert {k.qid for k in meanings_of(name, language)} == expected


def test_a_name_of_several_cities_gives_them_all_with_their_geonames_ids() -> None:
    springfields = meanings_of("Springfield", "en")
    assert {4250542, 4409896} <= {k.geonames_id for k in springfields}  # Illinois, Missouri
    assert all(k.what == "city" and k.country == "US" for k in springfields)
