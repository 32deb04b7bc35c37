"""What the parsers give: items as a feed lists them, before any rule has judged them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.errors import Reason

MAX_TITLE_CHARS = 1_000
"""No headline is longer; what is longer is a body put into the wrong element."""

_TAG = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|</?[A-Za-z][^<>]*>|<![^<>]*>", re.IGNORECASE | re.DOTALL)
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_EPOCH_DAYS = (datetime(1969, 12, 31, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC))
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed or sitemap. `url` is as found (perhaps relative); times are UTC, as claimed."""

    url: str | None
    title: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None  # a sitemap's lastmod: shows age, but is no date of publication


@dataclass(frozen=True, slots=True)
class ChildSitemap:
    """One sitemap that a sitemap index names."""

    url: str
    modified_at: datetime | None = None  # the last moment its lastmod may mean: the day's end for a bare day


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a body turned out to be, and what it lists.

    `reason` is None for a sound feed; `broken_feed` for one that could not be read to its end (items may have
    been saved); `not_a_feed` for something else; `too_large` past a limit.
    """

    kind: str  # rss, atom, json_feed, sitemap, sitemap_index, html, other
    items: tuple[FeedItem, ...] = ()
    children: tuple[ChildSitemap, ...] = ()
    reason: Reason | None = None
    detail: str | None = None
    hub_urls: tuple[str, ...] = ()  # pages of links the feed belongs to, as it says itself
    asked_pause: timedelta | None = None  # how often it says it changes (ttl, updatePeriod); None if nonsense


def clean_title(raw: object, *, is_markup: bool = True) -> str | None:
    """A title as text: no markup, no control characters, one line, at most 1,000 characters; None if empty.

    With `is_markup=False` a `<b>` or `&amp;` in it is meant to be read, and stays.
    """
    if not isinstance(raw, str):
        return None
    plain = raw[: MAX_TITLE_CHARS * 8]  # bounds the work; markup and entities take room
    if is_markup:
        plain = html.unescape(_TAG.sub("", plain))
    plain = _UNFIT.sub("", plain)
    return " ".join(plain.split())[:MAX_TITLE_CHARS].rstrip() or None


def parse_date(raw: object) -> datetime | None:
    """W3C or RFC 822 date → UTC; without a zone it counts as UTC; None for what is no date, or nonsense."""
    if not isinstance(raw, str) or not (value := raw.strip()[:64]):
        return None
    if re.fullmatch(r"\d{4}(-\d\d)?", value):
        value = (value + "-01-01")[:10]
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
    return sane(moment)


def is_bare_day(raw: str) -> bool:
    """True for `2026-11-23` and shorter: a date without a time of day."""
    return len(raw.strip()) <= 10


def sane(moment: datetime) -> datetime | None:
    """The moment in UTC; None for years no news site means and for 1 January 1970, which stands for "no date"."""
    try:
        utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not _FIRST_YEAR <= utc.year <= _LAST_YEAR or _EPOCH_DAYS[0] <= utc < _EPOCH_DAYS[1]:
        return None
    return utc


def end_of_day(moment: datetime) -> datetime:
    """The last second of the moment's UTC day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, seconds=-1)
