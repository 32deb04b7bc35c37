"""What a record of a foreign WARC file is worth: a page to keep, or a reason why not. Pure.

Bodies come in all conditions. CC-NEWS unpacks them, and until 16 May 2019 left Content-Encoding, Transfer-Encoding
and Content-Length as the server had sent them, so all three lie (commoncrawl/news-crawl#30); since then they are
hidden behind `X-Crawl-`. Other crawlers keep bodies as received. So a coding is undone where it is there, and a
header that is untrue of the bytes is put aside before they go into our archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

from pipeline import urls
from pipeline.content_encoding import decode
from pipeline.errors import MonitorError, Reason, Skip
from pipeline.fetch import verdict
from pipeline.fetch.foreign_warc import BROKEN, ForeignRecord
from pipeline.http import HttpAnswer
from pipeline.identity import Outlets, domain_of

EARLIEST = datetime(1996, 1, 1, tzinfo=UTC)
"""The Internet Archive's first year: no record is older. A date before it, or in the future, is a broken one, and
must not make partitions."""

REDIRECT = "redirect"
OUTSIDE_DATES = "outside_dates"
_PASSED_OVER = ("warcinfo", "request", "metadata", "revisit", "resource", "conversion", "continuation")
_SAYS_HOW_PACKED = frozenset({b"content-encoding", b"content-length"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a file are taken."""

    outlets: Outlets
    source_key: str | None = None  # take all for this source
    other_source: str | None = None  # source for pages on nobody's domain; None leaves them out
    domains: frozenset[str] = frozenset()  # registrable domains or hosts; empty means all
    since: datetime | None = None
    until: datetime | None = None  # exclusive

    def source_of(self, url: str) -> str | None:
        """The source a page at this address belongs to; None if it is not wanted."""
        host = urls.host_of(url).partition(":")[0]
        if self.domains and domain_of(url) not in self.domains and host.removeprefix("www.") not in self.domains:
            return None
        if self.source_key is not None:
            return self.source_key
        return self.outlets.source_of(url, "") or self.other_source

    def has_date(self, at: datetime) -> bool:
        """True if a record of that moment is asked for."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class ForeignPage:
    """One page of a foreign file that is fit to be kept."""

    url: str  # normal form
    url_key: str
    source_key: str
    fetched_at: datetime  # WARC-Date
    origin: str  # <file>@<offset>
    sha256: str  # of the body as unpacked
    answer: HttpAnswer


def page_of(record: ForeignRecord, file: str, wanted: Wanted, *, max_bytes: int, now: datetime) -> ForeignPage | str:
    """The page in a record, or why there is none: a `Reason`, or the kind of a record that holds no answer."""
    if record.kind != "response":
        return _kind_of(record)
    at, link = record.written_at, record.url
    if at is None or not EARLIEST <= at <= now + timedelta(days=1):
        return Reason.BROKEN_PAGE
    try:
        url = urls.absolute(link or "", link or "")
    except Skip as refused:
        return refused.reason
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return Reason.BAD_URL
    if parts.path == "/" and not parts.query:
        return Reason.HOME_PAGE
    source_key = wanted.source_of(url)
    if source_key is None:
        return Reason.NOT_WANTED
    if not wanted.has_date(at):
        return OUTSIDE_DATES
    if record.is_too_large:
        return Reason.TOO_LARGE
    if record.fields.get("warc-truncated"):  # half an article would pass for a whole one
        return Reason.BROKEN_RESPONSE
    return _judged(record, url, source_key, at, f"{file}@{record.offset}", max_bytes)


def _kind_of(record: ForeignRecord) -> str:
    if record.kind == BROKEN:
        return Reason.BROKEN_PAGE
    return record.kind if record.kind in _PASSED_OVER else "other_record"


def _judged(
    record: ForeignRecord, url: str, source_key: str, at: datetime, origin: str, max_bytes: int
) -> ForeignPage | str:
    try:
        answer = _answer_of(record, url, max_bytes)
    except MonitorError as error:
        return error.reason
    if 300 <= answer.status < 400:
        return REDIRECT
    found = verdict.of_answer(answer.status, answer.headers, answer.body, asked_if_changed=False, now=at)
    if not found.has_page:
        return found.reason
    if not answer.body:
        return Reason.EMPTY
    digest = hashlib.sha256(answer.body).hexdigest()
    return ForeignPage(url, urls.url_key(url), source_key, at, origin, digest, answer)


def _answer_of(record: ForeignRecord, url: str, max_bytes: int) -> HttpAnswer:
    """Raises `Skip` for what is no HTTP answer, `Skip(too_large)` for a body that unpacks to too much."""
    head, raw_body = _divided(record.block)
    lines = head.split(b"\n")
    version, status, reason = _status_line(lines[0])
    raw_headers = _headers(lines[1:])
    headers = CIMultiDictProxy(CIMultiDict((_text(name), _text(value)) for name, value in raw_headers))
    if 200 <= status < 300:
        raw_body = _dechunked(raw_body, headers)
        body = _unpacked(raw_body, headers.get("Content-Encoding"), max_bytes)
    else:
        raw_body = body = b""
    return HttpAnswer(
        status=status,
        url=url,
        headers=headers,
        body=body,
        elapsed_ms=0,
        redirects=(),
        raw_body=raw_body,
        raw_headers=tuple(_true_headers(raw_headers, raw_body, is_packed=body is not raw_body)),
        request_headers=CIMultiDictProxy(CIMultiDict()),
        http_version=version,
        reason=reason,
        peer=record.fields.get("warc-ip-address"),
    )


def _divided(block: bytes) -> tuple[bytes, bytes]:
    """Head and body of an HTTP message."""
    ends = [(end, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (end := block.find(mark)) >= 0]
    if not ends:
        return block, b""
    end, width = min(ends)
    return block[:end], block[end + width :]


def _status_line(line: bytes) -> tuple[str, int, str]:
    version, _, rest = _text(line).strip().partition(" ")
    status, _, reason = rest.strip().partition(" ")
    if not version.startswith("HTTP") or not (status.isascii() and status.isdigit() and len(status) == 3):
        raise Skip(Reason.BROKEN_RESPONSE, f"{line[:80]!r} is no HTTP status line")
    return version, int(status), reason


def _headers(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    for line in lines:
        line = line.rstrip(b"\r")
        if line[:1] in (b" ", b"\t") and found:
            name, value = found[-1]
            found[-1] = (name, value + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            found.append((name.strip(), value.strip()))
    return found


def _true_headers(headers: list[tuple[bytes, bytes]], raw_body: bytes, *, is_packed: bool) -> list[tuple[bytes, bytes]]:
    """Headers as they may stand over these bytes: what is untrue of them is kept under another name."""
    is_true: Mapping[bytes, bool] = {b"content-encoding": is_packed}
    result = []
    for name, value in headers:
        low = name.lower()
        holds = is_true.get(low, low not in _SAYS_HOW_PACKED or value == str(len(raw_body)).encode())
        result.append((name if holds else b"X-Archive-Orig-" + name, value))
    return result


def _dechunked(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Transfer coding undone, if it is there."""
    if "chunked" not in headers.get("Transfer-Encoding", "").lower():
        return body
    parts: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\r\n", at, at + 1_024)
        size = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        try:
            length = int(size, 16)
        except ValueError:
            return body  # the header is a relic
        at = end + 2
        if length <= 0:
            return b"".join(parts) if length == 0 else body
        parts.append(body[at : at + length])
        if body[at + length : at + length + 2] != b"\r\n":
            return body
        at += length + 2


def _unpacked(body: bytes, coding: str | None, max_bytes: int) -> bytes:
    """Content coding undone, if it is there; the same object if not."""
    if not coding:
        return body
    try:
        decoded = decode(body, coding, max_bytes)
    except Skip:
        raise
    except MonitorError:
        if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return body  # unpacked already
        raise
    return body if decoded == body else decoded


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
