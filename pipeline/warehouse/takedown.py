"""Takedowns: what one would reach, and taking it out of the warehouse in one transaction.

The bytes in the archive and the files of runs go afterwards (`pipeline.ops.takedown`), by what this leaves behind:
tombstones, the entries in state `dropped` for reason `taken_down`, and the pages that are not yet marked removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.records import State
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.patterns import forget_words_of
from pipeline.warehouse.tombstones import hold_off_loads

_ROUNDS = 5
"""An article has addresses, these have pages, whose bytes may be another article's: followed until nothing new is
found, which real archives reach in two."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a takedown reaches."""

    url_keys: frozenset[str]  # addresses: those asked for, and all others of the articles
    sha256s: frozenset[str]  # bodies the articles were made from
    articles: tuple[dict[str, Any], ...]  # article_id, first_seen_on, url_key, url, title, revision_no, source_key
    entries: tuple[dict[str, Any], ...]  # entry_id, url, url_key, source_key, state, reason
    page_count: int  # pages whose bytes are in the archive
    copies: tuple[dict[str, Any], ...]  # url, source_key of articles with exactly the same words; they are not reached

    @property
    def is_nothing(self) -> bool:
        """True if the warehouse holds none of it; a tombstone can be set all the same."""
        return not (self.articles or self.page_count or any(e["reason"] != Reason.TAKEN_DOWN for e in self.entries))


def find(connection: Connection, url_keys: Collection[str], sha256s: Collection[str] = ()) -> Reach:
    """Everything that belongs to these addresses and bodies."""
    keys, hashes = set(url_keys), set(sha256s)
    ids: set[int] = set()
    for _ in range(_ROUNDS):
        before = (len(keys), len(hashes), len(ids))
        values: dict[str, Any] = {"keys": sorted(keys), "hashes": sorted(hashes)}
        ids |= set(connection.scalars(text(_ARTICLE_IDS), values))
        for row in connection.execute(text(_BELONGINGS), {"ids": sorted(ids)}):
            keys |= {row.url_key} if row.url_key else set()
            hashes |= {row.sha256} if row.sha256 else set()
        hashes |= set(connection.scalars(text(_OWN_BYTES), {"keys": sorted(keys)}))
        keys |= set(connection.scalars(text(_SAME_BYTES), {"hashes": sorted(hashes)}))
        if before == (len(keys), len(hashes), len(ids)):
            break
    values = {"keys": sorted(keys), "hashes": sorted(hashes), "ids": sorted(ids)}
    return Reach(
        frozenset(keys),
        frozenset(hashes),
        articles=_rows(connection, _ARTICLES, values),
        entries=_rows(connection, _ENTRIES, values),
        page_count=int(connection.scalar(text(_PAGE_COUNT), values) or 0),
        copies=_rows(connection, _COPIES, values),
    )


def erase(
    connection: Connection, url_keys: Collection[str], sha256s: Collection[str], *, reason: str, at: datetime
) -> Reach:
    """Take all of it out of the warehouse, and set the tombstones; returns what was there. Again changes nothing.

    Runs that hold one of the entries see it ended, so their ledgers balance. The words are gone from `raw`, `core`
    and `ops` once the transaction is; nothing is loaded while it runs.
    """
    hold_off_loads(connection)
    reach = find(connection, url_keys, sha256s)
    _set_tombstones(connection, reach, reason, at)
    _end_entries(connection, reach.entries, at)
    _forget_articles(connection, reach.articles)
    values = {"ids": [entry["entry_id"] for entry in reach.entries]}
    urls = sorted({row["url"] for row in (*reach.articles, *reach.entries)})
    for statement in _SCRUB:
        connection.execute(text(statement), values)
    connection.execute(text(_SCRUB_ERRORS), {"urls": urls})
    return reach


def drop_tombstoned_entries(connection: Connection, at: datetime) -> int:
    """End entries at addresses that were taken down and that no run holds; discovery refuses them, but the
    tombstone may be younger than the entry's listing."""
    ids = connection.scalars(text(_NOT_DROPPED)).all()
    moves = [Move(entry_id, State.DROPPED, Reason.TAKEN_DOWN, "operator") for entry_id in ids]
    return move(connection, moves, from_states=tuple(State), run_key=None, at=at)


def unfinished(connection: Connection) -> dict[str, str]:
    """Addresses that are still to be erased, with the reason: those that turned out to be another address of
    something taken down (and have no tombstone yet), and those that a restored backup brought back."""
    return {str(row.url_key): str(row.reason) for row in connection.execute(text(_UNMARKED))}


def pages_to_cut(connection: Connection) -> dict[str, list[int]]:
    """Archive file → ids of the pages in it whose bytes were taken down and still lie there."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in connection.execute(text(_TO_CUT)):
        found[row.warc_uri].append(row.page_id)
    return dict(found)


def late_pages(connection: Connection) -> list[int]:
    """Entries that were taken down, and got another page afterwards (the fetch was under way)."""
    return list(connection.scalars(text(_LATE)))


def scrub_pages(connection: Connection, entry_ids: Sequence[int]) -> None:
    """Take the words out of what is kept of these entries."""
    for statement in _SCRUB:
        connection.execute(text(statement), {"ids": list(entry_ids)})


@dataclass(frozen=True, slots=True)
class Traces:
    """What files of runs may hold of takedowns, as keys to find it by."""

    entry_ids: frozenset[int]
    url_keys: frozenset[str]
    sha256s: frozenset[str]
    reports: dict[str, datetime]  # run with a report that may name it → latest takedown
    running: frozenset[str]  # runs under way, whose files are still being read


def traces(connection: Connection, since: datetime) -> Traces:
    """Of takedowns since then."""
    values = {"since": since}
    stones = connection.execute(text("SELECT url_key, sha256 FROM core.tombstone WHERE at >= :since"), values).all()
    return Traces(
        entry_ids=frozenset(connection.scalars(text(_ENTRY_IDS_SINCE), values)),
        url_keys=frozenset(row.url_key for row in stones if row.url_key),
        sha256s=frozenset(row.sha256 for row in stones if row.sha256),
        reports={row.report_uri: row.at for row in connection.execute(text(_REPORTS), values)},
        running=frozenset(connection.scalars(text("SELECT run_key FROM ops.run WHERE state = 'running'"))),
    )


def run_of_report(connection: Connection, report_uri: str) -> str | None:
    """The run a report is about."""
    query = text("SELECT run_key FROM ops.run WHERE report_uri = :uri")
    found: str | None = connection.scalar(query, {"uri": report_uri})
    return found


def forget_in_marts(connection: Connection) -> int:
    """Take articles that were taken down out of the mart tables, so that nobody waits for the next build."""
    if connection.scalar(text("SELECT to_regclass('mart.article')")) is None:
        return 0
    return connection.execute(text(_MART)).rowcount


def _set_tombstones(connection: Connection, reach: Reach, reason: str, at: datetime) -> None:
    for column, values in (("url_key", reach.url_keys), ("sha256", reach.sha256s)):
        statement = (
            f"INSERT INTO core.tombstone ({column}, reason, at)"
            f" SELECT v, :reason, :at FROM unnest(CAST(:values AS text[])) v ON CONFLICT ({column}) DO NOTHING"
        )
        connection.execute(text(statement), {"values": sorted(values), "reason": reason, "at": at})


def _end_entries(connection: Connection, entries: Sequence[dict[str, Any]], at: datetime) -> None:
    """The event of an entry that a run holds is that run's, so that its ledger shows the end."""
    by_run: dict[str | None, list[Move]] = defaultdict(list)
    for entry in entries:
        if entry["reason"] != Reason.TAKEN_DOWN:
            wanted = Move(entry["entry_id"], State.DROPPED, Reason.TAKEN_DOWN, "operator")
            by_run[entry["claimed_by"]].append(wanted)
    for run_key, moves in sorted(by_run.items(), key=lambda item: item[0] or ""):
        move(connection, moves, from_states=tuple(State), run_key=run_key, at=at)


def _forget_articles(connection: Connection, articles: Sequence[dict[str, Any]]) -> None:
    """What they taught of their outlet, their facts, revisions and addresses, and they; then people and entities that
    nothing names any more."""
    if not articles:
        return
    values: dict[str, Any] = {
        "ids": sorted(article["article_id"] for article in articles),
        "days": sorted({article["first_seen_on"] for article in articles}),
    }
    named = connection.execute(text(_NAMED), values).all()
    forget_words_of(connection, values["ids"])
    for statement in _FORGET:
        connection.execute(text(statement), values)
    people = {"ids": sorted({row.id for row in named if row.kind == "author"})}
    entities = {"ids": sorted({row.id for row in named if row.kind == "entity"})}
    connection.execute(text(_FORGET_AUTHORS), people)
    connection.execute(text(_FORGET_ALIASES), entities)
    connection.execute(text(_FORGET_ENTITIES), entities)
    connection.execute(text(_FIRST_SEEN), entities)


def _rows(connection: Connection, query: str, values: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row) for row in connection.execute(text(query), values).mappings())


_ARTICLE_IDS = """
SELECT article_id FROM core.article_url WHERE url_key = ANY(:keys)
UNION SELECT article_id FROM core.article WHERE url_key = ANY(:keys)
UNION SELECT article_id FROM core.article_revision
    WHERE cardinality(CAST(:hashes AS text[])) > 0 AND page_sha256 = ANY(:hashes)
"""
_BELONGINGS = """
SELECT url_key, NULL AS sha256 FROM core.article WHERE article_id = ANY(:ids)
UNION SELECT url_key, NULL FROM core.article_url WHERE article_id = ANY(:ids)
UNION SELECT NULL, page_sha256 FROM core.article_revision WHERE article_id = ANY(:ids)
"""
# Of pages that made no article: only bytes that no other address has. The same consent wall or error page lies
# under thousands of addresses, and none of them is to be blocked for it.
_OWN_BYTES = """
SELECT DISTINCT p.sha256 FROM raw.page p JOIN raw.entry e USING (entry_id)
WHERE e.url_key = ANY(:keys) AND p.sha256 IS NOT NULL AND p.removed_at IS NULL
  AND NOT EXISTS (
    SELECT FROM raw.page o JOIN raw.entry f ON f.entry_id = o.entry_id
    WHERE o.sha256 = p.sha256 AND f.url_key <> ALL(:keys))
"""
_SAME_BYTES = """
SELECT DISTINCT e.url_key FROM raw.page p JOIN raw.entry e USING (entry_id)
WHERE cardinality(CAST(:hashes AS text[])) > 0 AND p.sha256 = ANY(:hashes)
"""
_ARTICLES = """
SELECT a.article_id, a.first_seen_on, a.url_key, a.url, a.title, a.revision_no, s.source_key
FROM core.article a JOIN core.source s USING (source_id) WHERE a.article_id = ANY(:ids) ORDER BY a.url
"""
_ENTRIES = """
SELECT entry_id, url, url_key, source_key, state, reason, claimed_by FROM raw.entry
WHERE url_key = ANY(:keys) ORDER BY entry_id FOR UPDATE
"""
_PAGE_COUNT = """
SELECT count(*) FROM raw.page p
WHERE p.outcome = 'archived' AND p.removed_at IS NULL
  AND (p.sha256 = ANY(:hashes) OR p.entry_id IN (SELECT entry_id FROM raw.entry WHERE url_key = ANY(:keys)))
"""
_COPIES = """
SELECT a.url, s.source_key FROM core.article a JOIN core.source s USING (source_id)
WHERE a.article_id <> ALL(:ids) AND a.text_sha256 IN (
    SELECT r.text_sha256 FROM core.article_revision r WHERE r.article_id = ANY(:ids))
ORDER BY a.first_seen_at, a.url
"""
_NAMED = """
SELECT DISTINCT 'author' AS kind, author_id AS id FROM core.article_author WHERE article_id = ANY(:ids)
UNION SELECT 'entity', entity_id FROM core.article_entity
    WHERE article_id = ANY(:ids) AND first_seen_on = ANY(:days)
UNION SELECT 'entity', entity_id FROM core.mention WHERE article_id = ANY(:ids) AND first_seen_on = ANY(:days)
UNION SELECT 'entity', named_entity_id FROM core.mention WHERE article_id = ANY(:ids) AND first_seen_on = ANY(:days)
"""
_FORGET = (
    *(
        f"DELETE FROM core.{table} WHERE article_id = ANY(:ids) AND first_seen_on = ANY(:days)"
        for table in (
            "article_embedding",
            "article_search",
            "article_topic",
            "article_entity",
            "mention",
            "article_revision",
        )
    ),
    *(
        f"DELETE FROM core.{table} WHERE article_id = ANY(:ids)"
        for table in ("article_author", "article_url", "article")
    ),
)
_FORGET_AUTHORS = """
DELETE FROM core.author a WHERE author_id = ANY(:ids)
  AND NOT EXISTS (SELECT FROM core.article_author x WHERE x.author_id = a.author_id)
"""
_UNNAMED = """
e.entity_id = ANY(:ids) AND e.merged_into IS NULL
  AND NOT EXISTS (SELECT FROM core.article_entity x WHERE x.entity_id = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.mention n WHERE n.named_entity_id = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.entity m WHERE m.merged_into = e.entity_id)
  AND NOT EXISTS (SELECT FROM core.entity_alias c WHERE c.entity_id = e.entity_id AND c.origin = 'curated')
"""
_FORGET_ALIASES = f"DELETE FROM core.entity_alias x USING core.entity e WHERE x.entity_id = e.entity_id AND {_UNNAMED}"
_FORGET_ENTITIES = f"DELETE FROM core.entity e WHERE {_UNNAMED}"
_FIRST_SEEN = """
UPDATE core.entity e SET first_seen_at = n.first_seen_at
FROM (
    SELECT x.entity_id, min(a.first_seen_at) AS first_seen_at
    FROM core.article_entity x JOIN core.article a USING (article_id) WHERE x.entity_id = ANY(:ids) GROUP BY 1) n
WHERE e.entity_id = n.entity_id AND e.first_seen_at <> n.first_seen_at
"""
# The row of the entry stays, so that the address is accounted for and cannot come in anew; its words go.
_SCRUB = (
    """
    UPDATE raw.entry SET url = 'taken-down:' || url_key, etag = NULL, last_modified = NULL, page_id = NULL,
        held_page_id = NULL, due_at = NULL, recheck_at = NULL
    WHERE entry_id = ANY(:ids)""",
    "UPDATE raw.entry_sighting SET title = NULL, published_at = NULL WHERE entry_id = ANY(:ids)",
    """
    UPDATE raw.page SET final_url = NULL, detail = NULL, etag = NULL, last_modified = NULL
    WHERE entry_id = ANY(:ids)""",
    "UPDATE ops.entry_event SET detail = NULL WHERE entry_id = ANY(:ids) AND detail IS NOT NULL",
)
_SCRUB_ERRORS = """
UPDATE ops.stage_part p SET error = replace(p.error, u.url, '[taken down]')
FROM unnest(CAST(:urls AS text[])) AS u (url) WHERE position(u.url IN p.error) > 0
"""
_NOT_DROPPED = """
SELECT e.entry_id FROM core.tombstone t JOIN raw.entry e USING (url_key)
WHERE e.reason <> 'taken_down' AND e.claimed_by IS NULL ORDER BY e.entry_id FOR UPDATE OF e
"""
_UNMARKED = """
SELECT e.url_key, coalesce((SELECT t.reason FROM core.tombstone t ORDER BY t.at DESC LIMIT 1), 'taken down') AS reason
FROM raw.entry e
WHERE e.state = 'dropped' AND e.reason = 'taken_down'
  AND NOT EXISTS (SELECT FROM core.tombstone t WHERE t.url_key = e.url_key)
UNION SELECT u.url_key, t.reason FROM core.article_url u JOIN core.tombstone t USING (url_key)
ORDER BY url_key
"""
_TO_CUT = """
SELECT p.warc_uri, p.page_id FROM raw.page p
WHERE p.outcome = 'archived' AND p.removed_at IS NULL AND p.warc_uri IS NOT NULL
  AND (p.sha256 IN (SELECT sha256 FROM core.tombstone WHERE sha256 IS NOT NULL)
    OR p.entry_id IN (SELECT e.entry_id FROM raw.entry e JOIN core.tombstone t USING (url_key)))
ORDER BY p.warc_uri, p.warc_offset
"""
_LATE = """
SELECT e.entry_id FROM core.tombstone t JOIN raw.entry e USING (url_key)
WHERE e.url <> 'taken-down:' || e.url_key OR e.page_id IS NOT NULL
  OR EXISTS (SELECT FROM raw.page p WHERE p.entry_id = e.entry_id AND p.final_url IS NOT NULL)
"""
_ENTRY_IDS_SINCE = """
SELECT e.entry_id FROM core.tombstone t JOIN raw.entry e USING (url_key) WHERE t.at >= :since
"""
_REPORTS = """
SELECT r.report_uri, max(t.at) AS at FROM core.tombstone t JOIN raw.entry e USING (url_key)
JOIN ops.entry_event v USING (entry_id) JOIN ops.run r ON r.run_key = v.run_key
WHERE t.at >= :since AND r.report_uri IS NOT NULL AND r.state <> 'running' GROUP BY r.report_uri
"""
_MART = "DELETE FROM mart.article m USING core.tombstone t WHERE t.url_key = m.url_key"
