"""How often a feed is asked. Pure.

The aim is that between a third and two thirds of what a poll lists was known before: less, and items may fall
off the list between two polls; more, and we ask for nothing. Losing is worse than asking, so the way down is
twice as steep as the way up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=24)
TOO_LITTLE_KNOWN, TOO_MUCH_KNOWN = 1 / 3, 2 / 3
_AIM = 1 / 2
_SLOWER = 1.5
_FASTEST_STEP = 0.5
_EARLY, _LATE = 0.5, 1.5
"""A poll after less or more of its interval than this says nothing about the interval: the nightly polls
everything, whenever it was last read, and after a power cut everything is late. One start of the job that polls
may be missed all the same."""
_JITTER = 0.1


def adapted(
    interval: timedelta,
    *,
    start: timedelta,
    elapsed: timedelta | None,
    overlap: float | None,
    is_overflow: bool = False,
    asked_pause: timedelta | None = None,
) -> timedelta:
    """The interval after a success.

    `start` is the configured interval, `elapsed` the time since the success before, `overlap` the share of known
    items (1 for an unchanged body, None where there is nothing to compare). `asked_pause` is what the feed says
    of itself: it slows polling down, never below what its list shows to be needed, and never past a day.
    """
    shortest, longest = min(SHORTEST, start), max(LONGEST, start)
    if is_overflow:
        return max(shortest, min(interval, elapsed or interval) * _FASTEST_STEP)
    is_behind = False
    if overlap is not None and elapsed is not None and _is_on_time(elapsed, interval):
        is_behind = overlap < TOO_LITTLE_KNOWN
        if is_behind:
            interval *= max(_FASTEST_STEP, _AIM / (1 - overlap))
        elif overlap > TOO_MUCH_KNOWN:
            interval *= _SLOWER
    if asked_pause is not None and not is_behind:
        interval = max(interval, min(asked_pause, LONGEST))
    return min(max(interval, shortest), longest)


def _is_on_time(elapsed: timedelta, interval: timedelta) -> bool:
    return interval * _EARLY <= elapsed <= max(interval * _LATE, interval + SHORTEST)


def pause(interval: timedelta, feed_id: int, at: datetime) -> timedelta:
    """How long to wait: nine tenths of the interval, a tenth more or less by chance, always less than the whole.

    By chance, so that a thousand feeds added in one minute do not stay together. Less than the whole, because the
    job that polls starts some seconds sooner or later: a feed of 10 minutes must be due at its next start.
    """
    return min(interval * (0.9 + _JITTER * chance(feed_id, at)), interval - min(interval / 5, timedelta(minutes=1)))


def chance(feed_id: int, at: datetime) -> float:
    """-1 to 1, the same for the same feed and moment, so that a run done again decides the same."""
    digest = blake2b(f"{feed_id} {at.isoformat()}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 0x7FFF_FFFF - 1
