"""Titles and dates from feeds: clean or None, never an exception."""

from __future__ import annotations

from fuzz.targets._promises import is_moment, is_title
from pipeline.discover.items import clean_title, end_of_day, is_bare_day, parse_date

MAX_LEN = 1_024
DICTIONARY = (
    "Mon, 23 Nov 2026 06:30:00 GMT", "2026-11-23T06:30:00+01:00", "2026-11", "20261123", "2026-W48-1", "-0000", "EST",
    "+99:99", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "<b>", "&lt;", "&#0;", "&#55296;", "&#x110000;",
    "<script>", "</script", "<![CDATA[", "\u2028", "\ufeff", "\x85", "&amp;amp;",
)  # fmt: skip


def check(data: bytes) -> None:
    """The same text as a title with markup, a title without, and a date."""
    text = data.decode("utf-8", "surrogatepass" if data[:1] == b"\x00" else "replace") if _decodes(data) else ""
    for is_markup in (True, False):
        title = clean_title(text, is_markup=is_markup)
        is_title(title)
        if not is_markup and title is not None:
            assert clean_title(title, is_markup=False) == title
    moment = parse_date(text)
    is_moment(moment)
    if moment is not None:
        assert end_of_day(moment) >= moment.replace(microsecond=0)
    is_bare_day(text)


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass" if data[:1] == b"\x00" else "replace")
    except UnicodeDecodeError:
        return False
    return True
