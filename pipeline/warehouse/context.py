"""What a run may know of the warehouse, frozen as Parquet at its start, and the batches of its pages.

The stages after this one read files only, so the same night gives the same rows whenever it is worked again.
The files follow from the state of the warehouse and the pages alone: same state, same bytes. Windows count back
from the newest fetch of the run, not from the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from pipeline import frames, landing, urls
from pipeline.errors import Reason
from pipeline.identity import MIN_TEXT_WORDS, PATTERN_DAYS, Outlets, domain_of, final_address
from pipeline.log import event
from pipeline.records import (
    ArchivedPage,
    EntityDecision,
    KnownArticle,
    KnownEntity,
    KnownText,
    Part,
    SourceProfile,
)
from pipeline.warehouse import db
from pipeline.warehouse.entity_decisions import decisions_in_force
from pipeline.warehouse.patterns import PROFILE_ARTICLES, RECENT_ARTICLES, date_order, learn_patterns

ADDRESS_DAYS = 90
"""Articles whose addresses are frozen for the run's sources: a canonical link is known only after cleaning, and
nearly all edits and new addresses come within three months."""

TEXT_DAYS = 30
"""How far back the same text is a copy: syndication runs within days, a month covers weekly papers."""

_FILES: dict[str, Any] = {
    "sources": SourceProfile,
    "texts": KnownText,
    "entities": KnownEntity,
    "decisions": EntityDecision,
    "articles": KnownArticle,
}
"""Files of a context in the order they are written; the last one says that it is whole."""


def freeze_context(run_key: str, pages: Sequence[ArchivedPage]) -> dict[str, int]:
    """Write `context/{sources,texts,entities,decisions,articles}.parquet` of a run; returns the rows of each.

    Before that, what the outlets of the pages repeat is learnt, in a transaction of its own: killed after it, the
    task learns nothing more when it runs again. A context that is there is kept as it is and `{}` returned: a task
    that runs again must not see what the run itself has loaded meanwhile.
    """
    if landing.exists(_uri(run_key, "articles")):
        return {}
    learnt = db.in_transaction(lambda connection: _learn(connection, pages))
    rows = db.in_transaction(lambda connection: _read(connection, pages))
    counts = {name: frames.write_records(_uri(run_key, name), rows[name], record) for name, record in _FILES.items()}
    event("context_frozen", run=run_key, learnt=learnt, **counts)
    return counts


def plan_batches(run_key: str, pages: Sequence[ArchivedPage], batch_size: int) -> list[Part]:
    """Divide the pages, in order of first sighting and address, into `pages/<batch>.parquet`.

    No pages give no batches.
    """
    ordered = sorted(pages, key=lambda page: (page.first_seen_at, page.url, page.entry_id))
    parts = []
    for number, start in enumerate(range(0, len(ordered), batch_size)):
        rows = ordered[start : start + batch_size]
        name = f"{number:03}"
        uri = landing.run_uri(run_key, "pages", f"{name}.parquet")
        frames.write_records(uri, rows, ArchivedPage)
        sources = len({page.source_key for page in rows})
        parts.append(Part(name, f"{_count(len(rows), 'page')}, {_count(sources, 'source')}", uri, len(rows)))
    return parts


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _uri(run_key: str, name: str) -> str:
    return landing.run_uri(run_key, "context", f"{name}.parquet")


def _learn(connection: Connection, pages: Sequence[ArchivedPage]) -> int:
    """Nothing for a backfill, whose pages may lie years apart: what outlets repeat now is none of theirs."""
    current = [page for page in pages if page.inflow != Reason.BACKFILLED]
    if not current:
        return 0
    outlets = Outlets(SourceProfile(**row._mapping) for row in connection.execute(text(_OUTLETS)))
    return learn_patterns(connection, _sources(outlets, current), max(page.fetched_at for page in current))


def _sources(outlets: Outlets, pages: Sequence[ArchivedPage]) -> set[str]:
    """The sources that listed the pages, and the outlets that published them."""
    finals = {(final_address(page.url, page.final_url), page.source_key) for page in pages}
    return {page.source_key for page in pages} | {outlets.source_of(url, listed_by) for url, listed_by in finals}


def _read(connection: Connection, pages: Sequence[ArchivedPage]) -> dict[str, list[Any]]:
    """All sets from one snapshot of the warehouse."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    profiles = _profiles(connection, pages)
    span = _span(pages)
    return {
        "sources": profiles,
        "texts": _texts(connection, span) if span else [],
        "entities": [KnownEntity(**row._mapping) for row in connection.execute(text(_ENTITIES))],
        "decisions": decisions_in_force(connection),
        "articles": _articles(connection, pages, profiles, span) if span else [],
    }


def _span(pages: Sequence[ArchivedPage]) -> tuple[datetime, datetime] | None:
    """From when windows count back, and the newest fetch. The pages of a backfill may lie years apart, so their
    windows count back from the oldest of them."""
    if not pages:
        return None
    newest = max(page.fetched_at for page in pages)
    return min((page.fetched_at for page in pages if page.inflow == Reason.BACKFILLED), default=newest), newest


def _profiles(connection: Connection, pages: Sequence[ArchivedPage]) -> list[SourceProfile]:
    """Every source, with the habits that may hold for one of the pages (`identity.in_force` says for which)."""
    oldest = min((page.first_seen_at for page in pages), default=datetime.max.replace(tzinfo=UTC))
    values = {"recent": PROFILE_ARTICLES, "learnt_since": oldest - timedelta(days=PATTERN_DAYS)}
    return [_profile(row) for row in connection.execute(text(_PROFILES), values)]


def _profile(row: Row[Any]) -> SourceProfile:
    values = dict(row._mapping)
    for name in ("repeated_lines", "repeated_since", "title_suffixes", "suffixes_since"):
        values[name] = tuple(values[name] or ())
    order = date_order(values.pop("day_first"), values.pop("month_first"))
    return SourceProfile(**values, date_order=order)


def _texts(connection: Connection, span: tuple[datetime, datetime]) -> list[KnownText]:
    """The earliest article of each text and domain."""
    found: dict[tuple[str, str], KnownText] = {}
    for row in connection.execute(text(_TEXTS), {**_window(span, TEXT_DAYS), "words": MIN_TEXT_WORDS}):
        domain = domain_of(row.url)
        found.setdefault(
            (row.text_sha256, domain), KnownText(row.text_sha256, domain, row.url_key, row.url, row.first_seen_at)
        )
    return [found[key] for key in sorted(found)]


def _articles(
    connection: Connection,
    pages: Sequence[ArchivedPage],
    profiles: Sequence[SourceProfile],
    span: tuple[datetime, datetime],
) -> list[KnownArticle]:
    finals = {final_address(page.url, page.final_url) for page in pages}
    keys = {page.url_key for page in pages} | {urls.url_key(url) for url in finals}
    sources = _sources(Outlets(profiles), pages)
    values = {"keys": sorted(keys), "sources": sorted(sources), **_window(span, ADDRESS_DAYS)}
    return [KnownArticle(**row._mapping) for row in connection.execute(text(_ARTICLES), values)]


def _window(span: tuple[datetime, datetime], days: int) -> dict[str, date]:
    """Days of first sighting to look at. The end matters to a backfill only: what came years later is no neighbour."""
    return {"since": (span[0] - timedelta(days=days)).date(), "until": (span[1] + timedelta(days=days)).date()}


_OUTLETS = """
SELECT source_key, name, homepage, country, language, time_zone, NULL AS median_words, 0 AS article_count, domain
FROM core.source
"""

_PROFILES = f"""
SELECT s.source_key, s.name, s.homepage, s.country, s.language, s.time_zone, recent.median_words,
    (SELECT count(*) FROM core.article a WHERE a.source_id = s.source_id) AS article_count, s.domain,
    learnt.repeated_lines, learnt.repeated_since, learnt.title_suffixes, learnt.suffixes_since,
    recent.day_first, recent.month_first
FROM core.source s
CROSS JOIN LATERAL (
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY l.word_count) AS median_words,
        count(*) FILTER (WHERE l.date_order = 'day_first') AS day_first,
        count(*) FILTER (WHERE l.date_order = 'month_first') AS month_first
    FROM ({RECENT_ARTICLES}) l
) recent
CROSS JOIN LATERAL (
    SELECT array_agg(p.value ORDER BY p.value, p.learnt_at) FILTER (WHERE p.kind = 'repeated_line') AS repeated_lines,
        array_agg(p.learnt_at ORDER BY p.value, p.learnt_at) FILTER (WHERE p.kind = 'repeated_line') AS repeated_since,
        array_agg(p.value ORDER BY p.value, p.learnt_at) FILTER (WHERE p.kind = 'title_suffix') AS title_suffixes,
        array_agg(p.learnt_at ORDER BY p.value, p.learnt_at) FILTER (WHERE p.kind = 'title_suffix') AS suffixes_since
    FROM core.source_pattern p
    WHERE p.source_id = s.source_id AND p.refused_at IS NULL AND p.learnt_at >= :learnt_since
) learnt
ORDER BY s.source_key
"""

_TEXTS = """
SELECT text_sha256, url_key, url, first_seen_at FROM core.article
WHERE first_seen_on BETWEEN :since AND :until AND word_count >= :words
ORDER BY first_seen_at, url_key
"""

# Merged ones too: what was decided is told apart from what the texts say, and may be withdrawn.
_ENTITIES = """
SELECT entity_key, substr(entity_key, strpos(entity_key, ':') + 1) AS alias, kind, name, qid, country,
    false AS is_acronym
FROM core.entity
UNION ALL
SELECT e.entity_key, a.alias, e.kind, e.name, e.qid, e.country, true
FROM core.entity_alias a JOIN core.entity e USING (entity_id) WHERE a.origin = 'acronym'
ORDER BY alias, entity_key, is_acronym
"""

# An address that was taken down stands for an article of its own, of which nothing is known but that.
_ARTICLES = """
WITH wanted AS (
    SELECT article_id FROM core.article_url WHERE url_key = ANY(:keys)
    UNION
    SELECT a.article_id FROM core.article a JOIN core.source s USING (source_id)
    WHERE s.source_key = ANY(:sources) AND a.first_seen_on BETWEEN :since AND :until
)
SELECT a.url_key, u.url_key AS address_key, s.source_key, a.first_seen_at, a.revision_no, a.title, a.text_sha256,
    r.page_sha256, a.fetched_at, cleaned.digest AS clean_maker, tagged.digest AS tag_maker,
    t.url_key IS NOT NULL AS is_tombstoned, a.url, a.word_count, a.is_paywalled, a.hints_digest
FROM wanted
JOIN core.article a USING (article_id)
JOIN core.article_url u USING (article_id)
JOIN core.source s USING (source_id)
JOIN core.article_revision r
    ON r.article_id = a.article_id AND r.revision_no = a.revision_no AND r.first_seen_on = a.first_seen_on
JOIN ops.maker cleaned ON cleaned.maker_id = a.clean_maker_id
JOIN ops.maker tagged ON tagged.maker_id = a.tag_maker_id
LEFT JOIN core.tombstone t ON t.url_key = a.url_key
UNION ALL
SELECT t.url_key, t.url_key, '', t.at, 0, NULL, '', '', t.at, '', '', true, 'taken-down:' || t.url_key, 0, false, ''
FROM core.tombstone t
WHERE t.url_key IS NOT NULL AND NOT EXISTS (SELECT FROM core.article_url u WHERE u.url_key = t.url_key)
ORDER BY address_key
"""
