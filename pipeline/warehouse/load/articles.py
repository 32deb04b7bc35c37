"""Statements for articles: inserted or locked, compared with what is stored, changed, their facts replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from pipeline.errors import Reason
from pipeline.identity import END, STORE, Outcome, Version, compare
from pipeline.warehouse.db import copy_rows
from pipeline.warehouse.load.batch import Columns, rows_of

COLUMNS = (
    "url_key", "first_seen_on", "source_id", "url", "revision_no", "title", "language", "published_at",
    "published_precision", "published_method", "published_confidence", "first_seen_at", "fetched_at", "loaded_at",
    "section", "publisher_tags", "description", "image_url", "word_count", "quality", "quality_reasons",
    "is_paywalled", "is_live_blog", "is_opinion", "is_sponsored", "agency", "title_method", "authors_method",
    "section_method", "tags_method", "extractor", "extractor_reason", "date_order", "hints_digest", "text_sha256",
    "copy_of_key", "content_digest", "clean_maker_id", "tag_maker_id", "run_key",
)  # fmt: skip
_KEPT = {"url_key", "first_seen_on", "source_id", "url", "revision_no", "first_seen_at", "fetched_at"}
_FACTS = {
    "core.article_author": "article_id = ANY(:ids)",
    "core.mention": "article_id = ANY(:ids) AND first_seen_on = ANY(:days)",
    "core.article_entity": "article_id = ANY(:ids) AND first_seen_on = ANY(:days)",
    "core.article_topic": "article_id = ANY(:ids) AND first_seen_on = ANY(:days)",
    "core.article_embedding": "article_id = ANY(:ids) AND first_seen_on = ANY(:days)",
}


@dataclass(frozen=True, slots=True)
class Written:
    """One article of the batch in the warehouse, locked by this transaction, and what is to be done with it."""

    article_id: int
    first_seen_on: date  # as stored: set once, partition of all its facts
    revision_no: int  # after this load
    outcome: Outcome  # what this version is to the one stored
    is_new: bool  # inserted by this transaction
    has_changed: bool  # content, facts or makers differ from what is stored

    @property
    def has_new_revision(self) -> bool:
        """This load adds a revision."""
        return self.outcome.action == STORE


def write_articles(connection: Connection, articles: Columns, versions: Mapping[str, Version]) -> dict[str, Written]:
    """Insert or update `core.article`; article key → what was done. All these rows are locked afterwards.

    `articles` has the columns `COLUMNS`. What is stored decides, not what the run's context
    knew when it started, so two runs that load the same article at once leave one article and no false edit.
    """
    _stage(connection, articles)
    fresh = {row.url_key: row for row in connection.execute(text(_INSERT))}
    written = {
        key: Written(row.article_id, row.first_seen_on, 1, compare(versions[key], None), True, True)
        for key, row in fresh.items()
    }
    others = sorted(versions.keys() - fresh.keys())
    if others:
        connection.execute(text(_LOCK), {"keys": others})
        digests = dict(rows_of(articles, ("url_key", "content_digest")))
        for row in connection.execute(text(_CURRENT), {"keys": others}):
            written[row.url_key] = _decide(row, versions[row.url_key], digests[row.url_key])
        _update(connection, {key: found for key, found in written.items() if found.has_changed and not found.is_new})
    return written


def add_revisions(connection: Connection, revisions: Iterable[Sequence[Any]]) -> None:
    """Add rows to `core.article_revision`; they are never changed afterwards."""
    columns = (
        "article_id", "first_seen_on", "revision_no", "cause", "recorded_at", "title", "text", "text_sha256",
        "word_count", "page_id", "page_sha256", "maker_id", "run_key",
    )  # fmt: skip
    copy_rows(connection, "core.article_revision", columns, revisions)


def clear_facts(connection: Connection, articles: Sequence[Written]) -> None:
    """Remove the facts of articles that get a new set."""
    values = {"ids": [a.article_id for a in articles], "days": sorted({a.first_seen_on for a in articles})}
    if articles:
        for table, condition in _FACTS.items():
            connection.execute(text(f"DELETE FROM {table} WHERE {condition}"), values)


def add_addresses(connection: Connection, addresses: Iterable[tuple[str, str, str, str, datetime]]) -> None:
    """Add (address key, article key, url, kind, added_at); an address that leads to an article already stays.

    Addresses of an article that is not in the warehouse are left out.
    """
    rows = sorted(set(addresses))
    if rows:
        keys, articles, found, kinds, times = (list(column) for column in zip(*rows, strict=True))
        values = {"keys": keys, "articles": articles, "urls": found, "kinds": kinds, "times": times}
        connection.execute(text(_INSERT_ADDRESSES), values)


def _stage(connection: Connection, articles: Columns) -> None:
    connection.execute(text(f"CREATE TEMP TABLE IF NOT EXISTS incoming_article ON COMMIT DROP AS {_SHAPE}"))
    connection.execute(text("TRUNCATE incoming_article"))
    copy_rows(connection, "incoming_article", COLUMNS, rows_of(articles, COLUMNS))


def _decide(row: Any, seen: Version, digest: str) -> Written:
    stored = Version(
        title=row.title,
        text_sha256=row.text_sha256,
        page_sha256=row.page_sha256,
        fetched_at=row.fetched_at,
        clean_maker=row.clean_maker,
        tag_maker=row.tag_maker,
        word_count=row.word_count,
        is_paywalled=row.is_paywalled,
        hints_digest=row.hints_digest,
    )
    outcome = compare(seen, stored)
    is_current = outcome.action != END or outcome.reason == Reason.SAME_CONTENT
    changed = is_current and row.content_digest != digest
    revision_no = row.revision_no + (outcome.action == STORE)
    return Written(row.article_id, row.first_seen_on, revision_no, outcome, False, changed)


def _update(connection: Connection, changed: Mapping[str, Written]) -> None:
    if changed:
        values = {
            "keys": list(changed),
            "revision_nos": [found.revision_no for found in changed.values()],
            "are_new": [found.has_new_revision for found in changed.values()],
        }
        connection.execute(text(_UPDATE), values)


_SHAPE = f"SELECT {', '.join(COLUMNS)} FROM core.article WITH NO DATA"

_INSERT = f"""
INSERT INTO core.article ({", ".join(COLUMNS)})
SELECT {", ".join(COLUMNS)} FROM incoming_article i
WHERE NOT EXISTS (SELECT FROM core.article a WHERE a.url_key = i.url_key)
ORDER BY url_key
ON CONFLICT (url_key) DO NOTHING
RETURNING url_key, article_id, first_seen_on
"""

# Locked in a statement of its own, so that the next one sees what the transaction waited for has written.
_LOCK = "SELECT article_id FROM core.article WHERE url_key = ANY(:keys) ORDER BY url_key FOR UPDATE"

_CURRENT = """
SELECT a.article_id, a.url_key, a.first_seen_on, a.revision_no, a.title, a.text_sha256, a.fetched_at,
    a.word_count, a.is_paywalled, a.hints_digest, a.content_digest, r.page_sha256,
    cleaned.digest AS clean_maker, tagged.digest AS tag_maker
FROM core.article a
JOIN core.article_revision r
    ON r.article_id = a.article_id AND r.revision_no = a.revision_no AND r.first_seen_on = a.first_seen_on
JOIN ops.maker cleaned ON cleaned.maker_id = a.clean_maker_id
JOIN ops.maker tagged ON tagged.maker_id = a.tag_maker_id
WHERE a.url_key = ANY(:keys)
"""

_UPDATE = f"""
UPDATE core.article a SET
    {", ".join(f"{name} = i.{name}" for name in COLUMNS if name not in _KEPT)},
    revision_no = c.revision_no,
    fetched_at = CASE WHEN c.is_new THEN i.fetched_at ELSE a.fetched_at END
FROM incoming_article i
JOIN unnest(CAST(:keys AS text[]), CAST(:revision_nos AS int[]), CAST(:are_new AS boolean[]))
    AS c (url_key, revision_no, is_new) USING (url_key)
WHERE a.url_key = i.url_key
"""

_INSERT_ADDRESSES = """
INSERT INTO core.article_url (url_key, article_id, url, kind, added_at)
SELECT i.url_key, a.article_id, i.url, i.kind, i.added_at
FROM unnest(CAST(:keys AS text[]), CAST(:articles AS text[]), CAST(:urls AS text[]), CAST(:kinds AS text[]),
            CAST(:times AS timestamptz[])) AS i (url_key, article_key, url, kind, added_at)
JOIN core.article a ON a.url_key = i.article_key
WHERE NOT EXISTS (SELECT FROM core.tombstone t WHERE t.url_key = i.url_key)
ORDER BY i.url_key
ON CONFLICT (url_key) DO NOTHING
"""
