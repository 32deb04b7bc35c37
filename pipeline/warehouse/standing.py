"""How a feed stands, and what a poll makes of that. Pure: `after` takes the standing before and gives the one after.

Failures are weighed, since a busy server and a feed that was removed are not the same. Points only put a feed to
rest, they never remove it: a resting feed is asked daily, then weekly, then monthly for ever, and is reported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.errors import Reason
from pipeline.warehouse import pace
from pipeline.warehouse.poll_records import FAILED, NOT_MODIFIED, OK, PollResult, RecordedPoll

MAX_PAUSE = timedelta(hours=24)
"""Longest pause after failures, and the most of a Retry-After that is honoured: a feed that came back is seen
within a day (a Retry-After of 88 hours has been met)."""

SOFT_POINTS, TEMPORARY_POINTS, HARD_POINTS = 1, 3, 10
REST_POINTS = 100
"""With pauses that double up to a day: some 5 days of 404, a month of broken feeds, three months of time-outs."""
REST_AFTER = timedelta(days=3)
"""No feed rests sooner after its last success, whatever its points: a long weekend's outage is no end."""
_RESTING_PAUSES = ((timedelta(days=30), timedelta(days=1)), (timedelta(days=180), timedelta(days=7)))
_LONGEST_RESTING_PAUSE = timedelta(days=30)
_NOT_ASKED_PAUSE = timedelta(minutes=30)

_SOFT = frozenset(
    {
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.BROKEN_RESPONSE,
        Reason.SERVER_ERROR,
        Reason.TOO_MANY_REQUESTS,
        Reason.ROBOTS_UNAVAILABLE,
    }
)
_HARD = frozenset({Reason.NOT_FOUND, Reason.GONE})
NOT_ASKED = frozenset({Reason.HOST_BUSY, Reason.HOST_BACKOFF, Reason.HOST_BUDGET_SPENT, Reason.DATABASE_UNAVAILABLE})
"""We did not ask, so the feed has not failed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The columns of one row of `core.feed` that polls decide on, and those they decide by."""

    kind: str
    added_at: datetime
    every_minutes: int
    next_poll_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_new_at: datetime | None = None
    poll_interval_s: int | None = None
    failure_count: int = 0
    failure_points: float = 0.0
    last_reason: str | None = None
    resting_since: datetime | None = None
    polls_since_audit: int = 0
    has_false_validators: bool = False
    overflow_count: int = 0
    moved_to: str | None = None
    moved_since: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None

    @property
    def interval(self) -> timedelta:
        """Time between two polls while all is well."""
        if self.poll_interval_s is not None and self.kind != "drop_folder":
            return timedelta(seconds=self.poll_interval_s)
        return timedelta(minutes=self.every_minutes)

    @property
    def is_read(self) -> bool:
        """True if a body has been read since it was configured as it is now."""
        return self.body_sha256 is not None


def after(before: Standing, poll: PollResult, recorded: RecordedPoll, overlap: float | None) -> Standing:
    """The standing after a poll of the feed itself (not of a child sitemap)."""
    new = replace(before, last_polled_at=poll.polled_at)
    if poll.outcome != FAILED:
        return _after_success(new, poll, recorded, overlap)
    if poll.reason in NOT_ASKED:
        return replace(new, next_poll_at=poll.polled_at + min(before.interval, _NOT_ASKED_PAUSE))
    return _after_failure(new, poll)


def points(poll: PollResult) -> int:
    """What a failed poll weighs."""
    if poll.reason in _HARD or poll.is_name_gone:
        return HARD_POINTS
    return SOFT_POINTS if poll.reason in _SOFT else TEMPORARY_POINTS


def resting_pause(rested: timedelta) -> timedelta:
    """How long a feed is left alone that has been resting for this long."""
    return next((wait for until, wait in _RESTING_PAUSES if rested < until), _LONGEST_RESTING_PAUSE)


def _after_success(before: Standing, poll: PollResult, recorded: RecordedPoll, overlap: float | None) -> Standing:
    at = poll.polled_at
    interval = _next_interval(before, poll, recorded, overlap)
    start = timedelta(minutes=before.every_minutes)
    is_as_configured = before.poll_interval_s is None and interval == start
    # Validators are kept through a failure and a 304: they still belong to the last body that was read.
    has_body = poll.outcome == OK
    halved = before.failure_points / 2
    return replace(
        before,
        next_poll_at=at + pace.pause(interval, poll.feed_id, at),
        last_ok_at=at,
        last_new_at=at if recorded.new_count else before.last_new_at,
        poll_interval_s=None if is_as_configured else round(interval.total_seconds()),
        failure_count=0,
        failure_points=halved if halved >= 1 else 0.0,
        last_reason=None,
        resting_since=None,
        polls_since_audit=0 if has_body else before.polls_since_audit + 1,
        has_false_validators=before.has_false_validators or recorded.has_false_validators,
        overflow_count=before.overflow_count + recorded.is_overflow,
        moved_to=poll.moved_to,
        moved_since=before.moved_since if poll.moved_to == before.moved_to else at if poll.moved_to else None,
        etag=poll.etag if has_body else before.etag,
        last_modified=poll.last_modified if has_body else before.last_modified,
        body_sha256=poll.body_sha256 if has_body else before.body_sha256,
    )


def _next_interval(before: Standing, poll: PollResult, recorded: RecordedPoll, overlap: float | None) -> timedelta:
    if before.kind == "drop_folder":
        return before.interval
    is_unchanged = poll.outcome == NOT_MODIFIED or poll.listings is None
    return pace.adapted(
        before.interval,
        start=timedelta(minutes=before.every_minutes),
        elapsed=poll.polled_at - before.last_ok_at if before.last_ok_at else None,
        overlap=1.0 if is_unchanged else overlap,
        is_overflow=recorded.is_overflow,
        asked_pause=poll.asked_pause,
    )


def _after_failure(before: Standing, poll: PollResult) -> Standing:
    at = poll.polled_at
    failed = replace(
        before,
        failure_count=before.failure_count + 1,
        failure_points=before.failure_points + points(poll),
        last_reason=poll.reason,
    )
    if _must_rest(failed, at):
        failed = replace(failed, resting_since=failed.resting_since or at)
    return replace(failed, next_poll_at=at + _failure_pause(failed, poll))


def _must_rest(failed: Standing, at: datetime) -> bool:
    """A folder on this machine never rests: a look costs nothing."""
    is_long = at - (failed.last_ok_at or failed.added_at) >= REST_AFTER
    return failed.kind != "drop_folder" and failed.failure_points >= REST_POINTS and is_long


def _failure_pause(failed: Standing, poll: PollResult) -> timedelta:
    """Later and later, up to a day; never sooner than its interval, nor than a Retry-After of up to a day."""
    if failed.kind == "drop_folder":
        return failed.interval
    asked = min(poll.retry_after or timedelta(), MAX_PAUSE)
    jitter = 1 + 0.1 * pace.chance(poll.feed_id, poll.polled_at)
    if failed.resting_since is not None:
        return max(resting_pause(poll.polled_at - failed.resting_since) * jitter, asked)
    doubled = failed.interval * (1 << min(failed.failure_count, 16))
    return max(failed.interval, min(doubled * jitter, MAX_PAUSE), asked)
