"""Write the report of one run: one HTML page that needs nothing but itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline import landing
from pipeline.log import event
from pipeline.report import findings
from pipeline.report.figures import volume_chart
from pipeline.report.flow import draw_flow
from pipeline.report.tables import outlet_table
from pipeline.report.wording import meaning, plain, tone
from pipeline.warehouse import db
from pipeline.warehouse.report_data import NightData, night_data

NEWEST_ARTICLES = 25
WIDE, NARROW = 700, 340
CHART_WIDE, CHART_NARROW = 900, 290
"""Widths of the drawings in pixels: each is drawn twice, for the desk and for the phone."""
_RTL = {"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi"}


def write_report(run_key: str | None, out_uri: str | None = None) -> str:
    """Write the page of a run and return its URI (`reports/<run_key>.html` in the landing zone by default).

    `run_key` may be its first letters, or None for the newest night. Raises ConfigError when there is no such run.
    """
    with db.reading() as connection:
        data = night_data(connection, run_key)
    uri = out_uri or landing.uri("reports", f"{data.run.run_key}.html")
    landing.put_bytes(uri, render(data).encode())
    event("report_written", run=data.run.run_key, uri=uri)
    return uri


def render(data: NightData) -> str:
    """The page as HTML. Everything that came from the web is escaped by Jinja or great_tables."""
    environment = Environment(
        loader=PackageLoader("pipeline.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        n=_number, day=_day, moment=_moment, clock=_clock, duration=_duration, plain=plain, meaning=meaning, tone=tone
    )
    environment.tests.update(web=_is_web_address, rtl=_RTL.__contains__)
    return environment.get_template("night.html.jinja").render(_context(data))


def _context(data: NightData) -> dict[str, Any]:
    charts = [volume_chart(data.volume, data.holes, data.run.night, width) for width in (CHART_WIDE, CHART_NARROW)]
    checks = data.checks
    tests = data.marts[data.marts["kind"] != "model"]
    return {
        "run": data.run,
        "ledger": data.ledger,
        "verdict": _verdict(data),
        "headline": findings.headline(data),
        "troubles": _records(checks[~checks["is_ok"].astype(bool)]),
        "checks": _records(checks),
        "flows": [
            draw_flow(data.outcomes, width=WIDE, left=150, right=WIDE - 270),
            draw_flow(data.outcomes, width=NARROW, left=92, right=NARROW - 178, body=170),
        ],
        "outcomes": _records(_outcome_lines(data)),
        "charts": [Markup(chart) for chart in charts if chart],  # noqa: S704  (drawn by us, from numbers and dates)
        "volume": _records(data.volume),
        "holes": _records(data.holes[data.holes["holes"] > 0]),
        "topics": _records(findings.topics(data.articles)),
        "entities": {kind: _records(group) for kind, group in data.entities.groupby("kind")},
        "articles": _records(data.articles.head(NEWEST_ARTICLES)),
        "article_count": len(data.articles),
        "outlets": outlet_table(findings.by_outlet(data)),
        "missing": _records(findings.not_in_the_warehouse(data)),
        "feed_troubles": _records(findings.feed_troubles(data)),
        "quarantined": _records(findings.quarantined(data)),
        "stages": _records(findings.stage_times(data.stages)),
        "mart_models": _records(findings.mart_models(data.marts)),
        "mart_troubles": _records(findings.mart_troubles(data.marts)),
        "mart_tests": {str(k): int(n) for k, n in tests["status"].value_counts().items()},
        "written_at": datetime.now(UTC),
    }


def _verdict(data: NightData) -> str:
    """`whole`, `look` (a warning) or `broken` (something that fails the run)."""
    bad = data.checks[~data.checks["is_ok"].astype(bool)]
    if data.run.state == "failed" or not data.ledger.is_balanced or (bad["severity"] == "error").any():
        return "broken"
    return "look" if len(bad) else "whole"


def _outcome_lines(data: NightData) -> pd.DataFrame:
    counted = data.outcomes.groupby(["inflow", "state", "reason"]).size().rename("entries").reset_index()
    return counted.sort_values(["entries", "inflow", "state"], ascending=[False, True, True])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for the template, with None wherever pandas has one of its missing values."""
    whole = frame.astype(object)
    return [{str(k): v for k, v in row.items()} for row in whole.where(whole.notna(), None).to_dict("records")]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B %Y}"


def _moment(value: datetime | None) -> str:
    return "–" if value is None else f"{value.day} {value:%b %H:%M}"


def _clock(value: datetime) -> str:
    return f"{value:%H:%M}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _is_web_address(url: str) -> bool:
    """Only these become links: a `javascript:` or `file:` address stays text."""
    return url.startswith(("https://", "http://"))
