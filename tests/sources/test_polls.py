"""`mm sources polls` and index pages through a whole round of discovery, on a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.discover import discover
from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.cli.polls import span, told_poll, told_standing
from pipeline.warehouse import db
from pipeline.warehouse.feed_standings import FeedStanding
from pipeline.warehouse.past_polls import PastPoll
from pipeline.warehouse.sources import sync_sources
from tests.discover.outlet_server import Outlet, Page, serve
from tests.sources.test_cli import mm

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAGE = """<!doctype html><nav><a href="/news/99-all-about-our-shop">All about our shop and us</a></nav>
<main><h2><a href="/news/1-quay-reopens">Quay reopens after two years</a></h2>
<h2><a href="/news/2-ferry-is-late">Ferry is late again today</a></h2>
<h2><a href="/live/3-as-it-happens">As it happens: the regatta</a></h2></main>"""


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[Outlet]:
    with serve() as running:
        running.pages = {
            "/news/": Page(PAGE, headers={"ETag": '"1"'}),
            "/feed.xml": Page("", 503, {"Retry-After": "7200"}),
        }
        (tmp_path / "dockside.yml").write_text(
            f"key: dockside\nname: Dockside\nhomepage: {running.base}/\nallow_loopback: true\nhost_delay_s: 0\n"
            f"feeds:\n  - url: {running.base}/news/\n    kind: index_page\n    exclude: /live/\n"
            f"  - url: {running.base}/feed.xml\n    kind: rss\n"
        )
        yield running


@pytest.mark.db
def test_an_index_page_is_collected_like_a_feed(tmp_path: Path, outlet: Outlet, warehouse: None) -> None:
    sources = load_sources(tmp_path)
    quick = Settings(_env_file=None, host_delay_s=0.0, retry_pause_s=0.01)
    db.in_transaction(lambda c: sync_sources(c, sources, AT))
    for minutes in (0, 40):
        discover(None, sources, AT + timedelta(minutes=minutes), feeds="due", settings=quick)
    with db.reading() as connection:
        entries = connection.execute(
            text("SELECT e.url, s.title FROM raw.entry e JOIN raw.entry_sighting s USING (entry_id) ORDER BY 1")
        )
        assert [tuple(row) for row in entries] == [
            (f"{outlet.base}/news/1-quay-reopens", "Quay reopens after two years"),
            (f"{outlet.base}/news/2-ferry-is-late", "Ferry is late again today"),
        ]

    code, out = mm("polls", "dockside")
    assert code == 0
    told = " ".join(out.split())
    for part in (f"{outlet.base}/news/", "index_page, at its own pace every", "asked for the whole body; 2 items",
                 "2 new", "not modified", "failed 503", "1 failure in a row (server_error)"):  # fmt: skip
        assert part in told, part
    rows = json.loads(mm("polls", "dockside", "--json", "--limit", "1")[1])
    assert [(row["feed_url"].removeprefix(outlet.base), row["outcome"]) for row in rows] == [
        ("/feed.xml", "failed"),
        ("/news/", "not_modified"),
    ]
    with pytest.raises(ConfigError, match="knows no source harbour"):
        mm("polls", "harbour")


def past(**values: object) -> PastPoll:
    plain: dict[str, object] = dict.fromkeys(PastPoll.__dataclass_fields__)
    plain |= {"feed_url": "https://a.example/f", "url": "https://a.example/f", "polled_at": AT, "outcome": "ok",
              "is_conditional": False, "is_audit": False, "is_overflow": False, "status": 200}  # fmt: skip
    return PastPoll(**{**plain, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"item_count": 20, "new_count": 3, "next_poll_at": AT + timedelta(minutes=25)}, "due again after 25 min, its pace by what was new"),
        ({"outcome": "not_modified", "next_poll_at": AT + timedelta(minutes=90)}, "due again after 90 min, as nothing had changed"),
        ({"item_count": 5, "is_overflow": True, "next_poll_at": AT + timedelta(minutes=10)}, "due again after 10 min, sooner, to miss nothing more"),
        ({"outcome": "failed", "retry_after_s": 316_800, "next_poll_at": AT + timedelta(hours=1)}, "due again after 60 min, as the server asked, a day at most"),
        ({"outcome": "failed", "next_poll_at": AT + timedelta(hours=1)}, "due again after 60 min, as it failed"),
    ],
)  # fmt: skip
def test_why_it_is_due_then(values: dict[str, object], told: str) -> None:
    assert told_poll(past(**values)).endswith(told)


def test_a_child_sitemap_is_named() -> None:
    assert told_poll(past(url="https://a.example/c.xml")).startswith(
        "https://a.example/c.xml: asked for the whole body"
    )


def test_a_standing_in_words() -> None:
    plain = FeedStanding("a", "https://a.example/f", "rss", 30, AT, AT, AT, AT + timedelta(hours=1), 1_500, 0, 0.0, None,
                         None, 0, False, None, None)  # fmt: skip
    assert told_standing(plain, AT) == "rss, at its own pace every 25 min; due in 60 min"
    resting = replace(plain, resting_since=AT, last_reason="gone", failure_count=9, moved_to="https://a.example/g",
                      overflow_count=2, has_false_validators=True, next_poll_at=AT)  # fmt: skip
    assert told_standing(resting, AT + timedelta(days=4)) == (
        "rss, at its own pace every 25 min; resting since 23 November 2026 (gone); moved to https://a.example/g: "
        "`mm sources repair a`; asked without validators, which were caught hiding a change; "
        "2 polls may have missed items; due since 4 days"
    )


def test_spans() -> None:
    lengths = [timedelta(seconds=s) for s in (0, 30, 90, 6_000, 10_800, 200_000, 400_000)]
    assert [span(length) for length in lengths] == ["0 s", "30 s", "2 min", "100 min", "3 h", "56 h", "5 days"]
