"""Past polls of a feed, explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.errors import Reason
from pipeline.sources import SourceConfig
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.past_polls import polls_of
from pipeline.warehouse.polls import FAILED, NOT_MODIFIED, OK, Listing, PollResult, record_poll
from pipeline.warehouse.sources import sync_sources

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FEED = "https://www.dockside.example/feed"


def listing(number: int) -> Listing:
    url = f"https://www.dockside.example/news/{number}"
    return Listing(url, url_key(url), "www.dockside.example")


@pytest.mark.db
def test_every_poll_says_what_it_asked_what_came_and_when_it_is_due(warehouse: None) -> None:
    config = {
        "key": "dockside",
        "name": "D",
        "homepage": "https://www.dockside.example/",
        "feeds": [{"url": FEED, "kind": "rss"}],
    }
    db.in_transaction(lambda c: sync_sources(c, [SourceConfig.model_validate(config)], NOW))

    def poll(minutes: int, outcome: str = OK, **fields: object) -> None:
        at = NOW + timedelta(minutes=minutes)
        result = PollResult(1, "dockside", FEED, at, outcome, **fields)  # type: ignore[arg-type]
        db.in_transaction(lambda c: record_poll(c, result))

    poll(0, listings=(listing(1), listing(2)), refused={Reason.TOO_OLD: 3}, body_sha256="a")
    poll(30, NOT_MODIFIED, status=304, is_conditional=True)
    poll(60, listings=(listing(2), listing(3)), body_sha256="b", is_audit=True, final_url=f"{FEED}/new")
    poll(90, listings=(listing(8), listing(9)), body_sha256="c")
    failure = {"status": 503, "reason": Reason.SERVER_ERROR, "detail": "the server answered 503"}
    poll(120, FAILED, retry_after=timedelta(hours=88), **failure)
    child = PollResult(1, "dockside", f"{FEED}/child", NOW + timedelta(minutes=121), OK, is_child=True, listings=())
    db.in_transaction(lambda c: record_poll(c, child))

    with db.reading() as connection:
        polls = polls_of(connection, "dockside")
        assert [p.polled_at for p in polls_of(connection, "dockside", FEED, limit=2)] == [
            p.polled_at for p in polls[:2]
        ]
        assert polls_of(connection, "nobody") == []
    lines = [poll.explained() for poll in polls]
    assert [line.rpartition("; due again")[0] or line for line in lines] == [
        "asked for the whole body; 0 items, 0 new",
        "asked for the whole body; failed 503: the server answered 503; the server asked for a pause of 3.7 d",
        "asked for the whole body; 2 items, 2 new; 0% known to the feed's earlier polls; "
        "overflow: items in between may be lost",
        "asked for the whole body to check the validators; 2 items, 1 new; 50% known to the feed's earlier polls; "
        f"redirected to {FEED}/new",
        "asked only for changes; not modified",
        "asked for the whole body; 2 items, 2 new; refused 3 too_old",
    ]
    assert lines[1].endswith("; due again after 24.0 h")
    assert [poll.is_child for poll in polls] == [True, *[False] * 5]
    assert [poll.after for poll in polls] == [None, *[timedelta(minutes=30)] * 4, None]
