"""What one attempt means for the entry: pure rules, no network and no clock.

A `Finding` is what one attempt came to; `conclude` turns the last finding of a run into the entry's move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.errors import MonitorError, Reason, Retryable
from pipeline.fetch.page_kind import is_supported
from pipeline.http import HostWaitError, OptOut, reservation, retry_after_s
from pipeline.records import State

LONGEST_WAIT_S = 30.0
"""A Retry-After up to this is waited for inside the run, once; a longer one is for the next run."""

_LONGEST_POSTPONEMENT = timedelta(days=7)  # a server that asks for a year is not obeyed to the letter

_HOST_TROUBLE = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.TIMEOUT,
        Reason.TLS_ERROR,
        Reason.SERVER_ERROR,
        Reason.TOO_MANY_REQUESTS,
        Reason.ROBOTS_UNAVAILABLE,
    }
)
_REPEATED = frozenset({Reason.UNREACHABLE, Reason.TIMEOUT, Reason.BROKEN_RESPONSE, Reason.SERVER_ERROR})
_FAILED_AT_ONCE = frozenset({Reason.REDIRECT_LOOP, Reason.BAD_REDIRECT})


@dataclass(frozen=True, slots=True)
class Finding:
    """What one attempt came to. `state` is None while another attempt may do better."""

    reason: Reason
    state: State | None = None
    detail: str | None = None
    wait_s: float | None = None  # what Retry-After or the host's back-off asks for
    is_blameless: bool = False  # neither the entry nor its host is at fault: it waits as long as it takes

    @property
    def is_worth_repeating(self) -> bool:
        """True if the same request may work seconds later."""
        return self.state is None and self.reason in _REPEATED

    @property
    def is_short_wait(self) -> bool:
        """True if the server named a wait that fits into the run."""
        return self.state is None and self.wait_s is not None and self.wait_s <= LONGEST_WAIT_S

    @property
    def is_host_trouble(self) -> bool:
        """True if the host rather than the page is the likely cause."""
        return self.state is None and self.reason in _HOST_TROUBLE

    @property
    def has_page(self) -> bool:
        """True if there are bytes to archive."""
        return self.state is State.FETCHED


PAGE = Finding(Reason.STORED, State.FETCHED)
"""A page came."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an entry leaves fetch."""

    state: State
    reason: Reason
    detail: str | None = None
    due_at: datetime | None = None


def of_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    asked_if_changed: bool,
    now: datetime,
    opt_out: OptOut = "off",
) -> Finding:
    """Judge an answer of the server. `opt_out` says how far reservations against text mining are honoured."""
    if 200 <= status < 300:
        reserved = reservation(headers, body, opt_out)
        if reserved is not None:
            return Finding(Reason.TDM_RESERVED, State.SKIPPED, f"reserved against text and data mining: {reserved}")
        kind = headers.get("Content-Type")
        if body and not is_supported(kind, body):
            return Finding(Reason.UNSUPPORTED_TYPE, State.SKIPPED, f"content type {kind!r}")
        return PAGE
    if status == 304 and asked_if_changed:
        return Finding(Reason.NOT_MODIFIED, State.UNCHANGED)
    if status == 404:
        return Finding(Reason.NOT_FOUND, State.GONE)
    if status == 410:
        return Finding(Reason.GONE, State.GONE)
    detail = f"status {status}"
    if status == 429:
        return Finding(Reason.TOO_MANY_REQUESTS, None, detail, retry_after_s(headers, now))
    if status >= 500:
        return Finding(Reason.SERVER_ERROR, None, detail, retry_after_s(headers, now))
    if status >= 400:  # 401, 403, 451 …: often a firewall in a bad mood, so later runs try again
        return Finding(Reason.CLIENT_ERROR, None, detail, retry_after_s(headers, now))
    return Finding(Reason.BROKEN_RESPONSE, None, f"{detail}, which was not asked for")


def of_error(error: MonitorError) -> Finding:
    """Judge an attempt that brought no answer."""
    detail = str(error).removeprefix(f"{error.reason.value}: ")[:500]
    if isinstance(error, HostWaitError):
        asked_not_to = error.reason is Reason.HOST_BUSY or error.cause is Reason.TOO_MANY_REQUESTS
        return Finding(error.reason, None, detail, error.wait_s, is_blameless=asked_not_to)
    if isinstance(error, Retryable):
        return Finding(error.reason, None, detail, is_blameless=error.reason is Reason.HOST_BUDGET_SPENT)
    if error.reason in _FAILED_AT_ONCE:
        return Finding(error.reason, State.FAILED, detail)
    if error.reason is Reason.FILE_MISSING:
        return Finding(error.reason, State.GONE, detail)
    return Finding(error.reason, State.SKIPPED, detail)


def conclude(finding: Finding, *, run_count: int, max_attempts: int, now: datetime) -> Ending:
    """How the entry ends in this run: as found, or carried to the next one, or given up after `max_attempts` runs.

    `run_count` is the number of runs that have claimed the entry, this one included.
    """
    if finding.state is not None:
        return Ending(finding.state, finding.reason, finding.detail)
    if run_count >= max_attempts and not finding.is_blameless:
        last = f"{finding.reason.value}: {finding.detail}" if finding.detail else finding.reason.value
        return Ending(State.FAILED, Reason.GAVE_UP, f"after {run_count} runs; last {last}")
    due_at = None
    if finding.wait_s is not None:
        due_at = now + min(timedelta(seconds=finding.wait_s), _LONGEST_POSTPONEMENT)
    return Ending(State.CARRIED, finding.reason, finding.detail, due_at)
