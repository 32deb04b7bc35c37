"""The archive checked, shown, pruned and tidied, over real nights."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pipeline import landing
from pipeline.cli import app
from pipeline.fetch import spool
from pipeline.ops import archive, maintenance
from pipeline.settings import get_settings
from pipeline.warehouse import archive_files, db
from pipeline.warehouse.claims import claim, held_entries
from pipeline.warehouse.pages import FetchOutcome, PageAttempt
from pipeline.warehouse.runs import Run
from tests.fetch.fetch_world import AT, PART, RUN, SOURCE, archive_paths
from tests.fetch.outlet import ARTICLE, Outlet
from tests.fetch.test_warc import exchange
from tests.ops import archive_world as world
from tests.ops.archive_world import rows

pytestmark = pytest.mark.db
CALL = CliRunner()
LATER = "20260315T0200Z-nightly"

BACKFILL = "20260313T0200Z-backfill"


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: Path) -> None:
    """An empty warehouse and a landing zone for each test."""


def verify(*options: str) -> tuple[int, list[dict[str, str]]]:
    shown = CALL.invoke(app, ["archive", "verify", "--json", *options])
    return shown.exit_code, json.loads(shown.stdout)["troubles"]


def the_file() -> Path:
    (path,) = archive_paths(landing.local_path(landing.uri()) or Path())
    return path


def test_a_file_is_published_with_its_row_and_is_sound(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1", "/gzipped/1", "/moved/1", "/odd/1", "/status/404"])
    (row,) = rows("SELECT * FROM raw.archive_file")
    assert (row["source_key"], row["run_key"], row["record_count"]) == (SOURCE, RUN, 4)
    assert row["file_bytes"] == the_file().stat().st_size
    assert (row["verified_at"], row["removed_at"]) == (None, None)
    assert verify() == (0, [])
    (row,) = rows("SELECT verified_at, trouble FROM raw.archive_file")
    assert row["verified_at"] is not None
    assert row["trouble"] is None
    assert "1 files" in CALL.invoke(app, ["archive", "verify", "--all", "--sample", "5"]).stdout
    (month,) = json.loads(CALL.invoke(app, ["archive", "list", "--json"]).stdout)
    assert (month["source_key"], month["files"], month["pages"], month["unverified"]) == (SOURCE, 1, 4, 0)


def test_files_from_before_there_were_rows_get_theirs(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1", "/ok/2"])
    (before,) = rows("SELECT warc_uri, source_key, run_key, record_count, file_bytes FROM raw.archive_file")
    with db.engine("owner").begin() as connection:
        connection.execute(text("TRUNCATE raw.archive_file"))
    assert archive.register_files() == 1
    assert rows("SELECT warc_uri, source_key, run_key, record_count, file_bytes FROM raw.archive_file") == [before]
    assert archive.register_files() == 0


def test_every_kind_of_trouble_is_found_and_noted(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1", "/ok/2", "/ok/3"])
    path, whole = the_file(), the_file().read_bytes()
    pages = rows("SELECT page_id, warc_offset, warc_length FROM raw.page ORDER BY warc_offset")

    broken = bytearray(whole)
    broken[pages[1]["warc_offset"] + 80] ^= 0xFF
    path.write_bytes(bytes(broken))
    code, troubles = verify()
    assert code == 1
    assert {t["what"] for t in troubles} == {"damaged", "orphan_row"}
    assert all(t["advice"] for t in troubles)
    assert "damaged" in rows("SELECT trouble FROM raw.archive_file")[0]["trouble"]

    path.write_bytes(whole[: pages[2]["warc_offset"]])  # cut off
    assert {t["what"] for t in verify("--all")[1]} == {"orphan_row"}

    path.write_bytes(whole)
    change = "UPDATE raw.page SET {} WHERE page_id = :page_id"
    with db.engine("owner").begin() as connection:
        connection.execute(text(change.format("sha256 = 'other'")), {"page_id": pages[0]["page_id"]})
        connection.execute(
            text(change.format("final_url = 'https://other.example/'")), {"page_id": pages[1]["page_id"]}
        )
        connection.execute(text("DELETE FROM raw.page WHERE page_id = :page_id"), {"page_id": pages[2]["page_id"]})
    found = verify("--source", SOURCE)[1]
    assert sorted(t["what"] for t in found) == ["orphan_record", "wrong_page", "wrong_page"]

    stranger = path.with_name("stranger.warc.gz")
    shutil.copy(path, stranger)
    _age(stranger, days=2)
    path.unlink()
    assert sorted(t["what"] for t in verify("--all")[1]) == ["missing", "orphan_file"]


def test_show_gives_versions_headers_and_bytes(outlet: Outlet) -> None:
    world.fetch(outlet, ["/gzipped/1"])
    url = outlet.url("/gzipped/1")
    listed = CALL.invoke(app, ["archive", "show", url])
    assert listed.exit_code == 0
    assert f"{len(ARTICLE)} bytes" in listed.stdout
    assert CALL.invoke(app, ["archive", "show", url, "--body"]).stdout_bytes == ARTICLE
    assert "content-encoding: gzip" in CALL.invoke(app, ["archive", "show", url, "--headers"]).stdout
    raw = CALL.invoke(app, ["archive", "show", url, "--raw", "--page", "1"]).stdout_bytes
    assert raw.startswith(b"WARC/1.1\r\n")
    assert b"WARC-Payload-Digest: sha1:" in raw
    early = CALL.invoke(app, ["archive", "show", url, "--body", "--at", "2001-01-01"])
    assert "first version" in str(early.exception)
    assert CALL.invoke(app, ["archive", "show", outlet.url("/never")]).exit_code == 1


def _old(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A night whose keeping time is over."""
    world.night(outlet, ["/story/the-old-heron", "/story/the-old-curlew"])
    monkeypatch.setenv("MM_ARCHIVE_KEEP_D", "30")
    sources = landing.local_path(landing.uri("sources")) or Path()
    sources.mkdir()
    (sources / f"{SOURCE}.yml").write_text(json.dumps(outlet.source.record()))  # JSON is YAML
    monkeypatch.setenv("MM_SOURCES", str(sources))
    get_settings.cache_clear()
    return datetime.now(UTC) + timedelta(days=31)


def test_old_files_go_by_rule_and_their_rows_stay(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _old(outlet, monkeypatch)
    assert archive.prunable(datetime.now(UTC), 30, {}) == []
    assert archive.prunable(later, 0, {}) == []
    assert archive.prunable(later, 30, {SOURCE: 0}) == []
    assert len(archive.prunable(later, 0, {SOURCE: 30})) == 1
    (file,) = archive.prunable(later, 30, {})

    with db.engine("owner").begin() as connection:  # a run that re-checks one of its pages holds the file
        connection.execute(text("UPDATE raw.entry SET claimed_by = 'x' WHERE url LIKE '%heron'"))
    assert archive.prune([file], later) == []
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE raw.entry SET claimed_by = NULL"))
    assert archive.prune([file], later) == [file]
    assert archive.prune([file], later) == []
    assert archive_paths(landing.local_path(landing.uri()) or Path()) == []
    assert {r["removed_why"] for r in rows("SELECT removed_why FROM raw.page")} == {"retention"}
    assert len(rows("SELECT 1 FROM core.article")) == 2
    assert verify("--all") == (0, [])
    shown = CALL.invoke(app, ["archive", "show", outlet.url("/story/the-old-heron"), "--body"])
    assert shown.exit_code == 1
    assert "removed" in shown.stderr


def test_a_kill_between_row_and_file_is_made_good(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _old(outlet, monkeypatch)
    (file,) = archive.prunable(later, 30, {})
    path = the_file()
    db.in_transaction(lambda c: archive_files.mark_removed(c, file, why="retention", at=datetime.now(UTC)))
    assert path.exists()
    assert [t["what"] for t in verify("--all")[1]] == ["not_removed"]
    maintenance.keep_archive()
    assert not path.exists()


def test_a_night_without_its_bytes_is_left_alone_by_a_replay(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _old(outlet, monkeypatch)
    night = Run("20260401T0200Z-replay", "replay", world.NOW.date(), AT, {})
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE ops.entry_event SET run_key = :run WHERE to_state = 'claimed'"), {"run": RUN})
    archive.prune(archive.prunable(later, 30, {}), later)
    assert db.in_transaction(lambda c: claim(c, night, now=later, recheck_budget=0)) == 0
    assert {row["state"] for row in rows("SELECT state FROM raw.entry")} == {"loaded"}


def test_an_entry_reopened_without_its_bytes_is_fetched_again(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    later = _old(outlet, monkeypatch)
    run = Run(LATER, "nightly", world.NOW.date(), AT, {"recheck": "none"})

    def held_pages() -> set[int | None]:
        with db.engine("owner").begin() as connection:
            connection.execute(text("UPDATE raw.entry SET state = 'reopened', claimed_by = NULL, due_at = NULL"))
            connection.execute(
                text(
                    "INSERT INTO ops.entry_event (event_on, at, entry_id, source_key, from_state, to_state, stage, reason)"
                    " SELECT now()::date, now(), entry_id, source_key, 'quarantined', 'reopened', 'operator', 'operator'"
                    " FROM raw.entry"
                )
            )
        db.in_transaction(lambda c: claim(c, run, now=later, recheck_budget=0))
        with db.reading() as connection:
            return {entry.page_id for entry in held_entries(connection, run)}

    assert None not in held_pages()
    with db.engine("owner").begin() as connection:
        connection.execute(text("UPDATE raw.entry SET state = 'reopened', claimed_by = NULL"))
    archive.prune(archive.prunable(later, 30, {}), later)
    assert held_pages() == {None}


def _leave(run_key: str, entry_id: int, *place: str) -> Path:
    """A part's spool as a killed task leaves it, one page in it; `place` is where in the run's spool, by default the
    part's own folder."""
    folder = landing.spool_folder(run_key, *(place or (PART,)))
    segment = spool.Segment(folder, spool.ArchiveName(run_key, PART, 7), {"format": "WARC"}, AT)
    page = PageAttempt(
        entry_id, run_key, AT - timedelta(days=1), 1, "archived",
        final_url="https://hafen.example/2026/03/14/faehren?seite=1", sha256="a6c4f7", body_bytes=5,
    )  # fmt: skip
    segment.add(SOURCE, FetchOutcome(entry_id, page), exchange(b"<p>1"))
    segment.close()
    return folder


def test_spools_of_runs_that_ended_are_brought_in_and_cleared(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1"])
    entry_id = rows("SELECT entry_id FROM raw.entry")[0]["entry_id"]

    newest = rows("SELECT page_id FROM raw.entry")[0]["page_id"]
    running, ended, unknown = (_leave(run, entry_id) for run in (LATER, RUN, "20200101T0200Z-nightly"))
    copied = _leave(BACKFILL, entry_id, landing.COPIES, PART).parent
    landing.spool_folder(RUN, "001")  # of a part that ended well
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ops.run (run_key, kind, night, state, started_at, params, code_version)"
                " VALUES (:run, :kind, '2026-03-15', 'running', now(), '{}', '0')"
            ),
            [{"run": LATER, "kind": "nightly"}, {"run": copied.parent.name, "kind": "backfill"}],
        )
    world.end(copied.parent.name)
    world.end()
    assert maintenance.clear_spools() == {"segments": 2, "unknown": 1}
    assert not copied.parent.exists()
    assert rows("SELECT 1 FROM raw.page WHERE run_key = :run", run=copied.parent.name) == []
    assert not ended.parent.exists()
    assert spool.left_over(running)
    assert spool.left_over(unknown)
    pages = rows("SELECT page_id, warc_uri FROM raw.page WHERE run_key = :run ORDER BY page_id", run=RUN)
    assert len(pages) == 2
    assert landing.exists(pages[1]["warc_uri"])
    assert rows("SELECT page_id, state FROM raw.entry") == [{"page_id": newest, "state": "fetched"}]
    assert maintenance.clear_spools() == {"segments": 0, "unknown": 1}


def test_what_a_killed_backfill_fetched_of_its_lists_is_brought_in(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1"])
    fetched = _leave(BACKFILL, rows("SELECT entry_id FROM raw.entry")[0]["entry_id"])
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO ops.run (run_key, kind, night, state, started_at, params, code_version)"
                " VALUES (:run, 'backfill', '2026-03-15', 'running', now(), '{}', '0')"
            ),
            {"run": BACKFILL},
        )
    world.end(BACKFILL)
    assert maintenance.clear_spools() == {"segments": 1, "unknown": 0}
    assert not fetched.parent.exists()
    pages = rows("SELECT warc_uri FROM raw.page WHERE run_key = :run", run=BACKFILL)
    assert len(pages) == 1
    assert landing.exists(pages[0]["warc_uri"])


def _age(path: Path, days: int) -> None:
    import os

    moment = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
