"""A backfill step by step, as its DAG calls them, on real Postgres: foreign files and lists become articles."""

from __future__ import annotations

import io
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from typer.testing import CliRunner

from pipeline import landing
from pipeline.cli import app
from pipeline.errors import ConfigError, Retryable
from pipeline.ops import backfill, night
from pipeline.ops.backfill_files import find_inputs
from pipeline.ops.reconcile import reconcile
from pipeline.ops.tag_notes import read_notes, write_notes
from pipeline.records import Maker
from pipeline.settings import get_settings
from pipeline.tag import batch as tag_batch
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics import own_files, taxonomy
from pipeline.tag.topics.taxonomy import load_taxonomy
from pipeline.warehouse import db
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.why import why
from tests.foreign_files import Capture, story, write_cc_news


@pytest.fixture
def outlet() -> Iterator[str]:
    """A paper on loopback that serves `story(n)` at `/ferry/n`."""

    class Paper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.rpartition("/")[2]
            is_there = self.path.startswith("/ferry/")
            body = story(int(number)) if is_there else b"no such page"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Paper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"paper.localhost:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def machine(tmp_path: Path, outlet: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings of a machine with two registered outlets, one of them on loopback."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for key, home, host in (
        ("harbour", "https://www.harbour.example/", "www.harbour.example"),
        ("paper", f"http://{outlet}/", outlet),
    ):
        source = {"key": key, "name": key.title(), "homepage": home, "allow_loopback": True, "host_delay_s": 0.0}
        source["feeds"] = [{"kind": "rss", "url": f"http://{host}/feed.xml"}]
        (folder / f"{key}.yml").write_text(yaml.safe_dump(source))
    monkeypatch.setenv("MM_SOURCES", str(folder))
    monkeypatch.setenv("MM_LANDING_URL", (tmp_path / "landing").as_uri())
    monkeypatch.setenv("MM_HOST_DELAY_S", "0")
    monkeypatch.setenv("MM_HOST_BUDGET", "3")  # robots.txt and two pages
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


def rows(query: str, **values: Any) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def run(
    name: str, *files: Path, marts: bool = False, after_tag: Callable[[], None] | None = None, **params: Any
) -> str:
    """The tasks of the DAG in their order; gives the run key."""
    key = backfill.start(name, {"files": [str(file) for file in files], **params})
    backfill.read_lists(key)
    for shard in night.claim(key):
        night.fetch(key, shard)
    for part in backfill.divide(key):
        backfill.copy(key, part)
    batches = night.freeze_context(key)
    for batch in batches:
        night.clean(key, batch)
    night.resolve(key)
    for batch in batches:
        night.tag(key, batch)
    if after_tag is not None:
        after_tag()
    night.link(key)
    for batch in batches:
        night.load(key, batch)
    if marts:
        night.marts(key)
    return key


def captures(numbers: range, at: str = "2019-03-05T06:07:08Z") -> list[Capture]:
    return [Capture(f"https://www.harbour.example/ferry/{n}", story(n), at=at) for n in numbers]


@pytest.mark.db
@pytest.mark.slow
def test_files_and_lists_become_articles_and_the_ledger_balances(warehouse: None, machine: Path, outlet: str) -> None:
    write_cc_news(machine, [*captures(range(4)), Capture("https://elsewhere.example/a", story(9))])
    listed = machine / "list.txt"
    paths = ("ferry/7", "ferry/8", "ferry/9", "")
    listed.write_text("# saved\n" + "".join(f"http://{outlet}/{path}\n" for path in paths) + "ftp://x/y\n")
    key = run("one", machine, marts=True, all_domains=True)

    found = reconcile(key, "one")
    assert found["carried"] == 1  # the host's budget is spent: the next nightly goes on
    with db.reading() as connection:
        book = ledger(connection, key)
    assert book.is_balanced
    assert book.inflow == {"backfilled": 8}
    assert {(state, reason): n for _, state, reason, n in book.by_outcome()} == {
        ("loaded", "stored"): 7, ("carried", "host_budget_spent"): 1,
    }  # fmt: skip
    articles = rows(
        "SELECT s.source_key, a.first_seen_on, count(*) AS n FROM core.article a JOIN core.source s USING (source_id)"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    today = datetime.now(UTC).date()
    old = date(2019, 3, 5)
    assert [(row["source_key"], row["first_seen_on"], row["n"]) for row in articles] == [
        ("backfill", old, 1), ("harbour", old, 4), ("paper", today, 2),
    ]  # fmt: skip
    assert rows("SELECT count(*) AS n FROM core.article_revision_201903") == [{"n": 5}]
    discovered = rows("SELECT counts FROM ops.stage_part WHERE stage = 'discover'")[0]["counts"]
    assert discovered == {"bad_url": 1, "home_page": 1, "new": 3}
    assert rows("SELECT report_uri FROM ops.run WHERE report_uri IS NOT NULL")
    with db.reading() as connection:
        seen = why(connection, f"http://{outlet}/ferry/7")
    assert [(row["kind"], row["feed"]) for row in seen["sightings"]] == [("backfill", listed.absolute().as_uri())]

    # the nightly takes up what was carried, and a replay of tonight is not confused by the backfill
    assert _nightly_claims(kind="replay") == 0
    assert _nightly_claims(kind="nightly") == 1


def _nightly_claims(kind: str) -> int:
    from pipeline.warehouse.claims import claim, held_entries
    from pipeline.warehouse.runs import open_run

    now = datetime.now(UTC)
    params = {"sources": [], "limit": 0, "recheck": "none"}
    run = db.in_transaction(
        lambda c: open_run(c, kind=kind, night=now.date(), started_at=now, airflow_run_id=kind, params=params)
    )
    db.in_transaction(lambda c: claim(c, run, now=now, recheck_budget=0))
    with db.reading() as connection:
        return len(held_entries(connection, run))


@pytest.mark.db
@pytest.mark.slow
def test_again_older_and_newer(warehouse: None, machine: Path) -> None:
    """Twice the same gives nothing; an older page never replaces a newer one; a newer one is an edit."""
    first = write_cc_news(machine, captures(range(3)))
    run("first", first)
    stand = "SELECT url_key, title, text_sha256, first_seen_at, first_seen_on, revision_no, fetched_at FROM core.article ORDER BY 1"
    before = rows(stand)
    assert len(before) == 3

    again = run("again", first)
    with db.reading() as connection:
        assert ledger(connection, again).claimed == 0
    assert rows(stand) == before

    # the same articles under another address of theirs, older and with other words: superseded, by identity.compare
    older = [
        Capture(
            f"https://www.harbour.example/print/{n}",
            _with_canonical(n, f"An older headline {n}"),
            at="2018-12-01T00:00:00Z",
        )
        for n in range(3)
    ]
    run("older", write_cc_news(machine, older, 2))
    assert rows(stand) == before
    ends = rows("SELECT state, reason FROM raw.entry WHERE url LIKE '%/print/%'")
    assert {(row["state"], row["reason"]) for row in ends} == {("unchanged", "superseded")}

    newer = [
        Capture(capture.url, story(50 + n), at="2019-03-09T00:00:00Z") for n, capture in enumerate(captures(range(1)))
    ]
    key = run("newer", write_cc_news(machine, newer, 3))
    (changed,) = [row for row in rows(stand) if row not in before]
    assert (changed["revision_no"], changed["first_seen_on"]) == (2, date(2019, 3, 5))
    assert rows("SELECT reason FROM ops.entry_event WHERE run_key = :key AND to_state = 'loaded'", key=key) == [
        {"reason": "edited"}
    ]


def _with_canonical(number: int, headline: str) -> bytes:
    link = f'<link rel="canonical" href="https://www.harbour.example/ferry/{number}">'.encode()
    body = story(number).replace(b"<nav>", b"<!-- print --><nav>").replace(b"discussed", b"debated")
    return body.replace(b"</head>", link + b"</head>")


@pytest.mark.db
def test_a_list_again_and_what_it_shares_with_feeds(warehouse: None, machine: Path, outlet: str) -> None:
    listed = machine / "list.csv"
    listed.write_text(
        f"\ufefftitle,URL\nA,{outlet}/ferry/1\nB,http://{outlet}/ferry/2?utm_source=x\nB,http://{outlet}/ferry/2\n"
    )
    keys = [backfill.start(name, {"files": [str(listed)], "source": "paper"}) for name in ("first", "second")]
    assert backfill.read_lists(keys[0]) == {"rows_in": 1, "rows_out": 2, "new": 2, "known": 1}
    assert backfill.read_lists(keys[1])["rows_out"] == 0
    assert sorted(row["url"] for row in rows("SELECT url FROM raw.entry")) == [
        f"http://{outlet}/ferry/2", f"https://{outlet}/ferry/1",
    ]  # fmt: skip
    assert sum(part["rows"] for part in night.claim(keys[0])) == 2
    assert sum(part["rows"] for part in night.claim(keys[1])) == 0  # the first one holds them


def test_parts_of_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PART_BYTES", 100)
    files = []
    for name, size in (("a", 60), ("b", 40), ("c", 1), ("d", 500), ("e", 1)):
        (tmp_path / name).write_bytes(b"x" * size)
        files.append((tmp_path / name).as_uri())
    names = [[file[-1] for file in group] for group in backfill._grouped(files, is_one=False)]
    assert names == [["a", "b"], ["c"], ["d"], ["e"]]
    assert len(backfill._grouped(files, is_one=True)) == 1
    assert backfill._grouped([], is_one=True) == []


def test_files_are_found_and_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    one, two = write_cc_news(tmp_path, captures(range(1)), 1), write_cc_news(tmp_path / "deep", captures(range(1)), 2)
    (tmp_path / "list.txt").write_text("https://a.example/b\n")
    (tmp_path / "notes.md").write_text("no")
    found = find_inputs([str(tmp_path), str(one), one.as_uri()])
    assert set(found.warcs) == {one.as_uri(), two.as_uri()}
    assert found.lists == ((tmp_path / "list.txt").as_uri(),)
    assert find_inputs([f"{tmp_path}/**/CC-NEWS-*.gz"]).warcs == found.warcs
    monkeypatch.chdir(tmp_path)
    assert find_inputs([one.name]).warcs == (one.as_uri(),)
    for wrong, says in (
        ([], "No files given"),
        (["absent.warc.gz"], "there is no such file"),
        (["*.nothing"], "there is no such file"),
        (["notes.md"], "not a WARC file"),
        ([(tmp_path / "gone.warc").as_uri()], "there is no such file"),
    ):
        with pytest.raises(ConfigError, match=says):
            find_inputs(wrong)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError, match="in this folder"):
        find_inputs([str(empty)])


def test_dry_run_says_what_files_would_bring(machine: Path) -> None:
    file = write_cc_news(
        machine, [*captures(range(3)), *[Capture(f"https://elsewhere.example/{n}", story(n)) for n in range(2)]]
    )
    result = CliRunner().invoke(app, ["backfill", "--dry-run", "--json", str(file), "-"], input="https://x.example/a\n")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert (found["records"], found["urls"], found["would_take"]) == (11, 1, 3)
    assert found["left"] == {"warcinfo": 1, "request": 5, "not_wanted": 3}
    assert found["sources"] == {"harbour": 3}
    assert found["other_domains"] == {"elsewhere.example": 2, "x.example": 1}
    assert found["languages"] == {"en": 3}
    assert found["earliest"].startswith("2019-03-05")

    shown = partial(CliRunner().invoke, app)
    assert (
        "6 to take"
        in shown(["backfill", "--dry-run", "--all-domains", str(file), "-"], input="https://x.example/a\n").output
    )
    nothing = shown(["backfill", "--dry-run", "--domain", "elsewhere.example", str(file)])
    assert nothing.exit_code == 1
    assert "--all-domains" in nothing.output
    assert "2 to take" in shown(["backfill", "--dry-run", "--limit", "2", str(file)]).output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--since", "March"], "is no date"),
        (["--source", "nobody"], "No source 'nobody'"),
        (["absent.warc.gz"], "no such file"),
    ],
)
@pytest.mark.parametrize("how", [["--dry-run"], []])
def test_what_is_wrong_is_said_before_anything_starts(
    machine: Path, arguments: list[str], says: str, how: list[str]
) -> None:
    file = write_cc_news(machine, captures(range(1)))
    result = CliRunner().invoke(app, ["backfill", str(file), *arguments, *how])
    assert isinstance(result.exception, ConfigError)
    assert says in str(result.exception)


def test_reading_a_list() -> None:
    from pipeline.discover.url_list import read_urls

    lines = "\ufeffhttps://a.example/ü\r\n\n# no\n  b.example/x \n".encode()
    assert list(read_urls(io.BytesIO(lines), is_csv=False)) == ["https://a.example/ü", "b.example/x"]
    table = b"id;url\n"
    with pytest.raises(ConfigError, match="no column `url`"):
        list(read_urls(io.BytesIO(table), is_csv=True))


TERMINALS = 'code: "own:ferries"\nlabel: ferries\nkeywords: {en: {strong: [ferr*]}}\n'


@pytest.mark.db
@pytest.mark.slow
def test_articles_name_the_version_that_tagged_them_and_ones_own_topics(
    warehouse: None, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic is added while a run is on its way: it holds from the next run on."""
    folder = machine / "taxonomy"
    shutil.copytree(taxonomy.TAXONOMY_FOLDER, folder)
    monkeypatch.setattr(taxonomy, "TAXONOMY_FOLDER", folder)
    monkeypatch.setattr(tag_batch, "TAXONOMY_FOLDER", folder)
    write_cc_news(machine, captures(range(2)))
    before = tag_batch.maker(get_settings()).digest

    def add_topic() -> None:
        (folder / "ferries.yml").write_text(TERMINALS, encoding="utf-8")
        own_files._loaded.cache_clear()
        tagger_with.cache_clear()  # a task is a process of its own; here all are one

    run("one", machine, after_tag=add_topic)
    after = tag_batch.maker(get_settings()).digest
    makers = "SELECT DISTINCT m.digest FROM core.article a JOIN ops.maker m ON m.maker_id = a.tag_maker_id"
    topics = (
        "SELECT t.code, t.label, t.level, count(a.article_id) AS n FROM core.topic t"
        " LEFT JOIN core.article_topic a USING (topic_id) WHERE t.code LIKE 'own:%' GROUP BY 1, 2, 3"
    )
    assert before != after
    assert rows(makers) == [{"digest": before}]
    assert rows(topics) == []

    write_cc_news(machine, captures(range(2, 4)))
    run("two", machine)
    assert {row["digest"] for row in rows(makers)} == {before, after}
    assert rows(topics) == [{"code": "own:ferries", "label": "ferries", "level": 1, "n": 2}]

    def remove_topic() -> None:
        (folder / "ferries.yml").unlink()
        own_files._loaded.cache_clear()
        tagger_with.cache_clear()

    write_cc_news(machine, captures(range(4, 6)))
    run("three", machine, after_tag=remove_topic)
    assert rows(topics) == [{"code": "own:ferries", "label": "ferries", "level": 1, "n": 4}]
    assert rows("SELECT count(*) AS n FROM core.topic WHERE code LIKE 'medtop:%'")[0]["n"] == len(load_taxonomy())
    tagger_with.cache_clear()
    own_files._loaded.cache_clear()


@pytest.mark.parametrize("noted", ["embedding", "maker", "taxonomy"])
def test_a_batch_that_an_earlier_release_tagged_is_to_be_tagged_again(machine: Path, noted: str) -> None:
    maker = Maker("tag", "1", "m", "s", "d")
    landing.put_bytes(landing.run_uri("one", "tag", "000.embedding.parquet"), b"")
    write_notes("one", "000", maker, load_taxonomy()[:1])
    assert read_notes("one", "000")[0] == maker
    landing.remove(landing.run_uri("one", "tag", f"000.{noted}.parquet"))
    with pytest.raises(FileNotFoundError, match=r"earlier release .* Clear the task `tag` of run one"):
        read_notes("one", "000")


@pytest.mark.db
@pytest.mark.slow
def test_a_taxonomy_that_changes_while_a_batch_is_tagged_is_no_ones(
    warehouse: None, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = machine / "taxonomy"
    shutil.copytree(taxonomy.TAXONOMY_FOLDER, folder)
    monkeypatch.setattr(tag_batch, "TAXONOMY_FOLDER", folder)
    write_cc_news(machine, captures(range(1)))
    tagged = tag_batch.tag_batch

    def tag_and_change(*arguments: Any) -> Any:
        counts = tagged(*arguments)
        (folder / "ferries.yml").write_text(TERMINALS, encoding="utf-8")
        return counts

    monkeypatch.setattr(tag_batch, "tag_batch", tag_and_change)
    with pytest.raises(Retryable, match="changed while in use"):
        run("one", machine)
