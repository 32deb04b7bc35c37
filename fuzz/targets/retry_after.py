"""Retry-After: a finite number of seconds that a clock can be moved by, or None."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from pipeline.http.retry_after import retry_after_s

MAX_LEN = 128
DICTIONARY = (
    "120", "316800", "99999999999999", "-1", "1e9", "Mon, 23 Nov 2026 06:30:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    "Mon, 01 Jan 0001 00:00:00 +2359", "-0000", "nan", "٣", "+9999", "EST",
)  # fmt: skip
_NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def check(data: bytes) -> None:
    """The header's value."""
    wait = retry_after_s({"Retry-After": data.decode("utf-8", "surrogateescape")}, _NOW)
    if wait is not None:
        assert math.isfinite(wait)
        assert wait >= 0
        timedelta(seconds=wait)
