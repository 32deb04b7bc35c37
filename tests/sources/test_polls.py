"""`mm sources polls` and index pages through a whole round of discovery, on a real warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.discover import discover
from pipeline.errors import ConfigError
from pipeline.settings import Settings
from pipeline.sources import load_sources
from pipeline.sources.cli.polls import span, told_poll
from pipeline.warehouse import db
from pipeline.warehouse.poll_history import PastPoll
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
    for part in (f"{outlet.base}/news/", "index_page, at the earliest every 30 minutes", "asked for the body; 200 2 items",
                 "2 new", "304 unchanged", "failed: server_error", "1 failure in a row"):  # fmt: skip
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
        ({"item_count": 20, "new_count": 3, "body_bytes": 48_200, "overlap": 0.85, "next_poll_at": AT + timedelta(minutes=25)},
         "asked for the body; 200 20 items in 48 kB, 3 new; 85% of them known from the poll before; "
         "due again after 25 min, as this much was known"),
        ({"outcome": "not_modified", "status": 304, "is_conditional": True, "next_poll_at": AT + timedelta(hours=3)},
         "asked for a changed body; 304 unchanged; due again after 3 h, as nothing had changed"),
        ({"is_audit": True}, "audit: asked for the whole body, to check the validators; 200 the very body of last time"),
        ({"item_count": 5, "new_count": 5, "overlap": 0.0, "is_overflow": True, "reason": "overflow"},
         "asked for the body; 200 5 items, 5 new; 0% of them known from the poll before; "
         "nothing of the poll before was left: items between the two may be lost"),
        ({"item_count": 1, "refused_count": 4, "refused": {"too_old": 3, "home_page": 1}, "final_url": "https://a.example/g"},
         "asked for the body; 200 1 item, 0 new; refused: 3 too_old, 1 home_page; redirected to https://a.example/g"),
        ({"outcome": "failed", "status": 429, "reason": "too_many_requests", "detail": "slow down", "retry_after_s": 316_800,
          "next_poll_at": AT + timedelta(hours=24)},
         "asked for the body; 429 failed: too_many_requests: slow down; the server asked us to wait 4 days; "
         "due again after 24 h, as the server asked, a day at most"),
        ({"outcome": "failed", "status": None, "reason": "unreachable", "url": "https://a.example/child.xml"},
         "https://a.example/child.xml; asked for the body; failed: unreachable"),
    ],
)  # fmt: skip
def test_a_poll_in_words(values: dict[str, object], told: str) -> None:
    assert told_poll(past(**values)) == told


def test_spans() -> None:
    lengths = [timedelta(seconds=s) for s in (0, 30, 90, 6_000, 10_800, 200_000, 400_000)]
    assert [span(length) for length in lengths] == ["0 s", "30 s", "2 min", "100 min", "3 h", "56 h", "5 days"]
