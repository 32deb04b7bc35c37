"""What the nightly report shows, read from the warehouse: one DataFrame per question.

Everything is read from `raw`, `core` and `ops`, so there is a report even when the marts failed; only the mark of
days with holes comes from `mart.daily_coverage`, where that exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text

from pipeline.warehouse.ledger import Ledger, ledger
from pipeline.warehouse.runs import get_run

VOLUME_DAYS = 14
"""Days in the chart of volume: two of each weekday, since news has a weekly rhythm."""
TOP_ENTITIES = 8
EARLIER_NIGHTS = 7

_RUN = "SELECT run_key, kind, night, state, started_at, ended_at, code_version FROM ops.run WHERE run_key = :run_key"
_OUTCOMES = """
WITH held AS (
    SELECT DISTINCT ON (entry_id) entry_id, reason AS inflow FROM ops.entry_event
    WHERE run_key = :run_key AND to_state = 'claimed' ORDER BY entry_id, event_id
), last AS (
    SELECT DISTINCT ON (entry_id) entry_id, source_key, stage, to_state AS state, reason, detail, at
    FROM ops.entry_event WHERE run_key = :run_key AND stage <> 'discover' ORDER BY entry_id, event_id DESC
)
SELECT e.url, l.source_key, h.inflow, l.stage, l.state, l.reason, l.detail, l.at
FROM last l JOIN held h USING (entry_id) JOIN raw.entry e USING (entry_id)
ORDER BY l.at DESC, e.url
"""
_SOURCES = "SELECT source_key, name, country, language FROM core.source ORDER BY name"
# The failure is looked for inside the subquery: outside, it is found for healthy feeds too, through all their polls.
_FEEDS = """
SELECT s.source_key, s.name AS source_name, f.url, f.kind, f.last_polled_at, f.last_ok_at, f.failure_count,
    p.reason, p.detail,
    (SELECT max(coalesce(g.published_at, g.first_seen_at)) FROM raw.entry_sighting g WHERE g.feed_id = f.feed_id)
        AS last_item_at,
    coalesce(f.last_ok_at > CAST(:started_at AS timestamptz) - interval '24 hours', false) AS is_answered
FROM core.feed f JOIN core.source s USING (source_id)
LEFT JOIN LATERAL (
    SELECT reason, detail FROM raw.poll WHERE feed_id = f.feed_id AND outcome = 'failed' AND f.failure_count > 0
    ORDER BY polled_at DESC LIMIT 1) p ON true
WHERE f.retired_at IS NULL ORDER BY s.name, f.url
"""
_ARTICLES = """
SELECT a.url, a.title, s.name AS source_name, s.source_key, a.language, a.first_seen_at, a.published_at,
    a.published_precision, a.word_count, a.is_paywalled, a.copy_of_key IS NOT NULL AS is_copy, v.cause,
    t.label AS topic
FROM core.article a JOIN core.source s USING (source_id)
LEFT JOIN core.article_revision v USING (article_id, first_seen_on, revision_no)
LEFT JOIN LATERAL (
    SELECT label FROM core.article_topic JOIN core.topic USING (topic_id)
    WHERE article_id = a.article_id AND first_seen_on = a.first_seen_on AND level = 1
    ORDER BY score DESC, code LIMIT 1) t ON true
WHERE a.run_key = :run_key ORDER BY a.first_seen_at DESC, a.url
"""
_ENTITIES = """
WITH counted AS (
    SELECT e.kind, e.name, e.country, count(*) AS articles, count(DISTINCT a.source_id) AS outlets
    FROM core.article a JOIN core.article_entity f USING (article_id, first_seen_on)
    JOIN core.entity n USING (entity_id) JOIN core.entity e ON e.entity_id = coalesce(n.merged_into, n.entity_id)
    WHERE a.run_key = :run_key GROUP BY e.entity_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY outlets DESC, articles DESC, name) AS rank FROM counted
)
SELECT kind, name, country, articles, outlets FROM ranked WHERE rank <= :top ORDER BY kind, rank
"""
_VOLUME = """
SELECT first_seen_on AS day, count(*) FILTER (WHERE copy_of_key IS NULL) AS originals,
    count(copy_of_key) AS copies
FROM core.article WHERE first_seen_on > CAST(:night AS date) - :days AND first_seen_on <= :night
GROUP BY first_seen_on ORDER BY first_seen_on
"""
_HOLES = """
SELECT day, count(*) FILTER (WHERE delivery IN ('missing', 'partial')) AS holes,
    string_agg(source_name, ', ' ORDER BY source_name) FILTER (WHERE delivery IN ('missing', 'partial')) AS outlets
FROM mart.daily_coverage WHERE day > CAST(:night AS date) - :days AND day <= :night GROUP BY day ORDER BY day
"""
_EARLIER = """
SELECT r.night, count(DISTINCT v.entry_id) AS stored
FROM ops.run r LEFT JOIN ops.entry_event v ON v.run_key = r.run_key AND v.to_state = 'loaded'
WHERE r.kind = 'nightly' AND r.run_key <> :run_key AND r.started_at < :started_at
    AND r.night >= CAST(:night AS date) - :nights GROUP BY r.run_key ORDER BY r.night
"""
_STAGES = """
SELECT stage, part, state, started_at, ended_at, attempt, rows_in, rows_out, error
FROM ops.stage_part WHERE run_key = :run_key ORDER BY started_at, part
"""
_CHECKS = """
SELECT check_name, is_ok, severity, observed, expected, advice FROM ops.check_result
WHERE run_key = :run_key ORDER BY is_ok, severity, check_name
"""
_MARTS = """
SELECT node, kind, status, row_count, seconds, message FROM ops.mart_result
WHERE run_key = :run_key ORDER BY kind, node
"""


@dataclass(frozen=True, slots=True)
class RunRow:
    """The run a report is about."""

    run_key: str
    kind: str
    night: date
    state: str
    started_at: datetime
    ended_at: datetime | None
    code_version: str


@dataclass(frozen=True, slots=True)
class NightData:
    """Everything one report shows. Every frame may be empty."""

    run: RunRow
    ledger: Ledger
    outcomes: pd.DataFrame  # one row per URL the run claimed: how it came in, how it stands
    sources: pd.DataFrame  # one row per outlet
    feeds: pd.DataFrame  # one row per feed in force
    articles: pd.DataFrame  # one row per article the run wrote, newest first
    entities: pd.DataFrame  # the most widely named of these articles, by kind
    volume: pd.DataFrame  # one row per day with articles
    holes: pd.DataFrame  # one row per day: outlets whose feeds did not all answer
    earlier: pd.DataFrame  # one row per earlier nightly: articles stored
    stages: pd.DataFrame  # one row per part of a stage
    checks: pd.DataFrame  # one row per check
    marts: pd.DataFrame  # one row per dbt node


def night_data(connection: Connection, run_key: str | None) -> NightData:
    """All there is on a run (its key, the first letters of it, or None for the newest night).

    Raises ConfigError when there is no such run.
    """
    key = get_run(connection, run_key).run_key
    run = RunRow(**connection.execute(text(_RUN), {"run_key": key}).mappings().one())
    values: dict[str, Any] = {"run_key": key, "night": run.night, "started_at": run.started_at, "days": VOLUME_DAYS}

    def frame(query: str, **more: Any) -> pd.DataFrame:
        return pd.read_sql_query(text(query), connection, params={**values, **more})

    has_coverage = connection.scalar(text("SELECT to_regclass('mart.daily_coverage')")) is not None
    return NightData(
        run=run,
        ledger=ledger(connection, key),
        outcomes=frame(_OUTCOMES),
        sources=frame(_SOURCES),
        feeds=frame(_FEEDS),
        articles=frame(_ARTICLES),
        entities=frame(_ENTITIES, top=TOP_ENTITIES),
        volume=frame(_VOLUME),
        holes=frame(_HOLES) if has_coverage else pd.DataFrame(columns=["day", "holes", "outlets"]),
        earlier=frame(_EARLIER, nights=EARLIER_NIGHTS),
        stages=frame(_STAGES),
        checks=frame(_CHECKS),
        marts=frame(_MARTS),
    )
