"""URL lists: text files with an address a line, and CSV files with a column `url`. Their URLs become entries."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO
from urllib.parse import urlsplit

from pipeline import landing
from pipeline.errors import ConfigError, Reason, Skip
from pipeline.log import event
from pipeline.urls import absolute, host_of, url_key
from pipeline.warehouse import db
from pipeline.warehouse.backfill import ensure_feed
from pipeline.warehouse.polls import OK, Listing, PollResult, record_poll

_TOGETHER = 5_000  # URLs per transaction: a list of millions is never in memory as a whole

SourceOf = Callable[[str], str | None]
"""The source that an address belongs to; None if it is not wanted."""


def read_urls(source: BinaryIO, *, is_csv: bool) -> Iterator[str]:
    """The addresses of a list as written; empty lines and `#` comments are no addresses.

    Raises ConfigError for a CSV file without a column `url`.
    """
    lines = io.TextIOWrapper(source, "utf-8-sig", errors="replace", newline="")
    if not is_csv:
        for line in lines:
            if (link := line.strip()) and not link.startswith("#"):
                yield link
        return
    rows = csv.reader(lines)
    names = [name.strip().lower() for name in next(rows, [])]
    if "url" not in names:
        raise ConfigError(f"no column `url` among {', '.join(names) or 'none'}; its first line must name the columns")
    place = names.index("url")
    for row in rows:
        if len(row) > place and (link := row[place].strip()):
            yield link


def listing_of(link: str) -> Listing:
    """An address of a list as an entry-to-be; one without a scheme is meant as https.

    Raises `Skip(bad_url)`, and `Skip(home_page)` for a front page, which is no article.
    """
    url = absolute(link if "://" in link else f"https://{link.removeprefix('//')}", "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise Skip(Reason.BAD_URL, f"{link[:200]!r} is no address on the web")
    if parts.path == "/" and not parts.query:
        raise Skip(Reason.HOME_PAGE, url)
    return Listing(url, url_key(url), host_of(url))


def record_list(run_key: str, uri: str, source_of: SourceOf, now: datetime) -> Counter[str]:
    """Make entries of a list's URLs, with a sighting by the list; returns its lines by what became of them.

    Read again, it makes nothing twice.
    """
    counts: Counter[str] = Counter()
    waiting: dict[str, list[Listing]] = {}
    size = 0
    with landing.open_stream(uri) as source:
        for link in read_urls(source, is_csv=uri.endswith(".csv")):
            found = _judge(link, source_of)
            if isinstance(found, Reason):
                counts[found] += 1
                continue
            source_key, listing = found
            waiting.setdefault(source_key, []).append(listing)
            size += 1
            if size >= _TOGETHER:
                counts += _record(run_key, uri, waiting, now)
                waiting, size = {}, 0
    counts += _record(run_key, uri, waiting, now)
    event("url_list_read", run=run_key, file=uri, **counts)
    return counts


def _judge(link: str, source_of: SourceOf) -> tuple[str, Listing] | Reason:
    try:
        listing = listing_of(link)
    except Skip as refused:
        return refused.reason
    source_key = source_of(listing.url)
    return Reason.NOT_WANTED if source_key is None else (source_key, listing)


def _record(run_key: str, uri: str, waiting: dict[str, list[Listing]], now: datetime) -> Counter[str]:
    counts: Counter[str] = Counter()
    for source_key, listings in sorted(waiting.items()):
        recorded = db.in_transaction(
            lambda connection, key=source_key, found=listings: record_poll(  # type: ignore[misc]
                connection,
                PollResult(
                    feed_id=ensure_feed(connection, key, uri, now),
                    source_key=key,
                    url=uri,
                    polled_at=now,
                    outcome=OK,
                    run_key=run_key,
                    is_child=True,  # a piece of the list: the feed has no standing to keep
                    listings=tuple(found),
                ),
            )
        )
        counts["new"] += recorded.new_count
        counts["known"] += len(listings) - recorded.new_count
    return counts
