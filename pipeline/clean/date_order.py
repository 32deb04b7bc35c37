"""Whether 03/04/2026 is in April or in March: by the page's own dates, its site's, its country's, its language's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from pipeline.clean.content import PageHints
from pipeline.clean.date_text import DAY_FIRST, MONTH_FIRST, DateReading

BY_PAGE, BY_SITE, BY_COUNTRY, BY_LANGUAGE, BY_CHANCE = 1.0, 0.97, 0.93, 0.85, 0.6
"""What a day read in that order keeps of its confidence; chosen, not measured. English alone says little: half of its
press writes the day first."""


def shown_order(readings: Iterable[DateReading], certain: Iterable[date]) -> str | None:
    """The order that the page itself shows; None if its dates show none, or both.

    A date shows its order when one of its numbers is no month, or when just one of its two days is among the
    `certain` ones: those in ISO form, in words and in the address.
    """
    known = set(certain)
    shown = set()
    for reading in readings:
        if reading.shows:
            shown.add(reading.shows)
        elif reading.swapped and (reading.day in known) != (reading.swapped in known):
            # An ambiguous date is read day first unless told otherwise, so its other day is the month-first one.
            shown.add(DAY_FIRST if reading.day in known else MONTH_FIRST)
    return shown.pop() if len(shown) == 1 else None


def decide_order(shown: str | None, hints: PageHints, language: str | None) -> tuple[str, float]:
    """The order to read ambiguous numbers in, and what that leaves of a date's confidence."""
    if shown:
        return shown, BY_PAGE
    if hints.date_order:
        return hints.date_order, BY_SITE
    spoken = language or hints.language
    if hints.country:
        return usual_order(spoken, hints.country.upper()), BY_COUNTRY
    return usual_order(spoken, None), BY_LANGUAGE if spoken and spoken != "en" else BY_CHANCE


@lru_cache(maxsize=256)
def usual_order(language: str | None, country: str | None) -> str:
    """How dates are written there, by CLDR's short pattern; day first where CLDR writes the year first."""
    from babel import Locale, UnknownLocaleError  # here: a DAG file is parsed every few seconds and needs no babel

    names = [f"{language}_{country}", f"und_{country}"] if country else [language or "en"]
    for name in names:
        try:
            locale = Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
        if country and locale.territory != country:  # unknown countries become the United States
            continue
        pattern = str(locale.date_formats["short"].pattern)
        first = next((letter for letter in pattern if letter in "dMy"), "d")
        return MONTH_FIRST if first == "M" else DAY_FIRST
    return DAY_FIRST
