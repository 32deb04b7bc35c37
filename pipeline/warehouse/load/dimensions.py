"""Statements for what articles point to: languages, authors, entities with their aliases, topics.

Rows are inserted in key order and only where there is none yet, so that loads at the same time wait for each
other in one direction only. Where two articles could give a row different content, the rule that decides does
not depend on which is loaded first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from babel import Locale
from sqlalchemy import Connection, text

from pipeline.decisions import Decided
from pipeline.errors import ConfigError
from pipeline.records import TopicLabel
from pipeline.warehouse.entity_decisions import decisions_in_force
from pipeline.warehouse.load.batch import column_of

_ENGLISH = Locale("en")


def source_ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Source key → id; raises ConfigError if the registry was not synchronised."""
    wanted = sorted(set(keys))
    found = _pairs(connection, "SELECT source_key, source_id FROM core.source WHERE source_key = ANY(:keys)", wanted)
    missing = [key for key in wanted if key not in found]
    if missing:
        raise ConfigError(f"core.source has no row for {', '.join(missing)}: `mm sources list` synchronises it.")
    return found


def ensure_languages(connection: Connection, codes: Iterable[str]) -> None:
    """A row for each language code, with its English name (CLDR)."""
    wanted = sorted(set(codes))
    known = set(connection.scalars(text("SELECT language FROM core.language")))
    for code in wanted:
        if code not in known:
            values = {"code": code, "name": _ENGLISH.languages.get(code, code)}
            connection.execute(
                text("INSERT INTO core.language (language, name) VALUES (:code, :name) ON CONFLICT DO NOTHING"), values
            )


def ensure_authors(connection: Connection, names: Mapping[str, str]) -> dict[str, int]:
    """Name key → author id. Of several spellings the one that is not all capitals is kept, then the one with
    more accents (the greater by code points), whichever came first."""
    keys = sorted(names)
    known = _pairs(connection, "SELECT name_key, name FROM core.author WHERE name_key = ANY(:keys)", keys)
    differing = [key for key in keys if known.get(key) != names[key]]
    if differing:
        values = {"keys": differing, "names": [names[key] for key in differing]}
        connection.execute(text(_UPSERT_AUTHORS), values)
    return _pairs(connection, "SELECT name_key, author_id FROM core.author WHERE name_key = ANY(:keys)", keys)


@dataclass(frozen=True, slots=True)
class EntityIds:
    """Ids by entity key."""

    own: dict[str, int]
    standing: dict[str, int]  # to load facts under: the target, where a merge or alias in force leads on


def ensure_entities(connection: Connection, entities: pd.DataFrame) -> EntityIds:
    """A row for each entity; their ids.

    `entities` has one row per key, with `_ENTITY_COLUMNS`. What stands for what is read from the decisions in force,
    since `merged_into` is as they were when they were last applied; new rows get it from there too.
    Of a known entity only gaps are filled, and `first_seen_at` moves back to the earliest article.
    """
    entities = entities.sort_values("entity_key")
    keys = column_of(entities["entity_key"])
    known = _entity_ids(connection, keys)
    is_known = entities["entity_key"].isin(list(known))
    missing, met = entities[~is_known], entities[is_known]
    if len(missing):
        inserted = connection.execute(text(_INSERT_ENTITIES), _columns(missing)).rowcount
        met = met if inserted == len(missing) else entities  # another load has inserted one meanwhile
    if len(met):
        connection.execute(text(_FILL_ENTITIES), _columns(met))
    if len(missing):
        known |= _entity_ids(connection, column_of(missing["entity_key"]))
    standing = _standing(connection, known)
    merged = [key for key in column_of(missing["entity_key"]) if standing[key] != known[key]]
    if merged:
        values = {"ids": [known[key] for key in merged], "roots": [standing[key] for key in merged]}
        connection.execute(text(_MERGE), values)
    return EntityIds(known, standing)


def _standing(connection: Connection, own: Mapping[str, int]) -> dict[str, int]:
    """Entity key → id of what stands for it by the decisions in force; its own where that has no row yet."""
    decided = Decided(decisions_in_force(connection))
    roots = {key: decided.root(key) for key in own}
    elsewhere = _entity_ids(connection, sorted(set(roots.values()) - own.keys()))
    return {key: own.get(root) or elsewhere.get(root) or own[key] for key, root in roots.items()}


def ensure_aliases(connection: Connection, aliases: Iterable[tuple[int, str, str]]) -> None:
    """A row for each (entity id, folded surface, AliasOrigin) met in a text."""
    wanted = sorted(set(aliases))
    if wanted:
        entities, names, origins = (list(column) for column in zip(*wanted, strict=True))
        values = {"entity_ids": entities, "aliases": names, "origins": origins}
        connection.execute(text(_INSERT_ALIASES), values)


def ensure_topics(connection: Connection, topics: Sequence[TopicLabel]) -> dict[str, int]:
    """Topic code → id, with `core.topic` brought in line with the taxonomy given."""
    known = {row.code: row for row in connection.execute(text(_TOPICS))}
    for topic in sorted(topics, key=lambda t: t.code):
        row = known.get(topic.code)
        if row is None or TopicLabel(row.code, row.label, row.level, row.parent_code, row.qid) != topic:
            connection.execute(text(_UPSERT_TOPIC), asdict(topic))
    return {row.code: row.topic_id for row in connection.execute(text(_TOPICS))}


def _pairs(connection: Connection, statement: str, keys: Sequence[str]) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(text(statement), {"keys": list(keys)})}


def _entity_ids(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    return _pairs(connection, "SELECT entity_key, entity_id FROM core.entity WHERE entity_key = ANY(:keys)", keys)


_MERGE = """
UPDATE core.entity e SET merged_into = i.root_id
FROM unnest(CAST(:ids AS bigint[]), CAST(:roots AS bigint[])) AS i (entity_id, root_id)
WHERE e.entity_id = i.entity_id AND e.merged_into IS NULL
"""

_ENTITY_COLUMNS = (
    "entity_key", "kind", "name", "qid", "country", "latitude", "longitude", "geonames_id", "population",
    "first_seen_at",
)  # fmt: skip


def _columns(entities: pd.DataFrame) -> dict[str, list[Any]]:
    return {name: column_of(entities[name]) for name in _ENTITY_COLUMNS}


_UPSERT_AUTHORS = """
INSERT INTO core.author (name_key, name)
SELECT name_key, name FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[])) AS i (name_key, name)
ORDER BY name_key
ON CONFLICT (name_key) DO UPDATE SET name = excluded.name
WHERE (excluded.name = upper(excluded.name), author.name COLLATE "C")
    < (author.name = upper(author.name), excluded.name COLLATE "C")
"""

_GIVEN_ENTITIES = """
unnest(
    CAST(:entity_key AS text[]), CAST(:kind AS text[]), CAST(:name AS text[]), CAST(:qid AS text[]),
    CAST(:country AS text[]), CAST(:latitude AS float8[]), CAST(:longitude AS float8[]),
    CAST(:geonames_id AS bigint[]), CAST(:population AS bigint[]), CAST(:first_seen_at AS timestamptz[])
) AS i (entity_key, kind, name, qid, country, latitude, longitude, geonames_id, population, first_seen_at)
"""

_INSERT_ENTITIES = f"""
INSERT INTO core.entity
    (entity_key, kind, name, qid, country, latitude, longitude, geonames_id, population, first_seen_at)
SELECT * FROM {_GIVEN_ENTITIES} ORDER BY entity_key
ON CONFLICT (entity_key) DO NOTHING
"""

_FILL_ENTITIES = f"""
WITH poorer AS (
    SELECT e.entity_id, i.* FROM core.entity e JOIN {_GIVEN_ENTITIES} USING (entity_key)
    WHERE i.first_seen_at < e.first_seen_at
        OR num_nonnulls(e.qid, e.country, e.latitude, e.longitude, e.geonames_id, e.population)
            < num_nonnulls(coalesce(e.qid, i.qid), coalesce(e.country, i.country), coalesce(e.latitude, i.latitude),
                           coalesce(e.longitude, i.longitude), coalesce(e.geonames_id, i.geonames_id),
                           coalesce(e.population, i.population))
    ORDER BY e.entity_key
    FOR NO KEY UPDATE OF e
)
UPDATE core.entity e SET
    first_seen_at = least(e.first_seen_at, p.first_seen_at), qid = coalesce(e.qid, p.qid),
    country = coalesce(e.country, p.country), latitude = coalesce(e.latitude, p.latitude),
    longitude = coalesce(e.longitude, p.longitude), geonames_id = coalesce(e.geonames_id, p.geonames_id),
    population = coalesce(e.population, p.population)
FROM poorer p WHERE p.entity_id = e.entity_id
"""

_INSERT_ALIASES = """
INSERT INTO core.entity_alias (entity_id, alias, origin)
SELECT entity_id, alias, origin
FROM unnest(CAST(:entity_ids AS bigint[]), CAST(:aliases AS text[]), CAST(:origins AS text[]))
    AS i (entity_id, alias, origin)
ORDER BY entity_id, alias, origin
ON CONFLICT (entity_id, alias, origin) DO NOTHING
"""

_TOPICS = "SELECT code, label, level, parent_code, qid, topic_id FROM core.topic"

_UPSERT_TOPIC = """
INSERT INTO core.topic (code, label, level, parent_code, qid) VALUES (:code, :label, :level, :parent, :qid)
ON CONFLICT (code) DO UPDATE SET
    label = excluded.label, level = excluded.level, parent_code = excluded.parent_code, qid = excluded.qid
"""
