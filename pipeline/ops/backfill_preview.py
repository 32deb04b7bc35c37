"""What files would bring, read without the warehouse: the same reading and the same rules as the backfill itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline import landing
from pipeline.discover.url_list import listing_of, read_urls
from pipeline.errors import Reason, Skip
from pipeline.fetch.foreign_page import ForeignPage, Wanted, page_of
from pipeline.fetch.foreign_warc import read_records
from pipeline.identity import domain_of
from pipeline.ops.backfill_files import Inputs

_LANGUAGE = re.compile(rb"<html[^>]{0,500}?\blang\s*=\s*[\"']?([a-zA-Z]{2,3})\b", re.IGNORECASE)
_HEAD = 4_096  # bytes in which a page names its language, if it does


@dataclass(slots=True)
class Preview:
    """What the files would bring. Whether the warehouse has it already is not looked at."""

    records: int = 0
    urls: int = 0  # lines of URL lists
    would_take: int = 0
    left: Counter[str] = field(default_factory=Counter)  # records and URLs by why they are left out
    sources: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)  # of what would be taken
    other_domains: Counter[str] = field(default_factory=Counter)  # of what nobody's domain or the filter leaves out
    languages: Counter[str] = field(default_factory=Counter)  # as the pages declare
    earliest: datetime | None = None  # WARC-Date of what would be taken
    latest: datetime | None = None

    def take(self, url: str, source_key: str) -> None:
        """Count something that would be taken."""
        self.would_take += 1
        self.sources[source_key] += 1
        self.domains[domain_of(url)] += 1


def preview(
    inputs: Inputs,
    wanted: Wanted,
    *,
    max_bytes: int,
    limit: int = 0,
    told: Callable[[Preview], None] = lambda _: None,
) -> Preview:
    """Read the files and count; `told` hears of it every thousand records or URLs."""
    found = Preview()
    for uri in inputs.lists:
        _preview_list(uri, wanted, limit, found, told)
    listed, found.would_take = found.would_take, 0
    for uri in inputs.warcs:
        _preview_warc(uri, wanted, max_bytes, limit, found, told)
    found.would_take += listed
    return found


def _preview_warc(
    uri: str, wanted: Wanted, max_bytes: int, limit: int, found: Preview, told: Callable[[Preview], None]
) -> None:
    now = datetime.now(UTC)
    with landing.open_stream(uri) as source:
        for record in read_records(source, max_block_bytes=max_bytes):
            if limit and found.would_take >= limit:
                return
            found.records += 1
            page = page_of(record, uri, wanted, max_bytes=max_bytes, now=now)
            if isinstance(page, ForeignPage):
                _take(page, found)
            else:
                found.left[str(page)] += 1
                if page == Reason.NOT_WANTED and record.url:
                    found.other_domains[domain_of(record.url)] += 1
            if found.records % 1_000 == 0:
                told(found)


def _take(page: ForeignPage, found: Preview) -> None:
    found.take(page.url, page.source_key)
    found.earliest = min(found.earliest or page.fetched_at, page.fetched_at)
    found.latest = max(found.latest or page.fetched_at, page.fetched_at)
    declared = _LANGUAGE.search(page.answer.body, 0, _HEAD)
    found.languages[declared.group(1).decode().lower() if declared else "not declared"] += 1


def _preview_list(uri: str, wanted: Wanted, limit: int, found: Preview, told: Callable[[Preview], None]) -> None:
    with landing.open_stream(uri) as source:
        for link in read_urls(source, is_csv=uri.lower().endswith(".csv")):
            if limit and found.would_take >= limit:
                return
            found.urls += 1
            try:
                listing = listing_of(link)
            except Skip as refused:
                found.left[refused.reason] += 1
                continue
            source_key = wanted.source_of(listing.url)
            if source_key is None:
                found.left[Reason.NOT_WANTED] += 1
                found.other_domains[domain_of(listing.url)] += 1
            else:
                found.take(listing.url, source_key)
            if found.urls % 1_000 == 0:
                told(found)
