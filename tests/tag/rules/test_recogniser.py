"""Names found by rule: invented articles in the manner of real ones, each written to try one rule."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tag.interfaces import EntityMention, TagContext
from pipeline.tag.rules.recogniser import MAX_CHARS, RuleRecogniser

SHARED = Path(__file__).parents[3] / ".." / "shared"
RECOGNISER = RuleRecogniser()


def mentions(
    text: str, language: str | None = "en", title: str | None = None, country: str | None = None
) -> list[EntityMention]:
    return list(RECOGNISER.mentions(text, title=title, language=language, context=TagContext(country)))


def named(text: str, language: str | None = "en") -> set[tuple[str, str]]:
    return {(m.kind, m.surface) for m in mentions(text, language)}


@given(st.text(alphabet=st.characters(), max_size=300))
@settings(deadline=None, max_examples=150)
def test_offsets_hold_for_any_text(text: str) -> None:
    found = mentions(text, None)
    assert all(text[m.start : m.end] == m.surface and m.surface for m in found)
    assert all(0 < m.score <= 1 for m in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_title_stays_outside_the_name_and_surname_joins_the_full_name() -> None:
    text = "Senator Miriam Okafor spoke first. Dr. Alan Reyes agreed. Okafor said she would vote."
    found = mentions(text)
    assert [(m.surface, m.name) for m in found if m.kind == "PER"] == [
        ("Miriam Okafor", "Miriam Okafor"),
        ("Alan Reyes", "Alan Reyes"),
        ("Okafor", "Miriam Okafor"),
    ]


def test_sentence_starts_and_headlines_make_no_names() -> None:
    text = (
        "Minister Promises Faster Trains Across Kenya\n"
        "Historically, trains were slow. Looking ahead, officials hope for more. Conversely, buses lost money.\n"
        "Advertisement\nTags\n"
    )
    assert named(text) == {("LOC", "Kenya")}


def test_an_ordinary_word_is_a_name_where_the_article_says_so() -> None:
    text = "Condoleezza Rice arrived on Monday. Rice said the talks went well. Rice prices rose elsewhere."
    assert [m.surface for m in mentions(text)].count("Rice") == 2  # the sentence start is ambiguous to a rule


@pytest.mark.parametrize(
    ("text", "organisation"),
    [
        ("He joined the Ministry of Foreign Affairs in May.", "Ministry of Foreign Affairs"),
        ("Ministry of Health officials came.", "Ministry of Health"),
        ("A study by the Food and Drug Administration found more.", "Food and Drug Administration"),
        ("The Tigray People 's Liberation Front withdrew .", "Tigray People 's Liberation Front"),
        ("It was sold to Harlow Corp. last week.", "Harlow Corp."),
        ("Dhaka Metropolitan Police Commissioner Habib Rahman spoke.", "Dhaka Metropolitan Police"),
    ],
)
def test_organisations_by_their_words(text: str, organisation: str) -> None:
    assert ("ORG", organisation) in named(text)


def test_an_acronym_in_brackets_stands_for_the_name() -> None:
    found = mentions("The Lake Wildlife Service (LWS) hired rangers. The LWS has boats.")
    assert {(m.surface, m.name) for m in found} == {
        ("Lake Wildlife Service", "Lake Wildlife Service"),
        ("LWS", "Lake Wildlife Service"),
    }


def test_peoples_and_weekdays_are_no_names() -> None:
    assert named("On Monday Pakistani and South African officials met Muslims and Americans in March.") == set()


def test_one_law_or_prize_is_no_organisation() -> None:
    assert named("They signed the Clean Rivers Treaty and won the Nobel Peace Prize after World War II.") == set()


def test_towns_that_are_words_or_given_names_need_more() -> None:
    assert named("Reading is fun, and the weather was nice. Of course Sydney Carter left.") == {
        ("PER", "Sydney Carter")
    }


def test_countries_carry_their_codes_and_cities_their_place() -> None:
    by_surface = {m.surface: m for m in mentions("The U.S. and India spoke in London and Lahore.")}
    assert (by_surface["U.S."].name, by_surface["U.S."].country, by_surface["U.S."].qid) == (
        "United States",
        "US",
        "Q30",
    )
    assert (by_surface["India"].country, by_surface["India"].qid) == ("IN", "Q668")
    london = by_surface["London"]
    assert london.country == "GB"
    assert london.latitude == pytest.approx(51.5, abs=0.1)
    assert london.longitude == pytest.approx(-0.1, abs=0.1)


def test_the_article_decides_between_two_towns() -> None:
    canadian = mentions("Police in Ontario, Canada, said the London fire was out.", country="CA")
    assert next(m for m in canadian if m.surface == "London").country == "CA"


def test_in_title_says_whether_the_title_names_the_entity() -> None:
    found = mentions("The UN met in Geneva. Later Oslo was named.", title="United Nations talks begin")
    assert {m.surface: m.in_title for m in found} == {"UN": True, "Geneva": False, "Oslo": False}


def test_pre_tokenised_text_works_as_it_is() -> None:
    assert named('" The U.S. , " said Mr. John Smith of Georgetown University , " is 1,200 miles away . "') == {
        ("LOC", "U.S."),
        ("PER", "John Smith"),
        ("ORG", "Georgetown University"),
    }


def test_german_nouns_are_no_names() -> None:
    text = (
        "Bundeskanzler Olaf Scholz sprach am Montag in Berlin über die Lage der Wirtschaft. Der Haushalt und die "
        "Rente seien sicher, sagte Scholz. Das Essen war kalt. Die SPD und die Universität Heidelberg stimmten zu."
    )
    assert named(text, "de") == {
        ("PER", "Olaf Scholz"),
        ("LOC", "Berlin"),
        ("PER", "Scholz"),
        ("ORG", "SPD"),
        ("ORG", "Universität Heidelberg"),
    }


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "fr",
            "Le président Emmanuel Macron a reçu l'ONU à Paris, en Algérie aussi.",
            {"Emmanuel Macron", "United Nations", "Paris", "Algeria"},
        ),
        (
            "es",
            "El Ministerio de Justicia de España habló con Pedro Sánchez en Bogotá.",
            {"Ministerio de Justicia de España", "Pedro Sánchez", "Bogotá"},
        ),
        (
            "ar",
            "التقى الوفد في لندن ممثلين عن الأمم المتحدة، ثم سافر إلى باكستان والهند.",
            {"London", "United Nations", "Pakistan", "India"},
        ),
        (
            "ur",
            "کراچی میں اقوام متحدہ کا اجلاس ہوا، پاکستان اور بھارت شریک تھے۔",
            {"Karachi", "United Nations", "Pakistan", "India"},
        ),
        ("zh", "联合国秘书长在上海会见了法国总统。", {"United Nations", "Shanghai", "France"}),
        ("tr", "Ankara'da konuşan bakan, Almanya ile görüşeceklerini söyledi.", {"Ankara", "Germany"}),
    ],
)
def test_places_and_known_names_in_other_languages(language: str, text: str, expected: set[str]) -> None:
    assert {m.name for m in mentions(text, language)} == expected


def test_scripts_without_capitals_score_lower() -> None:
    arabic = mentions("اجتمع الوزراء في لندن", "ar")
    english = mentions("The ministers met in London.")
    assert arabic[0].score < english[0].score


@lru_cache(maxsize=1)
def seconds_for_prose() -> float:
    """CPU seconds for prose of the longest length, on the machine and with the load of this run."""
    prose = "the quick fox went to London " * (MAX_CHARS // 29)
    started = time.process_time()
    mentions(prose, None)
    return time.process_time() - started


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "a" * 5_000_000,
        "the quick fox went to London " * 170_000,
        "Aa" * 500_000,
        "John " * 1_000_000,
        "Lagos Accra Nairobi Kampala " * 25_000,
        "." * 5_000_000,
        "Ministry of " * 400_000,
        "中国" * 2_500_000,
        "ประเทศไทย" * 100_000,
        "لندن " * 200_000,
        "‮London القاهرة London‬" * 40_000,
        "A.B " * 1_000_000,
        "😀👨‍👩‍👧" * 150_000,
        "\ud800\udfff" * 500_000,
        "\x00" * 1_000_000,
        "Paris, Springfield, " * 50_000,
    ],
    ids=[
        "empty", "blank", "one word of 5 MB", "one line of 5 MB", "no spaces", "one name", "100,000 capitals", "full stops",
        "links", "han", "thai", "arabic", "both directions", "initials", "emoji", "surrogates", "NUL", "ambiguous",
    ],
)  # fmt: skip
def test_megabytes_of_nonsense_end_quickly(text: str) -> None:
    usual = seconds_for_prose()
    started = time.process_time()
    found = mentions(text, None)
    # What grows with the square of the length takes a thousand times as long.
    assert time.process_time() - started < 20.0 * usual
    assert all(m.end <= MAX_CHARS and text[m.start : m.end] == m.surface for m in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_a_name_next_to_a_nul_byte_is_found() -> None:
    assert [m.surface for m in mentions("\x00 London \x00 ")] == ["London"]


def test_lone_surrogates_and_emoji_move_no_offset() -> None:
    text = "\ud800 😀 London \udfff 👨‍👩‍👧 John Smith said"
    assert [(m.surface, text[m.start : m.end]) for m in mentions(text)] == [
        ("London", "London"),
        ("John Smith", "John Smith"),
    ]


def test_the_clipping_gives_every_name_and_no_other_word() -> None:
    path = SHARED / "samples" / "clipping.txt"
    if not path.exists():
        pytest.skip("the shared sample is not there")
    expected = json.loads((SHARED / "samples" / "clipping.expected.json").read_text("utf-8"))
    text = path.read_text("utf-8")
    found: dict[tuple[str, str], list[EntityMention]] = defaultdict(list)
    for m in mentions(text):
        found[m.kind, m.name].append(m)
    for entity in expected["entities"]:
        group = found[entity["kind"], entity["name"]]
        assert len(group) >= entity.get("mentions_at_least", 1), entity
        assert entity.get("country") in (None, group[0].country), entity
    surfaces = {m.surface for group in found.values() for m in group}
    assert not surfaces & set(expected["not_entities"])
