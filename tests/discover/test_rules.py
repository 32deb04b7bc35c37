"""Which items become entries, and which child sitemaps are read first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.discover.items import ChildSitemap, FeedItem
from pipeline.discover.rules import Selection, children_to_read, select
from pipeline.errors import Reason
from pipeline.warehouse.polls import ChildState

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OLDEST = NOW - timedelta(days=14)
BASE = "https://www.dockside.example/feeds/news.xml"


def choose(*items: FeedItem) -> Selection:
    return select(items, base=BASE, homepage="https://www.dockside.example/", oldest=OLDEST)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://www.dockside.example/a?utm_source=rss", "https://www.dockside.example/a"),
        ("/a", "https://www.dockside.example/a"),
        ("a", "https://www.dockside.example/feeds/a"),
        ("//cdn.dockside.example/a", "https://cdn.dockside.example/a"),
        (" https://www.dockside.example/a\n", "https://www.dockside.example/a"),
        ("HTTPS://WWW.Dockside.example:443/a#top", "https://www.dockside.example/a"),
        ("https://www.dockside.example/a\x00b", "https://www.dockside.example/ab"),
        ("dockside.example/a", "https://dockside.example/a"),
        ("News.Dockside.example/a?b=1", "https://news.dockside.example/a?b=1"),
        ("www.hilltop.example/a", "https://www.hilltop.example/a"),
        ("hilltop.example/a", "https://www.dockside.example/feeds/hilltop.example/a"),  # or a folder's name
        ("story.html", "https://www.dockside.example/feeds/story.html"),
    ],
)
def test_links_become_addresses(link: str, url: str) -> None:
    (listing,) = choose(FeedItem(link)).listings
    assert listing.url == url


HOME_PAGES = (
    "https://www.dockside.example/",
    "http://dockside.example",
    "/index.html",
    "http://dockside.example/index.php",
)


@pytest.mark.parametrize(
    "link",
    [
        None, "", "   ", "mailto:desk@dockside.example", "javascript:void(0)", "http://", "https://[::1", "\ud800",
        "https://www.dockside.example/" + "x" * 2_048, "drop://clippings/etc/passwd", "file:///etc/passwd",
        *HOME_PAGES,
    ],
)  # fmt: skip
def test_refused_links(link: str | None) -> None:
    chosen = choose(FeedItem(link))
    reason = Reason.HOME_PAGE if link in HOME_PAGES else Reason.BAD_URL
    assert chosen == Selection((), {reason: 1})


def test_age_is_by_the_items_own_date() -> None:
    old, young = OLDEST - timedelta(seconds=1), OLDEST + timedelta(seconds=1)
    chosen = choose(
        FeedItem("/old", published_at=old),
        FeedItem("/old-sitemap", modified_at=old),
        FeedItem("/young", published_at=young),
        FeedItem("/undated"),
        FeedItem("/future", published_at=NOW + timedelta(days=400)),
        FeedItem("/published-long-ago-changed-now", published_at=old, modified_at=NOW),
    )
    assert [listing.url.rpartition("/")[2] for listing in chosen.listings] == ["young", "undated", "future"]
    assert chosen.refused == {Reason.TOO_OLD: 3}


def test_one_address_counts_once_and_the_first_stands() -> None:
    chosen = choose(FeedItem("/a", "First"), FeedItem("http://dockside.example/a/?fbclid=1", "Second"))
    assert [(listing.url, listing.title) for listing in chosen.listings] == [
        ("https://www.dockside.example/a", "First")
    ]
    assert chosen.refused_count == 0


def state(asked: int, read: int | None) -> ChildState:
    read_at = NOW - timedelta(hours=read) if read is not None else None
    return ChildState(NOW - timedelta(hours=asked), read_at, None, None, None)


def test_children_changed_ones_newest_first_then_undated_longest_unread_first() -> None:
    at = {n: NOW - timedelta(hours=n) for n in range(30)}
    children = [
        ChildSitemap("/u-read-1h-ago.xml"),
        ChildSitemap("/u-never.xml"),
        ChildSitemap("/u-failed-5h-ago.xml"),
        ChildSitemap("/d-changed-9h-ago.xml", at[9]),
        ChildSitemap("/d-changed-2h-ago.xml", at[2]),
        ChildSitemap("/d-unchanged.xml", NOW - timedelta(hours=60)),
        ChildSitemap("/d-lastmod-may-lag.xml", at[20]),
        ChildSitemap("/d-failed.xml", at[20]),
        ChildSitemap("/d-too-old.xml", OLDEST - timedelta(days=1)),
        ChildSitemap("drop://x/y.xml"),
        ChildSitemap("/d-changed-2h-ago.xml", at[2]),
    ]
    site = "https://www.dockside.example"
    known = {
        f"{site}/u-read-1h-ago.xml": state(1, 1),
        f"{site}/u-failed-5h-ago.xml": state(5, None),
        f"{site}/d-changed-9h-ago.xml": state(10, 10),
        f"{site}/d-unchanged.xml": state(3, 3),
        f"{site}/d-lastmod-may-lag.xml": state(3, 3),
        f"{site}/d-failed.xml": state(3, None),
    }
    chosen, refused = children_to_read(children, known, base=BASE, oldest=OLDEST, at_most=10)
    assert [address.rpartition("/")[2] for address in chosen] == [
        "d-changed-2h-ago.xml", "d-changed-9h-ago.xml", "d-failed.xml",
        "u-never.xml", "u-failed-5h-ago.xml", "u-read-1h-ago.xml",
        "d-lastmod-may-lag.xml",
    ]  # fmt: skip
    assert refused == {Reason.BAD_URL: 1, Reason.TOO_OLD: 1}
    assert children_to_read(children, known, base=BASE, oldest=OLDEST, at_most=2)[0] == chosen[:2]
