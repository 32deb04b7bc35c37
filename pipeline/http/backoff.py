"""How long a host is left in peace, from how it behaves: pure rules.

- A host that refuses (429, or 503 with Retry-After) rests for a moment the first time: it may mean that one
  address only, and then the next request shows it. Refusing twice in a row, it rests as long as it asks for.
- One that fails (5xx, no connection, time-outs) ten requests in a row rests for a minute.
- Every further failure makes the rest longer; one good answer ends all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Reason

SHORT_S = 30.0
"""A rest up to this is waited for; a longer one is for the next run or poll."""

LONGEST_ASKED_S = 24 * 3600.0
"""The most of a Retry-After that is honoured: 88 hours have been met, and a day later the host may think otherwise."""

LONGEST_OURS_S = 12 * 3600.0
"""The longest rest of our own choice: shorter than a day, so that every nightly run asks once."""

FAILURES_BEFORE_REST = 10
"""Failed requests in a row. A dead host with 500 URLs would hold its worker for hours of time-outs; ten in a row
(four URLs with their repeats) are hardly four broken pages."""

_FIRST_REST_S, _REST_GROWTH = 1.0, 4.0  # refusals that name no time: 1, 4, 16, 64 s …
_FIRST_PAUSE_S = 60.0  # after failures: 1, 2, 4 … minutes
_FAILURES = frozenset({Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS_ERROR})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a host has behaved lately: `failures` in a row, the last `refusals` of them refusals."""

    failures: int = 0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """The standing from now on, and the rest it earns, if any."""

    standing: Standing
    rest_s: float = 0.0
    reason: Reason | None = None


GOOD = Standing()
"""The standing of a host that has just answered."""


def after_answer(before: Standing, status: int, retry_after_s: float | None) -> Change:
    """What an answer means for its host."""
    if status == 429 or (status == 503 and retry_after_s is not None):
        reason = Reason.TOO_MANY_REQUESTS if status == 429 else Reason.SERVER_ERROR
        now = Standing(before.failures + 1, before.refusals + 1)
        return Change(now, _rest_s(now, retry_after_s), reason)
    if status >= 500:
        return _failed(before, Reason.SERVER_ERROR)
    return Change(GOOD)


def after_trouble(before: Standing, reason: Reason) -> Change:
    """What a request without an answer means for its host. A broken answer is more likely the page's fault."""
    return _failed(before, reason) if reason in _FAILURES else Change(before)


def _rest_s(now: Standing, retry_after_s: float | None) -> float:
    ours = min(_FIRST_REST_S * _REST_GROWTH ** min(now.failures - 1, 20), LONGEST_OURS_S)
    if retry_after_s is None:
        return ours
    if now.refusals == 1 and retry_after_s > SHORT_S:
        return _FIRST_REST_S
    return min(retry_after_s, LONGEST_ASKED_S)


def _failed(before: Standing, reason: Reason) -> Change:
    now = Standing(before.failures + 1, 0)
    over = now.failures - FAILURES_BEFORE_REST
    if over < 0:
        return Change(now)
    return Change(now, min(_FIRST_PAUSE_S * 2 ** min(over, 20), LONGEST_OURS_S), reason)
