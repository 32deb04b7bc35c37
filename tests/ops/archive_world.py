"""Nights over a real server, archive and warehouse, from fetch to load; only tagging is simple."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, text

from pipeline import frames, landing, urls
from pipeline.clean.batch import clean_batch
from pipeline.fetch import fetch_shard
from pipeline.records import ClaimedEntry
from pipeline.resolve import resolve_run
from pipeline.warehouse import db
from pipeline.warehouse.context import freeze_context, plan_batches
from pipeline.warehouse.load import load_batch
from pipeline.warehouse.pages import archived_pages
from pipeline.warehouse.sources import sync_sources
from tests.fetch import outlet as behaviours
from tests.fetch.fetch_world import AT, PART, RUN, SOURCE, quick
from tests.fetch.outlet import HTML, Outlet
from tests.warehouse import nights
from tests.warehouse.nights import CLEAN, TAG, TOPICS

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
_ENTRY = """
INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at, claimed_by)
VALUES (:key, :url, :host, 'harbour-ledger', :at, 'claimed', 'new', :at, :run_key) RETURNING entry_id
"""
_EVENT = """
INSERT INTO ops.entry_event (event_on, at, run_key, entry_id, source_key, from_state, to_state, stage, reason)
VALUES ('2026-03-14', :at, :run_key, :entry_id, 'harbour-ledger', 'new', 'claimed', 'claim', 'new')
"""
_FINISH = "UPDATE ops.run SET state = 'succeeded', ended_at = now() WHERE run_key = :run_key"
_SIGHT = """
INSERT INTO raw.entry_sighting (entry_id, feed_id, first_seen_at, last_seen_at, title)
SELECT e.entry_id, f.feed_id, e.first_seen_at, e.first_seen_at, 'Listed ' || e.url FROM raw.entry e
CROSS JOIN (SELECT min(feed_id) AS feed_id FROM core.feed) f ON CONFLICT DO NOTHING
"""


async def _story(request: web.BaseRequest, _nth: int) -> web.StreamResponse:
    """`/story/<name>`: an article of its own; `/story/<name>/print` is the same at another address."""
    name = request.path.split("/")[2]
    paragraphs = "".join(f"<p>{p} The {name} said so.</p>" for p in nights.BODY.split("\n"))
    canonical = f'<link rel="canonical" href="/story/{name}">'
    return web.Response(
        text=f"<html lang=en><head><title>The {name} of Bremen</title>{canonical}</head><body><main><article>"
        f"<h1>The {name} of Bremen</h1>{paragraphs}<p>Written by hand, {name}.</p></article></main></body></html>",
        headers=HTML,
    )


behaviours.BEHAVIOURS["story"] = _story


def fetch(outlet: Outlet, paths: Sequence[str], run_key: str = RUN) -> None:
    """Claim and fetch, so that the pages lie in the archive."""
    db.in_transaction(lambda c: sync_sources(c, [outlet.source], NOW))
    with db.engine("loader").begin() as connection:
        connection.execute(text(nights._RUN), {"run_key": run_key, "night": NOW.date(), "at": NOW})
        entries = [_claimed(connection, outlet.url(path), run_key) for path in paths]
        connection.execute(text(_SIGHT))
    uri = landing.run_uri(run_key, "claim", f"{PART}.parquet")
    frames.write_records(uri, entries, ClaimedEntry)
    fetch_shard(run_key, uri, PART, sources=[outlet.source], settings=quick())


def _claimed(connection: Connection, url: str, run_key: str) -> ClaimedEntry:
    values = {"key": urls.url_key(url), "url": url, "host": urls.host_of(url), "run_key": run_key, "at": AT}
    entry_id = connection.execute(text(_ENTRY), values).scalar_one()
    connection.execute(text(_EVENT), {**values, "entry_id": entry_id})
    return ClaimedEntry(
        entry_id, values["key"], url, values["host"], SOURCE, "new", AT, 1, f"Listed {url}", None, None, None, None
    )


def process(run_key: str = RUN) -> list[str]:
    """Clean, resolve and tag what was fetched; returns the batches, which are not loaded yet."""
    with db.reading() as connection:
        pages = archived_pages(connection, run_key)
    freeze_context(run_key, pages)
    parts = plan_batches(run_key, pages, 100)
    for part in parts:
        profiles = landing.run_uri(run_key, "context", "sources.parquet")
        clean_batch(part.uri, profiles, landing.run_uri(run_key, "clean", f"{part.name}.parquet"))
    resolve_run(run_key, landing.list_uris(landing.uri("runs", run_key, "clean")), CLEAN, TAG)
    for part in parts:
        nights._tag(run_key, part.name)
    nights.link(run_key)
    return [part.name for part in parts]


def load(batches: Sequence[str], run_key: str = RUN) -> None:
    for name in batches:
        load_batch(run_key, name, clean_maker=CLEAN, tag_maker=TAG, topics=TOPICS)


def end(run_key: str = RUN) -> None:
    """The run is over."""
    with db.engine("loader").begin() as connection:
        connection.execute(text(_FINISH), {"run_key": run_key})


def night(outlet: Outlet, paths: Sequence[str], run_key: str = RUN) -> None:
    """A whole night."""
    fetch(outlet, paths, run_key)
    load(process(run_key), run_key)
    end(run_key)


def draw_report(run_key: str = RUN) -> None:
    """The report of the night."""
    from pipeline.report import write_report

    uri = write_report(run_key)
    with db.engine("loader").begin() as connection:
        connection.execute(text("UPDATE ops.run SET report_uri = :uri"), {"uri": uri})


def build_mart() -> None:
    """A mart of articles, as dbt leaves it: its owner is the loader."""
    with db.engine("loader").begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS mart.article CASCADE"))
        connection.execute(text("CREATE TABLE mart.article AS SELECT url_key, url, title FROM core.article"))


def everything_stored(words: str) -> list[str]:
    """Where the words stand in the warehouse (table.column) and in files of the landing zone."""
    found = []
    with db.reading("owner") as connection:
        for schema, table, column, kind in connection.execute(text(_COLUMNS)).all():
            value = f"array_to_string({column}, ' ')" if kind == "ARRAY" else f"CAST({column} AS text)"
            query = text(f"SELECT count(*) FROM {schema}.{table} WHERE position(lower(:words) IN lower({value})) > 0")
            if connection.scalar(query, {"words": words}):
                found.append(f"{schema}.{table}.{column}")
    endings = (".parquet", ".warc.gz", ".html")
    return found + [u for ending in endings for u in landing.find(landing.uri(), ending) if _holds(u, words)]


def _holds(uri: str, words: str) -> bool:
    if uri.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        return words in str(pq.read_table(pa.BufferReader(landing.get_bytes(uri))).to_pylist())
    data = landing.get_bytes(uri)
    if uri.endswith(".gz"):
        from pipeline import warc_file

        data = warc_file.content(data)
    return words.encode() in data


def rows(query: str, **values: Any) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


_COLUMNS = """
SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema IN ('raw', 'core', 'ops', 'mart') AND table_type = 'BASE TABLE'
  AND data_type IN ('text', 'jsonb', 'tsvector', 'ARRAY')
ORDER BY 1, 2, 3
"""
