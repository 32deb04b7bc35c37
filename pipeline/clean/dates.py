"""When the page says it was published: candidates in order of trust, each with method and precision.

Never the time of fetching, never later than a day after it, never a part of a date that the page does not give.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser  # type: ignore[import-untyped]
from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.content import PageHints, PublishedAt
from pipeline.clean.facts import PageFacts

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was published on the web before; 1970-01-01 and 0001-01-01 are empty fields."""

_META_NAMES = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "datepublished", "date_published", "publishdate", "publish-date", "publish_date", "published_date",
    "publication_date", "publicationdate", "pubdate", "published_time", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "bt:pubdate", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "citation_publication_date", "citation_date", "rnews:datepublished",
    "article.published", "article_date_original", "original-publish-date", "datecreated", "date", "release_date",
)  # fmt: skip
_ISO = re.compile(
    r"\s*(\d{4})-?(\d{2})-?(\d{2})(?:(?:T|\s+)(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"\s*(1\d{9})(\d{3})?\s*$")
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[/_.-]?(0[1-9]|1[0-2])[/_.-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_URL_SPLIT_DAY = re.compile(r"/((?:19|20)\d{2})/(\d{1,2}|[a-z]{3})/(\d{1,2})(?=/)", re.IGNORECASE)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_ZONES = {
    "EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BST": 1,
    "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "PKT": 5, "IST": 5.5, "WAT": 1, "CAT": 2, "SAST": 2,
    "EAT": 3, "GST": 4, "WIB": 7, "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
_PUBLISHED_MARK = re.compile(
    r"publish|pub-?date|posted|entry-date|date-?created|dateline|timestamp|article.?(date|time)", re.IGNORECASE
)
_NOT_PUBLISHED = re.compile(r"modif|updat|comment|related|sidebar|widget|footer|teaser|recommend", re.IGNORECASE)
_EASTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MAX_TIME_ELEMENTS = 200


def choose_date(
    tree: HtmlElement, facts: PageFacts, url: str | None, hints: PageHints, language: str | None
) -> PublishedAt | None:
    """The most trusted date that can be true; None if the page and its feed give none."""
    latest = hints.fetched_at + timedelta(days=1) if hints.fetched_at else None
    zone = _zone(hints.time_zone)
    for raw, method, confidence in _stated(tree, facts):
        found = parse_date(raw, zone, language)
        if found and _is_possible(found[0], latest):
            return _agreeing(_published(found, method, confidence), hints)
    feed = from_feed(hints)
    if feed:
        return feed
    in_url = date_in_url(url) or date_in_url(facts.canonical_href)
    if in_url and _is_possible(in_url, latest):
        return PublishedAt(in_url, "day", "url", 0.8)
    return (
        _searched(tree, url, latest, thorough=False)
        or _printed(tree, zone, language, latest)
        or _searched(tree, url, latest, thorough=True)
    )


def from_feed(hints: PageHints) -> PublishedAt | None:
    """The feed's date, if it can be true."""
    feed = hints.feed_published_at
    latest = hints.fetched_at + timedelta(days=1) if hints.fetched_at else None
    if feed is None or not _is_possible(feed, latest):
        return None
    return _published((feed, "second"), "feed", 0.85)


def parse_date(raw: str, zone: tzinfo = UTC, language: str | None = None) -> tuple[datetime, str] | None:
    """A date as machines or people write it: the moment on its own clock and its precision; None if it is none.

    Without a zone of its own, a time is in `zone`. A date without time, or with midnight for it, is a day.
    """
    text = raw.translate(_EASTERN_DIGITS).strip()
    if not 6 <= len(text) <= 80:
        return None
    iso = _ISO.match(text)
    if iso:
        return _from_iso(iso, zone)
    epoch = _EPOCH.match(text)
    if epoch:
        return datetime.fromtimestamp(int(epoch.group(1)), UTC), "second"
    return _from_words(text, zone, language)


def date_in_url(url: str | None) -> datetime | None:
    """The day in an address like `/2026/11/23/` or `-20261123`; None if there is none or it is no date."""
    if not url:
        return None
    split = _URL_SPLIT_DAY.search(url)
    found = split or _URL_DAY.search(url)
    if not found:
        return None
    year, month, day = found.groups()
    number = _MONTHS.get(month.lower()) if month.isalpha() else int(month)
    return _day(int(year), number or 0, int(day))


def _stated(tree: HtmlElement, facts: PageFacts) -> Iterator[tuple[str, str, float]]:
    for raw in linked_data.strings(facts.article.get("datePublished")):
        yield raw, "json_ld", 0.95
    for name in _META_NAMES:
        for raw in facts.meta.get(name, ()):
            yield raw, "meta", 0.9
    for node in facts.nodes:
        if node is not facts.article and "WebPage" in linked_data.types(node):
            for raw in linked_data.strings(node.get("datePublished")):
                yield raw, "json_ld", 0.85
    for raw in linked_data.strings(facts.article.get("dateCreated")):
        yield raw, "json_ld", 0.8
    yield from _time_elements(tree)


def _time_elements(tree: HtmlElement) -> Iterator[tuple[str, str, float]]:
    """`datetime` attributes: those marked as publication, and the only one of the page."""
    times: list[tuple[str, str]] = []
    for element in tree.iter("time", "abbr", "span", "div", "p"):
        value = element.get("datetime") if element.tag == "time" else element.get("data-datetime")
        if not value and "datepublished" in (element.get("itemprop") or "").lower():
            value = element.get("content") or element.get("title") or element.text_content()[:60]
        if not value:
            continue
        marks = " ".join(
            filter(None, (element.get("class"), element.get("itemprop"), element.get("pubdate") and "pubdate"))
        )
        parent = element.getparent()
        outer = f"{parent.get('class') or ''} {parent.get('id') or ''}" if parent is not None else ""
        if not _NOT_PUBLISHED.search(f"{marks} {outer}"):
            times.append((value, f"{marks} {outer}"))
        if len(times) >= _MAX_TIME_ELEMENTS:
            break
    marked = [value for value, marks in times if _PUBLISHED_MARK.search(marks)]
    for value in marked[:1]:
        yield value, "time_element", 0.85
    for value in list(dict.fromkeys(v for v, _ in times))[:1]:
        yield value, "time_element", 0.75 if len({v for v, _ in times}) == 1 else 0.6


def _printed(tree: HtmlElement, zone: tzinfo, language: str | None, latest: datetime | None) -> PublishedAt | None:
    """A date printed near the headline, in an element whose class says date."""
    for element in list(tree.iter("time", "span", "div", "p", "li"))[:3000]:
        marks = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag != "time" and not re.search(r"date|time|publish|posted|byline", marks, re.IGNORECASE):
            continue
        if _NOT_PUBLISHED.search(marks):
            continue
        text = " ".join(element.text_content().split()) if len(element) < 10 else ""
        found = parse_date(text, zone, language) if re.search(r"\d", text) else None
        if found and _is_possible(found[0], latest):
            return _published(found, "text", 0.6)
    return None


def _searched(tree: HtmlElement, url: str | None, latest: datetime | None, *, thorough: bool) -> PublishedAt | None:
    """htmldate's search for the original date, days only; `thorough` reads the whole page, ten times slower."""
    limit = latest or datetime(2100, 1, 1, tzinfo=UTC)
    try:
        found = find_date(
            tree, original_date=True, extensive_search=thorough, url=url, max_date=limit.replace(tzinfo=None)
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    parsed = parse_date(found) if found else None
    if parsed and thorough and parsed[0].day == 1:
        # The whole-page search fills in what it does not find: "© 2026" becomes 1 January, "May 2026" the first.
        parsed = (parsed[0], "month") if parsed[0].month > 1 else None
    if parsed is None or not _is_possible(parsed[0], latest):
        return None
    return _published(parsed, "text", 0.4 if thorough else 0.6)


def _from_iso(match: re.Match[str], zone: tzinfo) -> tuple[datetime, str] | None:
    year, month, day, hour, minute, second, offset = match.groups()
    if hour is None or not any(int(part or 0) for part in (hour, minute, second)):
        moment = _day(int(year), int(month), int(day))
        return (moment, "day") if moment else None
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=_offset(offset) or zone
        )
        return (local, "second" if second else "minute") if local.astimezone(UTC) else None
    except (ValueError, OverflowError):
        return None


def _from_words(text: str, zone: tzinfo, language: str | None) -> tuple[datetime, str] | None:
    """`Monday, 23 November 2026 14:05 CET`: read twice with different defaults, so that what is missing shows."""
    month_first = bool(re.search(r"\b(am|pm|a\.m\.|p\.m\.|E[SD]?T|P[SD]?T)\b", text, re.IGNORECASE))
    day_first = not (month_first or ((language or "en") == "en" and not _day_first_marked(text)))
    first = _read_words(text, datetime(2000, 1, 1, tzinfo=zone), day_first)
    second = _read_words(text, datetime(2001, 2, 2, 3, 4, 5, tzinfo=zone), day_first)
    if first is None or second is None:
        return _from_other_language(text, zone, language)
    if first.date() != second.date():
        return None
    if first.time() != second.time() and (first.hour, first.minute) != (second.hour, second.minute):
        return datetime(first.year, first.month, first.day, tzinfo=UTC), "day"
    has_second = first.second == second.second and re.search(r"\d:\d{2}:\d{2}", text)
    local = first.replace(second=first.second if has_second else 0, microsecond=0)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return datetime(first.year, first.month, first.day, tzinfo=UTC), "day"
    try:
        return (local, "second" if has_second else "minute") if local.astimezone(UTC) else None
    except (ValueError, OverflowError):
        return None


def _read_words(text: str, default: datetime, day_first: bool) -> datetime | None:
    try:
        found = dateutil_parser.parse(text, default=default, dayfirst=day_first, fuzzy=False, tzinfos=_named_zone)
        if not isinstance(found, datetime):
            return None
        return found if found.tzinfo else found.replace(tzinfo=default.tzinfo)  # a zone nobody knows by name
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):
        return None


_DATE_SIGNS = re.compile(r"\d{4}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")


def _from_other_language(text: str, zone: tzinfo, language: str | None) -> tuple[datetime, str] | None:
    """Months in the page's own language (`23. November`, `23 نومبر`), by dateparser; absolute dates only."""
    if not language or not _DATE_SIGNS.search(text) or len(text) > 60:
        return None
    import dateparser  # type: ignore[import-untyped] # here: it costs a third of a second to import and few pages need it

    clock = re.search(r"\b([01]?\d|2[0-3])[:.h]([0-5]\d)\b", text)
    day_text = text[: clock.start()] + text[clock.end() :] if clock else text
    try:
        found = dateparser.parse(
            day_text.strip(" ,-–|،"),
            languages=[language],
            settings={
                "PARSERS": ["absolute-time"],
                "REQUIRE_PARTS": ["day", "month", "year"],
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
    except (ValueError, OverflowError, RecursionError, TypeError):
        return None
    if found is None:
        return None
    if not clock:
        return datetime(found.year, found.month, found.day, tzinfo=UTC), "day"
    local = datetime(found.year, found.month, found.day, int(clock.group(1)), int(clock.group(2)), tzinfo=zone)
    return local, "minute"


def _day_first_marked(text: str) -> bool:
    """23/11/2026 and 23.11.2026 can only be day first; dots are European."""
    numbers = re.match(r"\D*(\d{1,2})([./-])(\d{1,2})\2\d{2,4}", text)
    return bool(numbers and (int(numbers.group(1)) > 12 or numbers.group(2) == "."))


def _named_zone(name: str | None, seconds: int | None) -> tzinfo | None:
    if seconds is not None:
        return timezone(timedelta(seconds=seconds)) if abs(seconds) < 86_400 else None
    hours = _ZONES.get((name or "").upper())
    return timezone(timedelta(hours=hours)) if hours is not None else None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if text[0] == "-" else delta) if delta < timedelta(days=1) else None


@lru_cache(maxsize=256)
def _zone(name: str | None) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; profiles are validated when sources load
        return UTC
    except KeyError:
        return UTC


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime.combine(date(year, month, day), datetime.min.time(), UTC)
    except ValueError:
        return None


def _published(found: tuple[datetime, str], method: str, confidence: float) -> PublishedAt:
    offset = found[0].utcoffset() or timedelta()
    return PublishedAt(found[0].astimezone(UTC), found[1], method, confidence, int(offset.total_seconds() // 60))


def _is_possible(moment: datetime, latest: datetime | None) -> bool:
    return moment >= EARLIEST and (latest is None or moment <= latest)


def _agreeing(found: PublishedAt, hints: PageHints) -> PublishedAt:
    """A feed that names the same day confirms; one that is months off casts doubt on both."""
    feed = hints.feed_published_at
    if feed is None:
        return found
    apart = abs(feed - found.at)
    if apart <= timedelta(days=1):
        return replace(found, confidence=min(0.99, found.confidence + 0.04))
    if apart > timedelta(days=60):
        return replace(found, confidence=round(found.confidence - 0.2, 2))
    return found
