"""Copying foreign files into the archive: every record counted, nothing twice, and no kill that loses anything."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline import warc
from pipeline.errors import Reason
from pipeline.fetch import backfill, spool
from pipeline.fetch.backfill import copy_files
from pipeline.fetch.foreign_page import Wanted
from pipeline.identity import Outlets
from pipeline.records import SourceProfile, StageCounts, State
from pipeline.settings import get_settings
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.backfill import OTHER_SOURCE
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.pages import archived_pages
from pipeline.warehouse.runs import carry_open_entries, open_run
from pipeline.warehouse.sources import sync_sources
from pipeline.warehouse.why import why
from tests.fetch.fetch_world import archive_paths, rows, source, warcio_check
from tests.foreign_files import Capture, packed, records, story, write_cc_news

pytestmark = pytest.mark.db

PART = "w000"
SOURCE = source("harbour.example")
HARBOUR = SourceProfile(SOURCE.key, SOURCE.name, SOURCE.homepage, None, None, None, None, 0, "harbour.example")
WANTED = Wanted(Outlets([HARBOUR]))


@pytest.fixture(autouse=True)
def _registry(warehouse: None, landing_zone: Path) -> None:
    db.in_transaction(lambda c: sync_sources(c, [SOURCE], datetime.now(UTC)))


def begin(name: str = "one", kind: str = "backfill") -> str:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return db.in_transaction(
        lambda c: open_run(c, kind=kind, night=now.date(), started_at=now, airflow_run_id=name, params={})
    ).run_key


def copy(run_key: str, *files: Path, wanted: Wanted = WANTED, limit: int = 0) -> StageCounts:
    uris = [file.as_uri() for file in files]
    return copy_files(run_key, PART, uris, wanted=wanted, max_bytes=1_000_000, limit=limit)


def end(run_key: str, state: State = State.LOADED) -> None:
    """Bring what a run holds to an end, as load would."""
    with db.reading() as connection:
        ids = [page.entry_id for page in archived_pages(connection, run_key)]
    moves = [Move(i, state, Reason.STORED, "load") for i in ids]
    db.in_transaction(lambda c: move(c, moves, from_states=[State.FETCHED], run_key=run_key))


def captures(count: int, **fields: str) -> list[Capture]:
    return [Capture(f"https://www.harbour.example/ferry/{n}", story(n), **fields) for n in range(count)]


def test_every_record_is_counted_and_every_page_stands_at_its_own_time(tmp_path: Path) -> None:
    taken = captures(3)
    others = [
        replace(taken[0], url="https://www.harbour.example/gone", status="404 Not Found"),
        replace(taken[0], url="https://elsewhere.example/a"),
        replace(
            taken[0], url="https://www.harbour.example/logo", headers=(("Content-Type", "image/png"),), body=b"\x89PNG"
        ),
    ]
    file = write_cc_news(tmp_path, [*taken, *others])
    run = begin()
    counts = copy(run, file)
    assert counts.rows_in == sum(counts.reasons.values()) == 13
    assert counts.rows_out == 3
    assert counts.reasons == {
        "warcinfo": 1, "request": 6, "stored": 3, "not_found": 1, "not_wanted": 1, "unsupported_type": 1,
    }  # fmt: skip

    with db.reading() as connection:
        pages = archived_pages(connection, run)
        book = ledger(connection, run)
    assert book.inflow == {"backfilled": 3}
    assert [page.first_seen_at.date() for page in pages] == [date(2019, 3, 5)] * 3
    assert {warc.read_record(p.warc_uri, p.warc_offset, p.warc_length).body for p in pages} == {
        story(n) for n in range(3)
    }
    assert warcio_check(archive_paths(tmp_path)) == 0
    assert rows("SELECT count(*) AS n FROM raw.page_default") == [{"n": 0}]
    (kept,) = rows("SELECT warc_uri, source_key, record_count, file_bytes FROM raw.archive_file")
    (path,) = archive_paths(tmp_path)
    assert kept == {
        "warc_uri": path.as_uri(), "source_key": SOURCE.key, "record_count": 3, "file_bytes": path.stat().st_size,
    }  # fmt: skip
    origin = rows("SELECT origin, fetched_on FROM raw.page ORDER BY page_id")[0]
    assert origin["origin"].startswith(f"{file.as_uri()}@")
    assert origin["fetched_on"] == date(2019, 3, 5)

    with db.reading() as connection:
        found = why(connection, "http://harbour.example/ferry/1")
    assert [(row["kind"], row["feed"]) for row in found["sightings"]] == [("backfill", file.as_uri())]
    assert [(row["to_state"], row["reason"]) for row in found["events"]] == [
        ("new", "new"), ("claimed", "backfilled"), ("fetched", "stored"),
    ]  # fmt: skip


def test_the_registry_leaves_backfill_feeds_and_their_source_alone(tmp_path: Path) -> None:
    file = write_cc_news(tmp_path, [*captures(1), Capture("https://elsewhere.example/a", story(5))])
    counts = copy(begin(), file, wanted=replace(WANTED, other_source=OTHER_SOURCE))
    assert counts.reasons["stored"] == 2
    before = rows(
        "SELECT source_key, url, f.retired_at FROM core.feed f JOIN core.source USING (source_id) ORDER BY url"
    )
    assert {row["source_key"] for row in before} == {SOURCE.key, OTHER_SOURCE}
    assert db.in_transaction(lambda c: sync_sources(c, [SOURCE], datetime.now(UTC))).retired == 0
    assert (
        rows("SELECT source_key, url, f.retired_at FROM core.feed f JOIN core.source USING (source_id) ORDER BY url")
        == before
    )
    from pipeline.warehouse.polls import feeds_to_poll

    with db.reading() as connection:
        polled = feeds_to_poll(connection, datetime.now(UTC), due_only=False, source_keys=[SOURCE.key, OTHER_SOURCE])
    assert [feed.url for feed in polled] == ["http://harbour.example/feed.xml"]


def test_the_same_file_again_takes_nothing(tmp_path: Path) -> None:
    file = write_cc_news(tmp_path, captures(4))
    first = begin("first")
    copy(first, file)
    end(first)
    before = rows("SELECT * FROM raw.page ORDER BY page_id"), rows("SELECT * FROM raw.entry ORDER BY entry_id")
    counts = copy(begin("second"), file)
    assert counts.reasons == {"warcinfo": 1, "request": 4, "same_content": 4}
    assert counts.rows_out == 0
    assert (
        rows("SELECT * FROM raw.page ORDER BY page_id"),
        rows("SELECT * FROM raw.entry ORDER BY entry_id"),
    ) == before


def test_an_older_capture_does_not_touch_an_article_that_stands_on_a_newer_one(tmp_path: Path) -> None:
    newer = write_cc_news(tmp_path, captures(1, at="2019-04-01T00:00:00Z"))
    first = begin("first")
    copy(first, newer)
    end(first)
    before = rows("SELECT * FROM raw.entry")
    older = [Capture("https://www.harbour.example/ferry/0", story(99), at="2019-03-01T00:00:00Z")]
    assert copy(begin("second"), write_cc_news(tmp_path, older, 2)).reasons["superseded"] == 1
    assert rows("SELECT * FROM raw.entry") == before

    # where there is no article, the older capture is as welcome as any
    db.in_transaction(lambda c: c.execute(text("UPDATE raw.entry SET state = 'quarantined'")))
    third = begin("third")
    assert copy(third, tmp_path / "CC-NEWS-20190305060708-00002.warc.gz").rows_out == 1
    with db.reading() as connection:
        assert [page.fetched_at.month for page in archived_pages(connection, third)] == [3]
    kept = rows("SELECT e.first_seen_at, p.fetched_at FROM raw.entry e JOIN raw.page p ON p.page_id = e.page_id")
    assert [(row["first_seen_at"].month, row["fetched_at"].month) for row in kept] == [(4, 4)]  # set once; the newest


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_of_several_captures_the_run_works_on_the_latest_and_keeps_all(tmp_path: Path, order: tuple[int, ...]) -> None:
    url = "https://www.harbour.example/ferry/0"
    made = [Capture(url, story(40 + n), at=f"2019-03-0{n + 1}T00:00:00Z") for n in range(3)]
    files = [write_cc_news(tmp_path, [made[n]], n) for n in order]
    run = begin()
    counts = copy(run, *files)
    assert (counts.rows_out, counts.reasons["stored"], counts.reasons["superseded"]) == (1, 1, 2)
    with db.reading() as connection:
        (page,) = archived_pages(connection, run)
        assert ledger(connection, run).claimed == 1
    assert (page.first_seen_at.day, page.fetched_at.day) == (1, 3)
    assert len(rows("SELECT 1 FROM raw.page WHERE outcome = 'archived'")) == 3
    assert copy(run, *files).reasons == counts.reasons  # run again: same accounts
    assert len(rows("SELECT 1 FROM raw.page")) == 3


def test_what_other_runs_and_operators_hold_is_left_to_them(tmp_path: Path) -> None:
    file = write_cc_news(tmp_path, captures(4))
    first = begin("first")
    copy(first, file)
    end(first, State.QUARANTINED)
    db.in_transaction(lambda c: c.execute(text("DELETE FROM raw.page")))
    held, dropped, taken_down, free = (url_key(f"https://www.harbour.example/ferry/{n}") for n in range(4))
    with db.engine("owner").begin() as connection:
        hold = "UPDATE raw.entry SET state = 'claimed', claimed_by = 'other' WHERE url_key = :key"
        connection.execute(text(hold), {"key": held})
        connection.execute(text("UPDATE raw.entry SET state = 'dropped' WHERE url_key = :key"), {"key": dropped})
        connection.execute(
            text("INSERT INTO core.tombstone (url_key, reason, at) VALUES (:key, 'asked', now())"), {"key": taken_down}
        )
    counts = copy(begin("second"), file)
    assert counts.reasons == {
        "warcinfo": 1, "request": 4, "not_reached": 1, "operator": 1, "taken_down": 1, "stored": 1,
    }  # fmt: skip
    assert rows("SELECT url_key FROM raw.page JOIN raw.entry USING (entry_id)") == [{"url_key": free}]


def test_what_a_run_left_behind_is_taken_up_from_the_archive(tmp_path: Path) -> None:
    file = write_cc_news(tmp_path, captures(3))
    first = begin("first")
    copy(first, file)
    db.in_transaction(lambda c: carry_open_entries(c, first, Reason.RUN_DIED, "killed"))
    second = begin("second")
    assert copy(second, file).rows_out == 3
    with db.reading() as connection:
        assert len(archived_pages(connection, second)) == 3
        assert ledger(connection, first).is_balanced
    assert len(rows("SELECT 1 FROM raw.page")) == 3  # bytes are not kept twice


def test_limit_and_damage(tmp_path: Path) -> None:
    file = write_cc_news(tmp_path, captures(9))
    assert copy(begin("first"), file, limit=5).rows_out == 5
    hurt = tmp_path / "hurt.warc.gz"
    made = records(captures(30))
    hurt.write_bytes(packed(made[:7]) + b"rubbish" + packed(made[7:])[:-40])
    counts = copy(begin("second"), hurt)
    assert counts.reasons["broken_page"] == 2
    assert counts.rows_in == sum(counts.reasons.values())
    assert counts.reasons["not_reached"] == 5  # the first run holds them still
    assert counts.rows_out == 24


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(at: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, whose call number `at` is the process's last."""
    calls = itertools.count(1)
    return lambda *arguments, **more: die() if next(calls) == at else step(*arguments, **more)


def killed(run: str, file: Path, moment: str) -> int:
    """Copy in a process of its own that is killed at that moment; gives the signal."""
    if (child := os.fork()) == 0:
        match moment:
            case "writing":
                spool._Appended.append = dying(60, spool._Appended.append)  # type: ignore[method-assign]
            case "written":
                backfill.publish = dying(3, backfill.publish)  # type: ignore[attr-defined]
            case "published":
                backfill.backfill.write_brought = dying(3, backfill.backfill.write_brought)  # type: ignore[attr-defined]
            case "committed":
                backfill.discard = dying(3, backfill.discard)  # type: ignore[attr-defined]
        copy(run, file)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("moment", ["writing", "written", "published", "committed"])
def test_killed_and_run_again(tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "SEGMENT_PAGES", 10)
    file = write_cc_news(tmp_path, captures(45))
    run = begin()
    assert killed(run, file, moment) == -signal.SIGKILL
    stored = len(rows("SELECT 1 FROM raw.page"))
    assert stored == (30 if moment == "committed" else 20)

    counts = copy(run, file)
    assert counts.reasons == {"warcinfo": 1, "request": 45, "stored": 45}
    with db.reading() as connection:
        pages = archived_pages(connection, run)
        assert ledger(connection, run).claimed == 45
    assert {warc.read_record(p.warc_uri, p.warc_offset, p.warc_length).body for p in pages} == {
        story(n) for n in range(45)
    }
    assert len(rows("SELECT 1 FROM raw.page")) == 45
    assert {page.warc_uri for page in pages} == {path.as_uri() for path in archive_paths(tmp_path)}
    assert rows("SELECT sum(record_count) AS n FROM raw.archive_file") == [{"n": 45}]
    assert not (get_settings().home / "spool" / run / "copies" / PART).exists()


def test_two_copies_of_one_file_at_once_share_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run meets every entry while the first one writes it."""
    monkeypatch.setattr(backfill, "SEGMENT_PAGES", 5)
    file = write_cc_news(tmp_path, captures(20))
    first, second = begin("first"), begin("second")
    write: Callable[..., set[str]] = backfill.backfill.write_brought
    counts: list[StageCounts] = []

    def overtaken(connection: object, run_key: str, *rest: object, **more: object) -> set[str]:
        if run_key == first and not counts:
            counts.append(StageCounts(0, 0, {}))
            counts[0] = copy(second, file)
        return write(connection, run_key, *rest, **more)

    monkeypatch.setattr(backfill.backfill, "write_brought", overtaken)
    late = copy(first, file)
    assert counts[0].rows_out == 20
    assert late.reasons == {"warcinfo": 1, "request": 20, "not_reached": 20}
    with db.reading() as connection:
        assert [ledger(connection, run).claimed for run in (first, second)] == [0, 20]
