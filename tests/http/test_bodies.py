"""Bodies as real servers send them: packed, too large, endless, broken."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
import zlib

import brotli
import pytest
from aiohttp import web
from backports import zstd

from pipeline.errors import Reason, Retryable, Skip
from pipeline.http import Client, HttpAnswer
from pipeline.settings import Settings
from tests.loopback_server import HOST, fixed, get, reason_of, run

HOLLOW = b"\x78\x9c" + b"\x00\x00\x00\xff\xff" * 200_000
"""A zlib stream of 200,000 empty blocks."""

_WIDE = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
WIDE_WINDOW = _WIDE.compress(b"spring tide " * 500) + _WIDE.flush()
"""Wants 128 MB of memory for its window; 8 MB is what a server may ask for."""


async def raw_server(data: bytes, url_path: str = "/", **settings: float) -> HttpAnswer:
    """Ask a server that sends exactly these bytes and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Client(Settings(_env_file=None, host_delay_s=0, **settings), frozenset({HOST})) as client:
        return await client.get(f"http://{HOST}:{port}{url_path}")


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"spring tide " * 500, mtime=0)),
        ("gzip", gzip.compress(b"spring tide " * 200, mtime=0) + gzip.compress(b"spring tide " * 300, mtime=0)),
        ("deflate", zlib.compress(b"spring tide " * 500)),
        ("deflate", zlib.compress(b"spring tide " * 500)[2:-4]),  # without the zlib header, as IIS sends it
        ("br", brotli.compress(b"spring tide " * 500)),
        ("zstd", zstd.compress(b"spring tide " * 500)),
        ("zstd", zstd.compress(b"spring tide " * 200) + zstd.compress(b"") + zstd.compress(b"spring tide " * 300)),
        ("gzip, zstd", zstd.compress(gzip.compress(b"spring tide " * 500, mtime=0))),
        ("gzip, br", brotli.compress(gzip.compress(b"spring tide " * 500, mtime=0))),
        ("gzip", b"spring tide " * 500),  # says gzip, is plain
        ("utf-8", b"spring tide " * 500),  # no coding at all
    ],
)
def test_content_codings_are_undone_and_the_received_bytes_kept(coding: str, packed: bytes) -> None:
    answer = run(fixed(200, packed, Content_Encoding=coding), get())
    assert answer.body == b"spring tide " * 500
    assert answer.raw_body == packed


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 20_001, {}),
        (gzip.compress(b"\0" * 5_000_000, mtime=0), {"Content_Encoding": "gzip"}),  # 5 kB that unpack to 5 MB
        (brotli.compress(b"\0" * 5_000_000), {"Content_Encoding": "br"}),
        (zstd.compress(b"\0" * 5_000_000), {"Content_Encoding": "zstd"}),
        (zlib.compress(zlib.compress(b"\0" * 50_000_000)), {"Content_Encoding": "deflate, deflate"}),
        (
            zlib.compress(HOLLOW),
            {"Content_Encoding": "deflate, deflate"},
        ),  # unpacks to a megabyte that unpacks to nothing
        (brotli.compress(zstd.compress(b"\0" * 50_000_000)), {"Content_Encoding": "zstd, br"}),
        (gzip.compress(b"", mtime=0) * 2_000 + gzip.compress(b"y" * 30_000, mtime=0), {"Content_Encoding": "gzip"}),
    ],
)
def test_bodies_over_the_limit_are_refused(body: bytes, headers: dict[str, str]) -> None:
    started = time.perf_counter()
    assert reason_of(fixed(200, body, **headers), max_page_bytes=20_000) == (Skip, Reason.TOO_LARGE)
    assert time.perf_counter() - started < 5


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert len(run(fixed(200, b"x" * 20_000), get(), max_page_bytes=20_000).body) == 20_000


def test_an_endless_body_is_cut_off_while_it_streams() -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while sent < 200_000_000:
                await response.write(b"x" * 65_536)
                sent += 65_536
        return response

    assert reason_of(answer, max_page_bytes=1_000_000) == (Skip, Reason.TOO_LARGE)
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"cut off" * 100, mtime=0)[:-12],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n" + b"\xff\xfe\xfd" * 40,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n" + zstd.compress(b"cut off" * 100)[:-3],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n" + b"\xff\xfe\xfd" * 40,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n" + WIDE_WINDOW,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Huge: " + b"h" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(400)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_broken_answers_are_retryable(data: bytes) -> None:
    with pytest.raises(Retryable) as caught:
        asyncio.run(raw_server(data))
    assert caught.value.reason is Reason.BROKEN_RESPONSE


def test_headers_of_large_publishers_fit() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Security-Policy: " + b"p" * 20_000 + b"\r\nContent-Length: 2\r\n\r\nok"
    assert asyncio.run(raw_server(data)).body == b"ok"
