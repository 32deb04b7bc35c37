"""The parts of the report that need no database: the flow's geometry, the chart, the words."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from pipeline.errors import Reason
from pipeline.records import TERMINAL, State
from pipeline.report.figures import volume_chart
from pipeline.report.findings import stage_times, topics
from pipeline.report.flow import draw_flow
from pipeline.report.wording import MEANINGS, meaning, tone

NIGHT = date(2026, 11, 22)


def _outcomes(*lines: tuple[str, str, str, int]) -> pd.DataFrame:
    rows = [line[:3] for line in lines for _ in range(line[3])]
    return pd.DataFrame(rows, columns=["inflow", "state", "reason"])


def test_bands_are_as_wide_as_their_urls_are_many() -> None:
    flow = draw_flow(
        _outcomes(("new", "loaded", "stored", 60), ("new", "gone", "gone", 20), ("carried", "loaded", "stored", 20)),
        width=700, left=150, right=430, body=200,
    )  # fmt: skip
    assert flow is not None
    assert [(n.label, n.entries, n.height) for n in flow.inflow] == [("new", 80, 160), ("carried", 20, 40)]
    assert [(n.label, n.entries, n.tone) for n in flow.outcome] == [
        ("loaded · stored", 80, "good"),
        ("gone", 20, "lost"),
    ]
    assert [band.title for band in flow.bands] == [
        "60 new → loaded · stored", "20 carried → loaded · stored", "20 new → gone",
    ]  # fmt: skip
    assert sum(n.entries for n in flow.outcome) == 100


def test_labels_never_lie_on_each_other() -> None:
    reasons = [str(reason) for reason in list(Reason)[:25]]
    flow = draw_flow(
        _outcomes(("new", "loaded", "stored", 5000), *[("new", "failed", r, 1) for r in reasons]),
        width=340, left=92, right=162,
    )  # fmt: skip
    assert flow is not None
    places = [node.label_y for node in flow.outcome]
    assert min(b - a for a, b in pairwise(places)) >= 12
    assert all(node.height >= 1 for node in flow.outcome)
    assert max(places) < flow.height


def test_nothing_flows_where_nothing_was_claimed() -> None:
    assert draw_flow(_outcomes(), width=700, left=150, right=430) is None


def test_the_chart_takes_its_colours_from_the_page() -> None:
    volume = pd.DataFrame({"day": [date(2026, 11, 20), NIGHT], "originals": [40, 3], "copies": [2, 0]})
    holes = pd.DataFrame({"day": [date(2026, 11, 20)], "holes": [1], "outlets": ["Uferbote"]})
    svg = volume_chart(volume, holes, NIGHT, 600)
    assert svg is not None
    assert "var(--good)" in svg
    assert "var(--copy)" in svg
    assert "var(--lost)" in svg
    assert re.findall(r"#[0-9a-f]{3,6}\b", svg) == []
    assert ">Sun 22<" in svg
    assert 'font-family="sans' not in svg
    quiet = volume_chart(volume, holes.assign(holes=0), NIGHT, 600)
    assert quiet is not None
    assert "var(--lost)" not in quiet
    assert volume_chart(volume.head(0), holes, NIGHT, 600) is None


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words(reason: Reason) -> None:
    assert reason in MEANINGS
    assert meaning(reason.value) == MEANINGS[reason]


def test_a_reason_of_another_version_stands_for_itself() -> None:
    assert meaning("struck_by_lightning") == "struck by lightning"


def test_every_end_has_a_tone_and_what_has_not_ended_waits() -> None:
    assert {tone(state) for state in TERMINAL} == {"good", "held", "lost"}
    assert {tone(state) for state in set(State) - TERMINAL} == {"waiting"}


def test_stages_lie_on_the_time_line_of_the_run() -> None:
    at = pd.Timestamp("2026-11-22T02:00:00Z")
    second = pd.Timedelta(seconds=1)
    parts = pd.DataFrame(
        {
            "stage": ["fetch", "fetch", "clean"], "part": ["0", "1", "0"], "state": ["done", "failed", "done"],
            "started_at": [at, at + 10 * second, at + 30 * second],
            "ended_at": [at + 20 * second, at + 30 * second, at + 40 * second],
            "rows_out": [5, None, 5], "error": [None, "Retryable: timeout", None],
        }
    )  # fmt: skip
    times = stage_times(parts).set_index("stage")
    assert times.loc["fetch", ["parts", "failed", "seconds", "errors"]].tolist() == [2, 1, 30.0, "Retryable: timeout"]
    assert times.loc["clean", ["start", "length"]].tolist() == [0.75, 0.25]


def test_topics_are_counted_by_best_topic() -> None:
    counted = topics(pd.DataFrame({"topic": ["sport", "sport", None, "weather"]}))
    assert counted[["topic", "articles"]].values.tolist() == [["sport", 2], ["weather", 1]]
    assert counted["share"].tolist() == [1.0, 0.5]
    assert topics(pd.DataFrame({"topic": pd.Series([], dtype="str")})).empty
