"""Archive files that are cut, damaged or foreign: read whole, or `broken_page`; never anything else."""

from __future__ import annotations

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pipeline import warc
from pipeline.errors import Quarantine, Reason

INSTRUMENT = ("warcio",)
MAX_LEN = 4_096
DICTIONARY = (
    "WARC/1.1\r\n", "WARC/1.0\r\n", "WARC-Type: response\r\n", "WARC-Type: resource\r\n", "WARC-Target-URI: ",
    "Content-Length: ", "Content-Type: application/http; msgtype=response\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\n",
    "Content-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n", "WARC-Date: ", "-1", "99999999999999999999",
    "http://a.example/ 1.2.3.4 20260101000000 text/html 10\n", "filedesc://",
)  # fmt: skip
_FOLDER = tempfile.TemporaryDirectory(prefix="mm-fuzz-")
_FILE = Path(_FOLDER.name) / "a.warc.gz"
_AT = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def check(data: bytes) -> None:
    """The first byte chooses: bytes as they are, in a sound gzip member, or a record of ours with one byte changed."""
    way, rest = (data[0] % 3, data[1:]) if data else (0, b"")
    if way == 0:
        _read(rest)
    elif way == 1:
        _read(gzip.compress(rest, 1, mtime=0))
    else:
        _our_record_damaged(rest)


def _our_record_damaged(rest: bytes) -> None:
    """What we write comes back as it was; with one byte changed or cut off, it is never taken for something else."""
    body = rest[3:]
    request, response = warc.exchange_records(
        "https://www.dockside.example/a",
        request_line="GET /a HTTP/1.1",
        request_headers=[("Host", "www.dockside.example")],
        status_line="HTTP/1.1 200 OK",
        response_headers=((b"Content-Type", b"text/html; charset=utf-8"), (b"Transfer-Encoding", b"chunked")),
        body=body,
        at=_AT,
        peer="203.0.113.7",
    )
    read = _read(response)
    assert read is not None
    assert (read.body, read.charset, read.url) == (body, "utf-8", "https://www.dockside.example/a")
    assert _read(request) is None
    if len(rest) >= 3:
        place = int.from_bytes(rest[:2], "big") % len(response)
        assert _read(response[:place]) is None
        damaged = bytearray(response)
        damaged[place] ^= rest[2] or 1
        other = _read(bytes(damaged))
        assert other is None or (other.body, other.url) == (body, read.url), "a damaged record was believed"


def _read(data: bytes) -> warc.ArchivedRecord | None:
    _FILE.write_bytes(data)
    try:
        return warc.read_record(_FILE.as_uri(), 0, len(data))
    except Quarantine as error:
        assert error.reason is Reason.BROKEN_PAGE
        return None
