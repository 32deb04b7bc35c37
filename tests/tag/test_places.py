"""Which of several places of one name is meant."""

from __future__ import annotations

import pytest

from benchmarks.places import by_size, by_weights, for_report, for_weights, share_right
from pipeline.tag.gazetteer import Known, meanings_of
from pipeline.tag.interfaces import TagContext
from pipeline.tag.places import choose, neighbour, sure_places
from pipeline.tag.tagger import tag_text


def test_labelled_names_are_decided_rightly_far_more_often_than_by_size() -> None:
    assert len(for_report()) >= 30
    assert share_right(for_weights(), by_weights) >= 0.95  # 0.98 when the weights were set
    assert share_right(for_report(), by_weights) >= 0.90  # 0.92; by size alone 0.41
    assert share_right(for_report(), by_size) < 0.6


@pytest.mark.parametrize(
    ("named", "outlet", "expected"),
    [(set(), None, "GB"), ({"CA"}, "CA", "CA"), ({"CA", "GB"}, None, "GB")],
)
def test_which_london_is_meant(named: set[str], outlet: str | None, expected: str) -> None:
    big = Known("LOC", "London", "city", country="GB", population=8_961_989)
    small = Known("LOC", "London", "city", country="CA", population=422_324)
    assert choose([small, big], frozenset(named), outlet).country == expected
    assert choose([big, small], frozenset(named), outlet).country == expected  # whatever their order


@pytest.mark.parametrize(
    ("text", "name", "division", "country"),
    [
        ("Springfield, Ill., voted.", "Springfield", "US-IL", "US"),
        ("Springfield, IL", "Springfield", "US-IL", "US"),
        ("London, Ontario", "London", "CA-ON", "CA"),
        ("Perth (Scotland)", "Perth", None, "GB"),
        ("Granada in Nicaragua", "Granada", None, "NI"),
    ],
)
def test_what_stands_behind_a_name(text: str, name: str, division: str | None, country: str) -> None:
    beside = neighbour(text, len(name), "en")
    assert division is None or division in {k.division for k in beside}
    assert country in {k.country for k in beside}


@pytest.mark.parametrize("text", ["Paris and Texas", "Paris, where", "Paris", "Paris in a hat", "Paris. Texas won", ""])
def test_nothing_stands_behind_a_name(text: str) -> None:
    assert neighbour(text, min(5, len(text)), "en") == ()


def test_what_can_lie_in_two_countries_is_no_evidence() -> None:
    sure = sure_places([meanings_of("Georgia", "en"), meanings_of("Cambridge", "en"), meanings_of("Tbilisi", "en")])
    assert {(k.name, k.country) for k in sure} == {("Tbilisi", "GE")}


def test_a_name_is_no_evidence_for_itself() -> None:
    meanings = meanings_of("Paris", "en")
    alone = choose(meanings, others=sure_places([meanings]))
    assert alone.country == "FR"
    assert choose(meanings, others=sure_places([meanings]), beside=meanings_of("Texas", "en")).division == "US-TX"


def test_an_organisation_outweighs_a_town_of_its_name() -> None:
    town = Known("LOC", "Hamas", "city", country="SY", population=900_000)
    movement = Known("ORG", "Hamas", "organisation")
    assert choose([town, movement], frozenset({"SY"}), "SY") is movement


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A fire broke out in London, Ontario. The mayor of London spoke.", ["London, Ontario", "Ontario", "London, Ontario"]),
        ("He flew from London to Leeds.", ["London", "Leeds"]),
        ("Springfield, Illinois, and Springfield, Missouri.", ["Springfield, Illinois", "Illinois", "Springfield", "Missouri"]),
        ("Georgia borders Alabama; Atlanta is its capital.", ["Georgia, United States", "Alabama", "Atlanta"]),
    ],
)  # fmt: skip
def test_two_places_of_one_name_are_two_entities(text: str, names: list[str]) -> None:
    found = tag_text(text, title=None, language="en", context=TagContext()).mentions
    assert [m.name for m in found] == names
    assert len({m.geonames_id for m in found if m.geonames_id}) == len({m.name for m in found if m.geonames_id})
