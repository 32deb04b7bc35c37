"""One attempt to read one address: the answer, or why there is none, with what a poll row wants to know."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.errors import MonitorError, Reason, reason_of_status
from pipeline.http import Client, HttpAnswer, retry_after_s

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.5"
)
_NAME_GONE = re.compile(r"name or service not known|nodename nor servname|no address associated|nxdomain", re.I)
"""What resolvers say of a name that does not exist; the words are all that is left of it once reading robots.txt
has failed. A name server that does not answer says something else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one request. Exactly one holds: `reason` says why it failed, `is_not_modified`, or a body."""

    url: str  # after redirects
    status: int | None
    body: bytes
    sha256: str | None
    content_type: str | None
    etag: str | None
    last_modified: str | None
    elapsed_ms: int | None
    is_not_modified: bool = False
    reason: Reason | None = None
    detail: str | None = None
    retry_after: timedelta | None = None
    is_name_gone: bool = False
    redirects: tuple[tuple[str, int], ...] = ()  # (address, status) of each step before `url`

    @property
    def moved_to(self) -> str | None:
        """Where the address has moved for good: only permanent redirects led there."""
        is_for_good = bool(self.redirects) and all(status in (301, 308) for _, status in self.redirects)
        return self.url if is_for_good else None


async def read(
    client: Client,
    url: str,
    *,
    max_bytes: int,
    now: datetime,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Reading:
    """Ask for a feed or sitemap, as far as robots.txt allows. Never raises for what network or server do."""
    try:
        answer = await client.get(
            url, etag=etag, last_modified=last_modified, max_bytes=max_bytes, accept=ACCEPT, obey_robots=True
        )
    except MonitorError as error:
        detail = storable(str(error).removeprefix(f"{error.reason.value}: "))
        is_name_gone = error.reason in (Reason.UNREACHABLE, Reason.ROBOTS_UNAVAILABLE) and bool(
            _NAME_GONE.search(str(error))
        )
        return Reading(
            url, None, b"", None, None, None, None, None,
            reason=error.reason, detail=detail, is_name_gone=is_name_gone,
        )  # fmt: skip
    if answer.status == 304:
        return _reading(answer, is_not_modified=True)
    if 200 <= answer.status < 300:
        return _reading(answer)
    wait = retry_after_s(answer.headers, now)
    return _reading(
        answer,
        reason=reason_of_status(answer.status),
        detail=f"the server answered {answer.status} {storable(answer.reason) or ''}".rstrip(),
        retry_after=timedelta(seconds=wait) if wait is not None else None,
    )


def storable(text: str | None) -> str | None:
    """Text from outside as a database takes it: no NUL, no lone surrogates, at most 500 characters."""
    if not text:
        return None
    return text[:500].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _reading(
    answer: HttpAnswer,
    *,
    is_not_modified: bool = False,
    reason: Reason | None = None,
    detail: str | None = None,
    retry_after: timedelta | None = None,
) -> Reading:
    return Reading(
        url=answer.url,
        status=answer.status,
        body=answer.body,
        sha256=hashlib.sha256(answer.body).hexdigest() if answer.body else None,
        content_type=answer.headers.get("Content-Type"),
        etag=storable(answer.headers.get("ETag")),
        last_modified=storable(answer.headers.get("Last-Modified")),
        elapsed_ms=answer.elapsed_ms,
        is_not_modified=is_not_modified,
        reason=reason,
        detail=detail,
        retry_after=retry_after,
        redirects=answer.redirects,
    )
