"""A shard against a real server and a real warehouse: every ending, its row, and its bytes."""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from pipeline import frames, warc
from pipeline.errors import BatchFailed, Reason
from pipeline.fetch import archive, fetch_shard
from pipeline.records import ClaimedEntry, StageCounts
from pipeline.settings import get_settings
from pipeline.sources import SourceConfig
from pipeline.warehouse import db
from pipeline.warehouse.pages import archived_pages
from pipeline.warehouse.progress import track
from tests.fetch.fetch_world import (
    AT,
    PART,
    RUN,
    SOURCE,
    archive_paths,
    claim,
    endings,
    quick,
    rows,
    source,
    warcio_check,
)
from tests.fetch.outlet import ARTICLE, Outlet

pytestmark = pytest.mark.db


def fetch(uri: str, *sources: SourceConfig, **settings: Any) -> StageCounts:
    now = SimpleNamespace(at=AT)

    def tick() -> datetime:
        now.at += timedelta(milliseconds=1)
        return now.at

    return fetch_shard(RUN, uri, PART, sources=sources, settings=quick(**settings), now=tick)


ENDINGS = {
    "/ok/1": ("fetched", "stored"),
    "/gzipped/1": ("fetched", "stored"),
    "/moved/1": ("fetched", "stored"),
    "/odd/1": ("fetched", "stored"),
    "/once/500/-": ("fetched", "stored"),
    "/once/503/1": ("fetched", "stored"),
    "/once/429/0": ("fetched", "stored"),
    "/not-there": ("gone", "not_found"),
    "/status/410": ("gone", "gone"),
    "/status/403": ("carried", "client_error"),
    "/status/500": ("carried", "server_error"),
    "/busy/3600": ("carried", "too_many_requests"),
    "/pdf/1": ("skipped", "unsupported_type"),
    "/huge/1": ("skipped", "too_large"),
    "/bomb/1": ("skipped", "too_large"),
    "/inside/1": ("skipped", "forbidden_address"),
    "/loop/1": ("failed", "redirect_loop"),
    "/private/1": ("skipped", "robots_disallowed"),
    "/reset/1": ("carried", "broken_response"),
    "/ok/2": ("fetched", "stored"),
}


def test_every_ending(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    outlet.robots = "User-agent: *\nDisallow: /private/\n"
    uri, _ = claim([outlet.url(path) for path in ENDINGS])
    counts = fetch(uri, outlet.source, max_page_bytes=200_000)
    assert endings() == ENDINGS
    assert counts == StageCounts(20, 20, dict(sorted(Counter(reason for _, reason in ENDINGS.values()).items())))
    assert outlet.asked["/private/1"] == 0
    assert outlet.asked["/robots.txt"] == 1
    assert outlet.asked["/status/500"] == 3  # two repeats
    assert outlet.asked["/status/403"] == 1
    assert outlet.asked["/busy/3600"] == 1

    attempts = rows(
        "SELECT e.url, p.attempt, p.outcome, p.reason, p.status FROM raw.page p JOIN raw.entry e USING (entry_id)"
    )
    by_path = Counter("/" + row["url"].split("/", 3)[3] for row in attempts)
    assert by_path.pop("/reset/1") == 3  # the server saw more: a reused connection that breaks is tried afresh
    assert by_path == Counter({p: outlet.asked[p] for p in ENDINGS if p not in ("/private/1", "/reset/1")})
    assert {(r["attempt"], r["outcome"], r["reason"]) for r in attempts if "/once/503" in r["url"]} == {
        (1, "failed", "server_error"),
        (2, "archived", None),
    }
    due = rows("SELECT due_at FROM raw.entry WHERE url LIKE '%busy%'")[0]["due_at"]
    assert timedelta(0) <= due - AT - timedelta(seconds=3600) < timedelta(seconds=1)
    events = rows("SELECT count(*) AS n FROM ops.entry_event WHERE stage = 'fetch' AND run_key = :run", run=RUN)
    assert events[0]["n"] == len(ENDINGS)


def test_bytes_can_be_read_back_and_warcio_agrees(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url(path) for path in ("/ok/1", "/gzipped/1", "/moved/1", "/odd/1")])
    fetch(uri, outlet.source)
    with db.reading() as connection:
        pages = archived_pages(connection, RUN)
    assert [page.inflow for page in pages] == ["new"] * 4
    for page in pages:
        record = warc.read_record(page.warc_uri, page.warc_offset, page.warc_length)
        assert record.body == ARTICLE
        assert hashlib.sha256(record.body).hexdigest() == page.sha256
        assert record.url == page.final_url
    by_path = {page.url.split("/")[3]: page for page in pages}
    assert by_path["moved"].final_url == outlet.url("/ok/new-place")
    assert (by_path["ok"].content_type, by_path["ok"].charset) == ("text/html; charset=UTF-8", "utf-8")
    entry = rows("SELECT page_id, held_page_id, etag, last_modified FROM raw.entry WHERE url LIKE '%/ok/1'")[0]
    assert entry["page_id"] == entry["held_page_id"] == by_path["ok"].page_id
    assert (entry["etag"], entry["last_modified"]) == ('"/ok/1"', "Fri, 13 Mar 2026 20:00:00 GMT")
    files = archive_paths(landing_zone)
    assert [str(path.relative_to(landing_zone)) for path in files] == [
        f"warc/{SOURCE}/2026/03/{RUN}-{PART}-0001.warc.gz"
    ]
    assert warcio_check(files) == 0
    raw = gzip.decompress(files[0].read_bytes())
    assert raw.startswith(b"WARC/1.1\r\n")
    assert raw.count(b"WARC-Type: request\r\n") == raw.count(b"WARC-Type: response\r\n") == 4
    assert b"X-Archive-Orig-Transfer-Encoding: chunked" in raw
    assert b"WARC-IP-Address: 127.0.0.1" in raw


def test_conditional_get(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/conditional/1")], etag='"7"')
    fetch(uri, outlet.source)
    assert endings() == {"/conditional/1": ("unchanged", "not_modified")}
    page = rows("SELECT outcome, status, warc_uri FROM raw.page")[0]
    assert page == {"outcome": "not_modified", "status": 304, "warc_uri": None}
    assert archive_paths(landing_zone) == []


def test_a_304_nobody_asked_for_is_no_answer(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/status/304")])
    fetch(uri, outlet.source)
    assert endings() == {"/status/304": ("carried", "broken_response")}


def test_the_last_run_gives_up(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/status/500"), outlet.url("/silent/1")], attempt=5)
    fetch(uri, outlet.source, read_timeout_s=0.1, fetch_retries=0)
    assert set(endings().values()) == {("failed", "gave_up")}
    details = [row["detail"] for row in rows("SELECT detail FROM ops.entry_event WHERE to_state = 'failed' ORDER BY 1")]
    assert details[0] == "after 5 runs; last server_error: status 500"
    assert details[1].startswith("after 5 runs; last timeout:")


def test_the_hosts_budget(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    paths = [f"/ok/{n}" for n in range(5)]
    uri, _ = claim([outlet.url(path) for path in paths], attempt=5)
    config = source(outlet.host, host_budget=4)
    fetch(uri, config)
    assert list(endings().values()) == [("fetched", "stored")] * 3 + [("carried", "host_budget_spent")] * 2
    assert sum(outlet.asked[path] for path in paths) == 3
    assert outlet.asked.total() == 4  # robots.txt counts too


def test_redirects_count_against_the_budget_of_the_host_they_lead_to(
    warehouse: None, landing_zone: Path, outlet: Outlet
) -> None:
    uri, _ = claim([outlet.url(f"/moved/{n}") for n in range(5)])
    fetch(uri, source(outlet.host, host_budget=4))
    reasons = [reason for _, reason in endings().values()]
    assert reasons == ["stored"] + ["host_budget_spent"] * 4  # robots.txt, /moved/0, its new place, /moved/1
    assert outlet.asked.total() == 4


def test_a_host_that_is_down_is_left_in_peace(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([f"http://outlet.localhost:1/a/{n}" for n in range(40)])
    fetch(uri, source("outlet.localhost:1"))
    assert set(endings().values()) == {("carried", "robots_unavailable")}
    assert rows("SELECT 1 FROM raw.page") == []

    uri, _ = claim([outlet.url(f"/status/500/{n}") for n in range(40)])
    fetch(uri, outlet.source)
    assert sum(n for path, n in outlet.asked.items() if path.startswith("/status")) == 3 * 3 + 1
    assert Counter(reason for _, reason in endings().values())["host_backoff"] == 36
    details = rows("SELECT detail FROM ops.entry_event WHERE reason = 'host_backoff' ORDER BY event_id DESC LIMIT 1")
    assert re.fullmatch(
        rf"{outlet.host} is left in peace since (\S+ \S+) UTC until (\S+ \S+) UTC: server_error, 10 in a row",
        details[0]["detail"],
    )
    due = rows("SELECT min(due_at) AS soonest FROM raw.entry WHERE reason = 'host_backoff'")[0]["soonest"]
    assert timedelta(seconds=55) < due - AT < timedelta(seconds=62)
    host = rows("SELECT held_by, backoff_reason, failure_count FROM ops.host WHERE host = :host", host=outlet.host)
    assert host == [{"held_by": None, "backoff_reason": "server_error", "failure_count": 10}]


def test_a_host_that_refuses_twice_gets_the_peace_it_asks_for(
    warehouse: None, landing_zone: Path, outlet: Outlet
) -> None:
    paths = ["/busy/3600/1", "/ok/1", "/busy/3600/2", "/busy/3600/3", "/ok/2"]
    uri, _ = claim([outlet.url(path) for path in paths], attempt=5)
    fetch(uri, outlet.source)
    assert endings() == {
        "/busy/3600/1": ("failed", "gave_up"),  # one address only: the next one works
        "/ok/1": ("fetched", "stored"),
        "/busy/3600/2": ("failed", "gave_up"),
        "/busy/3600/3": ("failed", "gave_up"),
        "/ok/2": ("carried", "host_backoff"),
    }
    assert outlet.asked["/ok/2"] == 0
    (host,) = rows("SELECT backoff_until - backoff_since AS rest, backoff_reason FROM ops.host")
    assert host["backoff_reason"] == "too_many_requests"
    assert timedelta(minutes=59) < host["rest"] < timedelta(minutes=61)


def test_a_reserved_page_is_not_archived(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/reserved/1"), outlet.url("/ok/1")])
    fetch(uri, outlet.source)
    assert endings() == {"/reserved/1": ("skipped", "tdm_reserved"), "/ok/1": ("fetched", "stored")}
    page = rows("SELECT outcome, reason, warc_uri FROM raw.page WHERE reason = 'tdm_reserved'")
    assert page == [{"outcome": "failed", "reason": "tdm_reserved", "warc_uri": None}]
    (file,) = archive_paths(landing_zone)
    assert b"/reserved/1" not in gzip.decompress(file.read_bytes())


def test_robots_files_are_read_once_for_all_workers(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    outlet.robots = "User-agent: *\nDisallow: /private/\n"
    for path in ("/ok/1", "/private/1"):
        uri, _ = claim([outlet.url(path)])
        fetch(uri, outlet.source)
    assert outlet.asked["/robots.txt"] == 1
    assert endings()["/private/1"] == ("skipped", "robots_disallowed")
    (event,) = rows("SELECT detail FROM ops.entry_event WHERE reason = 'robots_disallowed'")
    assert re.search(
        r"robots\.txt of \S+, read .* UTC, disallows \S+ to MediaMonitor; it is read again", event["detail"]
    )


def test_archived_bytes_need_no_network(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, entries = claim([outlet.url("/ok/1")])
    fetch(uri, outlet.source)
    with db.reading() as connection:
        (page,) = archived_pages(connection, RUN)
    asked = outlet.asked.total()
    rows_before = rows("SELECT count(*) AS n FROM raw.page")
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE raw.entry SET state = 'claimed', held_page_id = NULL"))
    frames.write_records(uri, [replace(entries[0], page_id=page.page_id)], ClaimedEntry)
    fetch(uri, outlet.source)
    with db.reading() as connection:
        assert archived_pages(connection, RUN) == [page]
    assert outlet.asked.total() == asked
    assert rows("SELECT count(*) AS n FROM raw.page") == rows_before


def test_done_again_it_changes_nothing(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/ok/1"), outlet.url("/status/410")])
    first = fetch(uri, outlet.source)
    before = rows("SELECT * FROM raw.page ORDER BY page_id") + rows("SELECT * FROM ops.entry_event ORDER BY event_id")
    asked = outlet.asked.total()
    assert fetch(uri, outlet.source) == first
    after = rows("SELECT * FROM raw.page ORDER BY page_id") + rows("SELECT * FROM ops.entry_event ORDER BY event_id")
    assert (after, outlet.asked.total()) == (before, asked)


def test_drop_folders(warehouse: None, landing_zone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clippings"
    (folder / "März").mkdir(parents=True)
    (folder / "März" / "Fähre #1.txt").write_text("Fähren werden teurer\n\nHafenrat, 14. März 2026.\n")
    (folder / "page.html").write_bytes(ARTICLE)
    (folder / "huge.txt").write_bytes(b"x" * 5_000)
    (tmp_path / "secret.txt").write_text("not for the archive")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    paths = {
        "/M%C3%A4rz/F%C3%A4hre%20%231.txt": ("fetched", "stored"),
        "/page.html": ("fetched", "stored"),
        "/huge.txt": ("skipped", "too_large"),
        "/deleted.txt": ("gone", "file_missing"),
        "/../secret.txt": ("skipped", "bad_url"),
        "/%2e%2e/secret.txt": ("skipped", "bad_url"),
        "/link.txt": ("skipped", "bad_url"),
        "/M%C3%A4rz": ("gone", "file_missing"),
    }
    uri, _ = claim([f"drop://{SOURCE}{path}" for path in paths])
    config = source(drop_folder=folder, allow_loopback=False)
    fetch(uri, config, max_page_bytes=4_000)
    assert endings() == paths
    with db.reading() as connection:
        text_page, html_page = sorted(archived_pages(connection, RUN), key=lambda page: page.url, reverse=False)
    record = warc.read_record(text_page.warc_uri, text_page.warc_offset, text_page.warc_length)
    assert record.body.decode().startswith("Fähren werden teurer")
    assert (record.content_type, record.charset, record.headers) == ("text/plain", None, {})
    assert html_page.content_type == "text/html"
    assert warcio_check(archive_paths(landing_zone)) == 0


def test_a_source_without_permission_reaches_no_loopback(
    warehouse: None, landing_zone: Path, outlet: Outlet, tmp_path: Path
) -> None:
    uri, _ = claim([outlet.url("/ok/1")])
    fetch(uri, source(drop_folder=tmp_path, homepage=outlet.url("/"), allow_loopback=False))
    # Its robots.txt cannot be read either, and a forbidden address is no reason to think there is none.
    assert endings() == {"/ok/1": ("skipped", Reason.FORBIDDEN_ADDRESS.value)}
    assert outlet.asked.total() == 0


def test_small_segments_are_committed_in_time_and_progress_is_shown(
    warehouse: None, landing_zone: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SEGMENT_S", 0.0)
    monkeypatch.setattr(archive, "PROGRESS_S", 0.1)
    shown: list[int] = []
    paths = [f"/slow/{n}" for n in range(20)]
    uri, _ = claim([outlet.url(path) for path in paths])

    def work() -> StageCounts:
        stop = threading.Event()
        watcher = threading.Thread(target=watch, args=(stop,))
        watcher.start()
        try:
            return fetch(uri, outlet.source)
        finally:
            stop.set()
            watcher.join()

    def watch(stop: threading.Event) -> None:
        while not stop.wait(0.05):
            shown.extend(row["rows_out"] for row in rows("SELECT rows_out FROM ops.stage_part") if row["rows_out"])

    track(RUN, "fetch", PART, work, total=20)
    assert endings() == dict.fromkeys(paths, ("fetched", "stored"))
    assert len(archive_paths(landing_zone)) > 3
    assert warcio_check(archive_paths(landing_zone)) == 0
    assert 0 < min(shown) < 20
    assert shown == sorted(shown)
    assert not (get_settings().home / "spool" / RUN / PART).exists()


def test_a_bug_of_ours_costs_one_entry(
    warehouse: None, landing_zone: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange_records = warc.exchange_records

    def with_a_bug(url: str, **values: Any) -> tuple[bytes, bytes]:
        if url.endswith("/2"):
            raise KeyError("a bug")
        return exchange_records(url, **values)

    monkeypatch.setattr(warc, "exchange_records", with_a_bug)
    uri, _ = claim([outlet.url(f"/ok/{n}") for n in range(4)])
    with pytest.raises(BatchFailed, match=r"1 failed: http://.*/ok/2: KeyError: 'a bug'"):
        fetch(uri, outlet.source)
    assert [state for state, _ in endings().values()] == ["fetched", "fetched", "claimed", "fetched"]


def test_times_are_utc(warehouse: None, landing_zone: Path, outlet: Outlet) -> None:
    uri, _ = claim([outlet.url("/ok/1")])
    fetch(uri, outlet.source)
    (page,) = rows("SELECT fetched_at, fetched_on FROM raw.page")
    assert page["fetched_at"].astimezone(UTC).date() == page["fetched_on"] == AT.date()


def test_many_hosts_at_once_close_a_full_segment_only_once(
    warehouse: None, landing_zone: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SEGMENT_PAGES", 20)
    port = outlet.url("/").rpartition(":")[2].rstrip("/")
    hosts = [f"h{number}.localhost:{port}" for number in range(40)]
    uri, _ = claim([f"http://{host}/ok/{number}" for host in hosts for number in range(5)])
    fetch(uri, source(*hosts))
    assert len(rows("SELECT FROM raw.page WHERE outcome = 'archived'")) == 200
    # All 40 wait while a segment is closed, and may have laid down a page each by then.
    assert len(archive_paths(landing_zone)) <= 200 / 20


def test_a_segment_of_many_sources_fills_their_files_first(
    warehouse: None, landing_zone: Path, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "SEGMENT_PAGES", 10)
    port = outlet.url("/").rpartition(":")[2].rstrip("/")
    hosts = [f"h{number}.localhost:{port}" for number in range(10)]
    uri, entries = claim([f"http://{host}/ok/{number}" for host in hosts for number in range(10)])
    owned = [replace(entry, source_key=f"outlet-{entry.host.partition('.')[0]}") for entry in entries]
    frames.write_records(uri, owned, ClaimedEntry)
    fetch(uri, *(source(host, key=f"outlet-{host.partition('.')[0]}") for host in hosts))
    assert len(rows("SELECT FROM raw.page WHERE outcome = 'archived'")) == 100
    assert len(archive_paths(landing_zone)) == 10
