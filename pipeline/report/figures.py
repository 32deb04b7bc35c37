"""Charts by altair, as SVG that takes its colours from the page, so that it follows light and dark."""

from __future__ import annotations

import re
from datetime import date

import altair as alt
import pandas as pd
import vl_convert

from pipeline.warehouse.report_data import VOLUME_DAYS

# Vega checks colours, so these stand in for the page's CSS variables until the SVG is written.
_STAND_INS = {
    "#010101": "var(--good)",
    "#020202": "var(--copy)",
    "#030303": "var(--ink-2)",
    "#040404": "var(--line)",
    "#050505": "var(--lost)",
}
_GOOD, _COPY, _INK, _LINE, _HOLE = _STAND_INS


def volume_chart(volume: pd.DataFrame, holes: pd.DataFrame, night: date, width: int) -> str | None:
    """Articles by the day they were first seen, over the last two weeks; days with holes are marked.

    The day of the night itself has only begun and is drawn paler.
    """
    if volume.empty:
        return None
    days = _by_day(volume, holes, night)
    long = days.melt(["label", "day", "is_over"], ["originals", "copies"], "what", "articles").dropna(
        subset=["articles"]
    )
    order = days["label"].tolist()
    x = alt.X("label:N", sort=order, scale=alt.Scale(domain=order), axis=_day_axis(width))
    bars = (
        alt.Chart(long)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=x,
            y=alt.Y("articles:Q", stack=True, axis=alt.Axis(title=None, tickCount=4, format=",d")),
            color=alt.Color(
                "what:N", legend=None, scale=alt.Scale(domain=["originals", "copies"], range=[_GOOD, _COPY])
            ),
            order=alt.Order("what:N", sort="descending"),
            opacity=alt.condition("datum.is_over", alt.value(1.0), alt.value(0.45)),
        )
    )
    marked = days[days["holes"] > 0]
    hole_marks = (
        alt.Chart(marked)
        .mark_point(shape="diamond", size=70, filled=True, color=_HOLE, opacity=1, yOffset=-11)
        .encode(x=x, y=alt.Y("total:Q"))
    )
    chart = (bars + hole_marks if len(marked) else bars).properties(width=width, height=190)
    return _svg(chart)


def _by_day(volume: pd.DataFrame, holes: pd.DataFrame, night: date) -> pd.DataFrame:
    """One row per day of the window, empty ones included: a day without a row is not a day with none."""
    window = pd.date_range(end=pd.Timestamp(night), periods=VOLUME_DAYS, freq="D")
    counts = volume.assign(day=pd.to_datetime(volume["day"])).set_index("day").reindex(window)
    counts["holes"] = 0
    if not holes.empty:
        by_day = holes.assign(day=pd.to_datetime(holes["day"])).set_index("day")["holes"]
        counts["holes"] = by_day.reindex(window).fillna(0)
    # Between the first and the last day known, nothing seen is a count of nought.
    since = counts["originals"].first_valid_index()
    known = counts.index >= since
    counts.loc[known, ["originals", "copies"]] = counts.loc[known, ["originals", "copies"]].fillna(0)
    counts["total"] = counts["originals"].fillna(0) + counts["copies"].fillna(0)
    counts["is_over"] = counts.index < pd.Timestamp(night)
    counts["label"] = [f"{day:%a} {day.day}" for day in window]
    return counts.rename_axis("day").reset_index()


def _day_axis(width: int) -> alt.Axis:
    return alt.Axis(
        title=None, labelAngle=0, ticks=False, labelPadding=7, labelOverlap="greedy" if width < 500 else False
    )


def _svg(chart: alt.LayerChart | alt.Chart) -> str:
    """The chart as inline SVG: text and lines in the page's colours, no fixed size, hidden from screen readers.

    What the picture says stands beside it in words.
    """
    axis = alt.AxisConfig(
        labelColor=_INK, labelFontSize=12, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE, domain=False
    )
    svg: str = vl_convert.vegalite_to_svg(
        chart.to_dict(), config={"axis": axis.to_dict(), "view": {"stroke": None}, "background": None}
    )
    for stand_in, variable in _STAND_INS.items():
        svg = svg.replace(stand_in, variable)
    svg = re.sub(r'font-family="[^"]*"', 'font-family="inherit"', svg)
    return re.sub(
        r'<svg ([^>]*?)width="(\d+)" height="\d+"', r'<svg \1 style="max-width:\2px" aria-hidden="true"', svg, count=1
    )
