"""The four kinds of trouble, and the one list of reasons.

`Retryable` may go away by itself; `Quarantine` keeps the bytes and shows them to a person; `Skip` is counted,
by rule; anything else is a bug and crashes. Every reason that can stand in a ledger is a member of `Reason`,
so a `GROUP BY reason` is complete and the documentation of reasons is generated from here.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an entry, a poll or a page ended as it did. The value is what stands in the database."""

    # Inflow of a run: why an entry was claimed.
    NEW = "new"
    CARRIED = "carried"
    REOPENED = "reopened"
    RECHECKED = "rechecked"
    BACKFILLED = "backfilled"

    # Good ends.
    STORED = "stored"
    EDITED = "edited"
    REPROCESSED = "reprocessed"
    NOT_MODIFIED = "not_modified"
    SAME_CONTENT = "same_content"
    SUPERSEDED = "superseded"
    SAME_ARTICLE = "same_article"

    # The network and the other side (fetch, discover).
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    CLIENT_ERROR = "client_error"
    NOT_FOUND = "not_found"
    GONE = "gone"
    REDIRECT_LOOP = "redirect_loop"
    BAD_REDIRECT = "bad_redirect"
    BROKEN_RESPONSE = "broken_response"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    FORBIDDEN_ADDRESS = "forbidden_address"
    BAD_URL = "bad_url"
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_UNAVAILABLE = "robots_unavailable"
    TDM_RESERVED = "tdm_reserved"
    HOST_BUDGET_SPENT = "host_budget_spent"
    HOST_BACKOFF = "host_backoff"
    HOST_BUSY = "host_busy"
    FILE_MISSING = "file_missing"

    # Feeds and sitemaps.
    NOT_A_FEED = "not_a_feed"
    BROKEN_FEED = "broken_feed"
    OVERFLOW = "overflow"
    RESTING = "resting"

    # Why an item of a feed did not become an entry.
    TOO_OLD = "too_old"
    HOME_PAGE = "home_page"
    HUB_PAGE = "hub_page"
    NOT_WANTED = "not_wanted"

    # The page as an article (clean, resolve).
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TEASER = "teaser"
    PAYWALL = "paywall"
    CONSENT_WALL = "consent_wall"
    ERROR_PAGE = "error_page"
    INDEX_PAGE = "index_page"
    NOT_TEXT = "not_text"
    WRONG_CHARSET = "wrong_charset"
    BOILERPLATE = "boilerplate"
    LIVE_BLOG = "live_blog"
    GALLERY = "gallery"
    SHORT_FOR_SOURCE = "short_for_source"
    PAGE_TIMEOUT = "page_timeout"
    BROKEN_PAGE = "broken_page"
    EMPTY_REPLACEMENT = "empty_replacement"
    WORSE_REPLACEMENT = "worse_replacement"

    # The run itself.
    NOT_REACHED = "not_reached"
    RUN_DIED = "run_died"
    DATABASE_UNAVAILABLE = "database_unavailable"
    DISK_FULL = "disk_full"
    TAKEN_DOWN = "taken_down"
    OPERATOR = "operator"
    GAVE_UP = "gave_up"
    SOURCE_RETIRED = "source_retired"


_OF_STATUS = {404: Reason.NOT_FOUND, 410: Reason.GONE, 429: Reason.TOO_MANY_REQUESTS}


def reason_of_status(status: int) -> Reason:
    """Why an answer with an HTTP status that is neither 2xx nor 304 gives nothing to read."""
    return _OF_STATUS.get(status, Reason.SERVER_ERROR if status >= 500 else Reason.CLIENT_ERROR)


class MonitorError(Exception):
    """Base of every error this project raises on purpose; `reason` is what the ledger shows."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.reason.value}: {super().__str__()}"


class Retryable(MonitorError):
    """May work later: the network, a busy host, a database that is restarting."""


class Quarantine(MonitorError):
    """The bytes are kept, but what they hold is not fit to load; a person may look."""


class Skip(MonitorError):
    """Left out by a rule that is written down: robots.txt, size, type."""


class ConfigError(Exception):
    """A file or setting the user wrote is wrong. The message names file, line and field, and what to do."""


class BatchFailed(Exception):
    """Raised once at the end of a batch whose good rows are already kept; lists what went wrong."""

    def __init__(self, failures: list[str]) -> None:
        shown = "; ".join(failures[:5])
        more = f" (and {len(failures) - 5} more)" if len(failures) > 5 else ""
        super().__init__(f"{len(failures)} failed: {shown}{more}")
        self.failures = failures
