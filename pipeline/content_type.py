"""The Content-Type header, as servers really send it."""

from __future__ import annotations

import re

_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9][\w.:+-]*)""", re.IGNORECASE)


def media_type_of(header: str | None) -> str:
    """`Text/HTML; charset=utf-8` → `text/html`; an empty string if the header is missing or names none."""
    return (header or "").split(";")[0].split(",")[0].strip().lower()


def charset_of(header: str | None) -> str | None:
    """The charset named in the header, lower case, as it stands there; None if there is none."""
    found = _CHARSET.search(header or "")
    return found.group(1).lower() if found else None
