"""Short and long names of persons in one article."""

from __future__ import annotations

import pytest

from tests.tag.who.spans import mentions, name_of, names


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("Khurram Dastgir", "Dastgir"),
        ("Bilawal Bhutto Zardari", "Bilawal"),
        ("Bilawal Bhutto Zardari", "Bhutto Zardari"),
        ("Bilawal Bhutto Zardari", "Zardari"),
        ("J. K. Rowling", "Rowling"),
        ("J.K. Rowling", "J. K. Rowling"),
        ("Joanne Rowling", "J. Rowling"),
        ("António Guterres", "Antonio Guterres"),
        ("António Guterres", "Guterres"),
        ("Jean-Luc Mélenchon", "Melenchon"),
        ("Kim Jong Un", "Kim"),
        ("Xi Jinping", "Xi"),
        ("Moqtada al-Sadr", "Sadr"),
        ("Moqtada al-Sadr", "al-Sadr"),
        ("Mohammed bin Salman", "bin Salman"),
        ("Ursula von der Leyen", "von der Leyen"),
        ("James Van Der Beek", "Beek"),
        ("Michael McDonald", "McDonald"),
        ("Robert Mc Donald", "McDonald"),
        ("Taras Horbenskiy", "Horbensky"),
        ("Szalai Viktor", "Szalai"),
        ("Robert Downey Jr.", "Downey"),
        ("Rudy Giuliani", "Rudy"),
    ],
)
def test_a_short_form_is_the_person_named_in_full(full: str, short: str) -> None:
    assert name_of(f"[PER:{full}] came. Then [PER:{short}] spoke.", short) == [full]
    assert name_of(f"On Monday [PER:{short}] spoke. It was [PER:{full}].", short) == [full]


@pytest.mark.parametrize(
    ("one", "other"),
    [("J. K. Rowling", "JK Rowling"), ("Kim Jong Un", "KIM Jong-un"), ("Timothy Cook", "Tim Cook")],
)
def test_two_full_forms_are_one_person(one: str, other: str) -> None:
    assert len({name for _, name in names(f"[PER:{one}] came. [PER:{other}] spoke.")}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Joe Biden", "Hunter Biden"),
        ("Daniel Gonzalez", "Daniela Gonzalez"),
        ("John F. Kennedy", "John R. Kennedy"),
        ("Ann Lee", "Bo Lee"),
        ("Ann Lee", "Lee Ann Hall"),
        ("Kim Jong Un", "Kim Yo Jong"),
    ],
)
def test_different_full_names_are_different_persons(one: str, other: str) -> None:
    assert names(f"[PER:{one}] met [PER:{other}].") == [(one, one), (other, other)]


def test_middle_names_and_initials_do_not_part_a_person() -> None:
    found = names("[PER:John F. Kennedy] won. [PER:John Kennedy] wrote it. [PER:John Fitzgerald Kennedy] died.")
    assert {name for _, name in found} == {"John Fitzgerald Kennedy"}


def test_a_father_before_his_son_is_another_person() -> None:
    found = names("[PER:Donald Trump] was there. His son [PER:Donald Trump Jr.] was, too.")
    assert [name for _, name in found] == ["Donald Trump", "Donald Trump Jr."]
    found = names("[PER:Martin Luther King Jr.] spoke. Later [PER:Martin Luther King] left.")
    assert len({name for _, name in found}) == 1


def test_of_two_bearers_of_a_name_the_last_named_is_meant() -> None:
    text = "[PER:Ann Lee] sings. [PER:Bo Lee] dances. “I dance,” [PER:Lee] said."
    assert name_of(text, "Lee") == ["Bo Lee"]


def test_a_family_name_once_used_stays_with_its_person() -> None:
    text = "[PER:Bruce Dern] acts. [PER:Dern] won a prize. His daughter [PER:Laura Dern] came. [PER:Dern] smiled."
    assert name_of(text, "Dern") == ["Bruce Dern", "Bruce Dern"]


def test_mr_and_ms_decide() -> None:
    text = "[PER:Bill Clinton] spoke before his wife. [PER:Hillary Clinton] took her seat. Mr [PER:Clinton] went on. Ms [PER:Clinton] left."
    assert name_of(text, "Clinton") == ["Bill Clinton", "Hillary Clinton"]


def test_a_couple_shares_the_family_name() -> None:
    assert names("It was [PER:Bill] and [PER:Hillary Clinton].") == [
        ("Bill", "Bill Clinton"),
        ("Hillary Clinton", "Hillary Clinton"),
    ]
    assert names("[PER:Obama] and [PER:Hillary Clinton] met.")[0] == ("Obama", "Obama")


def test_a_family_is_nobody_in_particular() -> None:
    text = "[PER:Joe Biden] spoke of the [PER:Bidens]. The [PER:Biden] family was there. [PER:Biden] left."
    assert [m.name for m in mentions(text)] == ["Joe Biden", "Biden family", "Biden family", "Joe Biden"]


def test_a_headline_in_capitals_lends_nobody_its_name() -> None:
    assert names("[PER:KHURRAM DASTGIR] SPEAKS\n[PER:Khurram Dastgir] spoke.")[0][1] == "Khurram Dastgir"
    assert names("[PER:KIM Jong Un] spoke.")[0][1] == "Kim Jong Un"


def test_the_title_says_who_is_meant() -> None:
    found = mentions("Yesterday [PER:Dastgir] spoke.", title="[PER:Khurram Dastgir] in London")
    assert [(m.name, m.in_title) for m in found] == [("Khurram Dastgir", True)]


def test_initials_of_three_names_are_the_person() -> None:
    assert name_of("[PER:John Fitzgerald Kennedy] won. [PER:JFK] smiled.", "JFK") == ["John Fitzgerald Kennedy"]
