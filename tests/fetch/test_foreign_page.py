"""What a foreign record is worth: bodies in all conditions, and the reasons why a record is left out."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import brotli
import pytest

from pipeline import landing, warc
from pipeline.fetch.foreign_page import ForeignPage, Wanted, page_of
from pipeline.fetch.foreign_warc import read_records
from pipeline.identity import Outlets
from pipeline.records import SourceProfile
from tests.foreign_files import Capture, records, story

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HTML = ("Content-Type", "text/html; charset=utf-8")
HARBOUR = SourceProfile(
    "harbour", "Harbour", "https://www.harbour.example/", None, None, None, None, 0, "harbour.example"
)
OURS = Wanted(Outlets([HARBOUR]))
BODY = story(1)
CHUNKED = b"".join(b"%x;note=1\r\n%s\r\n" % (len(part), part) for part in (BODY[:100], BODY[100:])) + b"0\r\n\r\n"


def judge(capture: Capture, wanted: Wanted = OURS, **changed: Any) -> ForeignPage | str:
    *_, record = read_records(BytesIO(records([capture])[-1]), max_block_bytes=1_000_000)
    return page_of(replace(record, **changed), "file:///x.warc.gz", wanted, max_bytes=1_000_000, now=NOW)


def capture(*headers: tuple[str, str], body: bytes = BODY, **fields: Any) -> Capture:
    return Capture(fields.pop("url", "https://news.harbour.example/a?utm_source=x"), body, headers=headers, **fields)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], BODY),
        ([("Content-Encoding", "gzip"), ("Content-Length", "999")], BODY),  # CC-NEWS before 16 May 2019
        ([("Transfer-Encoding", "chunked"), ("Content-Encoding", "br")], BODY),
        ([("Content-Encoding", "deflate")], BODY),
        ([("X-Crawl-Content-Encoding", "gzip"), ("Content-Length", str(len(BODY)))], BODY),  # and since
        ([("Content-Encoding", "gzip")], gzip.compress(BODY)),  # as received: other crawlers
        ([("Content-Encoding", "br")], brotli.compress(BODY)),
        ([("Content-Encoding", "deflate")], zlib.compress(BODY)),
        ([("Transfer-Encoding", "chunked")], CHUNKED),
    ],
)
def test_the_same_page_in_every_condition(
    headers: list[tuple[str, str]], body: bytes, tmp_path: Any, landing_zone: Any
) -> None:
    page = judge(capture(HTML, *headers, body=body))
    assert isinstance(page, ForeignPage)
    assert page.answer.body == BODY
    assert (page.url, page.source_key) == ("https://news.harbour.example/a", "harbour")
    assert page.fetched_at == datetime(2019, 3, 5, 6, 7, 8, tzinfo=UTC)
    assert page.origin == "file:///x.warc.gz@0"

    # and as our archive gives it back
    record = warc.copied_record(
        page.url,
        status_line=f"{page.answer.http_version} {page.answer.status} {page.answer.reason}",
        response_headers=page.answer.raw_headers,
        body=page.answer.raw_body,
        at=page.fetched_at,
        peer=page.answer.peer,
    )
    uri = landing.uri("copied.warc.gz")
    landing.put_bytes(uri, record)
    read = warc.read_record(uri, 0, len(record))
    assert (read.url, read.body, read.content_type) == (page.url, BODY, HTML[1])


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (capture(HTML, status="404 Not Found"), "not_found"),
        (capture(HTML, status="410 Gone"), "gone"),
        (capture(HTML, status="503 Busy"), "server_error"),
        (capture(HTML, ("Location", "/b"), status="301 Moved"), "redirect"),
        (capture(("Content-Type", "image/png"), body=b"\x89PNG\r\n"), "unsupported_type"),
        (capture(("Content-Type", "application/pdf"), body=b"%PDF-1.7"), "unsupported_type"),
        (capture(HTML, body=b""), "empty"),
        (capture(HTML, ("Content-Encoding", "br"), body=brotli.compress(BODY)[:99]), "broken_response"),
        (capture(HTML, ("Content-Encoding", "gzip"), body=gzip.compress(b"\0" * 2_000_000)), "too_large"),
        (capture(HTML, fields={"WARC-Truncated": "length"}), "broken_response"),
        (capture(HTML, at="1970-01-01T00:00:00Z"), "broken_page"),
        (capture(HTML, at="2031-01-01T00:00:00Z"), "broken_page"),
        (capture(HTML, at="yesterday"), "broken_page"),
        (capture(HTML, url="dns:harbour.example"), "bad_url"),
        (capture(HTML, url="https://harbour.example/" + "x" * 3_000), "bad_url"),
        (capture(HTML, url="https://harbour.example"), "home_page"),
        (capture(HTML, url="https://elsewhere.example/a"), "not_wanted"),
    ],
)
def test_why_a_record_is_left_out(found: Capture, reason: str) -> None:
    assert judge(found) == reason


@pytest.mark.parametrize("kind", ["request", "revisit", "metadata", "resource", "conversion", "warcinfo"])
def test_records_without_an_answer_are_counted_by_kind(kind: str) -> None:
    assert judge(capture(HTML), kind=kind) == kind


def test_no_http_answer() -> None:
    assert judge(capture(HTML), block=b"SSH-2.0 hello\r\n\r\n") == "broken_response"
    assert judge(capture(HTML), kind="nonsense") == "other_record"
    assert judge(capture(HTML), block=b"", is_too_large=True) == "too_large"


def test_filters() -> None:
    here, other = capture(HTML), capture(HTML, url="https://elsewhere.example/a")

    def source_of(found: Capture, wanted: Wanted) -> str:
        page = judge(found, wanted)
        return page.source_key if isinstance(page, ForeignPage) else page

    assert source_of(other, replace(OURS, other_source="backfill")) == "backfill"
    assert source_of(here, replace(OURS, other_source="backfill")) == "harbour"
    assert source_of(other, replace(OURS, source_key="chosen")) == "chosen"
    assert source_of(here, replace(OURS, domains=frozenset({"harbour.example"}))) == "harbour"
    assert source_of(here, replace(OURS, domains=frozenset({"news.harbour.example"}))) == "harbour"
    assert source_of(here, replace(OURS, domains=frozenset({"sport.harbour.example"}))) == "not_wanted"
    assert source_of(here, replace(OURS, since=datetime(2019, 3, 6, tzinfo=UTC))) == "outside_dates"
    assert source_of(here, replace(OURS, until=datetime(2019, 3, 5, tzinfo=UTC))) == "outside_dates"
    assert source_of(here, replace(OURS, since=datetime(2019, 3, 5, tzinfo=UTC))) == "harbour"
