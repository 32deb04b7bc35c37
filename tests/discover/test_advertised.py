"""Feeds that a page advertises, from pages of any brokenness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.discover.advertised import advertised_feeds

BASE = "https://www.dockside.example/feed"


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f"<link rel='{rel}' type='{kind}' href='{href}'>"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (link("/rss"), ["https://www.dockside.example/rss"]),
        (link("rss", "APPLICATION/ATOM+XML; charset=utf-8", "Alternate home"), ["https://www.dockside.example/rss"]),
        (link("/a") + link("/b") + link("/a"), ["https://www.dockside.example/a", "https://www.dockside.example/b"]),
        ("<base href='https://cdn.example/x/'>" + link("rss"), ["https://cdn.example/x/rss"]),
        (link("/style.css", "text/css", "stylesheet") + link("/de", "text/html"), []),
        (link("javascript:alert(1)") + link("") + link("http://[::1"), []),
        ("<base href='http://[::1'>" + link("/rss"), []),
        ("<!-- " + link("/rss") + " -->", []),
        ("<![foo[bar]]>" + link("/rss"), ["https://www.dockside.example/rss"]),
        ("<div>" * 100_000, []),
        ("", []),
    ],
)
def test_advertised_feeds(page: str, found: list[str]) -> None:
    assert advertised_feeds(page.encode(), BASE) == found


@given(st.binary(max_size=300))
def test_any_bytes(page: bytes) -> None:
    assert isinstance(advertised_feeds(b"<html>" + page + link("/rss").encode(), BASE), list)
