"""WARC records (ISO 28500, version 1.1): how a fetched page is laid down, and how it is read again.

One gzip member per record, so any record can be read by offset and length alone, and a file that was cut off
while being written keeps every record before the cut. Bodies are kept as they came over the wire: transfer
coding undone, content coding (gzip, br) not; reading undoes it.

A page is three records that name each other: the `request`, a `metadata` record that says whose page it is and how
it was come by, and the `response` (a file of a drop folder: `metadata` and `resource`). The page's own record comes
last, so a page whose last record is whole is whole.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import landing
from pipeline.content_encoding import codings, decode
from pipeline.content_type import charset_of
from pipeline.errors import MonitorError, Quarantine, Reason

GZIP_LEVEL = 4
"""Measured on 96 real article pages (282 kB on average), pages per second and kB per page on one core:
level 1 591 and 63, 4 436 and 56, 6 253 and 53, 9 171 and 53. Above 4, time grows faster than space shrinks."""

STORED = 0
"""For bodies that came compressed: compressing them again costs 0.8 ms a page and saves 0.1 kB of 53."""

_MAX_BODY_BYTES = 200_000_000  # only a guard for memory: what is archived has passed the limits of fetch
_PIECE = 65_536  # what lies behind a member is copied once per piece, not once per file
_RENAMED = {b"transfer-encoding"}  # true on the wire, untrue of the stored bytes


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """One record read back."""

    url: str  # WARC-Target-URI
    headers: dict[str, str]  # HTTP headers, names in lower case; the first of a name counts. Empty for files
    content_type: str | None  # as sent; for a file, by its ending
    charset: str | None  # from the content type
    body: bytes  # content coding undone


def read_record(uri: str, offset: int, length: int) -> ArchivedRecord:
    """Read the response (or file) that lies at `offset` of an archive file.

    Raises FileNotFoundError if the archive file is missing, `Quarantine(broken_page)` if what lies there is no
    whole record.
    """
    data = landing.get_range(uri, offset, length)
    try:
        return _parse(data, length)
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError, zlib.error, MonitorError) as error:
        # AttributeError is what warcio raises for a response without WARC-Target-URI.
        raise Quarantine(Reason.BROKEN_PAGE, f"record at {offset} of {uri} cannot be read: {error}") from error


def unpacked(body: bytes, content_encoding: str | None) -> bytes:
    """A body as archived with its content coding undone; raises MonitorError or ValueError if it cannot be."""
    return decode(body, content_encoding, _MAX_BODY_BYTES)


def is_whole_member(data: bytes) -> bool:
    """True if these bytes are one or more complete gzip members: lengths and checksums hold."""
    start = 0
    while start < len(data):
        end = end_of_member(data, start)
        if end is None:
            return False
        start = end
    return True


def end_of_member(data: bytes, start: int) -> int | None:
    """Where the gzip member that begins at `start` ends; None if there is none, or it is cut off or damaged."""
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    view, at = memoryview(data), start
    while at < len(data) and not member.eof:
        piece = view[at : at + _PIECE]
        try:
            member.decompress(piece)
        except zlib.error:
            return None
        at += len(piece)
    return at - len(member.unused_data) if member.eof else None


def info_record(filename: str, fields: dict[str, str], at: datetime) -> bytes:
    """The warcinfo record that opens a file, as one gzip member."""
    writer, sink = _writer()
    record = writer.create_warcinfo_record(filename, fields)
    record.rec_headers.replace_header("WARC-Date", _date(at))
    writer.write_record(record)
    return _member(sink, GZIP_LEVEL)


def new_record_id() -> str:
    """An id for a record, so that others can refer to it before it is written."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def metadata_record(url: str, refers_to: str, fields: Iterable[tuple[str, str]], at: datetime) -> bytes:
    """A `metadata` record on the page whose record has the id `refers_to`: named values, one a line."""
    lines = "".join(f"{name}: {_one_line(value)}\r\n" for name, value in fields).encode("utf-8", "replace")
    writer, sink = _writer()
    record = writer.create_warc_record(
        url,
        "metadata",
        payload=BytesIO(lines),
        length=len(lines),
        warc_content_type="application/warc-fields",
        warc_headers_dict={
            "WARC-Date": _date(at),
            "WARC-Record-ID": new_record_id(),
            "WARC-Concurrent-To": refers_to,
            "WARC-Refers-To": refers_to,
        },
    )
    writer.write_record(record)
    return _member(sink, GZIP_LEVEL)


def file_record(url: str, body: bytes, content_type: str, at: datetime, *, record_id: str | None = None) -> bytes:
    """A `resource` record: a file as it lay in a drop folder."""
    writer, sink = _writer()
    record = writer.create_warc_record(
        url,
        "resource",
        payload=BytesIO(body),
        length=len(body),
        warc_content_type=content_type,
        warc_headers_dict={"WARC-Date": _date(at), "WARC-Record-ID": record_id or new_record_id()},
    )
    writer.write_record(record)
    return _member(sink, GZIP_LEVEL)


def copied_record(
    url: str,
    *,
    status_line: str,
    response_headers: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    at: datetime,
    peer: str | None,
    record_id: str | None = None,
) -> bytes:
    """A `response` that somebody else received at that moment; there is no request of ours to go with it."""
    headers = [(_kept_name(name), value.decode("utf-8", "replace")) for name, value in response_headers]
    protocol, _, status = status_line.partition(" ")
    writer, sink = _writer()
    record = writer.create_warc_record(
        url,
        "response",
        payload=BytesIO(body),
        length=len(body),
        warc_headers_dict={
            "WARC-Date": _date(at),
            "WARC-Record-ID": record_id or new_record_id(),
            **({"WARC-IP-Address": peer} if peer else {}),
        },
        http_headers=StatusAndHeaders(status, headers, protocol=protocol),
    )
    writer.write_record(record)
    is_packed = bool(codings(record.http_headers.get_header("Content-Encoding")))
    return _member(sink, STORED if is_packed else GZIP_LEVEL)


def exchange_records(
    url: str,
    *,
    request_line: str,
    request_headers: list[tuple[str, str]],
    status_line: str,
    response_headers: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    at: datetime,
    peer: str | None,
    record_id: str | None = None,
) -> tuple[bytes, bytes]:
    """A `request` and its `response`, each one gzip member.

    `status_line` is like `HTTP/1.1 200 OK`, `body` as received, `record_id` the id the response is to have.
    """
    writer, sink = _writer()
    date = {"WARC-Date": _date(at)}
    response_id = record_id or new_record_id()
    sent_by = {**date, "WARC-Record-ID": response_id, **({"WARC-IP-Address": peer} if peer else {})}
    headers = [(_kept_name(name), value.decode("utf-8", "replace")) for name, value in response_headers]
    response = writer.create_warc_record(
        url,
        "response",
        payload=BytesIO(body),
        length=len(body),
        warc_headers_dict=sent_by,
        http_headers=StatusAndHeaders(status_line.partition(" ")[2], headers, protocol=status_line.partition(" ")[0]),
    )
    request = writer.create_warc_record(
        url,
        "request",
        warc_headers_dict={**date, "WARC-Record-ID": new_record_id(), "WARC-Concurrent-To": response_id},
        http_headers=StatusAndHeaders(request_line, request_headers, is_http_request=True),
    )
    writer.write_record(request)
    asked = _member(sink, GZIP_LEVEL)
    sink.seek(0)
    sink.truncate()
    writer.write_record(response)
    is_packed = bool(codings(response.http_headers.get_header("Content-Encoding")))
    return asked, _member(sink, STORED if is_packed else GZIP_LEVEL)


def _writer() -> tuple[WARCWriter, BytesIO]:
    sink = BytesIO()
    return WARCWriter(sink, gzip=False, warc_version="1.1"), sink


def _member(sink: BytesIO, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(sink.getbuffer()) + packer.flush()


def _date(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _one_line(value: str) -> str:
    return " ".join(value.split()).replace("\0", "")


def _kept_name(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    return f"X-Archive-Orig-{text}" if name.lower() in _RENAMED else text


def _parse(data: bytes, length: int) -> ArchivedRecord:
    if len(data) < length or not is_whole_member(data):
        raise ValueError("it is cut off or damaged")
    record = next(iter(ArchiveIterator(BytesIO(data))), None)
    if record is None:
        raise ValueError("there is no record")
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type == "resource":
        content_type = record.rec_headers.get_header("Content-Type")
        return ArchivedRecord(url, {}, content_type, charset_of(content_type), record.raw_stream.read())
    if record.rec_type != "response" or record.http_headers is None:
        raise ValueError(f"it is a {record.rec_type} record")
    headers: dict[str, str] = {}
    for name, value in record.http_headers.headers:
        headers.setdefault(name.lower(), value)
    body = unpacked(record.raw_stream.read(), headers.get("content-encoding"))
    content_type = headers.get("content-type")
    return ArchivedRecord(url, headers, content_type, charset_of(content_type), body)
