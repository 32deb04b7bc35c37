"""Who an entity is, read from the warehouse: to find it by a name, and everything that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from pipeline.decisions import storable
from pipeline.errors import ConfigError
from pipeline.folding import fold
from pipeline.warehouse.entity_decisions import history

RECENT_ARTICLES = 10
COUNTED = 1_000
"""Entities at most whose articles a search counts."""
COMMONEST = 20
"""Surfaces and roles shown at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entity that a search finds."""

    entity_key: str
    name: str
    qid: str | None
    country: str | None
    merged_into: str | None  # key of the entity that stands for it
    article_count: int  # articles that name it now


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything that is known of one entity."""

    entity: dict[str, Any]  # the row of core.entity, without private keys; merged_into is a key
    merged: tuple[str, ...]  # keys of the entities that it stands for
    aliases: tuple[dict[str, Any], ...]  # alias, origin
    surfaces: tuple[dict[str, Any], ...]  # surface, mentions; most frequent first
    roles: tuple[dict[str, Any], ...]  # role, mentions, first_on, last_on; most frequent first
    articles: tuple[dict[str, Any], ...]  # url, title, first_seen_at, salience, mention_count, role; newest first
    article_count: int
    mention_count: int
    decisions: tuple[dict[str, Any], ...]  # rows of core.entity_decision, in the order in which they were made


def find(connection: Connection, words: str, *, kind: str | None = None, limit: int = 20) -> list[Found]:
    """Entities by key, name or way of writing; exact ones first, then those that begin so, by articles.

    Of very many that begin so, only the shortest names are looked at. Raises ConfigError if nothing is asked for.
    """
    storable(words)
    if not fold(words):
        raise ConfigError("The name is empty: give its beginning, or a way of writing.")
    values = {"key": words, "alias": fold(words), "kind": kind, "limit": limit, "start": _start(fold(words))}
    values["counted"] = max(limit, COUNTED)
    return [Found(**row) for row in connection.execute(text(_FIND), values).mappings()]


def resolve(connection: Connection, words: str, kind: str | None = None) -> Found:
    """The one entity that is meant: by key, else by exact name, else by exact way of writing.

    Raises ConfigError if there is none, and names them if there are several.
    """
    found = find(connection, words, kind=kind, limit=200)
    folded = fold(words)
    by_key = [f for f in found if f.entity_key == words]
    by_name = [f for f in found if f.entity_key.partition(":")[2] == folded]
    standing = [f for f in by_name if f.merged_into is None] or by_name
    chosen = by_key or standing or _written_so(connection, folded, found)
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        keys = ", ".join(f"{f.entity_key!r} ({f.article_count} articles)" for f in chosen)
        raise ConfigError(f"{words!r} is the name of several: {keys}. Give the key instead.")
    near = ", ".join(repr(f.entity_key) for f in found[:5])
    raise ConfigError(
        f"No entity is called {words!r}. " + (f"Near it: {near}." if near else "`mm entities find` searches.")
    )


def portrait(connection: Connection, key: str) -> Portrait:
    """Everything that is known of the entity with this key."""
    entity = connection.execute(text(_ENTITY), {"key": key}).mappings().one()
    values = {"id": entity["entity_id"], "recent": RECENT_ARTICLES, "most": COMMONEST}
    counts = connection.execute(text(_COUNTS), values).one()
    merged = tuple(connection.scalars(text(_MERGED), values))
    return Portrait(
        entity={name: value for name, value in entity.items() if name != "entity_id"},
        merged=merged,
        aliases=_rows(connection, _ALIASES, values),
        surfaces=_rows(connection, _SURFACES, values),
        roles=_rows(connection, _ROLES, values),
        articles=_rows(connection, _ARTICLES, values),
        article_count=counts.articles,
        mention_count=counts.mentions,
        decisions=tuple(history(connection, {key, *merged})),
    )


def _written_so(connection: Connection, folded: str, found: list[Found]) -> list[Found]:
    keys = set(connection.scalars(text(_WRITTEN), {"alias": folded}))
    return [f for f in found if f.entity_key in keys]


def _start(folded: str) -> str:
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%:{escaped}%"


def _rows(connection: Connection, statement: str, values: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row) for row in connection.execute(text(statement), values).mappings())


_FIND = """
WITH hit AS (
    SELECT e.entity_id, 0 AS rank FROM core.entity e WHERE e.entity_key = :key
    UNION ALL
    SELECT e.entity_id, 1 FROM core.entity e WHERE split_part(e.entity_key, ':', 1) || ':' || :alias = e.entity_key
    UNION ALL
    SELECT a.entity_id, 2 FROM core.entity_alias a WHERE a.alias = :alias
    UNION ALL
    SELECT e.entity_id, 3 FROM core.entity e WHERE e.entity_key LIKE :start
), best AS (
    SELECT e.entity_id, min(hit.rank) AS rank FROM hit JOIN core.entity e USING (entity_id)
    WHERE CAST(:kind AS text) IS NULL OR e.kind = :kind
    GROUP BY e.entity_id ORDER BY rank, length(e.entity_key), e.entity_key LIMIT :counted
)
SELECT e.entity_key, e.name, e.qid, e.country, t.entity_key AS merged_into,
    (SELECT count(*) FROM core.article_entity x WHERE x.entity_id = e.entity_id) AS article_count
FROM best JOIN core.entity e USING (entity_id) LEFT JOIN core.entity t ON t.entity_id = e.merged_into
ORDER BY best.rank, article_count DESC, e.entity_key LIMIT :limit
"""
_WRITTEN = """
SELECT DISTINCT coalesce(t.entity_key, e.entity_key) FROM core.entity_alias a JOIN core.entity e USING (entity_id)
LEFT JOIN core.entity t ON t.entity_id = e.merged_into WHERE a.alias = :alias
"""
_ENTITY = """
SELECT e.entity_id, e.entity_key, e.kind, e.name, e.qid, e.country, e.latitude, e.longitude, e.geonames_id,
    e.population, t.entity_key AS merged_into, e.first_seen_at
FROM core.entity e LEFT JOIN core.entity t ON t.entity_id = e.merged_into WHERE e.entity_key = :key
"""
_COUNTS = """
SELECT count(*) AS articles, coalesce(sum(mention_count), 0) AS mentions FROM core.article_entity WHERE entity_id = :id
"""
_MERGED = "SELECT entity_key FROM core.entity WHERE merged_into = :id ORDER BY entity_key"
_ALIASES = "SELECT alias, origin FROM core.entity_alias WHERE entity_id = :id ORDER BY origin, alias"
_OWN = """
core.article_entity x JOIN core.mention m
    ON m.article_id = x.article_id AND m.first_seen_on = x.first_seen_on AND m.entity_id = x.entity_id
WHERE x.entity_id = :id
"""
_SURFACES = f"SELECT m.surface, count(*) AS mentions FROM {_OWN} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most"
_ROLES = f"""
SELECT m.role, count(*) AS mentions, min(m.first_seen_on) AS first_on, max(m.first_seen_on) AS last_on
FROM {_OWN} AND m.role IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most
"""
_ARTICLES = """
SELECT a.url, a.title, a.first_seen_at, round(x.salience::numeric, 2)::float8 AS salience, x.mention_count, x.role
FROM core.article_entity x JOIN core.article a USING (article_id) WHERE x.entity_id = :id
ORDER BY x.first_seen_on DESC, a.first_seen_at DESC, a.url LIMIT :recent
"""
