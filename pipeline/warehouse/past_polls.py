"""What past polls of a feed asked, found and decided, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.warehouse.poll_records import FAILED, NOT_MODIFIED


@dataclass(frozen=True, slots=True)
class PastPoll:
    """One row of `raw.poll`, with the feed it belongs to."""

    source_key: str
    feed_url: str
    kind: str
    polled_at: datetime
    url: str  # the feed's, or a child sitemap's
    run_key: str | None
    is_conditional: bool
    is_audit: bool
    outcome: str
    reason: str | None
    detail: str | None
    status: int | None
    final_url: str | None
    body_bytes: int | None
    item_count: int | None
    new_count: int | None
    known_count: int | None
    overlap: float | None
    is_overflow: bool
    refused: Mapping[str, int] | None
    retry_after_s: int | None
    elapsed_ms: int | None
    next_poll_at: datetime | None
    after: timedelta | None  # since the poll of the same address before

    @property
    def is_child(self) -> bool:
        """True for a child sitemap of the feed."""
        return self.url != self.feed_url

    def explained(self) -> str:
        """What was asked, what came, and when it is due again, as one line of text."""
        parts = [self._asked(), self._came(), *self._more()]
        if self.next_poll_at is not None:
            parts.append(f"due again after {_length(self.next_poll_at - self.polled_at)}")
        return "; ".join(parts)

    def _asked(self) -> str:
        if self.is_audit:
            return "asked for the whole body to check the validators"
        return "asked only for changes" if self.is_conditional else "asked for the whole body"

    def _came(self) -> str:
        if self.outcome == FAILED:
            status = f" {self.status}" if self.status is not None else ""
            return f"failed{status}: {self.detail or self.reason or 'unknown'}"
        if self.outcome == NOT_MODIFIED:
            return "not modified"
        if self.item_count is None:
            return "the same bytes as before"
        return f"{self.item_count} items, {self.new_count} new"

    def _more(self) -> list[str]:
        said = []
        if self.outcome != FAILED and self.reason not in (None, Reason.OVERFLOW):
            said.append(f"{self.reason}: {self.detail}")
        if self.overlap is not None:
            said.append(f"{self.overlap:.0%} known to the feed's earlier polls")
        if self.is_overflow:
            said.append("overflow: items in between may be lost")
        if self.refused:
            said.append("refused " + ", ".join(f"{n} {reason}" for reason, n in sorted(self.refused.items())))
        if self.final_url is not None:
            said.append(f"redirected to {self.final_url}")
        if self.retry_after_s is not None:
            said.append(f"the server asked for a pause of {_length(timedelta(seconds=self.retry_after_s))}")
        return said


def polls_of(connection: Connection, source_key: str, feed_url: str | None = None, limit: int = 20) -> list[PastPoll]:
    """The newest polls of all feeds of a source, or of one, child sitemaps included; newest first."""
    values = {"source_key": source_key, "feed_url": feed_url, "limit": limit}
    rows = connection.execute(text(_POLLS), values)
    return [PastPoll(**row) for row in rows.mappings()]


def poll_at(connection: Connection, feed_id: int, at: datetime) -> PastPoll | None:
    """The poll of a feed that was made at this very moment; None once it has been rolled up."""
    row = connection.execute(text(_POLL_AT), {"feed_id": feed_id, "at": at}).mappings().first()
    return PastPoll(**row) if row else None


def _length(time: timedelta) -> str:
    minutes = time / timedelta(minutes=1)
    if minutes < 1.5:
        return f"{time.total_seconds():.0f} s"
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 48 * 60 else f"{minutes / 1440:.1f} d"


_PAST = """
SELECT s.source_key, f.url AS feed_url, f.kind, p.polled_at, p.url, p.run_key, p.is_conditional, p.is_audit, p.outcome,
    p.reason, p.detail, p.status, p.final_url, p.body_bytes, p.item_count, p.new_count, p.known_count, p.overlap,
    p.is_overflow, p.refused, p.retry_after_s, p.elapsed_ms, p.next_poll_at,
    p.polled_at - (SELECT b.polled_at FROM raw.poll b
        WHERE b.feed_id = p.feed_id AND b.url = p.url AND b.polled_at < p.polled_at
        ORDER BY b.polled_at DESC LIMIT 1) AS after
FROM core.feed f JOIN core.source s USING (source_id)
"""
# By feed, so that the index of (feed_id, polled_at) serves; then the newest of all.
_POLLS = f"""
{_PAST} CROSS JOIN LATERAL (
    SELECT * FROM raw.poll p WHERE p.feed_id = f.feed_id ORDER BY p.polled_at DESC LIMIT :limit) p
WHERE s.source_key = :source_key AND (CAST(:feed_url AS text) IS NULL OR f.url = :feed_url)
ORDER BY p.polled_at DESC, p.url LIMIT :limit
"""
_POLL_AT = f"""
{_PAST} JOIN raw.poll p ON p.feed_id = f.feed_id AND p.polled_at = :at AND p.polled_on = (:at AT TIME ZONE 'UTC')::date
WHERE f.feed_id = :feed_id LIMIT 1
"""
