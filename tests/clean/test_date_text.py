"""One date as written: every language's words, digits and calendar, nothing filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.calendars import from_jalali
from pipeline.clean.date_text import DAY_FIRST, MONTH_FIRST, read_date

KARACHI = ZoneInfo("Asia/Karachi")


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
        ("Mon Nov 23 08:15:30 GMT 2026", "2026-11-23T08:15:30+00:00", "second"),
        ("November 23, 2026 8:15 PM EST", "2026-11-24T01:15:00+00:00", "minute"),
        ("Nov. 23, 2026, 8 PM EST", "2026-11-24T01:00:00+00:00", "hour"),
        ("11:30 a.m. May 4, 2026", "2026-05-04T06:30:00+00:00", "minute"),
        ("23 November 2026, 10:15 (GMT+7)", "2026-11-23T03:15:00+00:00", "minute"),
        ("23 November 2026", "2026-11-23T00:00:00+00:00", "day"),
        ("Dec 19th 2023", "2023-12-19T00:00:00+00:00", "day"),
        ("November 2026", "2026-11-01T00:00:00+00:00", "month"),
        ("23.11.2026", "2026-11-23T00:00:00+00:00", "day"),
        ("1795421730", "2026-11-23T08:15:30+00:00", "second"),
        ("1795421730000", "2026-11-23T08:15:30+00:00", "second"),
        ("٢٠٢٦-١١-٢٣", "2026-11-23T00:00:00+00:00", "day"),
    ],
)
def test_as_written(raw: str, moment: str, precision: str) -> None:
    found = read_date(raw, KARACHI)
    assert found is not None
    assert (found.local.astimezone(UTC).isoformat(), found.precision) == (moment, precision)


@pytest.mark.parametrize(
    ("raw", "language"),
    [
        ("Montag, 23. November 2026", "de"), ("23 novembre 2026", "fr"), ("23 de noviembre de 2026", "es"),
        ("23 de nov. de 2026", "pt"), ("lunedì 23 novembre 2026", "it"), ("maandag 23 november 2026", "nl"),
        ("23 listopada 2026", "pl"), ("23. listopadu 2026", "cs"), ("23 ноября 2026 г.", "ru"),
        ("23 листопада 2026", "uk"), ("2026. november 23.", "hu"), ("2026 m. lapkričio 23 d.", "lt"),
        ("Δευτέρα, 23 Νοεμβρίου 2026", "el"), ("23 Kasım 2026 Pazartesi", "tr"), ("23. marraskuuta 2026", "fi"),
        ("23 نوفمبر 2026", "ar"), ("23 تشرين الثاني 2026", "ar"), ("٢٣ نونبر ٢٠٢٦", "ar"), ("23 نومبر 2026", "ur"),
        ("دوشنبه ۲ آذر ۱۴۰۵", "fa"), ("۱۴۰۵/۰۹/۰۲", "fa"), ("23 בנובמבר 2026", "he"), ("23 नवंबर 2026", "hi"),
        ("२३ नवम्बर २०२६", "hi"), ("২৩ নভেম্বর ২০২৬", "bn"), ("23 நவம்பர் 2026", "ta"), ("23 พ.ย. 2569", "th"),
        ("23 พฤศจิกายน 2569", "th"), ("Thứ hai, 23/11/2026", "vi"), ("23 tháng 11, 2026", "vi"),
        ("Senin, 23 Nopember 2026", "id"), ("2026년 11월 23일", "ko"), ("2026.11.23", "ko"), ("2026年11月23日", "zh"),
        ("令和8年11月23日", "ja"), ("民國115年11月23日", "zh"), ("Jumatatu, 23 Novemba 2026", "sw"),
    ],
)  # fmt: skip
def test_the_same_day_in_the_words_of_each_country(raw: str, language: str) -> None:
    found = read_date(raw, UTC, (language,))
    assert found is not None
    assert (found.day, found.precision) == (date(2026, 11, 23), "day")


@pytest.mark.parametrize(
    ("raw", "language", "minutes"),
    [
        ("23. November 2026 um 10:15 Uhr", "de", 615), ("23 novembre 2026 à 10h15", "fr", 615),
        ("2026年11月23日 10時15分", "ja", 615), ("23 November 2026 10.15 uur", "nl", 615),
        ("23 Kasım 2026, 22:15", "tr", 1335), ("November 23, 2026 at 12:15 a.m.", "en", 15),
        ("입력시간 Nov 23, 2026 10:15", "ko", 615),
    ],
)  # fmt: skip
def test_the_time_of_day_beside_it(raw: str, language: str, minutes: int) -> None:
    found = read_date(raw, UTC, (language,))
    assert found is not None
    assert (found.local, found.precision) == (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minutes), "minute")


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "10:15", "2026-13-45", "0001-01-01T00:00:00Z", "12", "© 2026", "November 23, 10:15",
     "1970-01-01T00:00:00Z", "192.168.2026", "31/31/2026"],
)  # fmt: skip
def test_what_is_no_date_gives_none(raw: str) -> None:
    assert read_date(raw) is None


def test_numbers_that_can_be_read_both_ways_say_so() -> None:
    day_first, month_first = (read_date("03/04/2026", order=order) for order in (DAY_FIRST, MONTH_FIRST))
    assert day_first is not None
    assert month_first is not None
    assert (day_first.day, day_first.swapped, day_first.shows) == (date(2026, 4, 3), date(2026, 3, 4), None)
    assert month_first.day == day_first.swapped
    assert day_first.in_other_order().day == month_first.day


@pytest.mark.parametrize(
    ("raw", "shows"), [("23/11/2026", DAY_FIRST), ("11/23/2026", MONTH_FIRST), ("04.03.2026", None)]
)
def test_numbers_that_can_be_read_one_way_show_the_order(raw: str, shows: str | None) -> None:
    found = read_date(raw, order=MONTH_FIRST)
    assert found is not None
    assert (found.shows, found.swapped) == (shows, None)


@given(st.dates(date(1991, 3, 21), date(2041, 1, 1)))
def test_the_solar_hijri_calendar_counts_every_day_once(day: date) -> None:
    """Each day follows the one before it: months and leap years leave no gap and no overlap."""
    year = day.year - 621 if (day.month, day.day) > (3, 22) else day.year - 622
    days = [from_jalali(y, m, d) for y in (year, year + 1) for m in range(1, 13) for d in range(1, 32)]
    assert days.count(day) == 1


@pytest.mark.parametrize(
    ("jalali", "day"),
    [
        ((1405, 9, 2), date(2026, 11, 23)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1405, 7, 31), None),
        ((1404, 12, 30), None),
    ],
)
def test_known_days_of_iran(jalali: tuple[int, int, int], day: date | None) -> None:
    assert from_jalali(*jalali) == day


def test_months_of_several_languages_at_once() -> None:
    """An English article on a site in Turkish: its dates are in either."""
    found = [read_date(raw, UTC, ("tr", "de")) for raw in ("23 Kasım 2026", "23. März 2026", "23 March 2026")]
    assert [f.day.month for f in found if f] == [11, 3, 3]


@given(st.text(st.sampled_from("0123456789 :./-TZ年月日٢०NovемарпмAM元令和+"), min_size=6, max_size=40))
def test_no_text_breaks_it_and_no_date_is_before_the_web(text: str) -> None:
    found = read_date(text, KARACHI, ("ru",))
    assert found is None or (found.day.year >= 1990 and found.local.utcoffset() is not None)
