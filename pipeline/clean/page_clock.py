"""The clock a page goes by: a stamp in UTC shown on the calendar day that the page prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pipeline.clean.date_text import DateReading

WEST, EAST = timedelta(hours=-12), timedelta(hours=14)
"""Clocks on earth lie this far from UTC, at most."""
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)


def is_same_day(stamp: DateReading, seen: DateReading) -> bool:
    """Whether the two can be the same moment, or day: the day of `seen` is the stamp's on some clock on earth.

    A printed time of day leaves only the clock that it was read off.
    """
    if stamp.day == seen.day:
        return True
    if stamp.precision == "day" or not stamp.has_zone or abs(stamp.day - seen.day) > _DAY:
        return False
    moment = stamp.local.astimezone(UTC)
    if seen.precision != "day":
        if seen.has_zone:
            return moment.astimezone(seen.local.tzinfo).date() == seen.day
        return _offset_between(moment, seen) is not None
    return (moment + WEST).date() <= seen.day <= (moment + EAST).date()


def on_clock_of(stamp: DateReading, seen: DateReading, zone: tzinfo) -> DateReading:
    """The stamp's moment, on the clock that the page prints; both are of the same day.

    The clock is that of the printed time, else `zone`, if it shows the printed day, else the one nearest to UTC
    that does, in whole hours: the day is then what the page says, the offset only one that fits.
    """
    if stamp.precision == "day":
        return seen if seen.precision != "day" and seen.day == stamp.day else stamp
    if stamp.local.utcoffset() and (stamp.day == seen.day or _is_utc(seen)):
        return stamp  # it names the page's own clock; a second stamp in UTC does not
    moment = stamp.local.astimezone(UTC)
    offset = _offset_between(moment, seen)
    clocks = [seen.local.tzinfo if seen.has_zone else None, timezone(offset) if offset is not None else None, zone]
    for clock in clocks:
        if clock is not None and moment.astimezone(clock).date() == seen.day:
            return replace(stamp, local=moment.astimezone(clock))
    return replace(stamp, local=moment.astimezone(_nearest_clock(moment, seen)))


def _is_utc(seen: DateReading) -> bool:
    return seen.has_zone and not seen.local.utcoffset()


def _nearest_clock(moment: datetime, seen: DateReading) -> timezone:
    midnight = datetime(seen.day.year, seen.day.month, seen.day.day, tzinfo=UTC)
    hour = timedelta(hours=1)
    if moment < midnight:
        return timezone(-((moment - midnight) // hour) * hour)
    return timezone(min((midnight + _DAY - moment - timedelta(seconds=1)) // hour, 0) * hour)


def _offset_between(moment: datetime, seen: DateReading) -> timedelta | None:
    """The offset between a moment and the clock printed for it; None if no clock is that far off."""
    if seen.precision == "day" or seen.has_zone:
        return None
    apart = seen.local.replace(tzinfo=UTC) - moment.replace(second=0, microsecond=0)
    offset = round(apart / _QUARTER) * _QUARTER
    return offset if WEST <= offset <= EAST and abs(apart - offset) <= timedelta(minutes=1) else None
