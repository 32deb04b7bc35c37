"""Dates: precision as given, zones of the page, the source or none; nothing from the future, nothing made up."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.clean.content import PageHints, PublishedAt
from pipeline.clean.page import clean_page
from tests.clean.newspage import TITLE, page, paragraphs

KARACHI = ZoneInfo("Asia/Karachi")


def _published(head: str = "", body: str | None = None, url: str | None = None, **hints: object) -> PublishedAt | None:
    known = PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC), **hints)  # type: ignore[arg-type]
    return clean_page(page(body, head).encode(), url=url, hints=known).published


def _meta(value: str, name: str = "article:published_time") -> str:
    return f'<meta property="{name}" content="{value}">'


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


def test_a_feed_gives_the_time_to_a_printed_day_and_gives_way_to_another_one() -> None:
    feed = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    same, other = (
        _published(body=_article(f'<p class="date">{day}</p>'), feed_published_at=feed)
        for day in ("22 November 2026", "19 November 2026")
    )
    assert same is not None
    assert other is not None
    assert (same.method, same.at) == ("feed", feed)
    assert (other.method, other.printed_on.isoformat()) == ("text", "2026-11-19")


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


OTHERS = (
    '<div class="related"><span class="date">20 March 2024</span> <a href="/b">Rowers win in the rain</a> '
    '<span class="date">18 March 2024</span> <a href="/c">Ferry breaks down</a></div>'
)
"""Dates of other articles."""


def _article(*marks: str, below: str = "") -> str:
    return f"{''.join(marks)}{paragraphs()}{below}"


def _stated(day: str, **others: str) -> str:
    fields = "".join(f', "{name}": "{value}"' for name, value in others.items())
    return (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": '
        f'"{TITLE}", "datePublished": "{day}"{fields}}}</script>'
    )


def test_the_printed_day_decides_beside_a_stamp_in_utc() -> None:
    """A moment late on Sunday in UTC is Monday in Jakarta, and the page says Monday."""
    with_day = _published(_stated("2026-11-22T20:30:00Z"), _article('<p class="date">Monday, 23 November 2026</p>'))
    with_time = _published(_stated("2026-11-22T20:30:00Z"), _article('<p class="date">23 November 2026, 03:30</p>'))
    for found in (with_day, with_time):
        assert found is not None
        assert found.at == datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
        assert found.printed_on.isoformat() == "2026-11-23"
    assert with_time is not None
    assert with_time.offset_minutes == 7 * 60


def test_the_address_tells_the_day_of_a_stamp_in_utc() -> None:
    url = "https://valleypost.example/2026/11/21/bridge"
    found = _published(_meta("2026-11-22T01:30:00Z"), url=url)
    assert found is not None
    assert (found.method, found.printed_on.isoformat()) == ("meta", "2026-11-21")


def test_a_stamp_in_utc_is_shown_on_the_sources_clock() -> None:
    found = _published(_meta("2026-11-22T20:30:00Z"), time_zone="Asia/Karachi")
    assert found is not None
    assert (found.at.hour, found.printed_on.isoformat()) == (20, "2026-11-23")


def test_an_updated_news_item_keeps_its_day_of_publication() -> None:
    updated = '<div class="meta">Updated: 23 November 2026, 14:00</div>'
    found = _published(
        _stated("2026-11-21T09:00:00+01:00", dateModified="2026-11-23T14:00:00+01:00"), _article(updated)
    )
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-21"
    both = '<div class="meta">Posted 20 November 2026 | Updated 23 November 2026</div>'
    assert (seen := _published(body=_article(both))) is not None
    assert seen.printed_on.isoformat() == "2026-11-20"


def test_a_page_that_is_edited_anew_each_year_has_the_date_it_prints() -> None:
    stated = _stated("2021-08-12T19:35:44+00:00", dateModified="2026-02-22T22:13:14+00:00")
    found = _published(stated, _article('<div class="byline-date">Last updated: 22 February 2026</div>'))
    assert found is not None
    assert (found.printed_on.isoformat(), found.confidence) == ("2026-02-22", 0.5)


def test_a_last_change_alone_is_little_trusted() -> None:
    found = _published(_meta("2026-11-20T08:00:00Z", "article:modified_time"))
    assert found is not None
    assert found.confidence <= 0.55


def test_the_time_nearest_the_headline_not_the_first_of_the_page() -> None:
    ticker = '<ul class="ticker"><li><time datetime="2026-11-23T18:05:00-05:00">18:05</time></li></ul>'
    own = '<small>by Nora Quill, <time datetime="2026-11-19T17:45:00-05:00">Nov 19th 2026</time></small>'
    html = page(_article(own)).replace("<main>", f"{ticker}<main>")
    found = clean_page(html.encode(), hints=PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC))).published
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-19"


def test_a_stale_machine_value_does_not_hide_what_readers_see() -> None:
    found = _published(body=_article('<time datetime="2019-09-03">November 19, 2026 7:30am</time>'))
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-19"


def test_todays_date_in_the_masthead_is_not_the_articles() -> None:
    html = page().replace("<main>", '<div class="date">Tuesday, November 24, 2026</div><main>')
    known = PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC))
    found = clean_page(html.encode(), hints=known).published
    assert found is None or found.confidence < 0.6


def test_a_kicker_with_the_day_of_fetching_is_the_articles() -> None:
    html = page().replace("<h1>", '<div class="date">24 November 2026</div><h1>')
    found = clean_page(html.encode(), hints=PageHints(fetched_at=datetime(2026, 11, 24, 3, tzinfo=UTC))).published
    assert found is not None
    assert (found.printed_on.isoformat(), found.confidence) == ("2026-11-24", 0.75)


def test_the_outlets_name_as_h1_is_no_headline() -> None:
    masthead = '<h1>Valley Post</h1><div class="date">Monday, 23 November 2026</div>'
    html = page().replace("<h1>", "<h2>").replace("</h1>", "</h2>").replace("<header>", f"<header>{masthead}")
    html = html.replace("</h2>", '</h2><p class="date">19 November 2026</p>', 1)
    found = clean_page(html.encode()).published
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-19"


@pytest.mark.parametrize(
    "below",
    [
        OTHERS,
        "<figure><figcaption>The bridge on 20 November 2026</figcaption></figure>",
        "<p>The old one was opened on <span>20 November 2006</span> by the mayor, who fell into the river, as many "
        "people in Lower Arden still remember, and as a plate on the northern pier tells every visitor of the town "
        "who cares to climb down to it.</p>",
        '<img src="/images/2026/11/20/bridge.jpg" alt="The bridge">',
    ],
)
def test_dates_of_something_else(below: str) -> None:
    assert _published(body=_article(below=below)) is None


def test_a_hidden_date_gives_way_to_one_that_readers_see() -> None:
    hidden = '<div class="meta"><span style="display:none" class="date">27 September 2025</span></div>'
    found = _published(body=_article(hidden, '<div class="meta">20 November 2026</div>'))
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-20"


def test_the_day_whose_parts_stand_in_elements_of_their_own() -> None:
    split = '<div class="post-date"><span>23</span> <span>Nov</span> <span>2026</span></div>'
    found = _published(body=_article(split))
    assert found is not None
    assert found.printed_on.isoformat() == "2026-11-23"


def test_the_smallest_element_that_gives_a_date_is_read() -> None:
    told = "The council of Lower Arden met in the town hall, behind closed doors and for hours"
    found = _published(body=_article(f"<div>{told}<span>23 <b>Nov</b> 2026, 10:00</span></div>"))
    assert found is not None
    assert (found.printed_on.isoformat(), found.precision, found.method) == ("2026-11-23", "minute", "text")


def test_a_month_in_the_address_is_a_month_and_no_more() -> None:
    found = _published(url="https://valleypost.example/2026/10/bridge/")
    assert found is not None
    assert (found.precision, found.method, found.at.day, found.confidence) == ("month", "url", 1, 0.5)


def test_data_in_scripts_is_read_where_nothing_else_is() -> None:
    head = '<script>window.state = {"article": {"publishDate": "2026-11-20T08:00:00+01:00"}}</script>'
    found = _published(head)
    assert found is not None
    assert (found.method, found.at) == ("state", datetime(2026, 11, 20, 7, tzinfo=UTC))


def test_hours_ago_needs_to_know_when_that_was() -> None:
    body = _article('<span class="date">5 hours ago</span>')
    found = _published(body=body)
    assert found is not None
    assert (found.method, found.precision, found.at) == ("relative", "day", datetime(2026, 11, 23, tzinfo=UTC))
    assert found.confidence < 0.4
    assert clean_page(page(body).encode()).published is None
    assert _published(body=_article('<span class="time">5 minutes</span>')) is None


def test_hours_ago_on_a_page_of_long_ago_is_no_date() -> None:
    assert _published(body=_article('<span class="date">5 hours ago</span>', below=OTHERS)) is None


def test_witnesses_of_one_day_raise_confidence_and_others_lower_it() -> None:
    stated = _meta("2026-11-20T08:00:00+01:00")
    alone, agreed, contradicted = (
        _published(stated, _article(mark))
        for mark in ("", '<p class="date">20 November 2026</p>', '<p class="date">11 November 2026</p>')
    )
    assert alone is not None
    assert agreed is not None
    assert contradicted is not None
    assert contradicted.confidence < alone.confidence < agreed.confidence


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("pt", "Publicado em 23/11/2026 às 10h15 - Atualizado em 24/11/2026 às 08h00"),
        ("fr", "Publié le 23/11/2026 à 10h15, mis à jour le 24/11/2026 à 08h00"),
        ("tr", "Giriş Tarihi: 23.11.2026 10:15 Son Güncelleme: 24.11.2026 08:00"),
        ("ko", "입력 2026.11.23 10:15 수정 2026.11.24 08:00"),
        ("en", "Updated 8:00 am, November 24, 2026; published 10:15 am, November 23, 2026"),
        ("ar", "تحديث: ٢٤ نوفمبر ٢٠٢٦ - ٠٨:٠٠ نشر في: ٢٣ نوفمبر ٢٠٢٦ - ١٠:١٥"),
    ],
)
def test_published_goes_before_updated_in_every_language(language: str, line: str) -> None:
    html = page(_article(f'<div class="info">{line}</div>'), language=language)
    found = clean_page(html.encode(), hints=PageHints(fetched_at=datetime(2026, 11, 24, 20, tzinfo=UTC))).published
    assert found is not None
    assert found.at == datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
