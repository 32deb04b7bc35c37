"""The client against real servers: answers, limits, redirects, trouble."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from aiohttp import web
from backports import zstd

from pipeline.errors import MonitorError, Reason, Retryable, Skip
from pipeline.http import Client, HttpAnswer, retry_after_s
from pipeline.settings import Settings
from tests.loopback_server import HOST, Handler, Newsroom, run

PAGE = (
    b"<!doctype html><html lang=en><head><title>Ferry fares to rise in January</title></head>"
    b"<body><article><h1>Ferry fares to rise in January</h1><p>Harbour council, 14 March 2026.</p>"
    b"</article></body></html>"
)

HOLLOW = b"\x78\x9c" + b"\x00\x00\x00\xff\xff" * 200_000
"""A zlib stream of 200,000 empty blocks."""

_WIDE = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
WIDE_WINDOW = _WIDE.compress(b"spring tide " * 500) + _WIDE.flush()
"""Wants 128 MB of memory for its window; 8 MB is what a server may ask for."""


def fixed(status: int = 200, body: bytes = b"", **headers: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def get(path: str = "/a", **options: object) -> Callable[[Client, Newsroom], Awaitable[HttpAnswer]]:
    async def work(client: Client, newsroom: Newsroom) -> HttpAnswer:
        return await client.get(newsroom.url(path), **options)  # type: ignore[arg-type]

    return work


def reason_of(answer: Handler, path: str = "/a", **settings: object) -> tuple[type[MonitorError], Reason]:
    with pytest.raises(MonitorError) as caught:
        run(answer, get(path), **settings)  # type: ignore[arg-type]
    return type(caught.value), caught.value.reason


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


def test_an_answer_has_everything_the_archive_needs() -> None:
    async def work(client: Client, newsroom: Newsroom) -> tuple[HttpAnswer, Newsroom]:
        return await client.get(newsroom.url("/news/1?b=2&a=%C3%A9")), newsroom

    answer, newsroom = run(fixed(200, PAGE, Content_Type="text/html; charset=utf-8", ETag='"7"'), work)
    assert (answer.status, answer.body, answer.raw_body) == (200, PAGE, PAGE)
    assert answer.headers["etag"] == '"7"'
    assert (answer.http_version, answer.reason, answer.peer) == ("HTTP/1.1", "OK", "127.0.0.1")
    assert answer.url == newsroom.url("/news/1?b=2&a=%C3%A9")
    assert newsroom.seen[0].raw_path == "/news/1?b=2&a=%C3%A9"
    assert answer.request_headers["User-Agent"].startswith("MediaMonitor/")
    assert "+https://" in newsroom.seen[0].headers["User-Agent"]
    assert (b"ETag", b'"7"') in answer.raw_headers


def test_conditional_get_sends_both_validators_and_takes_304() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.headers["If-Modified-Since"] == "Sat, 14 Mar 2026 10:00:00 GMT"
        return web.Response(status=304 if request.headers["If-None-Match"] == '"7"' else 200)

    result = run(answer, get(etag='"7"', last_modified="Sat, 14 Mar 2026 10:00:00 GMT"))
    assert (result.status, result.body) == (304, b"")


def test_a_validator_with_a_line_break_is_not_sent() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text=str("If-None-Match" in request.headers))

    assert run(answer, get(etag='"7"\r\nX-Evil: 1')).body == b"False"


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


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
def test_errors_of_the_server_are_answers(status: int) -> None:
    answer = run(fixed(status, b"x" * 200_000), get())
    assert (answer.status, answer.body) == (status, b"")


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


def test_silence_and_drips_time_out() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                await response.write(b"x")
                await asyncio.sleep(0.05)
        return response

    started = time.perf_counter()
    assert reason_of(silent, read_timeout_s=0.2) == (Retryable, Reason.TIMEOUT)
    assert reason_of(dripping, read_timeout_s=0.5, total_timeout_s=0.4) == (Retryable, Reason.TIMEOUT)
    assert time.perf_counter() - started < 4


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


def test_redirects_are_followed_and_listed() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        steps = {"/a": (301, "/b?x=1"), "/b": (302, "//mirror.localhost:{}/c"), "/c": (308, "d#part")}
        if request.path not in steps:
            return web.Response(text=request.path)
        status, location = steps[request.path]
        return web.Response(status=status, headers={"Location": location.format(request.url.port)})

    answer_ = run(answer, get())
    port = answer_.url.split(":")[2].split("/")[0]
    assert answer_.body == b"/d"
    assert answer_.url == f"http://mirror.localhost:{port}/d"
    assert answer_.redirects == (
        (f"http://{HOST}:{port}/a", 301),
        (f"http://{HOST}:{port}/b?x=1", 302),
        (f"http://mirror.localhost:{port}/c", 308),
    )


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("/a", Reason.REDIRECT_LOOP),
        ("", Reason.BAD_REDIRECT),
        ("ftp://outlet.localhost/x", Reason.BAD_REDIRECT),
        ("file:///etc/passwd", Reason.BAD_REDIRECT),
        ("http://user:secret@outlet.localhost/", Reason.BAD_REDIRECT),
        ("http://[::1", Reason.BAD_REDIRECT),
        ("http://127.0.0.1/", Reason.FORBIDDEN_ADDRESS),
        ("http://169.254.169.254/latest/meta-data/", Reason.FORBIDDEN_ADDRESS),
        ("http://[::ffff:10.0.0.1]/", Reason.FORBIDDEN_ADDRESS),
        ("http://2130706433/", Reason.BAD_URL),  # 127.0.0.1 as a number
        ("http://0x7f.1/", Reason.FORBIDDEN_ADDRESS),
        ("http://other.localhost/", Reason.FORBIDDEN_ADDRESS),  # loopback, but not one a source asked for
    ],
)
def test_bad_redirects(location: str, reason: Reason) -> None:
    assert reason_of(fixed(302, Location=location)) == (Skip, reason)


def test_too_many_redirects() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        number = int(request.path[1:] or 0)
        return web.Response(status=302, headers={"Location": f"/{number + 1}"})

    assert reason_of(answer, "/0", max_redirects=3) == (Skip, Reason.REDIRECT_LOOP)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "https://", "http://a:b@example.org/", "notaurl", "http://exa mple.org/", "http://h:99999/"],
)
def test_bad_addresses(url: str) -> None:
    async def work(client: Client, newsroom: Newsroom) -> None:
        await client.get(url)

    with pytest.raises(Skip) as caught:
        run(fixed(), work)
    assert caught.value.reason is Reason.BAD_URL


def test_loopback_only_where_a_source_says_so() -> None:
    async def literal(client: Client, newsroom: Newsroom) -> None:
        await client.get(f"http://127.0.0.1:{newsroom.port}/")

    async def named(client: Client, newsroom: Newsroom) -> int:
        with contextlib.suppress(Skip):
            await client.get(newsroom.url("/"))
        return len(newsroom.seen)

    with pytest.raises(Skip) as caught:
        run(fixed(), literal)
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS
    assert run(fixed(), named, loopback=False) == 0
    assert run(fixed(), named, loopback=True) == 1


def test_nobody_there_is_unreachable() -> None:
    async def work(client: Client, newsroom: Newsroom) -> None:
        await client.get("http://mirror.localhost:1/")

    async def unknown(client: Client, newsroom: Newsroom) -> None:
        await client.get("http://no-such-outlet.invalid/")

    for attempt in (work, unknown):
        with pytest.raises(Retryable) as caught:
            run(fixed(), attempt)
        assert caught.value.reason is Reason.UNREACHABLE


def test_a_certificate_nobody_signed_is_a_tls_error(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))

    async def main() -> None:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server, Client(Settings(_env_file=None), frozenset({"localhost"})) as client:
            await client.get(f"https://localhost:{port}/")

    with pytest.raises(Retryable) as caught:
        asyncio.run(main())
    assert caught.value.reason is Reason.TLS_ERROR


def test_one_request_at_a_time_per_host_and_a_pause_between() -> None:
    open_now, most, starts = 0, 0, list[float]()

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal open_now, most
        starts.append(time.perf_counter())
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        open_now -= 1
        return web.Response()

    async def work(client: Client, newsroom: Newsroom) -> None:
        await asyncio.gather(*(client.get(newsroom.url(f"/{n}")) for n in range(4)))

    run(answer, work, host_delay_s={HOST: 0.15})
    assert most == 1
    assert all(later - earlier > 0.15 for earlier, later in pairwise(starts))


def test_concurrency_over_all_hosts_is_bounded() -> None:
    open_now, most = 0, 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.02)
        open_now -= 1
        return web.Response()

    async def main(port: int, limit: int) -> None:
        hosts = [f"h{n}.localhost" for n in range(12)]
        async with Client(
            Settings(_env_file=None, host_delay_s=0, fetch_concurrency=limit), frozenset(hosts)
        ) as client:
            await asyncio.gather(*(client.get(f"http://{host}:{port}/") for host in hosts))

    async def work(client: Client, newsroom: Newsroom) -> None:
        await main(newsroom.port, 3)

    run(answer, work)
    assert most == 3


def test_retry_after_in_both_forms() -> None:
    now = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
    assert retry_after_s({"Retry-After": "120"}, now) == 120
    assert retry_after_s({"Retry-After": "Sat, 14 Mar 2026 10:01:30 GMT"}, now) == 90
    assert retry_after_s({"Retry-After": "Sat, 14 Mar 2026 09:00:00 GMT"}, now) == 0
    assert retry_after_s({"Retry-After": "Sat, 14 Mar 2026 10:01:30 -0000"}, now) == 90
    assert retry_after_s({"Retry-After": "soon"}, now) is None
    assert retry_after_s({"Retry-After": "-5"}, now) is None
    assert retry_after_s({"Retry-After": "Sat, 14 Mar 2026 10:01:30 +99999999999999999999"}, now) is None
    assert retry_after_s({"Retry-After": "99999999999999999999 Mar 2026 10:01:30 GMT"}, now) is None
    assert retry_after_s({}, now) is None


def _self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2046, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
