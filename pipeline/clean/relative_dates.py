"""`2 hours ago`, in the page's own language: a day only when it is known when the page was fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from lxml.html import HtmlElement

from pipeline.clean.printed_dates import is_of_another_article, looks_like_a_date_line

_MAX_CHARS = 40
_MAX_TRIED = 8
_HAS_NUMBER = re.compile(r"\d|\ban?\b|\b(?:un|une|una|ein|eine|einer|einem|um|uma)\b", re.IGNORECASE)

_BARE_SPAN = re.compile(r"\d+\s+[^\W\d_]+\.?|.*\bread\b.*", re.IGNORECASE)
"""`5 minutes` is how long it takes to read, not how long ago it was."""


def relative_day(tree: HtmlElement, fetched_at: datetime, languages: tuple[str, ...]) -> date | None:
    """The day that the first marked `… ago` of the page names, on the clock of `fetched_at`; None if there is none.

    Only as true as `fetched_at`: a page that lay in a drop folder for years still says `2 hours ago`.
    """
    for number, text in enumerate(_short_date_lines(tree)):
        if number >= _MAX_TRIED:
            break
        found = _ago(text, fetched_at, languages)
        if found:
            return found
    return None


def _short_date_lines(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter("time", "span", "div", "p", "li", "small", "em", "abbr"):
        if len(element) > 2 or not looks_like_a_date_line(element):
            continue
        text = " ".join(" ".join(element.itertext()).split())
        if 4 < len(text) <= _MAX_CHARS and _HAS_NUMBER.search(text) and not is_of_another_article(element):
            yield text


def _ago(text: str, fetched_at: datetime, languages: tuple[str, ...]) -> date | None:
    if _BARE_SPAN.fullmatch(text):
        return None
    import dateparser  # type: ignore[import-untyped] # here: it costs a third of a second, and few pages need it

    try:
        found = dateparser.parse(
            text,
            languages=[*languages[:2], "en"],
            settings={
                "PARSERS": ["relative-time"],
                "RELATIVE_BASE": fetched_at.replace(tzinfo=None),
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
    except (ValueError, OverflowError, RecursionError, TypeError):
        return None
    return found.date() if found and found < fetched_at.replace(tzinfo=None) else None
