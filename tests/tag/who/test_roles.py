"""Titles and offices beside a person's name."""

from __future__ import annotations

import pytest

from tests.tag.who.spans import mentions


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("[PER:Senator Sherry Rehman] spoke.", "Senator"),
        ("Senator [PER:Sherry Rehman] spoke.", "Senator"),
        ("[PER:Dr. Sarah Johnson] spoke.", "Dr."),
        ("Prime Minister [PER:Shehbaz Sharif] spoke.", "Prime Minister"),
        ("Pakistan's former foreign minister [PER:Khurram Dastgir] spoke.", "former foreign minister"),
        ("It met UN Secretary-General [PER:António Guterres] there.", "UN Secretary-General"),
        ("U.S. President [PER:Donald Trump] spoke.", "President"),
        ("Then-President [PER:Barack Obama] spoke.", "President"),
        ("PRINCESS [PER:DIANA] SPOKE", "Princess"),
        ("[PER:Khurram Dastgir], Pakistan's former foreign minister, spoke.", "former foreign minister"),
        ("[PER:Sarah Johnson], a political analyst at Georgetown University, spoke.", "political analyst"),
        ("[PER:Ann Lee], 34, a nurse, spoke.", "nurse"),
        ("[PER:Ann Lee], CEO of a firm, spoke.", "CEO"),
        ("[PER:Ann Lee], the former head coach, spoke.", "former head coach"),
    ],
)
def test_a_role_beside_the_name_is_kept(text: str, role: str) -> None:
    (mention,) = [m for m in mentions(text) if m.kind == "PER"]
    assert mention.role == role
    assert role not in mention.name


@pytest.mark.parametrize(
    "text",
    [
        "[PER:Ann Lee] spoke.",
        "Mr. [PER:Lee] spoke.",
        "We all miss [PER:Steve] so much.",
        "He met the singer. [PER:Rice] laughed.",
        "[PER:Ann Lee], a day after her win, spoke.",
        "[PER:Donald Trump], President Xi Jinping and others met.",
        "[PER:Maroon], a St. Louis native, spoke.",
        "[PER:George], the father of Jim, spoke.",
        "[PER:Ann Lee], a Republican, spoke.",
        "In general [PER:Lee] agrees.",
        "[PER:Ann Lee], [PER:Bo Hall] and a nurse spoke.",
    ],
)
def test_what_is_no_office_is_no_role(text: str) -> None:
    assert mentions(text)[0].role is None
