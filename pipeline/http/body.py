"""Reading an answer's body under its limits, while it streams in."""

from __future__ import annotations

import aiohttp

from pipeline.content_encoding import BodyDecoder, too_large
from pipeline.errors import Reason, Retryable, Skip
from pipeline.http.time_limits import WatchedRequest

MAX_HEADER_BYTES = 524_288
"""All header lines of an answer together: ten times what the most talkative publishers send. A single line may have
64 kB, and 256 of those would be 16 MB to keep."""

_MAX_ERROR_BYTES = 65_536  # of an error's body, read only so that the connection can be used again


def check_headers(response: aiohttp.ClientResponse) -> None:
    """Raise `Retryable(broken_response)` for a flood of headers; their number is limited while they are parsed."""
    size = sum(len(name) + len(value) for name, value in response.raw_headers)
    if size > MAX_HEADER_BYTES:
        response.close()
        raise Retryable(Reason.BROKEN_RESPONSE, f"{size:,} bytes of headers; at most {MAX_HEADER_BYTES:,} are taken")


_CUT_STEP = 1_024  # bytes unpacked at a time where a larger body is cut: what is lost at the limit is one step's


async def read_body(
    response: aiohttp.ClientResponse, limit: int, request: WatchedRequest, *, cut: bool
) -> tuple[bytes, bytes]:
    """The body as received and unpacked; both empty unless the status is 2xx.

    Raises `Skip(too_large)`; with `cut` gives the first `limit` bytes instead.
    """
    if not 200 <= response.status < 300:
        await _drain(response, request)
        return b"", b""
    announced = response.content_length
    if announced is not None and announced > limit and not cut:
        raise too_large(limit)
    coding = response.headers.get("Content-Encoding")
    decoder = BodyDecoder(coding, limit) if coding else None
    received: list[bytes] = []
    unpacked: list[bytes] = []
    size = 0
    try:
        async for chunk in response.content.iter_any():
            request.heard(len(chunk))
            size += len(chunk)
            received.append(chunk)
            if size > limit:
                raise too_large(limit)
            if decoder is not None:
                step = _CUT_STEP if cut else max(1, len(chunk))
                for start in range(0, len(chunk), step):
                    unpacked.append(decoder.feed(chunk[start : start + step]))
        if decoder is not None:
            unpacked.append(decoder.finish())
    except Skip:
        response.close()
        if not cut:
            raise
    raw = b"".join(received)
    return raw, raw if decoder is None else b"".join(unpacked)


async def _drain(response: aiohttp.ClientResponse, request: WatchedRequest) -> None:
    size = 0
    async for chunk in response.content.iter_any():
        request.heard(len(chunk))
        size += len(chunk)
        if size > _MAX_ERROR_BYTES:
            response.close()
            return
