"""Which of several places of one name is meant: the share decided rightly, on lines that set no weight.

Beside it, what taking the largest place of the name would give.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.tag.gazetteer import Known, gazetteer_for
from pipeline.tag.places import choose, neighbour, sure_places
from pipeline.tag.tokens import tokenise

GOLD = Path(__file__).parent / "gold" / "places.yml"
GOAL = 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """One name in one text, and the place it means there."""

    name: str
    outlet: str | None
    place: str  # "city US-AL", "country GE"
    text: str


def cases() -> list[Case]:
    """All labelled lines, in the order of the file."""
    return [Case(*line) for line in yaml.safe_load(GOLD.read_text("utf-8"))]


def for_weights() -> list[Case]:
    """The odd lines, on which the weights were set."""
    return cases()[::2]


def for_report() -> list[Case]:
    """The even lines."""
    return cases()[1::2]


def share_right(of: Sequence[Case], decide: Callable[[Case], Known]) -> float:
    """The share of cases whose place is the labelled one."""
    return sum(is_right(case, decide(case)) for case in of) / len(of)


def is_right(case: Case, known: Known) -> bool:
    """The label's kind and country agree, and the division where the label and the place have one."""
    what, code = case.place.split()
    return known.what == what and code in (known.division, known.country)


def by_weights(case: Case) -> Known:
    """As tagging decides it."""
    found = _names(case.text)
    start = case.text.index(case.name)
    return choose(
        found[start],
        source_country=case.outlet,
        others=sure_places(found.values()),
        beside=neighbour(case.text, start + len(case.name), "en"),
    )


def by_size(case: Case) -> Known:
    """The largest of the name."""
    return max(_names(case.text)[case.text.index(case.name)], key=lambda known: known.population)


def _names(text: str) -> dict[int, tuple[Known, ...]]:
    """Known places of a text by where they begin."""
    tokens, gazetteer = tokenise(text, "en"), gazetteer_for("en")
    found: dict[int, tuple[Known, ...]] = {}
    index = 0
    while index < len(tokens):
        hit = gazetteer.longest(tokens, index) if tokens[index].is_name_like else None
        if hit is not None:
            found[tokens[index].start] = tuple(known for known in hit.meanings if known.kind == "LOC")
        index = hit.last if hit else index + 1
    return found


def main() -> int:
    """Print both shares; exit code 1 below the goal."""
    report, others = for_report(), for_weights()
    share = share_right(report, by_weights)
    print(f"{len(report)} names that several places share (the other {len(others)} set the weights)")
    print(f"  by weights      {share:.2f}   (goal {GOAL:.2f}; on the others {share_right(others, by_weights):.2f})")
    print(f"  by size alone   {share_right(report, by_size):.2f}")
    for case in report:
        known = by_weights(case)
        if not is_right(case, known):
            got = f"{known.what} {known.division or known.country}"
            print(f"  missed: {case.name} is {case.place}, got {got}: {case.text}")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
