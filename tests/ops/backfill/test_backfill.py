"""A backfill step by step, as its DAG calls them, on real Postgres: foreign files and lists become articles."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import ConfigError
from pipeline.ops import backfill, night
from pipeline.ops.backfill_files import find_inputs
from pipeline.ops.reconcile import reconcile
from pipeline.warehouse import db
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.why import why
from tests.foreign_files import Capture, story, write_cc_news
from tests.ops.backfill.steps import captures, rows, run


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
