"""Whether an element keeps what is in it from readers."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def hides(element: HtmlElement) -> bool:
    """By its own `hidden` or style; what is around it is not looked at.

    `aria-hidden` does not count: it keeps text from screen readers only, and dates and labels are often said twice.
    """
    return element.get("hidden") is not None or bool(_UNSEEN.search(element.get("style") or ""))
