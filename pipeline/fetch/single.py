"""One page for a person at a terminal: `mm clean URL`. Nothing is archived."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.content_type import charset_of
from pipeline.errors import MonitorError, Retryable, Skip
from pipeline.fetch import verdict
from pipeline.http import Client, HttpAnswer
from pipeline.settings import get_settings
from pipeline.urls import host_of


@dataclass(frozen=True, slots=True)
class FetchedBytes:
    """One page as fetched."""

    body: bytes  # content coding undone
    url: str  # after redirects
    status: int
    content_type: str | None
    charset: str | None  # from the header


def fetch_one(url: str) -> FetchedBytes:
    """Fetch one address now, with all guards and limits.

    The address was typed by the user, so it may be on this machine (a redirect to it may not), and robots.txt,
    which speaks to crawlers, is not asked. Raises `Retryable` or `Skip` for anything but a page.
    """
    answer = asyncio.run(_get(url))
    found = verdict.of_answer(
        answer.status, answer.headers, answer.body, asked_if_changed=False, now=datetime.now(UTC)
    )  # fmt: skip
    if not found.has_page:
        kind: type[MonitorError] = Retryable if found.state is None else Skip
        raise kind(found.reason, f"{answer.url}: {found.detail or f'status {answer.status}'}")
    header = answer.headers.get("Content-Type")
    return FetchedBytes(answer.body, answer.url, answer.status, header, charset_of(header))


async def _get(url: str) -> HttpAnswer:
    async with Client(get_settings(), frozenset({host_of(url)})) as client:
        return await client.get(url)
