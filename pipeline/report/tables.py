"""The table of outlets, by great_tables, without its style sheet: the page's own serves light, dark and print."""

from __future__ import annotations

import re

import pandas as pd
from great_tables import GT
from markupsafe import Markup

_COLUMNS = {
    "name": "Outlet",
    "country": "Country",
    "language": "Language",
    "claimed": "Taken on",
    "stored": "Stored",
    "known": "Known",
    "quarantined": "Quaran­tined",
    "left_out": "Skipped",
    "lost": "Lost",
    "waiting": "Waiting",
    "feeds": "Answered",
    "note": "Note",
}
_NUMBERS = ["claimed", "stored", "known", "quarantined", "left_out", "lost", "waiting"]


def outlet_table(outlets: pd.DataFrame) -> Markup | None:
    """One row per outlet (`findings.by_outlet`) as an HTML table; None if there is no outlet.

    great_tables escapes every cell; only its markup is trusted here.
    """
    if outlets.empty:
        return None
    table = (
        GT(outlets[list(_COLUMNS)].fillna("–"), id="outlets")
        .cols_label(cases=None, **_COLUMNS)
        .tab_spanner("URLs of this night", columns=_NUMBERS)
        .tab_spanner("Feeds", columns=["feeds", "note"])
        .fmt_integer(_NUMBERS)
        .sub_zero(_NUMBERS, zero_text="·")
        .cols_align("left", ["name", "country", "language", "feeds", "note"])
    )
    html = re.search(r"<table.*</table>", table.as_raw_html(), re.DOTALL)
    assert html is not None  # noqa: S101  (it is what great_tables makes)
    return Markup(html[0])  # noqa: S704
