"""Acronyms and short forms of organisations, places, events, works and groups."""

from __future__ import annotations

import pytest

from tests.tag.who.spans import mentions, name_of, names


@pytest.mark.parametrize(
    ("text", "surface", "name"),
    [
        ("The [ORG:Kenya Wildlife Service] ([ORG:KWS]) said. [ORG:KWS] added.", "KWS", "Kenya Wildlife Service"),
        ("[ORG:KWS] acted. The [ORG:Kenya Wildlife Service (KWS)] said.", "KWS", "Kenya Wildlife Service"),
        ("The [ORG:KWS] ([ORG:Kenya Wildlife Service]) said. [ORG:KWS] added.", "KWS", "Kenya Wildlife Service"),
        ("The [ORG:Kenya Wildlife Service] (KWS) said. [ORG:KWS] added.", "KWS", "Kenya Wildlife Service"),
        ("The [ORG:Kenya Wildlife Service] said. [ORG:KWS] added.", "KWS", "Kenya Wildlife Service"),
        ("[ORG:Georgetown University] said. At [ORG:Georgetown] it went on.", "Georgetown", "Georgetown University"),
        ("[ORG:Royal Dutch Initech] said. [ORG:Initech] added.", "Initech", "Royal Dutch Initech"),
        ("[ORG:Kansas City Chiefs] won. The [ORG:Chiefs] sang.", "Chiefs", "Kansas City Chiefs"),
        ("[ORG:Initech Inc.] said. [ORG:Initech] added.", "Initech Inc.", "Initech"),
        ("[ORG:the UN] said.", "UN", "United Nations"),
        ("The [ORG:U.N.] said.", "U.N.", "United Nations"),
        ("The [ORG:U.S. Congress] met.", "U.S. Congress", "United States Congress"),
        ("The [ORG:World Health Organization]'s staff.", "World Health Organization", "World Health Organization"),
        ("[LOC:U.S.] troops", "U.S.", "United States"),
        ("in [LOC:America] now", "America", "United States"),
        ("[LOC:Indian-administered Kashmir] is", "Indian-administered Kashmir", "Kashmir"),
        ("from [LOC:northern Syria] now", "Syria", "Syria"),
        ("in Fresno, [LOC:Calif.], now", "Calif.", "California"),
        ("([LOC:HANOI])", "HANOI", "Hanoi"),
        ("[NORP:Palestinians] said", "Palestinians", "Palestinian"),
        ("[NORP:Britons] said", "Britons", "British"),
        ("[NORP:Frenchmen] said", "Frenchmen", "French"),
        ("[NORP:Tories] said", "Tories", "Tory"),
        ("[NORP:African-Americans] said", "African-Americans", "African-American"),
        ("[NORP:Stoics] said. A [NORP:Stoic] did.", "Stoics", "Stoic"),
        ("[NORP:Swiss] said", "Swiss", "Swiss"),
        ("the [WORK:“Big House”] show", "Big House", "Big House"),
        ("[EVENT:UEFA Champions League] night. The [EVENT:Champions League] is on.", "Champions League", "UEFA Champions League"),
    ],
)  # fmt: skip
def test_what_a_name_stands_for(text: str, surface: str, name: str) -> None:
    assert set(name_of(text, surface)) == {name}


@pytest.mark.parametrize(
    "text",
    [
        "[ORG:Nissan] and [ORG:Nissan Europe] and [ORG:Nissan Racing]",
        "[ORG:House] and [ORG:White House]",
        "[ORG:Michigan] and [ORG:Eastern Michigan]",
        "[ORG:Florida] and [ORG:Florida State]",
        "[ORG:EU Parliament] and [ORG:EU]",
        "[LOC:York] and [LOC:New York]",
        "[LOC:Mexico] and [LOC:New Mexico]",
        "[EVENT:2012 Olympics] and [EVENT:Olympics]",
        "[WORK:Saw] and [WORK:Saw X]",
        "[ORG:Bank of Ghana] and [ORG:BoK]",
    ],
)
def test_what_only_looks_like_a_short_form_stands_for_itself(text: str) -> None:
    found = [name for _, name in names(text)]
    assert len(set(found)) == len(found)


def test_a_department_is_one_whichever_way_round() -> None:
    found = names("The [ORG:Homeland Security Department] said. The [ORG:Department of Homeland Security] added.")
    assert len({name for _, name in found}) == 1


def test_places_carry_what_is_known_of_them() -> None:
    (mention,) = mentions("in [LOC:Pakistan] now")
    assert (mention.country, mention.qid) == ("PK", "Q843")


def test_the_article_decides_between_places_of_one_name() -> None:
    (birmingham, _) = mentions("in [LOC:Birmingham], [LOC:Alabama]")
    assert birmingham.country == "US"
    assert mentions("in [LOC:Birmingham] now")[0].country == "GB"


def test_of_several_longer_names_the_last_named_is_meant() -> None:
    text = "The [ORG:Florida Supreme Court] ruled. The [ORG:U.S. Supreme Court] heard. The [ORG:Supreme Court] said."
    assert name_of(text, "Supreme Court") == ["U.S. Supreme Court"]


@pytest.mark.parametrize(
    ("text", "place", "country"),
    [
        ("A fire burnt near [LOC:L.A.] on Monday.", "Los Angeles", "US"),
        ("The hearing in Savannah, [LOC:GA], went on.", "Georgia, United States", "US"),
        ("They met in Seattle, [LOC:Wash.], again.", "Washington, United States", "US"),
    ],
)
def test_abbreviations_of_american_places(text: str, place: str, country: str) -> None:
    [found] = mentions(text)
    assert (found.name, found.country) == (place, country)
