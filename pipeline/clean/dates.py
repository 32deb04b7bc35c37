"""When the page says it was published: what it states, what it prints, its address and its feed, weighed.

Never the time of fetching, never later than a day after it, never a part of a date that the page does not give.

The date is the one readers see. Stamps for machines come first, as they are exact, but the date printed at the
headline corrects them: by its calendar day where a stamp in UTC lies beside it, and altogether where the two are
more than two months apart, as then the stamp is of an older text at the same address or of a move of the site.

Confidence is set by how a date was found and checked against the share that is right on pages with gold dates:

| found in | confidence |
|---|---|
| JSON-LD, meta tag (`json_ld`, `meta`) | 0.92, 0.90; 0.85 from a WebPage node; 0.80 from `dateCreated` |
| feed (`feed`), `<time>` at the headline (`time_element`), address (`url`) | 0.85, 0.82, 0.80 |
| a date line at the headline (`text`) | 0.75; 0.6 where it only says "updated", or stands in the masthead or far off |
| data in scripts (`state`), last change (`modified`), month in the address | 0.5 |
| htmldate's search of marked elements (`text`), "2 hours ago" (`relative`) | 0.55, 0.35 |

Each independent witness of the same day adds 0.03 (at most 0.99); one that is off by more than a day takes 0.15.
Numbers that can be read both ways keep what `date_order` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.clean.content import PageHints, PublishedAt
from pipeline.clean.date_order import decide_order, shown_order
from pipeline.clean.date_text import EARLIEST_YEAR, MONTH_FIRST, DateReading, named_zone, read_date
from pipeline.clean.facts import PageFacts
from pipeline.clean.page_clock import is_same_day, on_clock_of
from pipeline.clean.printed_dates import PUBLISHED, UPDATED, PrintedDate, printed_dates
from pipeline.clean.relative_dates import relative_day
from pipeline.clean.stated_dates import (
    StatedDate,
    date_in_url,
    dates_in_scripts,
    modified_dates,
    month_in_url,
    stated_dates,
)

EARLIEST = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)
REDATED = timedelta(days=60)
"""A printed date this far from the stamp is another edition's. Nearer, a news item's update would pass for its
publication: on the two gold sets 10 days lose two pages, 30 to 90 days make no difference, 180 days lose two."""
FEED_APART = timedelta(days=60)
"""Feeds list an article again when it is changed; farther off, they speak of another one."""
KICKER_CHARS = 100
"""A date this close above the headline belongs to it; farther up are mastheads, which print other days too."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """One date the article may have, with what it rests on."""

    reading: DateReading
    method: str
    confidence: float


@dataclass(frozen=True, slots=True)
class DatedPage:
    """What the choice works on."""

    facts: PageFacts
    url: str | None
    hints: PageHints
    languages: tuple[str, ...]
    zone: tzinfo
    latest: datetime | None
    order: str
    order_keeps: float
    prints: list[PrintedDate]

    def can_be(self, reading: DateReading) -> bool:
        """Neither before there was a web nor later than a day after the page was fetched."""
        moment = reading.local
        return moment >= EARLIEST and (self.latest is None or moment <= self.latest)

    def read(self, stated: StatedDate) -> Claim | None:
        """The claim that a stated date makes; None if it names no day, or one that cannot be."""
        reading = read_date(stated.raw, self.zone, self.languages, self.order)
        if reading is None or reading.precision == "month" or not self.can_be(reading):
            return None
        return Claim(reading, stated.method, stated.confidence * (self.order_keeps if reading.swapped else 1))


def choose_date(
    tree: HtmlElement, facts: PageFacts, url: str | None, hints: PageHints, language: str | None
) -> tuple[PublishedAt | None, str | None]:
    """The most trusted date that can be true (None if the page and its feed give none), and the order of day and
    month that the page's own dates show (None if they show none)."""
    page, shown = dated_page(tree, facts, url, hints, language)
    printed = byline_date(page)
    claim = _exact(page) or _in_feed(page, printed) or _from_print(page, printed) or date_in_address(page)
    if claim:
        return _weighed(page, claim, printed), shown
    weak = next(weak_claims(page, tree), None)
    return (_published(weak) if weak else None), shown


def dated_page(
    tree: HtmlElement, facts: PageFacts, url: str | None, hints: PageHints, language: str | None
) -> tuple[DatedPage, str | None]:
    """What the choice works on, and the order of day and month that the page itself shows."""
    zone = named_zone(hints.time_zone)
    languages = _languages(language, facts.html_language, hints.language)
    prints = printed_dates(tree, facts, zone, languages)
    shown = shown_order([p.reading for p in prints], _certain_days(prints, facts, url, zone))
    order, keeps = decide_order(shown, hints, language)
    if order == MONTH_FIRST:
        prints = [replace(p, reading=p.reading.in_other_order()) for p in prints]
    latest = hints.fetched_at + _DAY if hints.fetched_at else None
    return DatedPage(facts, url, hints, languages, zone, latest, order, keeps, prints), shown


def _languages(*codes: str | None) -> tuple[str, ...]:
    """Without repeats: a site may print its dates in its own language above an article in another one."""
    return tuple(dict.fromkeys(code[:2].lower() for code in codes if code and code[:2].isalpha()))


def from_feed(hints: PageHints) -> PublishedAt | None:
    """The feed's date, if it can be true; for texts that are no HTML pages."""
    feed = hints.feed_published_at
    latest = hints.fetched_at + _DAY if hints.fetched_at else None
    if feed is None or feed < EARLIEST or (latest is not None and feed > latest):
        return None
    return _published(Claim(DateReading(feed, "second", has_zone=True), "feed", 0.85))


def _certain_days(prints: list[PrintedDate], facts: PageFacts, url: str | None, zone: tzinfo) -> Iterator[date]:
    for stated in stated_dates(facts):
        reading = read_date(stated.raw, zone)
        if reading and not reading.swapped:
            yield reading.day
    in_url = date_in_url(url)
    if in_url:
        yield in_url.date()
    for printed in prints:
        if printed.is_near and not printed.reading.swapped:
            yield printed.reading.day


def byline_date(page: DatedPage) -> PrintedDate | None:
    """The date printed at the headline; an update's only where there is no other."""
    near = [p for p in page.prints if p.is_near and page.can_be(p.reading) and not _is_todays_date(page, p)]
    return min(near, key=lambda p: p.rank, default=None)


def _is_todays_date(page: DatedPage, printed: PrintedDate) -> bool:
    """The masthead of many outlets prints the day of reading above every article."""
    fetched = page.hints.fetched_at
    if fetched is None or printed.role or printed.method != "text" or not _is_masthead(printed):
        return False
    return abs(printed.reading.day - fetched.astimezone(page.zone).date()) <= _DAY


def _is_masthead(printed: PrintedDate) -> bool:
    return printed.distance < -KICKER_CHARS or (printed.distance < 0 and printed.is_apart)


def _exact(page: DatedPage) -> Claim | None:
    for stated in stated_dates(page.facts):
        claim = page.read(stated)
        if claim:
            return claim
    return None


def _in_feed(page: DatedPage, printed: PrintedDate | None) -> Claim | None:
    """The feed's moment, unless the page prints another day: feeds list an article anew when it changes."""
    feed = page.hints.feed_published_at
    if feed is None or not page.can_be(reading := DateReading(feed, "second", has_zone=True)):
        return None
    if printed and printed.role != UPDATED and not is_same_day(reading, printed.reading):
        return None
    return Claim(reading, "feed", 0.85)


def date_in_address(page: DatedPage) -> Claim | None:
    for address in (page.url, page.facts.canonical_href):
        day = date_in_url(address)
        if day and page.can_be(DateReading(day, "day")):
            return Claim(DateReading(day, "day"), "url", 0.8)
    return None


def _from_print(page: DatedPage, printed: PrintedDate | None) -> Claim | None:
    if printed is None or printed.role == UPDATED:
        return None
    keeps = page.order_keeps if printed.reading.swapped else 1
    if _is_masthead(printed) and not printed.role:
        return Claim(printed.reading, printed.method, keeps * 0.6)
    return Claim(printed.reading, printed.method, keeps * (0.82 if printed.method == "time_element" else 0.75))


def _weighed(page: DatedPage, claim: Claim, printed: PrintedDate | None) -> PublishedAt:
    """The claim beside what else speaks for a day: the printed date, the address, the feed."""
    in_url = date_in_address(page)
    if printed is not None and printed.reading is not claim.reading:
        if is_same_day(claim.reading, printed.reading):
            claim = _confirmed(claim, on_clock_of(claim.reading, printed.reading, page.zone))
        elif _is_other_edition(claim, printed):
            claim = Claim(printed.reading, printed.method, 0.5 if printed.role == UPDATED else 0.6)
        elif printed.role != UPDATED:
            claim = _doubted(claim)
    elif printed is None:
        claim = _on_the_sources_clock(claim, page)
    if in_url and claim.method != "url":
        claim = _beside_address(claim, in_url, page.zone, has_print=printed is not None)
    feed = page.hints.feed_published_at if claim.method != "feed" else None
    if feed and is_same_day(DateReading(feed, "second", has_zone=True), claim.reading):
        return _published(_confirmed(claim, claim.reading))
    return _published(_doubted(claim) if feed and abs(feed - claim.reading.local) > FEED_APART else claim)


def _beside_address(claim: Claim, in_url: Claim, zone: tzinfo, *, has_print: bool) -> Claim:
    """An address is made on the outlet's own clock: where nothing is printed, it tells the day of a stamp in UTC."""
    if not is_same_day(claim.reading, in_url.reading):
        return _doubted(claim)
    is_bare = not has_print and claim.reading.has_zone and not claim.reading.local.utcoffset()
    return _confirmed(claim, on_clock_of(claim.reading, in_url.reading, zone) if is_bare else claim.reading)


def _is_other_edition(claim: Claim, printed: PrintedDate) -> bool:
    apart = abs(printed.reading.day - claim.reading.day)
    return printed.is_marked and printed.distance >= -KICKER_CHARS and apart > REDATED


def _on_the_sources_clock(claim: Claim, page: DatedPage) -> Claim:
    """A stamp in UTC names a moment; its calendar day is the one of where the source publishes."""
    reading = claim.reading
    if not page.hints.time_zone or reading.precision == "day" or reading.local.utcoffset():
        return claim
    return replace(claim, reading=replace(reading, local=reading.local.astimezone(page.zone)))


def _confirmed(claim: Claim, reading: DateReading) -> Claim:
    return Claim(reading, claim.method, min(0.99, claim.confidence + 0.03))


def _doubted(claim: Claim) -> Claim:
    return replace(claim, confidence=claim.confidence - 0.15)


def weak_claims(page: DatedPage, tree: HtmlElement) -> Iterator[Claim]:
    """What speaks less clearly, in order; only a month where there is no day."""
    updated = byline_date(page)
    if updated:
        yield Claim(updated.reading, updated.method, 0.6)
    far = [p for p in page.prints if p.role == PUBLISHED and not p.is_elsewhere and page.can_be(p.reading)]
    if len({p.reading.day for p in far}) == 1:
        yield Claim(far[0].reading, far[0].method, 0.6)
    for stated in dates_in_scripts(tree):
        claim = page.read(stated)
        if claim:
            yield claim
    quick = _searched(page, tree)
    if quick:
        yield quick
    fetched = page.hints.fetched_at
    if fetched and _is_of_its_time(page, fetched):
        ago = relative_day(tree, fetched.astimezone(page.zone), page.languages)
        if ago:
            yield Claim(DateReading(datetime(ago.year, ago.month, ago.day, tzinfo=UTC), "day"), "relative", 0.35)
    for stated in modified_dates(page.facts):
        claim = page.read(stated)
        if claim:
            yield claim
    month = month_in_url(page.url)
    if month and page.can_be(DateReading(month, "month")):
        yield Claim(DateReading(month, "month"), "url", 0.5)


def _is_of_its_time(page: DatedPage, fetched: datetime) -> bool:
    """Not a page of long ago that was fetched, or read from a folder, only now: its newest date would tell."""
    days = [p.reading.day for p in page.prints if page.can_be(p.reading)]
    return not days or max(days) >= fetched.date() - timedelta(days=7)


def _searched(page: DatedPage, tree: HtmlElement) -> Claim | None:
    """htmldate's search of marked elements for the original date, days only.

    Its search of the whole page is left out: on the pages with gold, where all else was silent, it was wrong on the
    one page that has a date and named a day on six that have none, and it takes up to 2 s a page.
    """
    limit = page.latest or datetime(2100, 1, 1, tzinfo=UTC)
    try:
        found = find_date(
            tree, original_date=True, extensive_search=False, url=page.url, max_date=limit.replace(tzinfo=None)
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    reading = read_date(found) if found else None
    if reading is None or not page.can_be(reading) or _is_of_something_else(page, reading):
        return None
    return Claim(reading, "text", 0.55)


def _is_of_something_else(page: DatedPage, reading: DateReading) -> bool:
    """The page prints that day, but only in the masthead or among the several days of its lists of other articles."""
    places = [p for p in page.prints if p.reading.day == reading.day]
    if places and all(_is_todays_date(page, p) for p in places):
        return True
    others = {p.reading.day for p in page.prints if p.is_elsewhere}
    return bool(places) and all(p.is_elsewhere for p in places) and len(others) > 1


def _published(claim: Claim) -> PublishedAt:
    local = claim.reading.local
    offset = local.utcoffset() or timedelta()
    return PublishedAt(
        local.astimezone(UTC),
        claim.reading.precision,
        claim.method,
        round(claim.confidence, 2),
        int(offset.total_seconds() // 60),
    )
