"""Case endings of place names, language by language."""

from __future__ import annotations

import pytest

from pipeline.tag.gazetteer import meanings_of
from pipeline.tag.names.inflection import SCRIPT, forms


@pytest.mark.parametrize(
    ("language", "written", "expected"),
    [
        ("ru", "Москве", "RU"), ("ru", "Франции", "FR"), ("ru", "Китаем", "CN"), ("ru", "Новой Зеландии", "NZ"),
        ("ru", "Боснии и Герцеговины", "BA"), ("ru", "Соединенных Штатах", "US"), ("ru", "Лондоном", "GB"),
        ("uk", "Києві", "UA"), ("uk", "Харкова", "UA"), ("uk", "Німеччини", "DE"), ("uk", "Польщею", "PL"),
        ("pl", "Warszawie", "PL"), ("pl", "Niemczech", "DE"), ("pl", "Wielkiej Brytanii", "GB"), ("pl", "Krakowa", "PL"),
        ("cs", "Praze", "CZ"), ("cs", "Ukrajině", "UA"), ("cs", "Německa", "DE"),
        ("sr", "Београду", "RS"), ("hr", "Zagrebu", "HR"), ("el", "Αθήνας", "GR"), ("ro", "Moscovei", "RU"),
        ("hu", "Budapesten", "HU"), ("hu", "Moszkvában", "RU"), ("de", "Deutschlands", "DE"), ("sv", "Sveriges", "SE"),
    ],
)  # fmt: skip
def test_a_form_leads_to_its_place(language: str, written: str, expected: str) -> None:
    assert expected in {known.country for known in meanings_of(written, language)}


def test_endings_of_one_language_do_not_hold_in_another() -> None:
    assert meanings_of("Niemczech", "en") == ()
    assert meanings_of("Warszawie", "ru") == ()


@pytest.mark.parametrize("language", sorted(SCRIPT))
def test_short_names_take_no_endings(language: str) -> None:
    assert list(forms("Мали"[:3], language)) == []
    assert list(forms("", language)) == []


def test_a_language_without_endings_has_none() -> None:
    assert list(forms("Paris", "fr")) == []
    assert list(forms("Paris", "xx")) == []
