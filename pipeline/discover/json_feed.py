"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from typing import Any

from pipeline.discover.items import FeedItem, ParsedFeed, clean_title, parse_date
from pipeline.errors import Reason


def parse_json_feed(document: bytes) -> ParsedFeed:
    """Items of a JSON Feed; other JSON is `not_a_feed`, JSON that cannot be read is `broken_feed`."""
    try:
        data = json.loads(document.lstrip(b"\x00"))
    except (ValueError, RecursionError) as error:
        return ParsedFeed("json_feed", reason=Reason.BROKEN_FEED, detail=f"not valid JSON: {str(error)[:200]}")
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list) or not _claims_to_be_one(data):
        return ParsedFeed("other", reason=Reason.NOT_A_FEED, detail="JSON, but not a JSON Feed")
    home = data.get("home_page_url")
    hubs = (home,) if isinstance(home, str) and home.strip() else ()
    return ParsedFeed("json_feed", tuple(_item(item) for item in items if isinstance(item, dict)), hub_urls=hubs)


def _claims_to_be_one(data: dict[str, Any]) -> bool:
    version = data.get("version")
    return isinstance(version, str) and "jsonfeed.org/version/" in version


def _item(item: dict[str, Any]) -> FeedItem:
    return FeedItem(
        url=_link(item),
        title=clean_title(item.get("title")),
        published_at=parse_date(item.get("date_published")) or parse_date(item.get("date_modified")),
    )


def _link(item: dict[str, Any]) -> str | None:
    """`url` is the article; `external_url` what a link blog points to; the id is often the address itself."""
    for name in ("url", "external_url", "id"):
        value = item.get(name)
        if isinstance(value, str) and value.strip() and (name != "id" or value.strip().startswith("http")):
            return value
    return None
