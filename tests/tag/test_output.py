"""What `mm tag` prints for programs and for people, of tags with everything they may carry."""

from __future__ import annotations

import io
import json

from rich.console import Console

from pipeline.tag.output import as_json, as_lines, as_object
from pipeline.tag.tagged import TaggedText
from tests.tag.mentions import mention, tagged

TEXT = "Senator Okafor of the Reform Party met Danes. Okafor read Hamlet at the Spring Fair in York, not York."


def _everything() -> TaggedText:
    return tagged(
        TEXT,
        mention(TEXT, "Okafor", name="Miriam Okafor", role="Senator", score=0.61, method="model"),
        mention(TEXT, "Reform Party", "ORG", country="GB", qid="Q1"),
        mention(TEXT, "Danes", "NORP"),
        mention(TEXT, "Okafor", name="Miriam Okafor", start=40, score=0.97, in_title=True),
        mention(TEXT, "Hamlet", "WORK"),
        mention(TEXT, "Spring Fair", "EVENT"),
        mention(TEXT, "York", "LOC", country="GB"),
        mention(
            TEXT,
            "York",
            "LOC",
            country="GB",
            start=95,
            geonames_id=2633352,
            population=153717,
            latitude=53.96,
            longitude=-1.08,
        ),
    )


def _shown(item: TaggedText) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(as_lines(item), soft_wrap=True)
    return out.getvalue()


def test_programs_get_role_method_and_place() -> None:
    value = as_object(_everything())
    assert [e["kind"] for e in value["entities"]] == ["PER", "ORG", "NORP", "WORK", "EVENT", "LOC"]
    person, place = value["entities"][0], value["entities"][-1]
    assert (person["role"], person["in_title"], person["geonames_id"]) == ("Senator", True, None)
    assert person["mentions"] == [
        {"start": 8, "end": 14, "surface": "Okafor", "score": 0.61, "method": "model", "role": "Senator"},
        {"start": 46, "end": 52, "surface": "Okafor", "score": 0.97, "method": "rules", "role": None},
    ]
    assert (place["geonames_id"], place["population"], place["latitude"]) == (2633352, 153717, 53.96)
    assert json.loads(as_json(value)) == value


def test_people_read_names_by_kind_with_roles_counts_and_countries() -> None:
    lines = [line.strip().split("  ") for line in _shown(_everything()).splitlines()]
    assert [(line[0], line[-1].strip()) for line in lines[2:]] == [
        ("people", "Miriam Okafor (Senator) ×2"),
        ("organisations", "Reform Party (GB)"),
        ("places", "York (GB) ×2"),
        ("groups", "Danes"),
        ("events", "Spring Fair"),
        ("works", "Hamlet"),
    ]


def test_names_named_most_come_first() -> None:
    text = "Anna Berg saw Carl Dahl. Carl Dahl left."
    found = [mention(text, "Anna Berg"), mention(text, "Carl Dahl"), mention(text, "Carl Dahl", start=20)]
    assert "Carl Dahl ×2; Anna Berg" in _shown(tagged(text, *found))


def test_terminals_are_not_driven_by_what_a_text_says() -> None:
    text = "So \x1b[2J said"
    shown = _shown(tagged(text, mention(text, "\x1b[2J", role="[red]\x1b[31m"), text_id="\x1b[1mid", problem="bad\x07"))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[2J ([red][31m)" in shown
