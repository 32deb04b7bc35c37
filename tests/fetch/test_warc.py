"""Records: what is laid down is what is read, by us and by warcio; damage is noticed."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import brotli
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipeline import warc, warc_file
from pipeline.content_type import charset_of, media_type_of
from pipeline.errors import Quarantine, Reason
from pipeline.fetch import spool
from pipeline.warehouse.pages import FetchOutcome, PageAttempt

AT = datetime(2026, 3, 14, 2, 0, 5, 123456, tzinfo=UTC)
BODY = "<html><body><p>Fähren werden teurer — Hafenrat.</p></body></html>".encode("windows-1252") * 40
URL = "https://hafen.example/2026/03/14/faehren?seite=1"


def exchange(
    body: bytes, *headers: tuple[bytes, bytes], peer: str | None = "93.184.216.34", record_id: str | None = None
) -> tuple[bytes, bytes]:
    return warc.exchange_records(
        URL,
        request_line="GET /2026/03/14/faehren?seite=1 HTTP/1.1",
        request_headers=[("Host", "hafen.example"), ("User-Agent", "MediaMonitor/0.1")],
        status_line="HTTP/1.1 200 OK",
        response_headers=headers,
        body=body,
        at=AT,
        peer=peer,
        record_id=record_id,
    )


def write(folder: Path, *members: bytes) -> str:
    (folder / "a.warc.gz").write_bytes(b"".join(members))
    return (folder / "a.warc.gz").as_uri()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        (None, BODY),
        (b"gzip", gzip.compress(BODY, mtime=0)),
        (b"br", brotli.compress(BODY)),
        (b"gzip", BODY),
        (b"utf-8", BODY),
    ],
)
def test_read_back(tmp_path: Path, coding: bytes | None, packed: bytes) -> None:
    headers = [(b"Content-Type", b"text/html; charset=Windows-1252"), (b"X-A", b"1"), (b"x-a", b"2")]
    before, record = exchange(packed, *headers, *([(b"Content-Encoding", coding)] if coding else []))
    uri = write(tmp_path, b"other bytes", before, record, b"what follows")
    found = warc.read_record(uri, 11 + len(before), len(record))
    assert found.body == BODY
    assert (found.url, found.charset, found.content_type) == (URL, "windows-1252", "text/html; charset=Windows-1252")
    assert found.headers["x-a"] == "1"


def test_records_as_another_reader_sees_them() -> None:
    before, record = exchange(BODY, (b"Content-Type", b"text/html"), (b"Transfer-Encoding", b"chunked"))
    info = warc.info_record("a.warc.gz", {"software": "media-monitor/0.1"}, AT)
    seen = [
        (r.rec_type, r.rec_headers.get_header("WARC-Date"), r.http_headers and r.http_headers.headers)
        for r in ArchiveIterator(BytesIO(info + before + record), check_digests="raise")
        if r.content_stream().read() is not None
    ]
    assert [kind for kind, _, _ in seen] == ["warcinfo", "request", "response"]
    assert {date for _, date, _ in seen} == {"2026-03-14T02:00:05.123456Z"}
    assert ("X-Archive-Orig-Transfer-Encoding", "chunked") in seen[2][2]


def test_a_file(tmp_path: Path) -> None:
    record = warc.file_record("drop://hafen/M%C3%A4rz.txt", BODY, "text/plain", AT)
    found = warc.read_record(write(tmp_path, record), 0, len(record))
    assert (found.body, found.url, found.content_type) == (BODY, "drop://hafen/M%C3%A4rz.txt", "text/plain")


def test_damage_is_noticed(tmp_path: Path) -> None:
    before, record = exchange(BODY, (b"Content-Type", b"text/html"))
    broken = bytearray(record)
    broken[len(record) // 2] ^= 0xFF
    for data, length in ((record[:-5], len(record)), (bytes(broken), len(record)), (b"", 10), (before, len(before))):
        with pytest.raises(Quarantine) as caught:
            warc.read_record(write(tmp_path, data), 0, length)
        assert caught.value.reason is Reason.BROKEN_PAGE
    with pytest.raises(FileNotFoundError):
        warc.read_record((tmp_path / "no.warc.gz").as_uri(), 0, 10)


def test_a_foreign_record_without_an_address_is_broken(tmp_path: Path) -> None:
    page = b"HTTP/1.1 200 OK\r\n\r\nx"
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n" % len(
        page
    )
    member = gzip.compress(head + page + b"\r\n\r\n")
    with pytest.raises(Quarantine) as caught:
        warc.read_record(write(tmp_path, member), 0, len(member))
    assert caught.value.reason is Reason.BROKEN_PAGE


def test_bodies_that_came_packed_are_not_packed_again() -> None:
    packed = gzip.compress(BODY * 50)
    _, record = exchange(packed, (b"Content-Encoding", b"gzip"))
    assert packed in record
    _, record = exchange(BODY * 50, (b"Content-Type", b"text/html"))
    assert len(record) < len(BODY) * 5


def test_content_types() -> None:
    assert media_type_of(" Text/HTML ; charset=utf-8") == "text/html"
    assert media_type_of(None) == ""
    assert charset_of('text/html; charset="ISO-8859-15"') == "iso-8859-15"
    assert charset_of("text/html;charset = utf-8;x=y") == "utf-8"
    assert charset_of("text/html; charset=") is None
    assert charset_of(None) is None


def test_salvage_believes_only_what_is_published(tmp_path: Path, landing_zone: Path) -> None:
    segment = spool.Segment(tmp_path, spool.ArchiveName("run", "000", 1), {}, AT)
    segment.add("hafen", FetchOutcome(1, PageAttempt(1, "run", AT, 1, "archived")), exchange(BODY))
    segment.close()
    spool.publish(segment.folder, segment.outcomes)
    assert spool.salvage(segment.folder) == segment.outcomes
    (path,) = landing_zone.rglob("*.warc.gz")
    path.write_bytes(b"\x1f\x8b" + path.read_bytes())  # another machine's attempt under the same name
    assert spool.salvage(segment.folder) == []
    path.unlink()
    assert spool.salvage(segment.folder) == []


def test_salvage_cuts_at_the_first_damaged_record(tmp_path: Path, landing_zone: Path) -> None:
    segment = spool.Segment(tmp_path, spool.ArchiveName("run", "000", 1), {}, AT)
    for number in range(4):
        page = PageAttempt(number, "run", AT, 1, "archived", detail="Straße\n" * 2)
        segment.add("hafen", FetchOutcome(number, page), exchange(BODY, (b"X-N", str(number).encode())))
    segment.close()
    path = segment.folder / "hafen.warc.gz"
    third = segment.outcomes[2].page
    assert third is not None
    assert third.warc_offset is not None
    with path.open("r+b") as file:  # a page the disk never got, though later ones it did
        file.seek(third.warc_offset + 50)
        file.write(b"\0" * 40)
    with (segment.folder / "pages.jsonl").open("ab") as journal:
        journal.write(b'{"source_key": "hafen", "entry')
    assert spool.salvage(segment.folder) == segment.outcomes[:2]
    records = list(ArchiveIterator(BytesIO(path.read_bytes())))
    assert [r.rec_type for r in records] == ["warcinfo", "request", "response", "request", "response"]


SMALL = b"<p>Boot</p>"


@pytest.fixture
def small_segment(landing_zone: Path) -> Iterator[spool.Segment]:
    """A segment of two pages and one entry that ended without one, closed and not published; in memory, where it is
    quickly cut a thousand times."""
    memory = Path("/dev/shm")  # noqa: S108  (only if it is there)
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield _small_segment(Path(folder))


def _small_segment(folder: Path) -> spool.Segment:
    segment = spool.Segment(folder, spool.ArchiveName("run", "000", 1), {"format": "WARC"}, AT)
    for number in range(2):
        record_id = warc.new_record_id()
        before, record = exchange(SMALL, (b"X-N", str(number).encode()), record_id=record_id)
        before += warc.metadata_record(URL, record_id, [("source", "hafen"), ("run", "run")], AT)
        segment.add("hafen", FetchOutcome(number, PageAttempt(number, "run", AT, 1, "archived")), (before, record))
    segment.add("hafen", FetchOutcome(9, PageAttempt(9, "run", AT, 1, "failed", reason="timeout")))
    segment.close()
    return segment


def check_salvaged(folder: Path, expected: list[FetchOutcome]) -> None:
    """What is salvaged is what was whole; the file can be read to its end and every row finds its bytes."""
    assert spool.salvage(folder) == expected
    path = folder / "hafen.warc.gz"
    data = path.read_bytes() if path.exists() else b""
    found = list(warc_file.members(data))
    assert [m.trouble for m in found if m.trouble] == []
    places = {(m.offset, m.length) for m in found if m.kind == "response"}
    assert places == {(o.page.warc_offset, o.page.warc_length) for o in expected if o.page and o.page.warc_uri}
    assert len(found) == (1 + 3 * len(places) if places else 0)


@pytest.mark.slow
def test_salvage_of_a_file_cut_at_every_byte(small_segment: spool.Segment) -> None:
    """A lost page is lost whole, and no page before the cut is."""
    folder, outcomes = small_segment.folder, small_segment.outcomes
    path = folder / "hafen.warc.gz"
    whole = path.read_bytes()
    ends = [(o.page.warc_offset or 0) + (o.page.warc_length or 0) for o in outcomes[:2] if o.page]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        check_salvaged(folder, [o for o, end in zip(outcomes, ends, strict=False) if end <= size] + outcomes[2:])


@pytest.mark.slow
def test_salvage_of_a_journal_cut_at_every_byte(small_segment: spool.Segment) -> None:
    """What the journal does not name any more is cut off: a page without a row is fetched again."""
    folder, outcomes = small_segment.folder, small_segment.outcomes
    archive, journal = folder / "hafen.warc.gz", folder / "pages.jsonl"
    bytes_of, lines = archive.read_bytes(), journal.read_bytes()
    for size in range(len(lines) + 1):
        archive.write_bytes(bytes_of)
        journal.write_bytes(lines[:size])
        count = sum(size >= len(b"\n".join(lines.split(b"\n")[:n])) for n in range(1, 4))
        check_salvaged(folder, outcomes[:count])
        assert archive.exists() == (count > 0)


def test_salvage_sees_damage_in_front_of_a_whole_record(small_segment: spool.Segment) -> None:
    """Zeros where the second page's request should be: a disk that got later blocks first."""
    folder, outcomes = small_segment.folder, small_segment.outcomes
    first = outcomes[0].page
    assert first is not None
    with (folder / "hafen.warc.gz").open("r+b") as file:
        file.seek((first.warc_offset or 0) + (first.warc_length or 0) + 20)
        file.write(b"\0" * 40)
    check_salvaged(folder, [outcomes[0], outcomes[2]])
