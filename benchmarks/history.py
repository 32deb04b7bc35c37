"""Three months of a large newsroom's past, made by SQL inside the warehouse: what queries meet after a season.

5,000 feeds of 2,500 outlets, each polled every two hours or so; 22,000 URLs a day, claimed by a nightly run, fetched,
loaded, and half of them looked at again the next night. Times end now; partitions, indexes and constraints are the
product's own, save that indexes are built after the rows and foreign keys are not checked row by row.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import psycopg
from psycopg import sql

from pipeline.warehouse import db, schema
from pipeline.warehouse.events import RECHECK_HOURS

DAYS = 90
OUTLETS, FEEDS = 2_500, 5_000
DUE = 5_000
"""Newest URLs, which no run has claimed yet."""

_FILLED = ("raw.poll", "ops.entry_event", "raw.page", "raw.entry", "raw.entry_sighting", "core.article")
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT i.indisunique
"""
# Every statement below sees these: the moments and sizes that all tables agree on.
_SPAN = """
CREATE TABLE pg_temp.span AS SELECT
    %(begin)s::timestamptz AS begins_at, %(end)s::timestamptz AS ends_at,
    (%(end)s::timestamptz - %(begin)s::timestamptz) / %(polls)s AS between_polls,
    (%(end)s::timestamptz - %(begin)s::timestamptz) / %(entries)s AS between_entries,
    %(polls)s::bigint AS polls, %(entries)s::bigint AS entries,
    (%(entries)s - %(due)s)::bigint AS claimed, ((%(entries)s - %(due)s) / %(days)s)::bigint AS nightly
"""
_FEEDS = """
INSERT INTO core.source (source_id, source_key, name, homepage, domain, added_at, config_digest)
SELECT s, 'outlet-' || s, 'Outlet ' || s, 'https://www.outlet-' || s || '.example/', 'outlet-' || s || '.example',
    begins_at, 'd' FROM span, generate_series(1, %(outlets)s) AS s;
INSERT INTO core.feed (feed_id, source_id, url, kind, added_at, every_minutes, next_poll_at, last_polled_at, last_ok_at)
SELECT f, (f - 1) %% %(outlets)s + 1, 'https://www.outlet-' || (f - 1) %% %(outlets)s + 1 || '.example/feed-' || f,
    CASE WHEN f > %(outlets)s THEN 'sitemap' ELSE 'rss' END, begins_at, 60,
    ends_at + (f %% 100 - 50) * interval '1 minute', ends_at - interval '1 hour', ends_at - interval '1 hour'
FROM span, generate_series(1, %(feeds)s) AS f;
"""
# A nightly for each day and a discover run for each round of polls.
_RUNS = """
CREATE TABLE pg_temp.night AS SELECT n, begins_at + between_entries * (n + 1) * nightly AS at,
    to_char((begins_at + between_entries * (n + 1) * nightly) AT TIME ZONE 'utc', 'YYYYMMDD"T"HH24MI"Z-nightly"')
        AS run_key
FROM span, generate_series(0, %(days)s - 1) AS n;
CREATE TABLE pg_temp.round AS SELECT r, begins_at + between_polls * r * %(feeds)s AS at,
    to_char((begins_at + between_polls * r * %(feeds)s) AT TIME ZONE 'utc', 'YYYYMMDD"T"HH24MI"Z-discover"') AS run_key
FROM span, generate_series(0, polls / %(feeds)s) AS r;
INSERT INTO ops.run (run_key, kind, night, airflow_run_id, state, started_at, ended_at, params, code_version)
SELECT run_key, 'nightly', (at AT TIME ZONE 'utc')::date, run_key, 'succeeded', at, at + interval '2 hours',
    '{}'::jsonb, '0'
FROM night UNION ALL
SELECT run_key, 'discover', (at AT TIME ZONE 'utc')::date, run_key, 'succeeded', at, at + interval '5 minutes',
    '{}'::jsonb, '0'
FROM round ON CONFLICT DO NOTHING;
"""
_POLLS = """
INSERT INTO raw.poll (polled_on, polled_at, feed_id, run_key, url, outcome, reason, status, etag, body_sha256,
    body_bytes, item_count, new_count, known_count, refused_count, elapsed_ms, overlap, next_poll_at)
SELECT (polled_at AT TIME ZONE 'utc')::date, polled_at, f.feed_id, r.run_key, f.url,
    CASE WHEN p %% 20 = 0 THEN 'failed' WHEN p %% 20 < 12 THEN 'not_modified' ELSE 'ok' END,
    CASE WHEN p %% 20 = 0 THEN 'timeout' END, CASE WHEN p %% 20 = 0 THEN NULL WHEN p %% 20 < 12 THEN 304 ELSE 200 END,
    '"' || p || '"', CASE WHEN p %% 20 >= 12 THEN repeat(md5(p::text), 2) END, 48000, 40, p %% 3, 38, 0, 180, 0.95,
    polled_at + interval '2 hours'
FROM span, generate_series(0, span.polls - 1) AS p
CROSS JOIN LATERAL (SELECT span.begins_at + span.between_polls * p AS polled_at)
JOIN round r ON r.r = p / %(feeds)s JOIN core.feed f ON f.feed_id = p * 7919 %% %(feeds)s + 1
"""
_ENTRIES = """
INSERT INTO raw.entry (entry_id, url_key, url, host, source_key, first_seen_at, state, reason, state_at, recheck_at,
    page_id, etag)
SELECT n + 1, left(encode(sha256(n::text::bytea), 'hex'), 32),
    'https://' || host || '/2026/11/' || n || '-harbour-story', host, 'outlet-' || n %% %(outlets)s + 1, seen_at,
    state, CASE state WHEN 'loaded' THEN 'stored' ELSE state END, seen_at,
    CASE WHEN state = 'loaded' THEN (SELECT min(seen_at + age) FROM unnest(CAST(%(ages)s AS interval[])) AS age
        WHERE seen_at + age > ends_at - interval '2 hours') END,
    CASE WHEN state = 'new' THEN NULL ELSE n + 1 END, CASE WHEN state = 'new' THEN NULL ELSE '"' || n || '"' END
FROM span, generate_series(0, entries - 1) AS n
CROSS JOIN LATERAL (SELECT begins_at + between_entries * n AS seen_at,
    'www.outlet-' || n %% %(outlets)s + 1 || '.example' AS host,
    CASE WHEN n >= claimed THEN 'new' WHEN n %% 100 < 80 THEN 'loaded' WHEN n %% 100 < 88 THEN 'duplicate'
        WHEN n %% 100 < 93 THEN 'skipped' WHEN n %% 100 < 97 THEN 'quarantined' ELSE 'gone' END AS state)
"""
_SIGHTINGS = """
INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at, title, published_at)
SELECT e.entry_id, f.feed_id, e.first_seen_at, e.first_seen_at + interval '1 day', 'Harbour story ' || e.entry_id,
    e.first_seen_at - interval '20 minutes'
FROM raw.entry e CROSS JOIN LATERAL (SELECT (e.entry_id - 1) %% %(outlets)s + 1 + k * %(outlets)s AS feed_id
    FROM generate_series(0, (e.entry_id %% 4 = 0)::int) AS k) f
ORDER BY e.entry_id
"""
_EVENTS = """
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
SELECT (v.at AT TIME ZONE 'utc')::date, v.at, v.run_key, e.entry_id, e.source_key, {columns}
FROM span CROSS JOIN raw.entry e
{joined}
WHERE {which}
ORDER BY e.entry_id
"""
_IN_ROUND = (
    "JOIN LATERAL (SELECT e.first_seen_at AS at, run_key FROM round"
    " WHERE r = (e.entry_id - 1) * span.polls / span.entries / %(feeds)s) v ON true"
)
_IN_NIGHT = (
    "JOIN LATERAL (SELECT at + interval '{} min' AS at, run_key FROM night"
    " WHERE night.n = (e.entry_id - 1) / span.nightly{}) v ON true"
)
_CLAIMED = "e.entry_id <= span.claimed"
_RECHECKED = "e.entry_id %% 2 = 0 AND (e.entry_id - 1) / span.nightly < %(days)s - 1"
# What an entry goes through, in order: states, stage and reason; run and time; which entries.
_STEPS: tuple[tuple[str, str, str], ...] = (
    ("NULL, 'new', 'discover', 'new'", _IN_ROUND, "true"),
    ("'new', 'claimed', 'claim', 'new'", _IN_NIGHT.format(0, ""), _CLAIMED),
    ("'claimed', 'fetched', 'fetch', 'stored'", _IN_NIGHT.format(20, ""), _CLAIMED),
    ("'fetched', e.state, 'load', e.reason", _IN_NIGHT.format(90, ""), _CLAIMED),
    ("e.state, 'claimed', 'claim', 'rechecked'", _IN_NIGHT.format(0, " + 1"), _RECHECKED),
    ("'claimed', e.state, 'fetch', 'not_modified'", _IN_NIGHT.format(20, " + 1"), _RECHECKED),
)
_PAGES = """
INSERT INTO raw.page (page_id, fetched_on, fetched_at, entry_id, run_key, attempt, outcome, status, final_url,
    content_type, etag, sha256, body_bytes, warc_uri, warc_offset, warc_length, elapsed_ms)
SELECT e.entry_id, (v.at AT TIME ZONE 'utc')::date, v.at, e.entry_id, v.run_key, 1, 'archived', 200, e.url,
    'text/html', e.etag, repeat(md5(e.entry_id::text), 2), 90000,
    'file:///warc/' || e.source_key || '/' || v.run_key, 1000, 30000, 90
FROM span CROSS JOIN raw.entry e
JOIN LATERAL (SELECT at + interval '20 min' AS at, run_key FROM night WHERE night.n = (e.entry_id - 1) / span.nightly) v
    ON true
WHERE e.entry_id <= span.claimed ORDER BY e.entry_id
"""
_ARTICLES = """
INSERT INTO ops.maker (maker_id, stage, code_version, model_version, settings_digest, digest, first_used_at)
SELECT m, 'clean', '0', '0', '0', m::text, begins_at FROM span, generate_series(1, 2) AS m;
INSERT INTO core.article (article_id, url_key, first_seen_on, source_id, url, revision_no, title,
    published_precision, first_seen_at, fetched_at, loaded_at, publisher_tags, word_count, quality, quality_reasons,
    is_paywalled, text_sha256, content_digest, clean_maker_id, tag_maker_id, run_key)
SELECT e.entry_id, e.url_key, (e.first_seen_at AT TIME ZONE 'utc')::date, (e.entry_id - 1) %% %(outlets)s + 1, e.url,
    1, 'Harbour story ' || e.entry_id, 'none', e.first_seen_at, e.first_seen_at, e.first_seen_at, '{}', 600, 0.9, '{}',
    false, md5(e.entry_id::text), md5(e.entry_id::text), 1, 2, 'x'
FROM span, raw.entry e
WHERE e.state IN ('loaded', 'duplicate') AND e.first_seen_at > ends_at - interval '30 days' ORDER BY e.entry_id;
INSERT INTO core.article_url (url_key, article_id, url, kind, added_at)
SELECT url_key, article_id, url, 'listed', first_seen_at FROM core.article;
"""


@dataclass(frozen=True, slots=True)
class History:
    """What was made: rows by table, how long it took, and where to look."""

    rows: dict[str, int]
    seconds: float
    megabytes: float
    ends_at: datetime


def fill(rows: int) -> History:
    """`rows` polls, as many events, a fifth as many entries; ends now."""
    started = time.perf_counter()
    ends_at = datetime.now(UTC) - timedelta(minutes=10)
    begins_at = ends_at - timedelta(days=DAYS)
    days = [begins_at.date() + timedelta(days=n) for n in range(DAYS + 3)]
    db.in_transaction(partial(schema.ensure_partitions, days=_months(days)), role="owner")
    with psycopg.connect(db.url_for("postgres", "postgresql"), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no check of foreign keys, row by row
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        with _without_indexes(connection):
            _write(connection, rows, begins_at, ends_at)
        connection.execute("VACUUM (ANALYZE)")
        counts = {table: _count(connection, table) for table in _FILLED}
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert size is not None
    return History(counts, time.perf_counter() - started, size[0] / 1e6, ends_at)


def _months(days: list[date]) -> list[date]:
    return sorted({day.replace(day=1) for day in days})


def _write(connection: psycopg.Connection, rows: int, begins_at: datetime, ends_at: datetime) -> None:
    values = {
        "begin": begins_at,
        "end": ends_at,
        "polls": rows,
        "entries": rows // 5,
        "due": DUE,
        "days": DAYS,
        "outlets": OUTLETS,
        "feeds": FEEDS,
        "ages": [f"{hours} hours" for hours in RECHECK_HOURS],
    }
    with psycopg.ClientCursor(connection) as cursor:  # several statements in one, which the server does not bind
        for statement in (_SPAN, _FEEDS, _RUNS, "ANALYZE night, round", _POLLS, _ENTRIES, _SIGHTINGS, *_event_steps()):
            cursor.execute(statement.encode(), values)
        for statement in (_PAGES, _ARTICLES):
            cursor.execute(statement.encode(), values)
        for table, column in (("raw.entry", "entry_id"), ("raw.page", "page_id"), ("core.article", "article_id")):
            cursor.execute(
                sql.SQL("SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({}) FROM {}))").format(
                    sql.Identifier(column), sql.Identifier(*table.split("."))
                ),
                (table, column),
            )


def _event_steps() -> Iterator[str]:
    for columns, joined, which in _STEPS:
        yield _EVENTS.format(columns=columns, joined=joined, which=which)


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Drop what is not unique, and build it again after the rows are in: a third of the time."""
    dropped: list[str] = []
    for table in _FILLED:
        for name, definition in connection.execute(_INDEXES, (table,)).fetchall():
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(*name.split("."))))
            dropped.append(definition.replace(" ON ONLY ", " ON "))
    yield
    for definition in dropped:
        connection.execute(definition.encode())


def _count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))).fetchone()
    assert found is not None
    return int(found[0])
