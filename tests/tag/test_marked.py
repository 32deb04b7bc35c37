"""Texts cut where their mentions are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.tag.interfaces import EntityMention
from pipeline.tag.marked import Paragraph, marked_text, marked_title
from pipeline.tag.tagged import by_entity
from tests.tag.mentions import mention


def _spelt(paragraphs: list[Paragraph]) -> list[str]:
    return ["".join(f"[{s.text}]" if s.mention else s.text for s in paragraph) for paragraph in paragraphs]


def test_paragraphs_hold_their_mentions_and_blank_lines_go() -> None:
    text = "Miriam Okafor spoke.\r\n\n  \nIn London\rand Oslo"
    found = [mention(text, "Miriam Okafor"), mention(text, "London", "LOC"), mention(text, "Oslo", "LOC")]
    assert _spelt(marked_text(text, found, 1000)) == ["[Miriam Okafor] spoke.", "In [London]", "and [Oslo]"]


def test_a_mention_across_a_line_end_keeps_its_lines_together() -> None:
    text = "So said Miriam\nOkafor.\nThe end."
    assert _spelt(marked_text(text, [mention(text, "Miriam\nOkafor")], 1000)) == [
        "So said [Miriam\nOkafor].",
        "The end.",
    ]


def test_the_limit_cuts_the_text_and_marks_no_half_name() -> None:
    text = "In Oslo and London"
    found = [mention(text, "Oslo", "LOC"), mention(text, "London", "LOC")]
    assert _spelt(marked_text(text, found, 14)) == ["In [Oslo] and Lo"]


def test_a_mention_within_another_is_not_marked_twice() -> None:
    text = "The Bank of England said"
    found = [mention(text, "Bank of England", "ORG"), mention(text, "England", "LOC")]
    assert _spelt(marked_text(text, found, 1000)) == ["The [Bank of England] said"]


@given(st.text(alphabet="ab \n\r😀\ud800", max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9))))
def test_nothing_but_blank_lines_is_lost(text: str, spans: list[tuple[int, int]]) -> None:
    found = [
        EntityMention(a, a + n, text[a : a + n], "PER", "x", None, None, None, None, 0.9, False)
        for a, n in sorted(spans)
        if a + n <= len(text)
    ]
    shown = "".join(s.text for paragraph in marked_text(text, found, 1000) for s in paragraph)
    assert "".join(shown.split()) == "".join(text.split())


def test_a_title_is_marked_where_it_is_written_as_in_the_text() -> None:
    text = "Pakistan and the Indian Ocean. India is there. Okafor went."
    found = [
        mention(text, "Pakistan", "LOC", in_title=True),
        mention(text, "Indian Ocean", "LOC", in_title=True),
        mention(text, "India", "LOC", in_title=True, start=25),
        mention(text, "Okafor", name="Miriam Okafor", in_title=True),
    ]
    title = "India, Pakistan: Miriam Okafor at the Indian Ocean, with Pakistanis"
    assert _spelt([marked_title(title, by_entity(found))]) == [
        "[India], [Pakistan]: [Miriam Okafor] at the [Indian Ocean], with Pakistanis"
    ]


def test_a_title_that_names_nothing_stays_as_it_is() -> None:
    text = "Oslo (a+b) won"
    assert _spelt([marked_title("Oslo wins", by_entity([mention(text, "Oslo", "LOC")]))]) == ["Oslo wins"]
    assert _spelt([marked_title("(a+b", by_entity([mention(text, "(a+b", in_title=True)]))]) == ["[(a+b]"]
    assert marked_title("", by_entity([mention(text, "Oslo", "LOC", in_title=True)])) == ()
