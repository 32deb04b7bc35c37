"""What a poll listed, written down: new entries with their events, and sightings, in the poll's transaction.

Every statement works on the whole list at once, by key, so its cost per item is the same for ten and for 100,000.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.records import State
from pipeline.urls import host_of, url_key
from pipeline.warehouse.db import copy_rows
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.poll_records import Listing, PollResult

_COLUMNS = ("url_key", "url", "host", "title", "published_at", "fingerprint")


@dataclass(frozen=True, slots=True)
class Written:
    """What a poll's list came to. `listed_count` is without those taken down."""

    listed_count: int = 0
    new_count: int = 0
    known_count: int = 0  # that an earlier poll of this feed had listed
    reopened_count: int = 0
    taken_down_count: int = 0
    has_earlier: bool = False  # earlier polls of this feed had listed something

    @property
    def overlap(self) -> float | None:
        """Share of the listed items that earlier polls of the feed had listed; None if there is nothing to compare."""
        return self.known_count / self.listed_count if self.listed_count and self.has_earlier else None


def write_listings(connection: Connection, poll: PollResult) -> Written:
    """Make entries of new addresses and sightings of all, in key order; taken down addresses are left out."""
    listings = _on_known_articles(connection, poll.listings or ())
    in_order = sorted({item.url_key: item for item in reversed(listings)}.values(), key=lambda item: item.url_key)
    if not in_order:
        return Written()
    connection.execute(text("DROP TABLE IF EXISTS listed"))
    connection.execute(text(_LISTED))
    rows = ((i.url_key, i.url, i.host, i.title, i.published_at, i.fingerprint) for i in in_order)
    copy_rows(connection, "listed", _COLUMNS, rows)
    taken_down = connection.execute(text(_TAKEN_DOWN)).rowcount
    connection.execute(text("ANALYZE listed"))
    feed = {"feed_id": poll.feed_id}
    values = {**feed, "source_key": poll.source_key, "run_key": poll.run_key, "at": poll.polled_at}
    new_count = connection.execute(text(_INSERT_ENTRIES), values).rowcount
    reopened = _reopen_changed(connection, poll)
    known_count = connection.execute(text(_TOUCH_SIGHTINGS), values).rowcount
    has_earlier = known_count > 0 or bool(connection.scalar(text(_HAS_SIGHTINGS), feed))
    connection.execute(text(_INSERT_SIGHTINGS), values)
    return Written(len(in_order) - taken_down, new_count, known_count, reopened, taken_down, has_earlier)


def _on_known_articles(connection: Connection, listings: Collection[Listing]) -> list[Listing]:
    """AMP addresses of articles that are entries already become sightings of those.

    Only then: that an address looks like AMP does not prove that the article lies where it would.
    """
    plain = {url_key(item.plain_url): item.plain_url for item in listings if item.plain_url is not None}
    if not plain:
        return list(listings)
    own = [item.url_key for item in listings if item.plain_url is not None]
    known = set(connection.scalars(text(_KNOWN), {"keys": sorted({*plain, *own})}))

    def moved(item: Listing) -> Listing:
        if item.plain_url is None or item.url_key in known or (key := url_key(item.plain_url)) not in known:
            return item
        return replace(item, url=item.plain_url, url_key=key, host=host_of(item.plain_url))

    return [moved(item) for item in listings]


_REOPENABLE = (
    State.LOADED,
    State.UNCHANGED,
    State.DUPLICATE,
    State.QUARANTINED,
    State.SKIPPED,
    State.GONE,
    State.FAILED,
)


def _reopen_changed(connection: Connection, poll: PollResult) -> int:
    """Ask for another look at files whose content changed. One that an operator dropped stays dropped."""
    changed = connection.scalars(text(_CHANGED_FILES), {"feed_id": poll.feed_id})
    moves = [Move(entry_id, State.REOPENED, Reason.REOPENED, "discover", "the file changed") for entry_id in changed]
    return move(connection, moves, from_states=_REOPENABLE, run_key=None, at=poll.polled_at)


_KNOWN = "SELECT url_key FROM raw.entry WHERE url_key = ANY(:keys)"

_HAS_SIGHTINGS = "SELECT EXISTS (SELECT FROM raw.entry_sighting WHERE feed_id = :feed_id)"

_TAKEN_DOWN = "DELETE FROM listed l USING core.tombstone t WHERE t.url_key = l.url_key"

_LISTED = """
CREATE TEMP TABLE listed (
    url_key text NOT NULL, url text NOT NULL, host text NOT NULL, title text, published_at timestamptz, fingerprint text
) ON COMMIT DROP
"""

# The anti-join comes first only to save sequence numbers and dead rows; ON CONFLICT decides.
_INSERT_ENTRIES = """
WITH added AS (
    INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at)
    SELECT l.url_key, l.url, l.host, :source_key, :at, 'new', 'new', :at
    FROM listed l WHERE NOT EXISTS (SELECT FROM raw.entry e WHERE e.url_key = l.url_key)
    ORDER BY l.url_key
    ON CONFLICT (url_key) DO NOTHING
    RETURNING entry_id
)
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
SELECT CAST(:at AS timestamptz)::date, :at, CAST(:run_key AS text), entry_id, :source_key,
    NULL, 'new', 'discover', 'new'
FROM added ORDER BY entry_id
"""

# Fingerprint = size-time-hash; a file that was only touched keeps its hash.
_CHANGED_FILES = """
SELECT e.entry_id FROM listed l JOIN raw.entry e USING (url_key)
JOIN raw.entry_sighting s ON s.entry_id = e.entry_id AND s.feed_id = :feed_id
WHERE l.fingerprint IS NOT NULL AND split_part(l.fingerprint, '-', 3) <> split_part(s.fingerprint, '-', 3)
ORDER BY e.entry_id
"""

# A file that changes while a run holds its entry (or while its archived bytes wait for the next run) keeps the
# old fingerprint, so that a later poll reopens it.
_TOUCH_SIGHTINGS = """
UPDATE raw.entry_sighting s SET
    last_seen_at = greatest(s.last_seen_at, :at),
    fingerprint = CASE WHEN e.state IN ('claimed', 'fetched', 'carried') THEN s.fingerprint ELSE l.fingerprint END
FROM listed l JOIN raw.entry e USING (url_key)
WHERE s.entry_id = e.entry_id AND s.feed_id = :feed_id
"""

# In the order of entry_id, the order in which `events.move` locks: the foreign key locks the entry's row.
_INSERT_SIGHTINGS = """
INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at, title, published_at, fingerprint)
SELECT e.entry_id, :feed_id, :at, :at, l.title, l.published_at, l.fingerprint
FROM listed l JOIN raw.entry e USING (url_key)
WHERE NOT EXISTS (SELECT FROM raw.entry_sighting s WHERE s.entry_id = e.entry_id AND s.feed_id = :feed_id)
ORDER BY e.entry_id
ON CONFLICT (entry_id, feed_id) DO NOTHING
"""
