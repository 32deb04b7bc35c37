"""The URLs of one host, one after the other: requests, repeats, and when to leave a host in peace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.errors import MonitorError, Reason
from pipeline.fetch import verdict
from pipeline.fetch.archive import ArchiveFailedError, Sink
from pipeline.fetch.drop import is_drop, read_drop
from pipeline.fetch.rows import Attempt
from pipeline.fetch.verdict import Finding
from pipeline.http import Client
from pipeline.records import ClaimedEntry
from pipeline.settings import Settings

NO_REPEATS_AFTER = 3
"""URLs in a row after which a failing one is asked only once."""

_NO_REQUEST_MADE = frozenset(
    {
        Reason.ROBOTS_DISALLOWED,
        Reason.ROBOTS_UNAVAILABLE,
        Reason.HOST_BACKOFF,
        Reason.HOST_BUSY,
        Reason.HOST_BUDGET_SPENT,
    }
)


@dataclass(frozen=True, slots=True)
class Work:
    """What all lines of a shard share."""

    client: Client
    sink: Sink
    settings: Settings
    now: Callable[[], datetime]
    drop_folders: Mapping[str, Sequence[Path]]  # by source


class HostLine:
    """Works off one host's entries. `failures` has a line per entry on which our own code failed.

    Budget, back-off and whose turn it is are the client's to watch: it sees every request, redirects and
    robots.txt included, and what other workers know.
    """

    def __init__(self, work: Work) -> None:
        self.failures: list[str] = []
        self._work = work
        self._in_a_row = 0

    async def fetch(self, entries: Sequence[ClaimedEntry]) -> None:
        """Bring every entry to an end. What stops the sink is raised; any other error stays with its entry, which
        the run then carries."""
        for entry in entries:
            try:
                await self._fetch_one(entry)
            except (MonitorError, ArchiveFailedError):
                raise
            except Exception as bug:
                self.failures.append(f"{entry.url}: {type(bug).__name__}: {bug}")
        for host in {entry.host for entry in entries}:
            self._work.client.leave(host)

    def _fetch_one(self, entry: ClaimedEntry) -> Awaitable[None]:
        return self._read_file(entry) if is_drop(entry.url) else self._request(entry)

    async def _request(self, entry: ClaimedEntry) -> None:
        """One URL with its repeats. The last attempt is kept together with the entry's end."""
        number, waited = 1, False
        while True:
            found, attempt = await self._attempt(entry, number)
            pause = self._pause_s(found, number, waited=waited)
            if pause is None:
                break
            waited = waited or found.wait_s is not None
            if attempt is not None:
                await self._work.sink.add(entry, attempt, None)
            await asyncio.sleep(pause)
            number += 1
        self._in_a_row = self._in_a_row + 1 if found.is_host_trouble else 0
        await self._end(entry, found, attempt)

    def _pause_s(self, found: Finding, attempt: int, *, waited: bool) -> float | None:
        """Seconds until the same request is made again; None if it is not."""
        settings = self._work.settings
        if found.state is not None or found.reason in _NO_REQUEST_MADE:
            return None
        if found.wait_s is not None:
            return found.wait_s if found.is_short_wait and not waited else None
        if found.is_worth_repeating and attempt <= settings.fetch_retries and self._in_a_row < NO_REPEATS_AFTER:
            return float(settings.retry_pause_s * 2 ** (attempt - 1))
        return None

    async def _attempt(self, entry: ClaimedEntry, number: int) -> tuple[Finding, Attempt | None]:
        """What one request came to; no attempt if none was made: robots.txt, a host in peace."""
        work = self._work
        try:
            answer = await work.client.get(
                entry.url, etag=entry.etag, last_modified=entry.last_modified, obey_robots=True
            )
        except MonitorError as error:
            found = verdict.of_error(error)
            if found.reason in _NO_REQUEST_MADE:
                return found, None
            return found, Attempt(number, work.now(), found)
        now = work.now()
        conditional = bool(entry.etag or entry.last_modified)
        found = verdict.of_answer(
            answer.status,
            answer.headers,
            answer.body,
            asked_if_changed=conditional,
            now=now,
            opt_out=work.settings.respect_tdm_opt_out,
        )
        return found, Attempt(number, now, found, answer)

    async def _read_file(self, entry: ClaimedEntry) -> None:
        work = self._work
        folders = work.drop_folders.get(entry.source_key, ())
        try:
            file = await asyncio.to_thread(read_drop, entry.url, folders, work.settings.max_page_bytes)
        except MonitorError as error:
            found = verdict.of_error(error)
            await self._end(entry, found, Attempt(1, work.now(), found))
        else:
            await self._end(entry, verdict.PAGE, Attempt(1, work.now(), verdict.PAGE, file))

    def _end(self, entry: ClaimedEntry, found: Finding, attempt: Attempt | None = None) -> Awaitable[None]:
        work = self._work
        limit = work.settings.max_attempts
        now = attempt.at if attempt is not None else work.now()
        ending = verdict.conclude(found, run_count=entry.attempt, max_attempts=limit, now=now)
        return work.sink.add(entry, attempt, ending)
