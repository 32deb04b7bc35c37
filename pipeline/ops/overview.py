"""Runs at a glance, for `mm status` and the end of `mm run`."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import text

from pipeline.errors import ConfigError, Retryable
from pipeline.settings import get_settings
from pipeline.warehouse import db, embedded
from pipeline.warehouse.ledger import ledger

_RUNS = """
SELECT run_key, state, started_at, round(extract(epoch FROM ended_at - started_at))::int AS seconds
FROM ops.run WHERE kind <> 'discover' ORDER BY started_at DESC LIMIT :count
"""
_NEWEST = """
SELECT s.name AS source, a.language, to_char(a.published_at, 'Mon DD HH24:MI') AS published, a.title,
    (SELECT string_agg(e.name, ', ' ORDER BY ae.salience DESC, e.name) FROM (
        SELECT * FROM core.article_entity x WHERE x.article_id = a.article_id ORDER BY salience DESC LIMIT 3) ae
     JOIN core.entity e USING (entity_id)) AS entities,
    (SELECT t.label FROM core.article_topic x JOIN core.topic t USING (topic_id)
     WHERE x.article_id = a.article_id AND t.level = 1 ORDER BY x.score DESC, t.code LIMIT 1) AS topic
FROM (
    SELECT *, row_number() OVER (PARTITION BY source_id ORDER BY published_at DESC NULLS LAST, url_key) AS place
    FROM core.article WHERE first_seen_on > (SELECT max(first_seen_on) FROM core.article) - 7) a
JOIN core.source s USING (source_id)
ORDER BY a.place, a.published_at DESC NULLS LAST LIMIT :count
"""


def recent_runs(count: int = 5) -> list[dict[str, Any]]:
    """The newest nightly runs with their ledger in words; empty when the warehouse is down."""
    settings = get_settings()
    try:
        if settings.warehouse_url is None and not embedded.is_running(embedded.read_cluster(settings)):
            return []
        with db.reading() as connection:
            rows = connection.execute(text(_RUNS), {"count": count}).all()
            return [
                {
                    "run_key": row.run_key,
                    "state": row.state,
                    "started_at": row.started_at.isoformat(),
                    "seconds": row.seconds,
                    "ledger": ledger(connection, row.run_key).sentence(),
                }
                for row in rows
            ]
    except (ConfigError, Retryable):
        return []


def newest_articles(count: int = 10) -> pd.DataFrame:
    """The newest article of each source in a week: source, language, published, title, entities, topic."""
    with db.reading() as connection:
        return pd.read_sql(text(_NEWEST), connection, params={"count": count})
