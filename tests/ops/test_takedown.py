"""Takedowns from end to end: what they reach, what they leave, and that nothing comes back."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pipeline import landing
from pipeline.cli import app
from pipeline.errors import Reason, Retryable
from pipeline.ops import takedown
from pipeline.urls import url_key
from pipeline.warehouse import archive_files, db
from pipeline.warehouse.claims import claim as claim_due
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.runs import Run
from tests.fetch.fetch_world import RUN, archive_paths, warcio_check
from tests.fetch.outlet import Outlet
from tests.ops import archive_world as world
from tests.ops.archive_world import rows

pytestmark = pytest.mark.db
CALL = CliRunner()
PATHS = ["/story/the-old-heron", "/story/the-old-heron/print", "/story/the-old-curlew", "/story/the-old-plover"]
NOW = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: Path) -> None:
    """An empty warehouse and a landing zone for each test."""


def take_down(*urls: str) -> dict:
    shown = CALL.invoke(app, ["takedown", *urls, "--reason", "court order 17", "--yes", "--json"])
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def assert_whole() -> None:
    """Every archive file is sound, and every row that is not removed finds its page."""
    shown = CALL.invoke(app, ["archive", "verify", "--all", "--json"])
    assert shown.exit_code == 0, shown.stdout
    assert warcio_check(archive_paths(landing.local_path(landing.uri()) or Path())) == 0


def test_an_article_goes_with_all_its_addresses_and_its_bytes(outlet: Outlet) -> None:
    world.night(outlet, PATHS)
    world.draw_report()
    world.build_mart()
    names = rows("SELECT name FROM core.entity ORDER BY 1")
    assert len(rows("SELECT 1 FROM core.article")) == 3
    assert len(world.everything_stored("heron")) > 10
    heron = outlet.url("/story/the-old-heron")

    asked = CALL.invoke(app, ["takedown", heron, "--reason", "x"], input="n\n")
    assert asked.exit_code == 1
    assert "1 articles with all versions and facts, 2 addresses, 2 archived pages" in asked.stdout
    assert rows("SELECT 1 FROM core.tombstone") == []

    done = take_down(f"{heron}/print")
    assert (done["articles"], done["entries"], done["records"]) == (1, 2, 2)
    assert (done["reports"], done["mart_rows"]) == (1, 1)
    assert landing.exists(rows("SELECT report_uri FROM ops.run")[0]["report_uri"])
    assert world.everything_stored("heron") == []
    assert_whole()
    assert len(rows("SELECT 1 FROM core.article")) == 2
    assert rows("SELECT name FROM core.entity ORDER BY 1") == names  # named by the others as well
    states = rows("SELECT state, reason, url FROM raw.entry ORDER BY entry_id")
    assert [(row["state"], row["reason"]) for row in states[:2]] == [("dropped", "taken_down")] * 2
    assert states[0]["url"] == f"taken-down:{url_key(heron)}"
    assert [row["state"] for row in states[2:]] == ["loaded", "loaded"]
    pages = rows("SELECT removed_why FROM raw.page ORDER BY page_id")
    assert [row["removed_why"] for row in pages] == ["takedown", "takedown", None, None]
    with db.reading() as connection:
        assert ledger(connection, RUN).is_balanced

    assert take_down(heron)["records"] == 0  # again changes nothing
    why = CALL.invoke(app, ["why", heron])
    assert why.exit_code == 0
    assert "taken down" in why.stdout
    assert "court order 17" in why.stdout
    assert "Bremen" not in why.stdout
    assert CALL.invoke(app, ["archive", "show", heron, "--body"]).exit_code == 1


def test_by_hash_and_whom_nobody_names_any_more(outlet: Outlet) -> None:
    world.night(outlet, ["/ok/1", "/ok/2", *PATHS])
    wall = take_down(outlet.url("/ok/1"))  # made no article, so its bytes are not forbidden elsewhere
    assert (wall["articles"], wall["addresses"], wall["bodies"], wall["records"]) == (0, 1, 0, 1)
    query = "SELECT sha256 FROM raw.page JOIN raw.entry USING (entry_id) WHERE url LIKE '%the-old-curlew'"
    sha256 = rows(query)[0]["sha256"]
    shown = CALL.invoke(app, ["takedown", "--sha256", sha256, "--reason", "x", "--yes"])
    assert shown.exit_code == 0
    assert world.everything_stored("curlew") == []
    assert len(rows("SELECT 1 FROM core.article")) == 2
    take_down(outlet.url("/story/the-old-heron"), outlet.url("/story/the-old-plover"))
    gone = ("article", "article_url", "article_revision", "article_embedding", "mention", "article_entity", "entity")
    for table in (*gone, "entity_alias"):
        assert rows(f"SELECT count(*) AS n FROM core.{table}")[0]["n"] == 0, table
    assert_whole()


def test_nothing_comes_back(outlet: Outlet) -> None:
    """Not by another address with the same canonical link, not by one listed before the tombstone stood."""
    world.night(outlet, ["/story/the-old-heron", "/story/the-old-curlew"])
    heron, curlew = outlet.url("/story/the-old-heron"), outlet.url("/story/the-old-curlew")
    take_down(heron)
    later = "20260315T0200Z-nightly"
    world.fetch(outlet, ["/story/the-old-heron/print", "/story/the-old-plover"], later)
    world.load(world.process(later), later)
    found = {row["url_key"]: row["reason"] for row in rows("SELECT url_key, reason FROM raw.entry")}
    assert found[url_key(heron)] == "taken_down"
    assert found[url_key(f"{heron}/print")] == "taken_down"
    assert found[url_key(outlet.url("/story/the-old-plover"))] == "stored"
    world.end(later)
    takedown.finish(NOW)  # as `maintain` does: the bytes of the address that was found out go as well
    assert world.everything_stored("heron") == []
    assert_whole()
    with db.reading() as connection:
        assert ledger(connection, later).is_balanced

    wren = outlet.url("/story/the-old-wren")  # never seen: refused from now on all the same
    take_down(wren)
    with db.engine("owner").begin() as connection:
        connection.execute(text(_LISTED), {"key": url_key(wren), "url": wren, "at": NOW})
    run = Run("20260316T0200Z-nightly", "nightly", NOW.date(), NOW, {})
    assert db.in_transaction(lambda c: claim_due(c, run, now=datetime.now(UTC), recheck_budget=0)) == 0
    assert rows("SELECT state FROM raw.entry WHERE url_key = :key", key=url_key(wren)) == [{"state": "dropped"}]

    with db.engine("owner").begin() as connection:  # a backup is restored that knows the article, and later tombstones
        tombstone = "INSERT INTO core.tombstone (url_key, reason, at) VALUES (:key, 'x', :at)"
        connection.execute(text(tombstone), {"key": url_key(curlew), "at": NOW})
    takedown.finish(NOW)
    assert world.everything_stored("curlew") == []
    assert_whole()


def test_the_same_bytes_at_another_address_are_not_kept(outlet: Outlet) -> None:
    world.fetch(outlet, ["/ok/1"])
    world.end()
    sha256 = rows("SELECT sha256 FROM raw.page")[0]["sha256"]
    with db.engine("owner").begin() as connection:
        connection.execute(
            text("INSERT INTO core.tombstone (sha256, reason, at) VALUES (:sha256, 'x', now())"), {"sha256": sha256}
        )
    world.fetch(outlet, ["/ok/2", "/story/the-old-curlew"], "20260315T0200Z-nightly")
    ends = rows("SELECT state, reason FROM raw.entry ORDER BY entry_id")[1:]
    assert [(row["state"], row["reason"]) for row in ends] == [("dropped", "taken_down"), ("fetched", "stored")]
    pages = rows("SELECT outcome, reason, sha256, final_url FROM raw.page ORDER BY page_id")
    assert list(pages[1].values()) == ["failed", "taken_down", None, None]


def test_a_run_under_way_loads_nothing_of_it_and_balances(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.warehouse.load import run as load_run

    world.fetch(outlet, PATHS)
    batches = world.process()
    first_look = load_run._without_taken_down

    def then_taken_down(batch):  # type: ignore[no-untyped-def]
        looked = first_look(batch)
        done = take_down(outlet.url("/story/the-old-heron"))
        assert len(done["waiting_files"]) == 1  # the run still reads it
        return looked

    with monkeypatch.context() as patch:
        patch.setattr(load_run, "_without_taken_down", then_taken_down)
        with pytest.raises(Retryable) as caught:
            world.load(batches)
    assert caught.value.reason is Reason.TAKEN_DOWN
    world.load(batches)
    assert len(rows("SELECT 1 FROM core.article")) == 2
    assert rows("SELECT 1 FROM core.article_url WHERE url LIKE '%heron%'") == []
    world.end()
    takedown.finish(NOW)
    assert world.everything_stored("heron") == []
    assert_whole()
    with db.reading() as connection:
        assert ledger(connection, RUN).is_balanced


_LISTED = """
INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at)
VALUES (:key, :url, 'h', 'harbour-ledger', :at, 'new', 'new', :at)
"""


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


KILL_POINTS: list[tuple[str, object, str]] = [
    ("heron", takedown, "finish"),  # the warehouse is done, nothing else
    ("curlew", archive_files, "switch"),  # the new file is written
    ("plover", landing, "remove"),  # the pages are switched to it
    ("wren", takedown, "_clean_run_files"),  # the old file is gone
    ("snipe", takedown, "_redraw"),  # files of runs are clean
]


def test_killed_between_any_two_steps(outlet: Outlet) -> None:
    world.night(outlet, [f"/story/the-old-{bird}" for bird, _, _ in KILL_POINTS])
    for bird, module, name in KILL_POINTS:
        url = outlet.url(f"/story/the-old-{bird}")
        child = os.fork()
        if child == 0:
            setattr(module, name, die)
            takedown.take_down({url_key(url)}, (), reason="court order 17", now=NOW)
            takedown.finish(NOW)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        # Whatever it was cut off at: the warehouse shows nothing of it, and every other page has its bytes.
        assert [found for found in world.everything_stored(bird) if not found.startswith("file:")] == []
        for row in rows("SELECT warc_uri, warc_offset, warc_length FROM raw.page WHERE removed_at IS NULL"):
            assert len(landing.get_range(row["warc_uri"], row["warc_offset"], row["warc_length"])) == row["warc_length"]
        takedown.finish(NOW)
        assert world.everything_stored(bird) == []
    assert_whole()
