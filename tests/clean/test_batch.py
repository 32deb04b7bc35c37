"""Batches over a real archive: one row per page, in order, whatever happens; workers that guard themselves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import frames, warc
from pipeline.clean.batch import clean_batch, page_hints, publishers
from pipeline.clean.content import PageHints, without_content
from pipeline.clean.protocol import Ask
from pipeline.clean.version import hints_digest, maker
from pipeline.clean.workers import Workers
from pipeline.records import ArchivedPage, CleanedPage, SourceProfile
from pipeline.settings import Settings
from tests.clean.newspage import JSON_LD, TITLE, clean_lines, page

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROFILE = SourceProfile(
    source_key="valleypost",
    name="Valley Post",
    homepage="https://valleypost.example/",
    country="GB",
    language="en",
    time_zone="Asia/Karachi",
    median_words=None,
    article_count=0,
    domain="valleypost.example",
)
DIGEST = replace(
    PROFILE, source_key="digest", name="The Digest", homepage="https://digest.example/", domain="digest.example"
)


class Archive:
    """A WARC file that grows page by page, and the rows that point into it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "valleypost.warc.gz"
        self.rows: list[ArchivedPage] = []

    def add(self, body: bytes, *, content_type: str = "text/html", fields: dict[str, object] | None = None) -> None:
        number = len(self.rows) + 1
        url = f"https://valleypost.example/region/{number}"
        record = warc.file_record(url, body, content_type, AT)
        offset = self.path.stat().st_size if self.path.exists() else 0
        with self.path.open("ab") as sink:
            sink.write(record)
        values: dict[str, object] = {
            "entry_id": number,
            "page_id": number,
            "url_key": f"{number:032x}",
            "url": url,
            "final_url": url,
            "source_key": "valleypost",
            "inflow": "new",
            "first_seen_at": AT,
            "fetched_at": AT,
            "content_type": content_type,
            "charset": None,
            "sha256": hashlib.sha256(body).hexdigest(),
            "warc_uri": self.path.as_uri(),
            "warc_offset": offset,
            "warc_length": len(record),
            "feed_title": None,
            "feed_published_at": None,
        }
        self.rows.append(ArchivedPage(**(values | (fields or {}))))  # type: ignore[arg-type]

    def cleaned(self, folder: Path, processes: int = 1, **settings: object) -> list[CleanedPage]:
        pages, profiles, out = ((folder / f"{n}.parquet").as_uri() for n in ("pages", "sources", "clean"))
        frames.write_records(pages, self.rows, ArchivedPage)
        frames.write_records(profiles, [PROFILE, DIGEST], SourceProfile)
        known = Settings(home=folder, **settings)  # type: ignore[arg-type]
        counts = clean_batch(pages, profiles, out, processes=processes, settings=known)
        rows = frames.read_records(out, CleanedPage)
        assert (counts.rows_in, counts.rows_out) == (len(self.rows), len(rows))
        assert sum(counts.reasons.values()) == len(rows)
        return rows


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_rows_keep_order_and_lead_back_to_their_pages(archive: Archive, tmp_path: Path) -> None:
    archive.add(page(head=JSON_LD).encode())
    archive.add(b"%PDF-1.7")
    archive.add(page().encode(), fields={"warc_uri": (tmp_path / "gone.warc.gz").as_uri()})
    archive.add(page().encode(), fields={"warc_length": 40})
    archive.add(b"Lower Arden rebuilds\n\n" + "\n".join(clean_lines()).encode(), content_type="text/plain")
    rows = archive.cleaned(tmp_path)
    assert [row.entry_id for row in rows] == [1, 2, 3, 4, 5]
    assert [row.verdict_reason for row in rows] == [None, "not_text", "file_missing", "broken_page", None]
    first = rows[0]
    assert (first.title, first.text.split("\n"), first.authors) == (TITLE, clean_lines(), ("Nora Quill",))
    assert first.text_sha256 == hashlib.sha256(first.text.encode()).hexdigest()
    assert first.page_sha256 == archive.rows[0].sha256
    assert first.published_precision == "second"
    assert rows[4].title == "Lower Arden rebuilds"
    assert rows[4].text.split("\n") == clean_lines()


def test_the_profile_gives_the_time_zone(archive: Archive, tmp_path: Path) -> None:
    archive.add(page(head='<meta property="article:published_time" content="2026-11-23T06:00">').encode())
    assert archive.cleaned(tmp_path)[0].published_at == datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_the_same_batch_twice_and_in_parallel_gives_the_same_rows(archive: Archive, tmp_path: Path) -> None:
    for number in range(12):
        archive.add(page(title=f"{TITLE} {number}").encode())
    assert archive.cleaned(tmp_path) == archive.cleaned(tmp_path, processes=2)


def test_a_page_over_the_limit_is_skipped(archive: Archive, tmp_path: Path) -> None:
    archive.add(page().encode())
    assert [(r.verdict, r.verdict_reason) for r in archive.cleaned(tmp_path, max_page_bytes=100)] == [
        ("skipped", "too_large")
    ]


def test_an_empty_batch(archive: Archive, tmp_path: Path) -> None:
    assert archive.cleaned(tmp_path) == []


SLOW = b"<html><body>" + b'<a href="/x">Some link with words</a> ' * 220_000 + b"</body></html>"


@pytest.mark.slow
def test_a_page_out_of_time_costs_only_itself(archive: Archive, tmp_path: Path) -> None:
    archive.add(page().encode())
    archive.add(SLOW)
    archive.add(page().encode())
    started = time.monotonic()
    rows = archive.cleaned(tmp_path, page_timeout_s=1.0, page_memory_mb=2_000)  # so that time runs out first
    assert [row.verdict_reason for row in rows] == [None, "page_timeout", None]
    assert rows[2].text.split("\n") == clean_lines()
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_a_page_out_of_memory_costs_only_itself() -> None:
    asks = [
        Ask(page().encode(), None, PageHints()),
        Ask(SLOW, None, PageHints()),
        Ask(page().encode(), None, PageHints()),
    ]
    with Workers(1, page_timeout_s=30, page_memory_mb=60) as workers:
        found = list(workers.clean(asks))
    assert [content.judgement.reason for content in found] == [None, "broken_page", None]


def test_workers_are_recycled_and_pass_settled_pages_through() -> None:
    def mixed() -> Iterator[Ask | object]:
        for number in range(9):
            if number % 3 == 1:
                yield without_content("file_missing", f"no file {number}")
            else:
                yield Ask(page(title=f"{TITLE} {number}").encode(), None, PageHints())

    with Workers(2, page_timeout_s=20, page_memory_mb=1500, recycle_after=2) as workers:
        found = list(workers.clean(mixed()))  # type: ignore[arg-type]
    assert [c.title or c.judgement.detail for c in found] == [
        f"no file {n}" if n % 3 == 1 else f"{TITLE} {n}" for n in range(9)
    ]


def test_the_maker_names_code_and_libraries(tmp_path: Path) -> None:
    one = maker(Settings(home=tmp_path))
    assert one == maker(Settings(home=tmp_path / "elsewhere"))
    assert "trafilatura-" in one.model_version
    assert one.digest != maker(Settings(home=tmp_path, page_timeout_s=1)).digest


def test_a_page_knows_what_was_learnt_before_it_was_seen(tmp_path: Path) -> None:
    """And its row says so, by a digest: on the next look the same is known, and other words are an edit."""
    archive = Archive(tmp_path)
    for days in (0, 2, 100):
        archive.add(page().encode(), fields={"first_seen_at": AT + timedelta(days=days)})
    learnt = replace(
        PROFILE,
        repeated_lines=("follow us", "write to us"),
        repeated_since=(AT, AT + timedelta(days=1)),
        title_suffixes=("valleypost",),
        suffixes_since=(AT + timedelta(days=90),),
    )
    known = [page_hints(row, learnt) for row in archive.rows]
    assert [(sorted(hints.repeated_lines), sorted(hints.title_suffixes)) for hints in known] == [
        ([], []), (["follow us", "write to us"], []), ([], ["valleypost"])
    ]  # fmt: skip
    frames.write_records((tmp_path / "pages.parquet").as_uri(), archive.rows, ArchivedPage)
    frames.write_records((tmp_path / "sources.parquet").as_uri(), [learnt], SourceProfile)
    uris = [(tmp_path / f"{name}.parquet").as_uri() for name in ("pages", "sources", "out")]
    clean_batch(*uris)
    digests = [row.hints_digest for row in frames.read_records(uris[2], CleanedPage)]
    assert digests == [hints_digest("Valley Post", h.repeated_lines, h.title_suffixes) for h in known]
    assert len(set(digests)) == 3


def test_an_article_in_another_outlets_feed_is_cleaned_with_what_is_known_of_its_own_outlet(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    html = page(title=f"{TITLE} – The Weir").encode()
    archive.add(html, fields={"source_key": "digest"})
    archive.add(html, fields={"source_key": "digest", "url": "https://digest.example/out/2"})
    archive.add(html, fields={"source_key": "digest", "final_url": "https://elsewhere.example/3"})
    valley = replace(PROFILE, title_suffixes=("theweir",), suffixes_since=(AT - timedelta(days=1),))
    profiles = [DIGEST, valley]
    assert publishers(archive.rows, profiles) == [valley, valley, DIGEST], "by the address the bytes came from"
    assert publishers(archive.rows, []) == [None, None, None]
    frames.write_records((tmp_path / "pages.parquet").as_uri(), archive.rows, ArchivedPage)
    frames.write_records((tmp_path / "sources.parquet").as_uri(), profiles, SourceProfile)
    uris = [(tmp_path / f"{name}.parquet").as_uri() for name in ("pages", "sources", "out")]
    clean_batch(*uris)
    rows = frames.read_records(uris[2], CleanedPage)
    assert [row.title for row in rows] == [TITLE, TITLE, f"{TITLE} – The Weir"]
    assert [row.source_key for row in rows] == ["digest"] * 3, "who listed it is kept; resolve names the outlet"
    knew = hints_digest("Valley Post", (), {"theweir"})
    assert [row.hints_digest for row in rows] == [knew, knew, hints_digest("The Digest", (), ())]
