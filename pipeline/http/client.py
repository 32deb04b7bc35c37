"""The client: conditional GET, redirects followed by hand, every limit enforced while bytes stream in."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urljoin

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from pipeline.content_encoding import ACCEPT_ENCODING, BodyDecoder, too_large
from pipeline.errors import Reason, Retryable, Skip
from pipeline.http import robots
from pipeline.http.connection import DIAL, PeerResponse, make_connector
from pipeline.http.politeness import HostGates
from pipeline.http.time_limits import TimeLimits, WatchedRequest
from pipeline.http.trouble import NETWORK_ERRORS, as_monitor_error
from pipeline.settings import Settings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_HEADER_BYTES = 65_536
"""One header line. aiohttp's 8,190 is too little for the Content-Security-Policy of large publishers."""
_MAX_HEADERS = 256
_UNSAFE = re.compile(r"[\x00-\x20]")
_MAX_ERROR_BYTES = 65_536  # of an error's body, read only so that the connection can be used again
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.5"


class HttpAnswer(NamedTuple):
    """One answer, redirects followed. Bodies of answers other than 2xx are not kept."""

    status: int
    url: str  # where the answer came from, after redirects
    headers: CIMultiDictProxy[str]
    body: bytes  # content codings undone
    elapsed_ms: int  # on the network, redirects included, without politeness' pauses
    redirects: tuple[tuple[str, int], ...]  # (address, status) of each step before
    raw_body: bytes  # as received (transfer coding undone, content coding not)
    raw_headers: tuple[tuple[bytes, bytes], ...]  # as received
    request_headers: CIMultiDictProxy[str]  # as sent
    http_version: str  # HTTP/1.1
    reason: str  # the phrase beside the status
    peer: str | None  # address of the server


class Client:
    """The guarded, polite client; an async context manager.

    One request at a time per host and `host_delay_s` apart (per-host values override the setting; robots.txt
    may ask for more), `fetch_concurrency` over all hosts. Connects to public addresses only; to loopback for
    hosts in `allow_loopback_hosts` (with or without port). robots.txt is read once per host and client.
    """

    def __init__(
        self,
        settings: Settings,
        allow_loopback_hosts: frozenset[str] = frozenset(),
        host_delay_s: Mapping[str, float] | None = None,
    ) -> None:
        self._settings = settings
        self._loopback = frozenset(host.lower() for host in allow_loopback_hosts)
        self._gates = HostGates(settings.host_delay_s, host_delay_s or {})
        self._limits = TimeLimits(settings.total_timeout_s, settings.read_timeout_s)
        self._slots = asyncio.Semaphore(settings.fetch_concurrency)
        self._readings: dict[tuple[str, str], asyncio.Task[robots.Robots]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        s = self._settings
        self._session = aiohttp.ClientSession(
            connector=make_connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=PeerResponse,
            trust_env=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            max_headers=_MAX_HEADERS,
            headers={"User-Agent": s.user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=aiohttp.ClientTimeout(total=None, connect=s.connect_timeout_s),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._readings.values():
            task.cancel()
        await asyncio.gather(*self._readings.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int | None = None,
        accept: str | None = None,
        obey_robots: bool = False,
    ) -> HttpAnswer:
        """GET an address, following up to `max_redirects` redirects, each checked like the first address.

        `etag` and `last_modified` make it conditional (304 is an answer). `max_bytes` (default: the page limit)
        bounds the body as received and as unpacked. With `obey_robots`, every address on the way must be
        allowed by its host's robots.txt.

        Raises `Retryable(unreachable | timeout | tls_error | broken_response | robots_unavailable)` and
        `Skip(forbidden_address | too_large | bad_url | bad_redirect | redirect_loop | robots_disallowed)`.
        Answers of 4xx and 5xx are answers.
        """
        headers = _request_headers(etag, last_modified, accept)
        limit = max_bytes if max_bytes is not None else self._settings.max_page_bytes
        target = _parse(url, Reason.BAD_URL)
        steps: list[tuple[str, int]] = []
        elapsed_ms = 0
        while True:
            if obey_robots and not (await self._robots(target)).allows(target):
                raise Skip(Reason.ROBOTS_DISALLOWED, f"robots.txt of {target.authority} disallows {target}")
            answer = await self._request(target, headers, limit)
            if answer.status not in _REDIRECTS and not steps:
                return answer
            elapsed_ms += answer.elapsed_ms
            if answer.status not in _REDIRECTS:
                return answer._replace(elapsed_ms=elapsed_ms, redirects=tuple(steps))
            steps.append((str(target), answer.status))
            target = self._next(answer, steps)

    async def robots_allows(self, url: str) -> bool:
        """True if the host's robots.txt lets us fetch this address.

        A host that answers 4xx has no rules. Raises `Retryable(robots_unavailable)` while it cannot be read
        (5xx, 429, unreachable): then nothing of that host is fetched. Its Crawl-delay counts from then on.
        """
        target = _parse(url, Reason.BAD_URL)
        return (await self._robots(target)).allows(target)

    async def _robots(self, target: URL) -> robots.Robots:
        origin = (target.scheme, target.raw_authority)
        reading = self._readings.get(origin)
        if reading is None:
            reading = self._readings[origin] = asyncio.create_task(self._load_robots(target))
        return reading.result() if reading.done() else await asyncio.shield(reading)

    def _next(self, answer: HttpAnswer, steps: list[tuple[str, int]]) -> URL:
        location = answer.headers.get("Location", "").strip()
        if not location:
            raise Skip(Reason.BAD_REDIRECT, f"{answer.status} from {answer.url} names no address")
        target = _parse(_joined(answer.url, location), Reason.BAD_REDIRECT)
        if str(target) in {address for address, _ in steps}:
            raise Skip(Reason.REDIRECT_LOOP, f"redirected back to {target}")
        if len(steps) > self._settings.max_redirects:
            raise Skip(Reason.REDIRECT_LOOP, f"more than {self._settings.max_redirects} redirects")
        return target

    async def _request(
        self, target: URL, headers: Mapping[str, str] | None, limit: int, *, cut: bool = False
    ) -> HttpAnswer:
        """One request; `cut` keeps the first `limit` bytes of a larger body instead of refusing it."""
        if self._session is None:
            raise RuntimeError("use `async with Client(…)`")
        host = target.raw_authority.lower()
        DIAL.set(bool(self._loopback) and (host in self._loopback or target.host in self._loopback))
        async with self._gates.turn(host), self._slots:
            started = time.perf_counter()
            try:
                with self._limits.request() as request:
                    async with self._session.get(target, headers=headers, allow_redirects=False) as response:
                        request.heard()
                        raw, body = await _read(response, limit, request, cut=cut)
                return _answer(response, raw, body, round((time.perf_counter() - started) * 1000))
            except NETWORK_ERRORS as error:
                raise as_monitor_error(error) from error

    async def _load_robots(self, page: URL) -> robots.Robots:
        rules = await self._read_robots(page.origin() / "robots.txt")
        if rules.crawl_delay_s is not None:
            self._gates.ask_for_delay(page.raw_authority.lower(), rules.crawl_delay_s)
        return rules

    async def _read_robots(self, target: URL) -> robots.Robots:
        for attempt in range(self._settings.fetch_retries + 1):
            if attempt:
                await asyncio.sleep(self._settings.retry_pause_s * 2 ** (attempt - 1))
            try:
                answer = await self._follow_to_robots(target)
            except Retryable as error:
                trouble = str(error)
                continue
            except Skip:
                return robots.ALLOW_ALL  # redirected in circles or nowhere: RFC 9309 counts that as "none"
            if answer.status < 400:
                s = self._settings
                return robots.parse(answer.body, s.user_agent, respect_tdm_opt_out=s.respect_tdm_opt_out)
            if answer.status < 500 and answer.status != 429:
                return robots.ALLOW_ALL
            trouble = f"status {answer.status}"
        raise Retryable(Reason.ROBOTS_UNAVAILABLE, f"{target}: {trouble}")

    async def _follow_to_robots(self, target: URL) -> HttpAnswer:
        steps: list[tuple[str, int]] = []
        while True:
            answer = await self._request(target, None, robots.MAX_ROBOTS_BYTES, cut=True)
            if answer.status not in _REDIRECTS:
                return answer
            steps.append((str(target), answer.status))
            target = self._next(answer, steps)


def _request_headers(etag: str | None, last_modified: str | None, accept: str | None) -> dict[str, str] | None:
    """What differs from the session's own headers; None if nothing does."""
    given = (("Accept", accept), ("If-None-Match", etag), ("If-Modified-Since", last_modified))
    return {name: value for name, value in given if value and "\n" not in value and "\r" not in value} or None


def _parse(url: str, reason: Reason) -> URL:
    """An http(s) address without credentials or fragment, sent as it is written where it is ASCII."""
    try:
        is_clean = url.isascii() and not _UNSAFE.search(url)
        target = URL(url, encoded=is_clean)
        fits = target.scheme in ("http", "https") and bool(target.host) and target.port is not None
    except (ValueError, UnicodeError) as error:
        raise Skip(reason, f"{url[:200]!r}: {error}") from error
    if not fits or " " in target.raw_authority:
        raise Skip(reason, f"{url[:200]!r} is not an http or https address")
    if "@" in target.raw_authority:
        raise Skip(reason, f"an address of {target.host} carries a name or password")
    return target.with_fragment(None) if "#" in url else target


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise Skip(Reason.BAD_REDIRECT, f"{location[:200]!r}: {error}") from error


async def _read(
    response: aiohttp.ClientResponse, limit: int, request: WatchedRequest, *, cut: bool
) -> tuple[bytes, bytes]:
    """The body as received and unpacked; both empty unless the status is 2xx."""
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
            request.heard()
            size += len(chunk)
            received.append(chunk)
            if size > limit:
                raise too_large(limit)
            if decoder is not None:
                unpacked.append(decoder.feed(chunk))
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
        request.heard()
        size += len(chunk)
        if size > _MAX_ERROR_BYTES:
            response.close()
            return


def _answer(response: aiohttp.ClientResponse, raw: bytes, body: bytes, elapsed_ms: int) -> HttpAnswer:
    version = response.version
    return HttpAnswer(
        status=response.status,
        url=str(response.url),
        headers=response.headers,
        body=body,
        elapsed_ms=elapsed_ms,
        redirects=(),
        raw_body=raw,
        raw_headers=response.raw_headers,
        request_headers=response.request_info.headers,
        http_version=f"HTTP/{version.major}.{version.minor}" if version is not None else "HTTP/1.1",
        reason=response.reason or "",
        peer=response.peer if isinstance(response, PeerResponse) else None,
    )
