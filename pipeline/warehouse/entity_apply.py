"""Apply the decisions in force to what is loaded already: every mention to the entity that it belongs to.

What a mention should point to follows from the entity that its article names (`named_entity_id`), how it is written
there, and the decisions (`pipeline.decisions`); what differs is changed. So it may be cut off anywhere and run
again, and a second time changes nothing. One transaction makes entities and merges, one per slice of articles moves
mentions and counts `core.article_entity` anew, one puts aliases right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.decisions import Decided
from pipeline.errors import ConfigError
from pipeline.folding import fold
from pipeline.log import event
from pipeline.records import AliasOrigin
from pipeline.warehouse import db
from pipeline.warehouse.entity_decisions import decisions_in_force, folded_aliases, forget_undecided, history
from pipeline.warehouse.load.copying import copy_frame
from pipeline.warehouse.load.facts import article_entities

SLICE = 1_000
"""Articles per transaction: about 20,000 mentions, a second or less."""
_EVERYWHERE = -1
"""Stands for the article of a split that is for all articles."""
_ARTICLE_ENTITY = (
    "article_id", "first_seen_on", "entity_id", "mention_count", "first_offset", "salience", "is_in_title", "score",
    "role",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What applying changes, or changed."""

    entities: int  # made, because a decision names them
    merges: int  # entities that are another from now on, or are themselves again
    articles: int  # with mentions to move
    mentions: int  # moved from one entity to another
    aliases: int  # ways of writing added or removed; 0 in a preview, since they follow from the mentions

    @property
    def is_nothing(self) -> bool:
        """True if the warehouse is as the decisions say."""
        return not any((self.entities, self.merges, self.articles, self.mentions, self.aliases))


def preview() -> Change:
    """What applying would change; nothing is kept."""
    with db.reading() as connection:
        made, merges = _prepare(connection)
        affected = _affected(connection, _ways(connection))
    return Change(made, merges, len(affected), sum(row[2] for row in affected), 0)


def apply_decisions(progress: Callable[[int, int], None] = lambda _done, _of: None, size: int = SLICE) -> Change:
    """Apply the decisions in force. `progress` is told the articles done and to do.

    Raises ConfigError if it is being done already, Retryable if the database stays away.
    """
    with _alone():
        made, merges = db.in_transaction(_prepare)
        with db.reading() as connection:
            ways = _ways(connection)
            affected = _affected(connection, ways)
        change = Change(made, merges, len(affected), 0, 0)
        for start in range(0, len(affected), size):
            articles = [(article, day) for article, day, _ in affected[start : start + size]]
            moved = db.in_transaction(partial(_move, articles=articles, ways=ways))
            change = replace(change, mentions=change.mentions + moved)
            progress(min(start + size, len(affected)), len(affected))
        change = replace(change, aliases=db.in_transaction(_finish))
        db.in_transaction(forget_undecided)
    event("decisions_applied", entities=made, merges=merges, articles=len(affected), mentions=change.mentions)
    return change


@contextmanager
def _alone() -> Iterator[None]:
    """Two at once would each undo what the other, knowing other decisions, has done."""
    with db.engine().connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('apply_decisions'))")):
            raise ConfigError("Decisions are being applied at this moment. Wait until that is done, then run it again.")
        connection.commit()  # the lock is the session's; no transaction stays open
        try:
            yield
        finally:
            with suppress(DBAPIError):  # the server was restarted, and the lock went with it
                connection.execute(text("SELECT pg_advisory_unlock(hashtext('apply_decisions'))"))


def _prepare(connection: Connection) -> tuple[int, int]:
    """Make the entities that decisions lead to, and say which entity stands for which."""
    decisions = decisions_in_force(connection)
    decided = Decided(decisions)
    met = set(connection.scalars(text(_MET), {"keys": sorted(decided.merged)}))
    wanted = {decided.merged[key] for key in met} | {row[3] for row in _split_rows(connection, decided)}
    wanted |= {key for key, _ in folded_aliases(decisions, decided)}
    names = {key: decided.names.get(key, key.partition(":")[2]) for key in sorted(wanted)}
    values = {"keys": list(names), "names": list(names.values()), "at": [decided.since[key] for key in names]}
    made = connection.execute(text(_MAKE), values).rowcount
    merged = sorted((key, root) for key, root in decided.merged.items() if key in met)
    values = {"keys": [key for key, _ in merged], "roots": [root for _, root in merged]}
    return made, connection.execute(text(_STAND_FOR), values).rowcount


def _split_rows(connection: Connection, decided: Decided) -> list[tuple[int, str, int, str]]:
    """(named entity, surface, article or `_EVERYWHERE`, target key) of the ways of writing that are split off."""
    keys = decided.split_keys()
    if not keys:
        return []
    folded, values = decided.split_surfaces(), {"keys": sorted(keys), "articles": sorted(decided.split_articles())}
    found = []
    for row in connection.execute(text(_SURFACES_NAMED), values):
        everywhere = decided.target(row.entity_key, row.surface, None)
        if fold(row.surface) in folded and everywhere != decided.root(row.entity_key):
            found.append((row.entity_id, row.surface, _EVERYWHERE, everywhere))
    for row in connection.execute(text(_SURFACES_THERE), values):
        there = decided.target(row.entity_key, row.surface, row.url_key)
        if there != decided.target(row.entity_key, row.surface, None):
            found.append((row.entity_id, row.surface, row.article_id, there))
    return found


def _ways(connection: Connection) -> dict[str, Any]:
    """What `_EXPECTED` needs: merges by the entity named, splits by surface and article.

    Merges by what was decided, not by `merged_into`: a load at the same time may add an entity that lacks it still.
    """
    decided = Decided(decisions_in_force(connection))
    splits = _split_rows(connection, decided)
    ids = _ids(connection, {row[3] for row in splits} | set(decided.merged.values()))
    merged = sorted((key, ids[root]) for key, root in decided.merged.items() if root in ids)
    return {
        "merged_keys": [key for key, _ in merged],
        "root_ids": [root for _, root in merged],
        "named": [row[0] for row in splits],
        "surfaces": [row[1] for row in splits],
        "articles": [row[2] for row in splits],
        "targets": [ids[row[3]] for row in splits],
    }


def _affected(connection: Connection, ways: dict[str, Any]) -> list[tuple[int, date, int]]:
    """(article, its day, mentions to move) of the articles that are not as the decisions say, in order."""
    return [(row.article_id, row.first_seen_on, row.mentions) for row in connection.execute(text(_AFFECTED), ways)]


def _ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    return {row.entity_key: row.entity_id for row in connection.execute(text(_IDS), {"keys": sorted(keys)})}


def _move(connection: Connection, *, articles: Sequence[tuple[int, date]], ways: dict[str, Any]) -> int:
    """Move the mentions of these articles and count their entities anew; returns the mentions moved."""
    values = {"ids": [article for article, _ in articles], "days": sorted({day for _, day in articles})}
    connection.execute(text(_LOCK), values)
    moved = connection.execute(text(_MOVE), ways | values).rowcount
    if moved:
        facts = _counted(connection, values)
        connection.execute(text(_CLEAR), values)
        copy_frame(connection, "core.article_entity", _ARTICLE_ENTITY, facts)
    return moved


def _counted(connection: Connection, values: dict[str, Any]) -> pd.DataFrame:
    """`core.article_entity` of these articles, by the rules by which load counts them."""
    texts = {row.article_id: row for row in connection.execute(text(_LENGTHS), values)}
    rows = connection.execute(text(_MENTIONS), values).all()
    names = ["article_id", "entity_id", "start", "in_title", "score", "role"]
    mentions = pd.DataFrame([tuple(row) for row in rows], columns=names)
    mentions["article_key"] = pd.Categorical(mentions["article_id"], categories=sorted(texts))
    mentions["entity_key"] = pd.Categorical(mentions["entity_id"])
    facts = article_entities(mentions, [texts[article].length for article in sorted(texts)])
    article_ids = facts["article_key"].astype("int64")
    return facts.assign(
        article_id=article_ids,
        entity_id=facts["entity_key"].astype("int64"),
        first_seen_on=[texts[article].first_seen_on for article in article_ids],
    )


def _finish(connection: Connection) -> int:
    """Aliases and first sightings of every entity that some decision is or was about; returns the aliases changed."""
    decisions = decisions_in_force(connection)
    decided = Decided(decisions)
    about = {row[name] for row in history(connection) for name in ("entity_key", "into_key")}
    about |= set(decided.merged.values())
    ids = _ids(connection, about)
    written = connection.execute(text(_SURFACES), {"ids": sorted(ids.values())})
    aliases = {(row.entity_id, fold(row.surface), str(AliasOrigin.TEXT)) for row in written}
    curated = folded_aliases(decisions, decided)
    aliases |= {(ids[key], alias, str(AliasOrigin.CURATED)) for key, alias in curated if key in ids}
    ordered = sorted(aliases)
    values = {
        "about": sorted(ids.values()),
        "entities": [entity for entity, _, _ in ordered],
        "aliases": [alias for _, alias, _ in ordered],
        "origins": [origin for _, _, origin in ordered],
    }
    removed = connection.execute(text(_REMOVE_ALIASES), values).rowcount
    added = connection.execute(text(_ADD_ALIASES), values).rowcount
    connection.execute(text(_FIRST_SEEN), {"ids": sorted(ids.values())})
    return removed + added


_MET = "SELECT entity_key FROM core.entity WHERE entity_key = ANY(:keys)"
_IDS = "SELECT entity_key, entity_id FROM core.entity WHERE entity_key = ANY(:keys)"
_SURFACES_NAMED = """
SELECT DISTINCT e.entity_id, e.entity_key, m.surface
FROM core.entity e JOIN core.mention m ON m.named_entity_id = e.entity_id
WHERE e.entity_key = ANY(:keys) ORDER BY e.entity_key, m.surface
"""
_SURFACES_THERE = """
SELECT DISTINCT e.entity_id, e.entity_key, m.surface, a.article_id, a.url_key
FROM core.article a JOIN core.mention m ON m.article_id = a.article_id AND m.first_seen_on = a.first_seen_on
JOIN core.entity e ON e.entity_id = m.named_entity_id
WHERE a.url_key = ANY(:articles) AND e.entity_key = ANY(:keys) ORDER BY e.entity_key, m.surface, a.article_id
"""
# No article names it yet: then it is known since it was decided.
_MAKE = """
INSERT INTO core.entity (entity_key, kind, name, first_seen_at)
SELECT key, split_part(key, ':', 1), name, at
FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[]), CAST(:at AS timestamptz[])) AS i (key, name, at)
WHERE NOT EXISTS (SELECT FROM core.entity e WHERE e.entity_key = i.key)
ORDER BY key ON CONFLICT (entity_key) DO NOTHING
"""
_STAND_FOR = """
WITH way AS (
    SELECT e.entity_id, t.entity_id AS root_id
    FROM unnest(CAST(:keys AS text[]), CAST(:roots AS text[])) AS w (key, root)
    JOIN core.entity e ON e.entity_key = w.key JOIN core.entity t ON t.entity_key = w.root
), wrong AS (
    SELECT e.entity_id, way.root_id FROM core.entity e LEFT JOIN way USING (entity_id)
    WHERE e.merged_into IS DISTINCT FROM way.root_id AND (e.merged_into IS NOT NULL OR way.root_id IS NOT NULL)
    ORDER BY e.entity_key FOR NO KEY UPDATE OF e
)
UPDATE core.entity e SET merged_into = wrong.root_id FROM wrong WHERE e.entity_id = wrong.entity_id
"""
_EXPECTED = """
WITH way AS (
    SELECT e.entity_id AS named_entity_id, w.root_id
    FROM unnest(CAST(:merged_keys AS text[]), CAST(:root_ids AS bigint[])) AS w (key, root_id)
    JOIN core.entity e ON e.entity_key = w.key
), split AS (
    SELECT * FROM unnest(CAST(:named AS bigint[]), CAST(:surfaces AS text[]), CAST(:articles AS bigint[]),
        CAST(:targets AS bigint[])) AS s (named_entity_id, surface, article_id, entity_id)
), expected AS (
    SELECT m.article_id, m.first_seen_on, m.start_offset, m.end_offset, m.entity_id AS is_now,
        coalesce(there.entity_id, everywhere.entity_id, way.root_id, m.named_entity_id) AS entity_id
    FROM core.mention m
    LEFT JOIN way ON way.named_entity_id = m.named_entity_id
    LEFT JOIN split there ON there.named_entity_id = m.named_entity_id AND there.surface = m.surface
        AND there.article_id = m.article_id
    LEFT JOIN split everywhere ON everywhere.named_entity_id = m.named_entity_id AND everywhere.surface = m.surface
        AND everywhere.article_id = -1
    {which}
)
"""
_AFFECTED = f"""
{_EXPECTED.format(which="")}
SELECT article_id, first_seen_on, count(*) AS mentions FROM expected WHERE entity_id <> is_now
GROUP BY article_id, first_seen_on ORDER BY article_id
"""
_OF_THESE = "{0}.article_id = ANY(:ids) AND {0}.first_seen_on = ANY(:days)"
# In the order in which load takes them.
_LOCK = "SELECT article_id FROM core.article WHERE article_id = ANY(:ids) ORDER BY url_key FOR UPDATE"
_MOVE = f"""
{_EXPECTED.format(which="WHERE " + _OF_THESE.format("m"))}
UPDATE core.mention m SET entity_id = x.entity_id FROM expected x
WHERE (m.article_id, m.first_seen_on, m.start_offset, m.end_offset)
    = (x.article_id, x.first_seen_on, x.start_offset, x.end_offset)
  AND x.entity_id <> x.is_now AND {_OF_THESE.format("m")}
"""
_CLEAR = f"DELETE FROM core.article_entity m WHERE {_OF_THESE.format('m')}"
_LENGTHS = f"""
SELECT r.article_id, r.first_seen_on, char_length(r.text) AS length FROM core.article a
JOIN core.article_revision r ON r.article_id = a.article_id AND r.revision_no = a.revision_no
WHERE {_OF_THESE.format("r")}
"""
_MENTIONS = f"""
SELECT m.article_id, m.entity_id, m.start_offset, m.is_in_title, m.score, m.role FROM core.mention m
WHERE {_OF_THESE.format("m")} ORDER BY m.article_id, m.start_offset, m.end_offset
"""
_SURFACES = "SELECT DISTINCT entity_id, surface FROM core.mention WHERE entity_id = ANY(:ids)"
_WANTED = """
SELECT * FROM unnest(CAST(:entities AS bigint[]), CAST(:aliases AS text[]), CAST(:origins AS text[]))
    AS w (entity_id, alias, origin)
"""
_REMOVE_ALIASES = f"""
DELETE FROM core.entity_alias x
WHERE (x.origin = 'curated' OR (x.origin = 'text' AND x.entity_id = ANY(:about)))
  AND (x.entity_id, x.alias, x.origin) NOT IN ({_WANTED})
"""
_ADD_ALIASES = f"""
INSERT INTO core.entity_alias (entity_id, alias, origin) {_WANTED} WHERE w.alias <> ''
ORDER BY 1, 2, 3 ON CONFLICT (entity_id, alias, origin) DO NOTHING
"""
_FIRST_SEEN = """
UPDATE core.entity e SET first_seen_at = n.first_seen_at
FROM (
    SELECT named.entity_id, min(a.first_seen_at) AS first_seen_at
    FROM core.mention m JOIN core.article a USING (article_id)
    CROSS JOIN LATERAL (VALUES (m.entity_id), (m.named_entity_id)) AS named (entity_id)
    WHERE m.entity_id = ANY(:ids) OR m.named_entity_id = ANY(:ids) GROUP BY 1) n
WHERE e.entity_id = n.entity_id AND e.entity_id = ANY(:ids) AND e.first_seen_at <> n.first_seen_at
"""
