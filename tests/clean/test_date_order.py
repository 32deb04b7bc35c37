"""Day or month first: the page's own dates, then the site's, the country's, the language's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.date_order import shown_order, usual_order
from pipeline.clean.date_text import DAY_FIRST, MONTH_FIRST, read_date
from pipeline.clean.page import clean_page
from tests.clean.newspage import page, paragraphs


def _page(*dates: str, head: str = "", language: str = "en", url: str | None = None, **hints: object) -> PageContent:
    printed = "".join(f'<div class="date">{text}</div>' for text in dates[:1])
    others = "".join(f'<aside class="related"><a href="/b">Rowers</a> <span>{d}</span></aside>' for d in dates[1:])
    html = page(f"{printed}{paragraphs()}{others}", head, language=language)
    known = PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC), **hints)  # type: ignore[arg-type]
    return clean_page(html.encode(), url=url, hints=known)


def _day(content: PageContent) -> date:
    assert content.published is not None
    return content.published.printed_on


def test_another_date_of_the_page_shows_the_order() -> None:
    day_first, month_first = _page("03/04/2026", "23/03/2026"), _page("03/04/2026", "03/23/2026")
    assert (_day(day_first), day_first.date_order) == (date(2026, 4, 3), DAY_FIRST)
    assert (_day(month_first), month_first.date_order) == (date(2026, 3, 4), MONTH_FIRST)


def test_a_date_that_agrees_with_one_reading_shows_the_order() -> None:
    stated = _page("03/04/2026", head='<meta property="article:published_time" content="2026-04-03T10:00:00Z">')
    assert (_day(stated), stated.date_order) == (date(2026, 4, 3), DAY_FIRST)
    address = _page("03/04/2026", url="https://valleypost.example/2026/03/04/bridge", country="GB")
    assert (_day(address), address.date_order) == (date(2026, 3, 4), MONTH_FIRST)


def test_the_site_goes_before_the_country_and_the_page_before_the_site() -> None:
    site = _page("03/04/2026", country="US", date_order=DAY_FIRST)
    assert (_day(site), site.date_order) == (date(2026, 4, 3), None)
    own = _page("03/04/2026", "03/23/2026", country="GB", date_order=DAY_FIRST)
    assert _day(own) == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("language", "country", "order"),
    [("en", "US", MONTH_FIRST), ("en", "GB", DAY_FIRST), ("en", "PK", DAY_FIRST), ("en", "PH", MONTH_FIRST),
     ("tl", "PH", MONTH_FIRST), ("en", "NG", DAY_FIRST), ("en", "ZA", DAY_FIRST), ("es", "MX", DAY_FIRST),
     ("ru", "DE", DAY_FIRST), ("de", None, DAY_FIRST), ("en", None, MONTH_FIRST), ("xx", "ZZ", DAY_FIRST)],
)  # fmt: skip
def test_the_custom_of_a_country_or_language(language: str, country: str | None, order: str) -> None:
    assert usual_order(language, country) == order


def test_what_is_less_certain_is_less_trusted() -> None:
    trusted = [
        content.published.confidence
        for content in (
            _page("03/04/2026", "23/03/2026"),
            _page("03/04/2026", date_order=DAY_FIRST),
            _page("03/04/2026", country="GB"),
            _page("03/04/2026"),
        )
        if content.published
    ]
    assert len(trusted) == 4
    assert trusted == sorted(trusted, reverse=True)
    assert len(set(trusted)) == 4


def test_dates_that_contradict_each_other_show_no_order() -> None:
    both = [read_date("23/03/2026"), read_date("03/23/2026")]
    assert shown_order([r for r in both if r], []) is None
    assert _page("November 23, 2026").date_order is None
