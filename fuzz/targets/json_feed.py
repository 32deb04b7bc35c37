"""JSON Feed: never raises, and what it gives can be stored."""

from __future__ import annotations

from fuzz.targets._promises import BASE, keeps_promises
from pipeline.discover.json_feed import parse_json_feed
from pipeline.discover.parse import parse

MAX_LEN = 2_048
DICTIONARY = (
    '{"version": "https://jsonfeed.org/version/1.1", "items": [', '"url": ', '"external_url": ', '"id": ', '"title": ',
    '"date_published": ', '"date_modified": ', "null", "true", "1e999", "NaN", "-Infinity", "\\ud800", "\\u0000",
    '"2026-11-23T06:30:00Z"', '"http://', "[[[[", '{"', "]}",
)  # fmt: skip


def check(data: bytes) -> None:
    """Straight into the reader, and through the door that chooses the reader."""
    keeps_promises(parse_json_feed(data))
    keeps_promises(parse(data, base=BASE, max_bytes=100_000))
