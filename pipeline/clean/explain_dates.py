"""Why a page has the date it has: every date it states, prints or carries in its address, beside the chosen one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from lxml.html import HtmlElement

from pipeline.clean.content import PageHints, PublishedAt
from pipeline.clean.date_text import MONTH_FIRST, DateReading, read_date
from pipeline.clean.dates import (
    EARLIEST,
    REDATED,
    DatedPage,
    byline_date,
    date_in_address,
    dated_page,
    weak_claims,
)
from pipeline.clean.explanation import CHOSEN, Candidate, FieldExplanation
from pipeline.clean.facts import PageFacts
from pipeline.clean.page_clock import is_same_day
from pipeline.clean.printed_dates import UPDATED, PrintedDate
from pipeline.clean.stated_dates import StatedDate, modified_dates, stated_dates

_MAX_PRINTED = 8
"""Lists of other articles print dozens of dates; the ones nearest to the headline tell enough."""
_SAME_DAY = "says the same day"
_SAME_MOMENT = "says the same moment, on another clock"
_MINUTE = timedelta(minutes=1)

Found = tuple[str, str, DateReading | None, str | None]
"""Method, text as found, what it reads as, and what keeps it from being the date whatever it says."""


def explain_date(
    tree: HtmlElement,
    facts: PageFacts,
    url: str | None,
    hints: PageHints,
    language: str | None,
    published: PublishedAt | None,
) -> FieldExplanation:
    """The field `published`: candidates in the order in which they are trusted, with how far each is off."""
    page, shown = dated_page(tree, facts, url, hints, language)
    found = list(_found(page))
    if published is None or not any(_is_it(method, reading, published) for method, _, reading, _ in found):
        found += [(claim.method, _shown(claim.reading), claim.reading, None) for claim in weak_claims(page, tree)]
    chosen = _chosen(found, published)
    candidates = tuple(dict.fromkeys(_candidates(found, published, chosen)))
    notes = [f"confidence {published.confidence:g}"] if published else []
    if any(reading and reading.swapped for _, _, reading, _ in found):
        notes.append(_order_rule(page, shown, language))
    if published and published.method in ("text", "time_element") and _is_redated(found, chosen):
        notes.append(
            f"printed at the headline, and over {REDATED.days} days from the stamp, which is of another edition"
        )
    apart = _in_conflict(found, chosen)
    if apart:
        notes.append(f"in conflict: {', '.join(apart)}")
    value = f"{published.as_printed.isoformat(' ')}, precise to the {published.precision}" if published else None
    if published and published.precision in ("day", "month"):
        value = f"{published.printed_on.isoformat()}, the {published.precision} only"
    return FieldExplanation(
        "published", value, published.method if published else None, "; ".join(notes) or None, candidates
    )


def _found(page: DatedPage) -> Iterator[Found]:
    for stated in stated_dates(page.facts):
        yield _stated(page, stated, None)
    feed = page.hints.feed_published_at
    if feed:
        reading = DateReading(feed, "second", has_zone=True)
        yield "feed", feed.isoformat(" "), reading, _impossible(page, reading)
    nearest = byline_date(page)
    for printed in sorted(page.prints, key=lambda p: (p is not nearest, not p.is_near, p.rank))[:_MAX_PRINTED]:
        yield printed.method, _shown(printed.reading), printed.reading, _misplaced(page, printed)
    address = date_in_address(page)
    if address:
        yield address.method, _shown(address.reading), address.reading, None
    for stated in modified_dates(page.facts):
        yield _stated(page, stated, "of the last change")


def _stated(page: DatedPage, stated: StatedDate, why: str | None) -> Found:
    reading = read_date(stated.raw, page.zone, page.languages, page.order)
    if reading is None:
        return stated.method, stated.raw, None, "cannot be read as a date"
    if reading.precision == "month":
        return stated.method, stated.raw, reading, "names a month only"
    return stated.method, stated.raw, reading, _impossible(page, reading) or why


def _impossible(page: DatedPage, reading: DateReading) -> str | None:
    if page.can_be(reading):
        return None
    return f"before {EARLIEST.year}" if reading.local < EARLIEST else "after the page was fetched"


def _misplaced(page: DatedPage, printed: PrintedDate) -> str | None:
    if printed.is_elsewhere:
        return "in a list, sidebar, comment or footer"
    impossible = _impossible(page, printed.reading)
    if impossible:
        return impossible
    if not printed.is_near:
        side = "below" if printed.distance >= 0 else "above"
        return f"{abs(printed.distance):,} characters {side} the headline"
    return "of an update" if printed.role == UPDATED else None


def _chosen(found: list[Found], published: PublishedAt | None) -> DateReading | None:
    """The reading that became the date, on the clock it was written in."""
    if published is None:
        return None
    readings = (reading for method, _, reading, _ in found if reading and _is_it(method, reading, published))
    is_moment = published.precision not in ("day", "month")
    return next(readings, DateReading(published.as_printed, published.precision, has_zone=is_moment))


def _candidates(found: list[Found], published: PublishedAt | None, chosen: DateReading | None) -> Iterator[Candidate]:
    is_open = True
    for method, raw, reading, why in found:
        if is_open and published and _is_it(method, reading, published):
            is_open = False
            yield Candidate(method, raw, CHOSEN)
        else:
            off = _off(method, reading, chosen)
            yield Candidate(method, raw, ", ".join(part for part in (why, off) if part) or "less trusted")


def _is_it(method: str, reading: DateReading | None, published: PublishedAt) -> bool:
    if reading is None or method != published.method:
        return False
    return reading.day == published.printed_on or reading.local == published.at


def _off(method: str, reading: DateReading | None, chosen: DateReading | None) -> str | None:
    if reading is None or chosen is None:
        return None
    if is_same_day(chosen, reading) or (method == "feed" and is_same_day(reading, chosen)):
        return _SAME_DAY
    if _is_same_moment(reading, chosen):
        return _SAME_MOMENT
    days = (reading.day - chosen.day).days
    return f"{abs(days):,} day{'s' if abs(days) > 1 else ''} {'later' if days > 0 else 'earlier'}"


def _is_same_moment(one: DateReading, other: DateReading) -> bool:
    """To the minute, where both name one."""
    have_minutes = {one.precision, other.precision} <= {"second", "minute"}
    return have_minutes and abs(one.local - other.local) < _MINUTE


def _is_redated(found: list[Found], chosen: DateReading | None) -> bool:
    stamps = [reading for method, _, reading, why in found if method in ("json_ld", "meta") and why is None]
    return any(reading and chosen and abs(reading.day - chosen.day) > REDATED for reading in stamps[:1])


def _in_conflict(found: list[Found], chosen: DateReading | None) -> list[str]:
    """What could be the date and names another day, and is not the same moment on another clock."""
    offs = [(method, _off(method, reading, chosen)) for method, _, reading, why in found if why is None]
    return list(
        dict.fromkeys(f"{method} is {off}" for method, off in offs if off not in (None, _SAME_DAY, _SAME_MOMENT))
    )


def _order_rule(page: DatedPage, shown: str | None, language: str | None) -> str:
    order = "month before day" if page.order == MONTH_FIRST else "day before month"
    if shown:
        return f"{order}, as the page's other dates show"
    if page.hints.date_order:
        return f"{order}, as the source's other dates show"
    if page.hints.country:
        return f"{order}, as usual in {page.hints.country.upper()}"
    return f"{order}, as usual in language {language or page.hints.language or 'en'}"


def _shown(reading: DateReading) -> str:
    if reading.precision == "month":
        return f"{reading.day:%Y-%m}"
    return reading.day.isoformat() if reading.precision == "day" else reading.local.isoformat(" ")
