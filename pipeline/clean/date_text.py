"""One date as machines or people write it, read without guessing: what it does not say is not filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.clean import calendars

DAY_FIRST = "day_first"
MONTH_FIRST = "month_first"
MAX_CHARS = 160
"""Longer texts are prose, not dates."""
EARLIEST_YEAR = 1990
"""Nothing was published on the web before; 1970-01-01 and 0001-01-01 are empty fields."""

_ZONES = {
    "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1,
    "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "PKT": 5, "IST": 5.5, "WAT": 1, "CAT": 2, "SAST": 2,
    "EAT": 3, "GST": 4, "WIB": 7, "WITA": 8, "WIT": 9, "SGT": 8, "HKT": 8, "PHT": 8, "JST": 9, "KST": 9, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13, "MEZ": 1, "MESZ": 2, "BRT": -3, "ART": -3, "UTC": 0, "GMT": 0, "Z": 0,
}  # fmt: skip
_ISO = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?:(?:T|\s+|,\s*)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\[[\w/]+\])?(?![\d/])",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(1\d{9})(\d{3})?(?:\.\d+)?")
_CJK = re.compile(
    rf"(?:({calendars.ERAS})\s*(\d{{1,3}}|元)|(?<!\d)(\d{{4}}))\s*[年년]\s*(\d{{1,2}})\s*[月월]\s*(?:(\d{{1,2}})\s*[日일号號])?"
)
_VIETNAMESE = re.compile(r"(\d{1,2})\s+tháng\s+(\d{1,2})\s*,?\s*(?:năm\s+)?(\d{4})", re.IGNORECASE)
_NUMERIC = re.compile(r"(?<![\d.,/:-])(\d{1,4})(?:\s?([./-])\s?)(\d{1,2})(?:\s?\2\s?)(\d{2,4})(?![\d/])")
_LEFT = re.compile(r"(?<![\d:])(\d{4}|\d{1,2})[^\d:]{0,9}$")
_RIGHT = re.compile(r"[^\d:]{0,9}(?:(\d{1,2})(?![\d:])(?:[^\d:]{1,9}|(?=[’']))(?:at )?)?(\d{4})(?!\d)")
_RIGHT_CLOCK = re.compile(r"\W{0,3}(\d{1,2})\D{0,6}\d{1,2}:\d{2}(?::\d{2})?\D{1,10}(\d{4})(?!\d)")
_RIGHT_DAY = re.compile(r"[^\d:]{0,6}(\d{1,2})(?![\d:])")
_RIGHT_SHORT_YEAR = re.compile(r"[\s.,/’'-]{1,3}(\d{2})(?![\d:.]|\s?[ap]\.?m)", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d.,/-])([01]?\d|2[0-4])\s?[:.h時시]\s?([0-5]\d)(?:\s?[:.分분]\s?([0-5]\d)(?:\.\d+)?)?(?!\d|[./]\d)"
    r"\s*(?:([ap])\.?\s?m\b\.?)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?<![\d:])(1[0-2]|[1-9])\s?([ap])\.?m\b", re.IGNORECASE)
_ZONE_AFTER = re.compile(
    r"\s*\(?\s*(?:(?:UTC|GMT)?\s?([+-]\d{1,2}(?::?\d{2})?)\b|([A-Z]{1,4})\b(?:\s?([+-]\d{1,2}(?::?\d{2})?)\b)?)"
)


@dataclass(frozen=True, slots=True)
class DateReading:
    """A date that a text gives, on the clock that the text goes by."""

    local: datetime  # with its zone; 00:00 UTC of the day when the precision is day or coarser
    precision: str  # second, minute, hour, day, month
    shows: str | None = None  # day_first or month_first, where the numbers allow one order only
    swapped: date | None = None  # the other day that the numbers allow
    has_zone: bool = False  # the text itself names the offset
    span: tuple[int, int] = (0, 0)  # where the day stands in the text; end is exclusive

    @property
    def day(self) -> date:
        """The calendar day as written."""
        return self.local.date()

    def in_other_order(self) -> DateReading:
        """The other day that the numbers allow; itself where there is none."""
        if self.swapped is None:
            return self
        moved = self.local.replace(year=self.swapped.year, month=self.swapped.month, day=self.swapped.day)
        return replace(self, local=moved, swapped=self.day)


def read_date(
    text: str, zone: tzinfo = UTC, languages: tuple[str, ...] = (), order: str | None = None
) -> DateReading | None:
    """The first date in `text`; None if it gives no day (or, in words, no month).

    Months are read in `languages` (ISO 639-1) and in English. A time without offset is in `zone`. A date without
    time, or with midnight for it, is a day. Numbers that can be read both ways are read in `order` (day_first unless
    told otherwise), and `swapped` then holds the other day.
    """
    plain = calendars.plain_digits(text[: 2 * MAX_CHARS]).strip()
    if not 6 <= len(plain) <= MAX_CHARS:
        return None
    epoch = _EPOCH.fullmatch(plain)
    if epoch:
        return DateReading(datetime.fromtimestamp(int(epoch.group(1)), UTC), "second", has_zone=True)
    iso = _ISO.search(plain)
    if iso and _is_day(*map(int, iso.groups()[:3])):
        return _from_iso(iso, plain, zone)
    found = _east_asian(plain) or _in_words(plain, languages) or _in_numbers(plain, order)
    return _with_clock(found, plain, zone) if found else None


@lru_cache(maxsize=256)
def named_zone(name: str | None) -> tzinfo:
    """The zone of an IANA name; UTC if there is none of that name (profiles are checked when sources load)."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ValueError, OSError, KeyError):
        return UTC


def day_of(year: int, month: int, day: int) -> datetime | None:
    """00:00 UTC of a day; None if the calendar has no such day."""
    return datetime(year, month, day, tzinfo=UTC) if _is_day(year, month, day) else None


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return EARLIEST_YEAR <= date(year, month, day).year < 2100
    except ValueError:
        return False


def _reading(year: int, month: int, day: int, span: tuple[int, int]) -> DateReading | None:
    moment = day_of(year, month, day)
    return DateReading(moment, "day", span=span) if moment else None


def _from_iso(match: re.Match[str], text: str, zone: tzinfo) -> DateReading | None:
    year, month, day, hour, minute, second, offset = match.groups()
    found = _reading(int(year), int(month), int(day), match.span())
    if found is None:
        return None
    if hour is None:
        return _with_clock(found, text, zone)
    if not any((int(hour) % 24, int(minute), int(second or 0))):
        return found
    own = _offset(offset)
    return _at(found, int(hour), int(minute), int(second) if second else None, own or zone, has_zone=own is not None)


def _at(
    found: DateReading, hour: int, minute: int, second: int | None, zone: tzinfo, *, has_zone: bool
) -> DateReading | None:
    try:
        local = found.local.replace(hour=hour % 24, minute=minute, second=second or 0, tzinfo=zone)
        local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return replace(found, local=local, precision="minute" if second is None else "second", has_zone=has_zone)


def _east_asian(text: str) -> DateReading | None:
    cjk = _CJK.search(text)
    if cjk:
        era, era_year, year, month, day = cjk.groups()
        number = calendars.era_year(era, era_year) if era else calendars.common_year(int(year))
        found = _reading(number, int(month), int(day or 1), cjk.span())
        return found if found is None or day else replace(found, precision="month")
    vietnamese = _VIETNAMESE.search(text)
    if vietnamese:
        day, month, year = map(int, vietnamese.groups())
        return _reading(year, month, day, vietnamese.span())
    return None


def _in_words(text: str, languages: tuple[str, ...]) -> DateReading | None:
    """`Monday, 23 November 2026`, `November 23rd, 2026`, `2026. november 23.`, `۲ آذر ۱۴۰۵`, `November 2026`."""
    folded = calendars.fold_month(text)
    pattern, names = calendars.month_names(languages)
    for match in pattern.finditer(folded):
        found = _around(folded, match, names[match.group()])
        if found:
            return found
    return None


def _around(text: str, match: re.Match[str], month: int) -> DateReading | None:
    left, right = _LEFT.search(text[: match.start()]), _RIGHT.match(text, match.end())
    before = int(left.group(1)) if left else None
    start = left.start() if left else match.start()
    if before is not None and before > 31:
        day = _RIGHT_DAY.match(text, match.end())
        return _named(before, month, int(day.group(1)), (start, day.end())) if day else None
    if right:
        day_after, year = right.groups()
        if day_after and before is None:
            return _named(int(year), month, int(day_after), (match.start(), right.end()))
        if before is None:
            found = _named(int(year), month, 1, (match.start(), right.end()))
            return replace(found, precision="month") if found else None
        return _named(int(year), month, before, (start, right.end()))
    clock = _RIGHT_CLOCK.match(text, match.end())  # Mon Nov 23 08:15:30 GMT 2026
    if clock and before is None:
        return _named(int(clock.group(2)), month, int(clock.group(1)), (match.start(), match.end() + 3))
    short = _RIGHT_SHORT_YEAR.match(text, match.end())
    if short and before is not None:
        return _named(int(short.group(1)), month, before, (start, short.end()))
    return None


def _named(year: int, month: int, day: int, span: tuple[int, int]) -> DateReading | None:
    if month > 100:
        found = calendars.from_jalali(year, month - 100, day) if calendars.is_jalali_year(year) else None
        return _reading(found.year, found.month, found.day, span) if found else None
    return _reading(calendars.common_year(year), month, day, span)


def _in_numbers(text: str, order: str | None) -> DateReading | None:
    for match in _NUMERIC.finditer(text):
        first, sign, second, third = match.groups()
        a, b, c = int(first), int(second), int(third)
        if len(first) == 4:
            found = _year_first(a, b, c, match.span()) if len(third) <= 2 else None
        elif len(first) <= 2 and len(third) in (2, 4):
            found = _year_last(a, b, c, match.span(), MONTH_FIRST if order == MONTH_FIRST and sign != "." else None)
            if found and sign == ".":  # dots are European: 03.04.2026 is the third of April, and no version number
                found = replace(found, swapped=None, shows=found.shows if max(a, b) > 12 else None)
                found = found if len(third) == 4 or len(first) == 2 == len(second) else None
        else:
            found = None
        if found:
            return found
    return None


def _year_first(year: int, month: int, day: int, span: tuple[int, int]) -> DateReading | None:
    if calendars.is_jalali_year(year):
        found = calendars.from_jalali(year, month, day)
        return _reading(found.year, found.month, found.day, span) if found else None
    return _reading(calendars.common_year(year), month, day, span) if year >= EARLIEST_YEAR else None


def _year_last(a: int, b: int, year: int, span: tuple[int, int], order: str | None) -> DateReading | None:
    common = calendars.common_year(year)
    day_first, month_first = day_of(common, b, a), day_of(common, a, b)
    if day_first and month_first:
        chosen, other = (month_first, day_first) if order == MONTH_FIRST else (day_first, month_first)
        return DateReading(chosen, "day", swapped=other.date() if a != b else None, span=span)
    either = day_first or month_first
    if either is None:
        return None
    return DateReading(either, "day", shows=DAY_FIRST if day_first else MONTH_FIRST, span=span)


def _with_clock(found: DateReading, text: str, zone: tzinfo) -> DateReading | None:
    """The day with the time of day beside it, if there is one; 00:00 is no time, but an empty field."""
    if found.precision == "month":
        return found
    start, end = found.span
    rest = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    clock = _CLOCK.search(rest)
    hour_only = None if clock else _HOUR.search(rest)
    match = clock or hour_only
    if match is None:
        return found
    hour, half = int(match.group(1)), (match.group(4) if clock else match.group(2)) or ""
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    minute = int(match.group(2)) if clock else 0
    second = int(match.group(3)) if clock and match.group(3) else None
    if not (hour or minute or second):
        return found
    own = _zone_after(rest, match.end())
    timed = _at(found, hour, minute, second, own or zone, has_zone=own is not None)
    return replace(timed, precision="hour") if timed and hour_only else timed or found


def _zone_after(text: str, start: int) -> tzinfo | None:
    match = _ZONE_AFTER.match(text, start)
    if not match:
        return None
    if match.group(1):
        return _offset(match.group(1))
    hours = _ZONES.get(match.group(2))
    if hours is None:
        return None
    return _offset(match.group(3)) if match.group(3) else timezone(timedelta(hours=hours))


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0") if len(digits) <= 2 else digits.zfill(4)
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if text[0] == "-" else delta) if delta < timedelta(days=1) else None
