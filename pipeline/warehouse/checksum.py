"""A checksum per table of `core`, to say whether two warehouses, or one before and after, hold the same facts.

Computed in SQL over natural keys and content: surrogate ids, run keys, times of loading and what only polling
writes are left out, so a warehouse rebuilt from the archive gives the same values. The order of rows does not
matter: each row's MD5 (its first 60 bits) is summed.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

_ARTICLE = "JOIN core.article a USING (article_id)"
_ENTITY = "JOIN core.entity e USING (entity_id)"

_ROWS = {
    "core.source": "SELECT source_key, name, homepage, domain, country, language, time_zone FROM core.source",
    "core.source_pattern": """
        SELECT s.source_key, p.kind, p.value, p.example, p.article_count, p.looked_at, p.learnt_at
        FROM core.source_pattern p JOIN core.source s USING (source_id)""",
    "core.feed": """
        SELECT s.source_key, f.url, f.kind, f.every_minutes
        FROM core.feed f JOIN core.source s USING (source_id)""",
    "core.language": "SELECT language, name FROM core.language",
    "core.author": "SELECT name_key, name FROM core.author",
    "core.article": """
        SELECT a.url_key, a.first_seen_on, s.source_key, a.url, a.revision_no, a.title, a.language, a.published_at,
            a.published_precision, a.published_method, a.published_confidence, a.first_seen_at, a.fetched_at, a.section,
            a.publisher_tags, a.description, a.image_url, a.word_count, a.quality, a.quality_reasons, a.is_paywalled,
            a.is_live_blog, a.is_opinion, a.is_sponsored, a.agency, a.title_method, a.authors_method, a.section_method,
            a.tags_method, a.extractor, a.extractor_reason, a.date_order, a.hints_digest,
            a.text_sha256, a.copy_of_key, a.content_digest, cleaned.digest, tagged.digest
        FROM core.article a JOIN core.source s USING (source_id)
        JOIN ops.maker cleaned ON cleaned.maker_id = a.clean_maker_id
        JOIN ops.maker tagged ON tagged.maker_id = a.tag_maker_id""",
    "core.article_url": f"SELECT u.url_key, a.url_key, u.url, u.kind, u.added_at FROM core.article_url u {_ARTICLE}",
    # When a reprocessed revision was recorded depends on the run, not on what it says.
    "core.article_revision": f"""
        SELECT a.url_key, r.first_seen_on, r.revision_no, r.cause,
            CASE WHEN r.cause IN ('new', 'publisher_edit') THEN r.recorded_at END,
            r.title, r.text, r.text_sha256, r.word_count, r.page_sha256, m.digest
        FROM core.article_revision r {_ARTICLE} JOIN ops.maker m USING (maker_id)""",
    "core.article_search": f"""
        SELECT a.url_key, x.first_seen_on, x.first_seen_at, s.source_key, x.words
        FROM core.article_search x {_ARTICLE} JOIN core.source s ON s.source_id = x.source_id""",
    "core.article_author": f"""
        SELECT a.url_key, x.position, n.name_key
        FROM core.article_author x {_ARTICLE} JOIN core.author n USING (author_id)""",
    "core.entity": """
        SELECT e.entity_key, e.kind, e.name, e.qid, e.country, e.latitude, e.longitude, e.geonames_id, e.population,
            t.entity_key, e.first_seen_at
        FROM core.entity e LEFT JOIN core.entity t ON t.entity_id = e.merged_into""",
    "core.entity_alias": f"SELECT e.entity_key, x.alias, x.origin FROM core.entity_alias x {_ENTITY}",
    "core.entity_decision": """
        SELECT decision_key, action, entity_key, into_key, into_name, surface, article_keys, reason, decided_by,
            decided_at, withdrawn_at, withdrawn_by, withdrawn_reason
        FROM core.entity_decision""",
    "core.mention": f"""
        SELECT a.url_key, x.first_seen_on, x.start_offset, x.end_offset, e.entity_key, n.entity_key, x.surface, x.score,
            x.method, x.role, x.is_in_title
        FROM core.mention x {_ARTICLE} {_ENTITY} JOIN core.entity n ON n.entity_id = x.named_entity_id""",
    "core.article_entity": f"""
        SELECT a.url_key, x.first_seen_on, e.entity_key, x.mention_count, x.first_offset, x.salience, x.is_in_title,
            x.score, x.role
        FROM core.article_entity x {_ARTICLE} {_ENTITY}""",
    "core.topic": "SELECT code, label, level, parent_code, qid FROM core.topic",
    "core.article_topic": f"""
        SELECT a.url_key, x.first_seen_on, t.code, x.score
        FROM core.article_topic x {_ARTICLE} JOIN core.topic t USING (topic_id)""",
    "core.article_embedding": f"""
        SELECT a.url_key, x.first_seen_on, x.model, x.embedding, m.digest
        FROM core.article_embedding x {_ARTICLE} JOIN ops.maker m USING (maker_id)""",
    "core.tombstone": "SELECT url_key, sha256, reason, at FROM core.tombstone",
}

TABLES = tuple(_ROWS)
"""The tables that have a checksum, in the order they are shown."""

_CHECKSUM = """
SELECT count(*) AS row_count, coalesce(sum(('x' || left(md5(counted::text), 15))::bit(60)::bigint), 0) AS total
FROM ({rows}) AS counted
"""


def checksum(connection: Connection) -> dict[str, str]:
    """Table → `<rows>-<16 hex digits>`; needs to read `core` and `ops`.

    Equal values mean equal rows. Run it in a transaction that sees one state.
    """
    # Times and dates become text as the session says, so the session has to say the same everywhere.
    for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO, YMD'", "extra_float_digits = 1"):
        connection.execute(text(f"SET LOCAL {setting}"))
    found = {}
    for table, rows in _ROWS.items():
        row = connection.execute(text(_CHECKSUM.format(rows=rows))).one()
        found[table] = f"{row.row_count}-{int(row.total) % 2**64:016x}"
    return found
