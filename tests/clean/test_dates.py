"""Dates: precision as given, zones of the page, the source or none; nothing from the future, nothing made up."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.clean.content import PageHints, PublishedAt
from pipeline.clean.dates import date_in_url, parse_date
from pipeline.clean.page import clean_page
from tests.clean.newspage import page

KARACHI = ZoneInfo("Asia/Karachi")


def _published(head: str = "", body: str | None = None, url: str | None = None, **hints: object) -> PublishedAt | None:
    known = PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC), **hints)  # type: ignore[arg-type]
    return clean_page(page(body, head).encode(), url=url, hints=known).published


def _meta(value: str, name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{value}">'


@pytest.mark.parametrize(
    ("raw", "moment", "precision"),
    [
        ("2026-11-23T08:15:30+01:00", "2026-11-23T07:15:30+00:00", "second"),
        ("2026-11-23T08:15:30.123Z", "2026-11-23T08:15:30+00:00", "second"),
        ("2026-11-23 08:15", "2026-11-23T03:15:00+00:00", "minute"),
        ("2026-11-23T08:15+0530", "2026-11-23T02:45:00+00:00", "minute"),
        ("20261123T081530Z", "2026-11-23T08:15:30+00:00", "second"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00", "day"),
        ("2026-11-23T00:00:00+05:00", "2026-11-23T00:00:00+00:00", "day"),
        ("Mon, 23 Nov 2026 08:15:30 GMT", "2026-11-23T08:15:30+00:00", "second"),
        ("November 23, 2026 8:15 PM EST", "2026-11-24T01:15:00+00:00", "minute"),
        ("23 November 2026", "2026-11-23T00:00:00+00:00", "day"),
        ("23.11.2026", "2026-11-23T00:00:00+00:00", "day"),
        ("1795421730", "2026-11-23T08:15:30+00:00", "second"),
        ("٢٠٢٦-١١-٢٣", "2026-11-23T00:00:00+00:00", "day"),
    ],
)
def test_as_written(raw: str, moment: str, precision: str) -> None:
    found = parse_date(raw, KARACHI)
    assert found is not None
    assert (found[0].astimezone(UTC).isoformat(), found[1]) == (moment, precision)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("23. November 2026", "de"),
        ("23 novembre 2026", "fr"),
        ("23 de noviembre de 2026", "es"),
        ("23 ноября 2026", "ru"),
    ],
)
def test_months_of_other_languages(raw: str, language: str) -> None:
    assert parse_date(raw, UTC, language) == (datetime(2026, 11, 23, tzinfo=UTC), "day")


@pytest.mark.parametrize("raw", ["", "yesterday", "November 2026", "10:15", "2026-13-45", "0001-01-01T00:00:00Z", "12"])
def test_what_is_no_day_gives_none(raw: str) -> None:
    found = parse_date(raw)
    assert found is None or found[0].year == 1


def test_a_time_without_zone_is_the_sources() -> None:
    found = _published(_meta("2026-11-23T02:30:00"), time_zone="Asia/Karachi")
    assert found is not None
    assert found.at == datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
    assert found.printed_on.isoformat() == "2026-11-23"


def test_a_zone_of_its_own_wins_over_the_sources() -> None:
    found = _published(_meta("2026-11-23T02:30:00-05:00"), time_zone="Asia/Karachi")
    assert found is not None
    assert found.at == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def test_a_day_stays_that_day_whatever_the_zone() -> None:
    found = _published(_meta("2026-11-23"), time_zone="Asia/Karachi")
    assert found is not None
    assert (found.at, found.precision) == (datetime(2026, 11, 23, tzinfo=UTC), "day")


def test_the_future_is_not_believed() -> None:
    found = _published(_meta("2027-11-23T08:00:00Z") + _meta("2026-11-20T08:00:00Z", "datePublished"))
    assert found is not None
    assert found.at == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_up_to_a_day_ahead_is_a_clock_in_another_zone() -> None:
    found = _published(_meta("2026-11-24T20:00:00Z"))
    assert found is not None
    assert found.at == datetime(2026, 11, 24, 20, tzinfo=UTC)


def test_no_date_is_none_and_never_now() -> None:
    assert _published() is None


def test_the_feed_speaks_where_the_page_is_silent() -> None:
    found = _published(feed_published_at=datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert found is not None
    assert (found.method, found.at) == ("feed", datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_a_feed_that_agrees_gives_confidence_and_one_far_off_takes_it() -> None:
    stated = _meta("2026-11-20T08:00:00Z")
    alone, agreeing, apart = (
        _published(stated, feed_published_at=feed)
        for feed in (None, datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
    )
    assert alone is not None
    assert agreeing is not None
    assert apart is not None
    assert apart.confidence < alone.confidence < agreeing.confidence


def test_a_time_element_and_a_printed_date() -> None:
    marked = '<time class="published" datetime="2026-11-21T10:00:00Z">yesterday</time>'
    found = _published(body=f"{marked}<p>{'The bridge will be rebuilt, the council said. ' * 12}</p>")
    assert found is not None
    assert (found.method, found.at.day) == ("time_element", 21)
    printed = _published(
        body=f'<div class="date">21. November 2026</div><p>{"Die Brücke wird gebaut, sagt er. " * 12}</p>'
    )
    assert printed is not None
    assert (printed.precision, printed.at.day) == ("day", 21)


def test_a_comments_time_is_not_the_articles() -> None:
    body = (
        f"<p>{'The bridge will be rebuilt, the council said. ' * 12}</p>"
        '<div class="comment"><time datetime="2026-11-21T10:00:00Z">x</time></div>'
    )
    found = _published(body=body)
    assert found is None or found.method != "time_element"


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://valleypost.example/2026/11/23/bridge", "2026-11-23"),
        ("https://valleypost.example/2026/nov/23/bridge", "2026-11-23"),
        ("https://valleypost.example/region/bridge-20261123.html", "2026-11-23"),
        ("https://valleypost.example/2026-11-23-bridge", "2026-11-23"),
        ("https://valleypost.example/2026/13/45/bridge", None),
        ("https://valleypost.example/article/1120261123456", None),
        ("https://valleypost.example/", None),
    ],
)
def test_days_in_addresses(url: str, day: str | None) -> None:
    found = date_in_url(url)
    assert (found.date().isoformat() if found else None) == day
