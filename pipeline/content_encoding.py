"""Content codings of HTTP bodies (gzip, deflate, brotli, zstd), undone piece by piece under a size limit.

Used while a body streams in, so that a decompression bomb is refused after `limit` bytes instead of unpacked,
and again when an archived record is read: the archive keeps bodies as they came over the wire.
"""

from __future__ import annotations

import sys
import zlib
from typing import Protocol

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from pipeline.errors import Reason, Retryable, Skip

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""What the client offers."""

_STEP = 262_144  # bytes unpacked at a time; one page of 180 kB is one step
_KNOWN = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
_ZSTD_WINDOW_LOG = 23  # 8 MB, the most that RFC 9659 lets a server use; a frame may ask for 2 GB
_MAX_LAYERS = 2  # a proxy may compress what the server had compressed; more is an attack or a mistake


class Decoder(Protocol):
    """Undoes one coding; `feed` gives what could be unpacked so far, `finish` raises if the end is missing."""

    def feed(self, data: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


def codings(header: str | None) -> tuple[str, ...]:
    """The codings named in a Content-Encoding header, in the order they were applied.

    Names nobody defines (`utf-8`, `none`) are ignored, as browsers do. Raises `Retryable(broken_response)`
    for more than two layers.
    """
    if not header:
        return ()
    named = [name.strip().lower() for name in header.split(",")]
    known = tuple(_KNOWN[name] for name in named if name in _KNOWN)
    if len(known) > _MAX_LAYERS:
        raise Retryable(Reason.BROKEN_RESPONSE, f"{len(known)} content codings on top of each other")
    return known


class BodyDecoder:
    """Undoes all codings of one body and counts what comes out.

    `feed` raises `Skip(too_large)` once more than `limit` bytes came out and `Retryable(broken_response)` for
    data that is not what the header says; `finish` raises the latter for a stream that was cut off.
    """

    def __init__(self, header: str | None, limit: int) -> None:
        self._layers: list[Decoder] = [_decoder(coding, limit) for coding in reversed(codings(header))]
        self._limit = limit
        self._sizes = [0] * len(self._layers)

    @property
    def is_plain(self) -> bool:
        """True if the body has no coding to undo."""
        return not self._layers

    def feed(self, data: bytes) -> bytes:
        """What this piece of the body unpacks to."""
        return self._through(data, 0)

    def finish(self) -> bytes:
        """What is still inside; call once at the end."""
        rest = b""
        for position, layer in enumerate(self._layers):
            rest += self._through(self._counted(_checked(layer.finish), position), position + 1)
        return rest

    def _through(self, data: bytes, first: int) -> bytes:
        for position in range(first, len(self._layers)):
            data = self._counted(_checked(self._layers[position].feed, data), position)
        return data

    def _counted(self, data: bytes, position: int) -> bytes:
        """Every layer is counted: one inside may swallow gigabytes and give nothing."""
        self._sizes[position] += len(data)
        if self._sizes[position] > self._limit:
            raise too_large(self._limit)
        return data


def decode(body: bytes, header: str | None, limit: int) -> bytes:
    """Undo the codings of a whole body. Raises as `BodyDecoder` does."""
    decoder = BodyDecoder(header, limit)
    return body if decoder.is_plain else decoder.feed(body) + decoder.finish()


def too_large(limit: int) -> Skip:
    """The refusal of a body over the limit."""
    return Skip(Reason.TOO_LARGE, f"more than {limit:,} bytes")


def _decoder(coding: str, limit: int) -> Decoder:
    if coding == "zstd":
        return _Zstd(limit)
    return _Brotli(limit) if coding == "br" else _Zlib(coding, limit)


class _Zlib:
    """gzip (several members too) and deflate (with the zlib header, as the standard says, or without, as IIS does)."""

    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding
        self._limit = limit
        self._head = b""
        self._plain = False
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> bytes:
        if self._plain:
            return data
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:
                return b""
            data, self._head = self._head, b""
            if self._coding == "gzip" and not data.startswith(b"\x1f\x8b"):
                self._plain = True  # the header says gzip and the bytes are not: misconfigured, but readable
                return data
            self._stream = zlib.decompressobj(self._window(data))
        return self._unpack(data)

    def finish(self) -> bytes:
        if self._stream is not None and not self._stream.eof:
            raise zlib.error("the stream ends too early")
        return self._head

    def _window(self, data: bytes) -> int:
        if self._coding == "gzip":
            return 16 + zlib.MAX_WBITS
        has_header = data[0] & 0x0F == 8 and (data[0] * 256 + data[1]) % 31 == 0
        return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS

    def _unpack(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        size = 0
        while data:
            assert self._stream is not None  # noqa: S101  (set by feed)
            if self._stream.eof:
                if self._coding != "gzip" or not data.startswith(b"\x1f\x8b"):
                    break  # padding after the end
                self._stream = zlib.decompressobj(self._window(data))
            piece = self._stream.decompress(data, _STEP)
            parts.append(piece)
            size += len(piece)
            if size > self._limit:
                raise too_large(self._limit)
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        return b"".join(parts)


class _Brotli:
    def __init__(self, limit: int) -> None:
        self._stream = brotli.Decompressor()
        self._limit = limit

    def feed(self, data: bytes) -> bytes:
        parts = [self._stream.process(data, output_buffer_limit=_STEP)]
        size = len(parts[0])
        while not self._stream.can_accept_more_data():
            parts.append(self._stream.process(b"", output_buffer_limit=_STEP))
            size += len(parts[-1])
            if size > self._limit:
                raise too_large(self._limit)
        return b"".join(parts)

    def finish(self) -> bytes:
        if not self._stream.is_finished():
            raise brotli.error("the stream ends too early")
        return b""


class _Zstd:
    """Zstandard: one frame after another."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = self._new_frame()
        self._is_between = True  # frames

    def feed(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        size = 0
        while data or not self._stream.needs_input:
            if self._stream.eof:
                if not data:
                    break
                self._stream = self._new_frame()
            piece = self._stream.decompress(data, _STEP)
            self._is_between = self._stream.eof
            parts.append(piece)
            size += len(piece)
            if size > self._limit:
                raise too_large(self._limit)
            data = self._stream.unused_data if self._stream.eof else b""
        return b"".join(parts)

    def finish(self) -> bytes:
        if not self._is_between:
            raise zstd.ZstdError("the stream ends too early")
        return b""

    @staticmethod
    def _new_frame() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def _checked(step: object, *data: bytes) -> bytes:
    try:
        result: bytes = step(*data)  # type: ignore[operator]
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise Retryable(Reason.BROKEN_RESPONSE, f"body cannot be unpacked: {error}") from error
    return result
