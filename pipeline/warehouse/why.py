"""Everything the warehouse knows of one URL, in the order it happened: polls, events, fetches, rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from pipeline.urls import host_of, registrable_domain, url_key
from pipeline.warehouse.feed_standings import feed_standings
from pipeline.warehouse.hosts import host_row
from pipeline.warehouse.past_polls import poll_at, polls_of

_POLLS_SHOWN = 10

_ENTRY = "SELECT * FROM raw.entry WHERE url_key = :url_key"
_ADDRESS = """
SELECT a.article_id, a.url_key, u.kind FROM core.article_url u JOIN core.article a USING (article_id)
WHERE u.url_key = :url_key
"""
_SIGHTINGS = """
SELECT f.feed_id, f.url AS feed, f.kind, s.first_seen_at, s.last_seen_at, s.title, s.published_at,
    (SELECT count(*) FROM raw.poll p WHERE p.feed_id = f.feed_id
        AND p.polled_at BETWEEN s.first_seen_at - interval '1 minute' AND s.last_seen_at + interval '1 minute')
    + coalesce((SELECT sum(d.poll_count) FROM raw.poll_day d WHERE d.feed_id = f.feed_id AND d.polled_on
        BETWEEN (s.first_seen_at AT TIME ZONE 'utc')::date AND (s.last_seen_at AT TIME ZONE 'utc')::date), 0) AS polls
FROM raw.entry_sighting s JOIN core.feed f USING (feed_id)
WHERE s.entry_id = :entry_id ORDER BY s.first_seen_at, f.url
"""
_EVENTS = """
SELECT at, run_key, stage, from_state, to_state, reason, detail
FROM ops.entry_event WHERE entry_id = :entry_id ORDER BY at, event_id
"""
_PAGES = """
SELECT fetched_at, run_key, attempt, outcome, reason, detail, status, final_url, content_type, body_bytes, sha256,
    origin, warc_uri, warc_offset, warc_length, elapsed_ms, page_id, removed_at, removed_why
FROM raw.page WHERE entry_id = :entry_id ORDER BY fetched_at, page_id
"""
_ARTICLE = """
SELECT a.url_key, a.url, s.source_key, a.title, a.language, a.published_at, a.published_method, a.published_precision,
    a.published_confidence, a.title_method, a.authors_method, a.section, a.section_method, a.tags_method, a.agency,
    a.extractor, a.extractor_reason, a.is_live_blog, a.is_opinion, a.is_sponsored,
    (SELECT string_agg(n.name, ', ' ORDER BY x.position) FROM core.article_author x JOIN core.author n USING (author_id)
        WHERE x.article_id = a.article_id) AS authors, array_to_string(a.publisher_tags, ', ') AS publisher_tags,
    a.quality, a.quality_reasons, a.word_count, a.is_paywalled, a.revision_no, a.copy_of_key, a.run_key, a.loaded_at,
    cm.code_version || ' / ' || cm.model_version AS cleaned_by,
    tm.code_version || ' / ' || tm.model_version AS tagged_by,
    (SELECT count(*) FROM core.mention m WHERE m.article_id = a.article_id) AS mentions,
    (SELECT string_agg(t.label, ', ' ORDER BY t.level, x.score DESC, t.code)
        FROM core.article_topic x JOIN core.topic t USING (topic_id) WHERE x.article_id = a.article_id) AS topics
FROM core.article a JOIN core.source s USING (source_id)
JOIN ops.maker cm ON cm.maker_id = a.clean_maker_id JOIN ops.maker tm ON tm.maker_id = a.tag_maker_id
WHERE a.article_id = :article_id
"""
_REVISIONS = """
SELECT revision_no, cause, recorded_at, title, word_count, text_sha256, page_id, run_key
FROM core.article_revision WHERE article_id = :article_id ORDER BY revision_no
"""
_ADDRESSES = "SELECT url, kind, added_at FROM core.article_url WHERE article_id = :article_id ORDER BY added_at, url"
_TOMBSTONE = "SELECT at, reason FROM core.tombstone WHERE url_key = :url_key"
_FEED = """
SELECT s.source_key, f.url, f.retired_at FROM core.feed f JOIN core.source s USING (source_id)
WHERE f.url = :url ORDER BY f.retired_at DESC NULLS FIRST LIMIT 1
"""
# The feeds that could have listed an address: those of the outlets on its registrable domain.
_LIKELY_FEEDS = """
SELECT f.url FROM core.feed f JOIN core.source s USING (source_id)
WHERE s.domain = :domain AND f.retired_at IS NULL ORDER BY f.url LIMIT 5
"""
_SIMILAR = "SELECT url FROM raw.entry WHERE position(:piece IN url) > 0 ORDER BY first_seen_at DESC LIMIT 5"


def why(connection: Connection, url: str) -> dict[str, Any]:
    """All rows about one URL: `entry`, `host`, `sightings` (each with the `first_poll` that listed it), `events`,
    `pages`, `article`, `revisions`, `addresses`; and if it is a feed's, `feed`, its `standing` and newest `polls`.

    A URL that is only another address of an article (a canonical link) has no entry, but leads to the article.
    Both None means the URL was never seen; `similar` then lists URLs that contain it, and `likely_feeds` those that
    could have listed it. `tombstone` says when and why it was taken down; then no words of it are left anywhere.
    """
    key = {"url_key": url_key(url)}
    entry = _one(connection, _ENTRY, key)
    address = _one(connection, _ADDRESS, key)
    result: dict[str, Any] = {"url": url, "entry": entry, "article": None, "similar": [], "likely_feeds": []}
    result["host"] = host_row(connection, entry["host"]) if entry else None
    result["feed"] = _one(connection, _FEED, {"url": url})
    result |= _of_feed(connection, result["feed"])
    result["tombstone"] = _one(connection, _TOMBSTONE, key)
    entry_key = {"entry_id": entry["entry_id"] if entry else None}
    result["sightings"] = [
        {**row, "first_poll": poll_at(connection, row["feed_id"], row["first_seen_at"])}
        for row in _all(connection, _SIGHTINGS, entry_key)
    ]
    result["events"] = _all(connection, _EVENTS, entry_key)
    result["pages"] = _all(connection, _PAGES, entry_key)
    article_key = {"article_id": address["article_id"] if address else None}
    result["article"] = _one(connection, _ARTICLE, article_key)
    result["revisions"] = _all(connection, _REVISIONS, article_key)
    result["addresses"] = _all(connection, _ADDRESSES, article_key)
    if not any((entry, address, result["tombstone"], result["feed"])):
        piece = url.rstrip("/").rsplit("/", 1)[-1] or url
        site = {"domain": registrable_domain(host_of(url))}
        result["likely_feeds"] = [row["url"] for row in _all(connection, _LIKELY_FEEDS, site)]
        result["similar"] = [row["url"] for row in _all(connection, _SIMILAR, {"piece": piece})]
    return result


def _of_feed(connection: Connection, feed: dict[str, Any] | None) -> dict[str, Any]:
    """`standing` (None once it is no longer configured) and the newest `polls` of a feed."""
    if feed is None:
        return {"standing": None, "polls": []}
    standings = feed_standings(connection, [feed["source_key"]])
    return {
        "standing": next((standing for standing in standings if standing.url == feed["url"]), None),
        "polls": polls_of(connection, feed["source_key"], feed["url"], _POLLS_SHOWN),
    }


def _all(connection: Connection, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(query), values).mappings()]


def _one(connection: Connection, query: str, values: dict[str, Any]) -> dict[str, Any] | None:
    row = connection.execute(text(query), values).mappings().first()
    return dict(row) if row else None
