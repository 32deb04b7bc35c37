"""States and reasons in the words of the report."""

from __future__ import annotations

from pipeline.errors import Reason
from pipeline.records import State

GOOD, HELD, LOST, WAITING = "good", "held", "lost", "waiting"

TONES: dict[str, str] = {
    State.LOADED: GOOD,
    State.UNCHANGED: GOOD,
    State.DUPLICATE: GOOD,
    State.QUARANTINED: HELD,
    State.SKIPPED: HELD,
    State.GONE: LOST,
    State.FAILED: LOST,
    State.DROPPED: LOST,
}
"""Four tones: in the warehouse; kept or left out by rule; lost; not at an end (every other state)."""

MEANINGS: dict[Reason, str] = {
    Reason.NEW: "listed by a feed for the first time",
    Reason.CARRIED: "left over from an earlier night",
    Reason.REOPENED: "asked for again by a person, a replay or a changed file",
    Reason.RECHECKED: "known already, looked at again for edits",
    Reason.BACKFILLED: "brought by a WARC file or a list of URLs",
    Reason.STORED: "a new article",
    Reason.EDITED: "the publisher changed it; the new version is stored beside the old one",
    Reason.REPROCESSED: "the same page read by a newer version of our code",
    Reason.NOT_MODIFIED: "the publisher says that nothing changed",
    Reason.SAME_CONTENT: "fetched again, and the text is the same",
    Reason.SUPERSEDED: "a newer version of the page is stored already",
    Reason.SAME_ARTICLE: "another address of an article we have",
    Reason.UNREACHABLE: "the host did not answer",
    Reason.TIMEOUT: "the host took too long",
    Reason.TLS_ERROR: "no secure connection could be made",
    Reason.TOO_MANY_REQUESTS: "the host asks us to slow down (429)",
    Reason.SERVER_ERROR: "the host has trouble (5xx)",
    Reason.CLIENT_ERROR: "the host refuses us (4xx)",
    Reason.NOT_FOUND: "no such page (404)",
    Reason.GONE: "removed by the publisher (410)",
    Reason.REDIRECT_LOOP: "redirects that never end",
    Reason.BAD_REDIRECT: "a redirect to nowhere",
    Reason.BROKEN_RESPONSE: "an answer that is not HTTP, or cut off",
    Reason.TOO_LARGE: "larger than the limit",
    Reason.UNSUPPORTED_TYPE: "not a page, but a video, a PDF or the like",
    Reason.FORBIDDEN_ADDRESS: "leads into a private network",
    Reason.BAD_URL: "not an address one can fetch",
    Reason.ROBOTS_DISALLOWED: "robots.txt asks us not to",
    Reason.ROBOTS_UNAVAILABLE: "robots.txt could not be read, so we stay out",
    Reason.TDM_RESERVED: "the publisher reserves it against text and data mining",
    Reason.HOST_BUDGET_SPENT: "enough requests to this host for one night",
    Reason.HOST_BACKOFF: "the host is left in peace for a while, by all workers",
    Reason.HOST_BUSY: "another worker was asking the host",
    Reason.FILE_MISSING: "the file was no longer in the drop folder",
    Reason.NOT_A_FEED: "the answer was something else than a feed",
    Reason.BROKEN_FEED: "a feed that could be read only in part, or not at all",
    Reason.OVERFLOW: "the feed lists nothing it listed before: articles in between may be lost",
    Reason.RESTING: "a feed that failed for so long that it is asked rarely",
    Reason.TOO_OLD: "older than we collect, by its own date",
    Reason.HOME_PAGE: "the front page among the articles",
    Reason.HUB_PAGE: "a page of links among the articles",
    Reason.NOT_WANTED: "of an outlet that is not collected, or outside what was asked for",
    Reason.EMPTY: "a page without a text",
    Reason.TOO_SHORT: "too little text for an article",
    Reason.TEASER: "only the beginning, then a request to subscribe or read on",
    Reason.PAYWALL: "a paywall and no text",
    Reason.CONSENT_WALL: "a cookie banner instead of the article",
    Reason.ERROR_PAGE: "an error page that calls itself a success",
    Reason.INDEX_PAGE: "a list of articles rather than one",
    Reason.NOT_TEXT: "what came is not text",
    Reason.WRONG_CHARSET: "characters that cannot be read with certainty",
    Reason.BOILERPLATE: "nothing but the site's own phrases",
    Reason.LIVE_BLOG: "a live blog: many short posts, still being written",
    Reason.GALLERY: "pictures with captions, hardly any text",
    Reason.SHORT_FOR_SOURCE: "far shorter than this outlet's articles usually are",
    Reason.PAGE_TIMEOUT: "took too long to clean",
    Reason.BROKEN_PAGE: "markup that could not be parsed",
    Reason.EMPTY_REPLACEMENT: "the page has lost its text; the version we have stays",
    Reason.WORSE_REPLACEMENT: "a wall, a stub or an error page instead of the article; the version we have stays",
    Reason.NOT_REACHED: "the run ended before its turn",
    Reason.RUN_DIED: "the run was cut off",
    Reason.DATABASE_UNAVAILABLE: "the warehouse was away",
    Reason.DISK_FULL: "no space left on a disk",
    Reason.TAKEN_DOWN: "taken down, and never collected again",
    Reason.OPERATOR: "decided by a person",
    Reason.GAVE_UP: "failed night after night",
    Reason.SOURCE_RETIRED: "its outlet is no longer collected",
}


def tone(state: str) -> str:
    """The tone of a state."""
    return TONES.get(state, WAITING)


def meaning(reason: str) -> str:
    """A reason in words; a reason that is not (or no longer) listed stands for itself."""
    return MEANINGS.get(Reason(reason), reason) if reason in set(Reason) else plain(reason)


def plain(name: str) -> str:
    """`not_modified` → `not modified`."""
    return name.replace("_", " ")
