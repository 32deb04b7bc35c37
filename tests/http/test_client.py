"""The client against real servers: answers, silence, trouble, pace."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from pipeline.errors import Reason, Retryable
from pipeline.http import Client, HttpAnswer, retry_after_s
from pipeline.settings import Settings
from tests.loopback_server import HOST, Newsroom, fixed, get, reason_of, run

PAGE = (
    b"<!doctype html><html lang=en><head><title>Ferry fares to rise in January</title></head>"
    b"<body><article><h1>Ferry fares to rise in January</h1><p>Harbour council, 14 March 2026.</p>"
    b"</article></body></html>"
)


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


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
def test_errors_of_the_server_are_answers(status: int) -> None:
    answer = run(fixed(status, b"x" * 200_000), get())
    assert (answer.status, answer.body) == (status, b"")


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
