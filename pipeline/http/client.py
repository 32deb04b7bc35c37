"""The client: conditional GET, redirects followed by hand, every limit enforced while bytes stream in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from pipeline.content_encoding import ACCEPT_ENCODING
from pipeline.errors import Reason, Skip
from pipeline.http import robots
from pipeline.http.body import check_headers, read_body
from pipeline.http.connection import DIAL, PeerResponse, make_connector
from pipeline.http.hosts import HostMemory, InProcessMemory, shown
from pipeline.http.kept import KeptConnections
from pipeline.http.politeness import HostBudgets, Hosts
from pipeline.http.retry_after import retry_after_s
from pipeline.http.robots_cache import RobotsCache
from pipeline.http.target import check_port, host_key, joined, parse_target
from pipeline.http.time_limits import TimeLimits
from pipeline.http.trouble import NETWORK_ERRORS, as_monitor_error
from pipeline.settings import Settings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_LINE_BYTES = 65_536
"""One header line. aiohttp's 8,190 is too little for the Content-Security-Policy of large publishers."""
_MAX_HEADERS = 256
_HOSTS_PER_SLOT = 16  # hosts taken at once per connection: most wait for their pause
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
    hosts in `allow_loopback_hosts` (with or without port). What it learns of hosts, and whose turn it is to ask
    them, it shares with other workers through `memory` (default: it works alone). `budgets` bounds its requests
    per host.
    """

    def __init__(
        self,
        settings: Settings,
        allow_loopback_hosts: frozenset[str] = frozenset(),
        host_delay_s: Mapping[str, float] | None = None,
        *,
        memory: HostMemory | None = None,
        budgets: HostBudgets | None = None,
    ) -> None:
        self._settings = settings
        self._loopback = frozenset(host.lower() for host in allow_loopback_hosts)
        self._hosts = Hosts(
            memory or InProcessMemory(),
            delay_s=settings.host_delay_s,
            host_delay_s=host_delay_s or {},
            at_work=settings.fetch_concurrency * _HOSTS_PER_SLOT,
            wait_s=settings.host_wait_s,
            budgets=budgets,
        )
        self._limits = TimeLimits(settings.total_timeout_s, settings.read_timeout_s, settings.min_bytes_per_s)
        self._slots = asyncio.Semaphore(settings.fetch_concurrency)
        self._robots = RobotsCache(self._hosts, settings, self._get_robots)
        self._kept = KeptConnections(settings.idle_connections)
        self._session: aiohttp.ClientSession | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        s = self._settings
        session = aiohttp.ClientSession(
            connector=make_connector(s.dns_servers),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=PeerResponse,
            trust_env=False,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
            max_headers=_MAX_HEADERS,
            headers={"User-Agent": s.user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPT_ENCODING},
            timeout=aiohttp.ClientTimeout(total=None, connect=s.connect_timeout_s),
        )
        await self._open.enter_async_context(self._hosts)
        self._session = await self._open.enter_async_context(session)
        self._open.push_async_callback(self._robots.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

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

        Raises `Retryable(unreachable | timeout | tls_error | broken_response | robots_unavailable)`, also
        `Retryable(host_backoff | host_busy | host_budget_spent)` when a host was not asked, and
        `Skip(forbidden_address | too_large | bad_url | bad_redirect | redirect_loop | robots_disallowed)`.
        Answers of 4xx and 5xx are answers.
        """
        headers = _request_headers(etag, last_modified, accept)
        limit = max_bytes if max_bytes is not None else self._settings.max_page_bytes
        target = parse_target(url)
        steps: list[tuple[str, int]] = []
        elapsed_ms = 0
        while True:
            if obey_robots:
                _check_rules(await self._robots.of(target), target)
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
        target = parse_target(url)
        return (await self._robots.of(target)).allows(target)

    def leave(self, host: str) -> None:
        """Nothing more will be asked of this host for now, so other workers may."""
        self._hosts.leave(host)

    def _next(self, answer: HttpAnswer, steps: list[tuple[str, int]]) -> URL:
        location = answer.headers.get("Location", "").strip()
        if not location:
            raise Skip(Reason.BAD_REDIRECT, f"{answer.status} from {answer.url} names no address")
        target = parse_target(joined(answer.url, location), Reason.BAD_REDIRECT)
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
        name = host_key(target)
        may_be_local = bool(self._loopback) and (name in self._loopback or target.host in self._loopback)
        if not may_be_local:
            check_port(target, self._settings.allowed_ports)
        DIAL.set(may_be_local)
        async with self._hosts.turn(name) as host, self._slots:
            started = time.perf_counter()
            try:
                with self._limits.request() as request:
                    sent = self._kept.ask_to_close(name, headers)
                    async with self._session.get(target, headers=sent, allow_redirects=False) as response:
                        request.heard(0)
                        check_headers(response)
                        raw, body = await read_body(response, limit, request, cut=cut)
            except NETWORK_ERRORS as error:
                trouble = as_monitor_error(error)
                host.failed(trouble.reason)
                raise trouble from error
            status = response.status
            host.heard(status, retry_after_s(response.headers, datetime.now(UTC)) if status >= 429 else None)
            return _answer(response, raw, body, round((time.perf_counter() - started) * 1000))

    async def _get_robots(self, target: URL) -> tuple[int, bytes]:
        steps: list[tuple[str, int]] = []
        while True:
            answer = await self._request(target, None, robots.MAX_ROBOTS_BYTES, cut=True)
            if answer.status not in _REDIRECTS:
                return answer.status, answer.body
            steps.append((str(target), answer.status))
            target = self._next(answer, steps)


def _check_rules(rules: robots.Robots, target: URL) -> None:
    agent = rules.who_forbids(target)
    if agent is None:
        return
    read = f", read {shown(rules.read_at)}," if rules.read_at is not None else ""
    raise Skip(
        Reason.ROBOTS_DISALLOWED,
        f"robots.txt of {target.authority}{read} disallows {target} to {agent}; "
        f"it is read again after {shown(rules.until)}",
    )


def _request_headers(etag: str | None, last_modified: str | None, accept: str | None) -> dict[str, str] | None:
    """What differs from the session's own headers; None if nothing does."""
    given = (("Accept", accept), ("If-None-Match", etag), ("If-Modified-Since", last_modified))
    return {name: value for name, value in given if value and "\n" not in value and "\r" not in value} or None


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
