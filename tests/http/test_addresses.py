"""Where the client goes and where it does not: redirects, bad addresses, loopback."""

from __future__ import annotations

import contextlib

import pytest
from aiohttp import web

from pipeline.errors import Reason, Skip
from pipeline.http import Client
from tests.loopback_server import HOST, Newsroom, fixed, get, reason_of, run


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
