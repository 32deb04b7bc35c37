"""Content codings: only the two promised errors, never more than the limit, the same in pieces as in one."""

from __future__ import annotations

import gzip
import zlib

import brotli  # type: ignore[import-untyped]

from pipeline.content_encoding import BodyDecoder, codings, decode
from pipeline.errors import MonitorError, Reason, Retryable, Skip

MAX_LEN = 2_048
DICTIONARY = ("gzip", "br", "deflate", "x-gzip", "zstd", "identity", "utf-8", ", ", "\x1f\\x8b\x08", "\n")
LIMIT = 50_000
_BOMB = b"0" * 400_000


def check(data: bytes) -> None:
    """One byte for the size of the pieces, one for how the body is packed, a header line, the body."""
    if len(data) < 3:
        return
    step, packing = data[0] % 64 + 1, data[1] % 6
    line, _, body = data[2:].partition(b"\n")
    header = line.decode("latin-1")
    packed = _pack(body, packing)
    whole = _outcome(packed, header, len(packed) or 1)
    assert _outcome(packed, header, step) == whole, "pieces and the whole differ"
    try:
        assert len(decode(packed, header, LIMIT)) <= LIMIT or not codings(header)
    except MonitorError as error:
        assert _is_promised(error)
    if packing in (1, 2, 3) and len(body) < LIMIT:
        name = {1: "gzip", 2: "br", 3: "deflate"}[packing]
        assert decode(packed, name, LIMIT) == body, "what was packed did not come back"


def _pack(body: bytes, packing: int) -> bytes:
    if packing == 1:
        return gzip.compress(body, 1, mtime=0)
    if packing == 2:
        return bytes(brotli.compress(body, quality=1))
    if packing == 3:
        return zlib.compress(body, 1)
    if packing == 4:
        return gzip.compress(_BOMB + body, 1, mtime=0)
    if packing == 5:
        return gzip.compress(gzip.compress(_BOMB, 1, mtime=0), 1, mtime=0)
    return body


def _outcome(body: bytes, header: str, step: int) -> tuple[str, bytes]:
    """What a body comes to: its bytes, or the name of the trouble."""
    parts: list[bytes] = []
    try:
        decoder = BodyDecoder(header, LIMIT)
        for start in range(0, len(body), step):
            parts.append(decoder.feed(body[start : start + step]))
            assert sum(map(len, parts)) <= LIMIT
        parts.append(decoder.finish())
    except MonitorError as error:
        assert _is_promised(error)
        return error.reason.value, b""
    whole = b"".join(parts)
    assert len(whole) <= LIMIT
    return "ok", whole


def _is_promised(error: MonitorError) -> bool:
    return isinstance(error, Skip | Retryable) and error.reason in (Reason.TOO_LARGE, Reason.BROKEN_RESPONSE)
