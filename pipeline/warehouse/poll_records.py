"""What polls are made of: the feed to ask, what one attempt found, what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.errors import Reason

OK, NOT_MODIFIED, FAILED = "ok", "not_modified", "failed"


@dataclass(frozen=True, slots=True)
class FeedToPoll:
    """One feed in force, with what the last poll left for the next."""

    feed_id: int
    source_key: str
    homepage: str
    url: str
    kind: str
    every_minutes: int
    etag: str | None
    last_modified: str | None
    body_sha256: str | None
    polls_since_audit: int = 0
    has_false_validators: bool = False
    poll_interval_s: int | None = None  # as adapted

    @property
    def interval(self) -> timedelta:
        """Time between two polls while all is well."""
        return timedelta(seconds=self.poll_interval_s or self.every_minutes * 60)


@dataclass(frozen=True, slots=True)
class ChildState:
    """What earlier polls of one child sitemap left; validators and hash are those of the last answered one."""

    asked_at: datetime
    read_at: datetime | None  # None: never answered
    etag: str | None
    last_modified: str | None
    body_sha256: str | None
    polls_since_audit: int = 0  # answers of 304 since its whole body was last seen


@dataclass(frozen=True, slots=True)
class Listing:
    """One article address as a feed lists it, fit to be an entry."""

    url: str  # normal form
    url_key: str
    host: str
    title: str | None = None
    published_at: datetime | None = None
    fingerprint: str | None = None  # of a file in a drop folder
    plain_url: str | None = None  # if this is an AMP address: where the article itself would be


@dataclass(frozen=True, slots=True)
class PollResult:
    """One attempt to read a feed, a child sitemap or a drop folder: a row of `raw.poll` and what hangs on it."""

    feed_id: int
    source_key: str
    url: str
    polled_at: datetime
    outcome: str  # ok, not_modified, failed
    run_key: str | None = None
    is_child: bool = False  # a child sitemap: the feed's own standing is not touched
    reason: Reason | None = None  # of a failure; with outcome ok: broken_feed, what could be saved was taken
    detail: str | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    body_bytes: int | None = None
    listings: tuple[Listing, ...] | None = None  # None: nothing was read (failure, or body as last time)
    refused: Mapping[Reason, int] | None = None  # items that may not become entries
    elapsed_ms: int | None = None
    retry_after: timedelta | None = None  # as sent
    final_url: str | None = None  # None: not redirected
    moved_to: str | None = None  # where permanent redirects, and no others, led
    is_name_gone: bool = False  # the host's name does not exist any more
    is_conditional: bool = False
    is_audit: bool = False  # had validators to send, and left them out
    is_contradicted: bool = False  # an audit found another body under the validators that had been answering 304
    asked_pause: timedelta | None = None  # how often the feed itself says it changes


@dataclass(frozen=True, slots=True)
class RecordedPoll:
    """What a poll changed."""

    new_count: int  # entries that no feed had listed before
    known_count: int  # items that an earlier poll of this feed had listed
    reopened_count: int  # changed files of a drop folder
    is_overflow: bool = False  # a live feed listed nothing known: items in between may be lost
    has_false_validators: bool = False  # this poll caught them
