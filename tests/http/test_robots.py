"""robots.txt through the client: rules, failures, delays; and 4,231 real files."""

from __future__ import annotations

import gzip
import time
import zipfile
from pathlib import Path

import brotli
import pytest
from aiohttp import web
from yarl import URL

from pipeline.errors import Reason, Retryable, Skip
from pipeline.http import Client
from pipeline.http.robots import parse, product_token
from tests.loopback_server import HOST, Handler, Newsroom, run

RULES = b"""# The Harbour Ledger, March 2026
User-agent: *
Disallow: /internal/
Allow: /internal/press/
Crawl-delay: 0.2

User-agent: magpie-crawler
Disallow: /premium/
"""


def serving(robots: web.Response | bytes, status: int = 200) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(status=status, body=robots if isinstance(robots, bytes) else b"")
        if request.path == "/leads-inside":
            return web.Response(status=302, headers={"Location": "/internal/plan.html"})
        return web.Response(text=request.path)

    return answer


def allowed(answer: Handler, *paths: str, **settings: object) -> list[bool]:
    async def work(client: Client, newsroom: Newsroom) -> list[bool]:
        result = [await client.robots_allows(newsroom.url(path)) for path in paths]
        assert [r.path for r in newsroom.seen].count("/robots.txt") <= 3
        return result

    found: list[bool] = run(answer, work, **settings)  # type: ignore[arg-type]
    return found


def test_rules_are_obeyed() -> None:
    paths = ("/news/1", "/internal/x", "/internal/press/x", "/premium/1")
    assert allowed(serving(RULES), *paths) == [True, False, True, False]
    assert allowed(serving(RULES), "/premium/1", respect_tdm_opt_out="off") == [True]


@pytest.mark.parametrize("packed", ["gzip", "br"])
def test_of_a_packed_file_over_the_limit_the_first_rules_count(packed: str) -> None:
    rules = b"User-agent: *\nDisallow: /internal/\n" + b"".join(b"Disallow: /old/%d\n" % n for n in range(50_000))
    body = gzip.compress(rules) if packed == "gzip" else brotli.compress(rules)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Encoding": packed})

    assert len(rules) > 512_000
    assert allowed(answer, "/internal/x", "/news/1", "/old/1000") == [False, True, False]


def test_a_group_that_names_us_decides_alone() -> None:
    rules = b"User-agent: MediaMonitor\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: omgili\nDisallow: /"
    assert allowed(serving(rules), "/a", "/b") == [False, True]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_file_allows_all(status: int) -> None:
    assert allowed(serving(RULES, status), "/internal/x") == [True]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_unavailable_robots_file_stops_the_host(status: int) -> None:
    with pytest.raises(Retryable) as caught:
        allowed(serving(RULES, status), "/news/1")
    assert caught.value.reason is Reason.ROBOTS_UNAVAILABLE


def test_an_unreachable_host_has_unavailable_robots() -> None:
    async def work(client: Client, newsroom: Newsroom) -> None:
        await client.robots_allows("http://mirror.localhost:1/a")

    with pytest.raises(Retryable) as caught:
        run(serving(RULES), work)
    assert caught.value.reason is Reason.ROBOTS_UNAVAILABLE


def test_one_bad_moment_of_the_host_is_waited_out() -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response(status=503 if asked == 1 else 200, body=RULES)

    assert allowed(answer, "/internal/x", "/news/1") == [False, True]
    assert asked == 2


def test_a_huge_robots_file_is_read_to_its_limit() -> None:
    rules = RULES + b"# padding\n" * 200_000
    assert allowed(serving(rules), "/internal/x", "/news/1") == [False, True]


def test_redirects_are_checked_too() -> None:
    async def work(client: Client, newsroom: Newsroom) -> list[str]:
        with pytest.raises(Skip) as caught:
            await client.get(newsroom.url("/leads-inside"), obey_robots=True)
        assert caught.value.reason is Reason.ROBOTS_DISALLOWED
        return [r.path for r in newsroom.seen]

    assert run(serving(RULES), work) == ["/robots.txt", "/leads-inside"]


def test_crawl_delay_counts_when_it_is_longer() -> None:
    async def work(client: Client, newsroom: Newsroom) -> float:
        await client.robots_allows(newsroom.url("/1"))
        started = time.perf_counter()
        await client.get(newsroom.url("/1"))
        await client.get(newsroom.url("/2"))
        return time.perf_counter() - started

    assert run(serving(RULES), work, host_delay_s={HOST: 0.01}) > 0.2


def test_product_token() -> None:
    assert product_token("MediaMonitor/0.1 (+https://example.org)") == "MediaMonitor"
    assert product_token("") == "*"


@pytest.mark.slow
def test_real_robots_files_never_raise(shared: Path) -> None:
    with zipfile.ZipFile(shared / "robustness" / "robots.zip") as archive:
        names = [info for info in archive.infolist() if not info.is_dir()][::5]
        for info in names:
            rules = parse(archive.read(info), "MediaMonitor/0.1", "all")
            rules.allows(URL("https://example.org/2026/03/14/ferry-fares.html?page=2"))
    assert len(names) > 500
