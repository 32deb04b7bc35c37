"""Repair of spans, kinds of the article, overlooked names, and what holds for any input."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records import Kind
from pipeline.tag.interfaces import NameSpan, TagContext
from pipeline.tag.who.article import mentions_of
from tests.tag.who.spans import marked, mentions, names


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("[PER:Senator Sherry Rehman's] plan", "Sherry Rehman"),
        ("[PER:former Prime Minister Imran Khan] spoke", "Imran Khan"),
        ("[PER:Mr. Lee] spoke", "Lee"),
        ("[PER:Don Lee] spoke", "Don Lee"),
        ("[LOC:the Philippines'] coast", "Philippines"),
        ("[LOC:The Hague] waits", "The Hague"),
        ("[ORG:the BBC] says", "BBC"),
        ("[ORG:(BBC] says", "BBC"),
        ('[ORG:"BBC"] says', "BBC"),
        ("[ORG:McDonald's] sells", "McDonald's"),
        ("[LOC:U.S.] troops", "U.S."),
        ("[PER:Robert Downey Jr.] acts", "Robert Downey Jr."),
        ("[PER:Ann Lee,] who", "Ann Lee"),
        ("[PER:Dwayne “The Rock” Johnson] acts", "Dwayne “The Rock” Johnson"),
        ("[WORK:The Crown] runs", "The Crown"),
    ],
)
def test_edges_are_mended(text: str, surface: str) -> None:
    assert [m.surface for m in mentions(text)] == [surface]


@pytest.mark.parametrize("text", ["[PER:...] x", "[ORG:“”] x", "[LOC: ] x"])
def test_a_span_without_a_name_is_dropped(text: str) -> None:
    assert mentions(text) == []


def test_one_kind_for_the_same_words_by_the_sum_of_scores() -> None:
    text = "[ORG:Initech] grew. [ORG:Initech] sold. [PER@0.4:Initech] left."
    assert {m.kind for m in mentions(text)} == {"ORG"}


def test_the_words_around_keep_a_person_from_being_a_place() -> None:
    text = "in [LOC:Washington] and [LOC:Washington] and [LOC:Washington], President [PER:Washington] rode."
    assert [m.kind for m in mentions(text)] == ["LOC", "LOC", "LOC", "PER"]


def test_a_city_may_be_its_team() -> None:
    text = "In [LOC:Minnesota], [ORG:Minnesota] won. [LOC:Minnesota] is cold, [LOC:Minnesota] is far."
    assert [m.kind for m in mentions(text)] == ["LOC", "ORG", "LOC", "LOC"]


def test_an_unsure_family_name_is_the_person() -> None:
    found = mentions("[PER:Arion Kurtaj] was tried. [ORG@0.4:Kurtaj] is 18.")
    assert [(m.kind, m.name) for m in found] == [("PER", "Arion Kurtaj")] * 2


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("[PER:Khurram Dastgir] spoke. Then Dastgir left.", ("Dastgir", "Khurram Dastgir")),
        ("[PER:Khurram Dastgir] spoke. The Khurram Dastgir plan.", ("Khurram Dastgir", "Khurram Dastgir")),
        ("The [ORG:KWS] acted. The KWS said.", ("KWS", "KWS")),
        ("[PER:Khurram Dastgir] is in Pakistan now.", ("Pakistan", "Pakistan")),
        ("[PER:Khurram Dastgir] met U.S. officials.", ("U.S.", "United States")),
    ],
)
def test_what_the_model_overlooked_is_added_with_a_lower_score(text: str, added: tuple[str, str]) -> None:
    found = mentions(text)
    assert [(m.surface, m.name) for m in found if m.score < 0.9] == [added]


@pytest.mark.parametrize(
    "text",
    [
        "[PER:Leontyne Price] sang. Price rises came.",
        "[PER:Boris Johnson] spoke. In Johnson County it rained.",
        "[PER:Boris Johnson] spoke. Rachel Johnson left.",
        "[PER:Ann Hill] spoke on the hill-side dastgir.",
        "[PER:Ann Lee] met Chad and Jordan Smith.",
        "[PER:Ann Lee] wore a Lee-made coat.",
    ],
)
def test_what_may_be_something_else_is_not_added(text: str) -> None:
    assert len(mentions(text)) == 1


def test_in_title_is_said_of_every_mention_of_the_entity() -> None:
    found = mentions("The [ORG:Kenya Wildlife Service] ([ORG:KWS]) in [LOC:Nairobi].", title="KWS acts")
    assert [m.in_title for m in found] == [True, True, False]


def test_the_clipping_of_the_brief_reads_as_a_person_would() -> None:
    found = names(
        "[PER:Khurram Dastgir], [LOC:Pakistan]'s former foreign minister, met [ORG:UN] Secretary-General "
        "[PER:António Guterres] and [ORG:U.S. Congress] members. “It is,” [PER:Dastgir] told [ORG:Geo News] in the [LOC:UK]."
    )
    assert [name for _, name in found] == [
        "Khurram Dastgir", "Pakistan", "United Nations", "António Guterres", "United States Congress", "Khurram Dastgir",
        "Geo News", "United Kingdom",
    ]  # fmt: skip


_PIECES = [
    "Ann",
    "Lee",
    "Dr. ",
    "the ",
    "’s",
    "(",
    ")",
    "“",
    "U.N.",
    "WHO",
    "\n",
    " ",
    ".",
    "李明",
    "محمد",
    "😀",
    "and ",
    "Kim",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=40), st.data())
def test_any_spans_give_exact_ordered_mentions_and_the_same_each_time(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    spans = [
        NameSpan(a, b, data.draw(st.sampled_from(list(Kind))), data.draw(st.floats(0, 1)), "model")
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    found = [
        mentions_of(text, spans, title=text[:20], title_spans=[], language="en", context=TagContext()) for _ in range(2)
    ]
    assert found[0] == found[1]
    last = 0
    for m in found[0]:
        assert last <= m.start < m.end <= len(text)
        assert text[m.start : m.end] == m.surface
        assert m.name
        assert 0 <= m.score <= 1
        last = m.end


@pytest.mark.slow
def test_a_text_of_100_000_words_with_20_000_names_takes_seconds() -> None:
    rng = random.Random(7)
    parts = []
    for _ in range(20_000):
        kind = rng.choice(("PER", "ORG", "LOC"))
        words = " ".join("".join(rng.choices("abdeiklmnorstu", k=5)).title() for _ in range(rng.choice((1, 2, 2, 3))))
        tail = rng.choice(("", " Lee", " Smith")) if kind == "PER" else rng.choice(("", " Bank", " Group"))
        parts.append(f"[{kind}:{words}{tail}] said so with")
    text, spans = marked(" ".join(parts))
    started = time.process_time()
    found = mentions_of(text, spans, title=None, title_spans=[], language="en", context=TagContext())
    assert time.process_time() - started < 20
    assert len(found) >= 20_000
