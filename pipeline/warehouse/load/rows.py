"""Rows for the tables, made from a batch and from what the transaction found; no statement is sent here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from pipeline import urls
from pipeline.errors import Reason
from pipeline.folding import fold
from pipeline.identity import Version
from pipeline.records import AliasOrigin, Cause, State, first_seen_on
from pipeline.warehouse.events import Move
from pipeline.warehouse.load import embeddings
from pipeline.warehouse.load.articles import Written
from pipeline.warehouse.load.batch import Batch, Columns, rows_of
from pipeline.warehouse.load.facts import article_entities


def article_columns(stored: Columns, digests: Mapping[str, str], run_key: str, now: datetime) -> Columns:
    """The columns of `core.article` (`articles.COLUMNS`) but for ids, with `source_key`."""
    rows = len(stored["article_key"])
    return stored | {
        "url_key": stored["article_key"],
        "url": stored["article_url"],
        "quality_reasons": stored["reasons"],
        "first_seen_on": [first_seen_on(seen) for seen in stored["first_seen_at"]],
        "revision_no": [1] * rows,
        "loaded_at": [now] * rows,
        "content_digest": [digests[key] for key in stored["article_key"]],
        "run_key": [run_key] * rows,
    }


def versions_of(stored: Columns, clean_maker: str, tag_maker: str) -> dict[str, Version]:
    """Article key → the version this batch holds."""
    own = ("title", "text_sha256", "page_sha256", "fetched_at", "word_count", "is_paywalled", "hints_digest")
    return {
        key: Version(clean_maker=clean_maker, tag_maker=tag_maker, **dict(zip(own, values, strict=True)))
        for key, *values in rows_of(stored, ("article_key", *own))
    }


def revision_rows(
    stored: Columns, written: Mapping[str, Written], maker_id: int, run_key: str, started_at: datetime
) -> Iterator[tuple[Any, ...]]:
    """Rows of `core.article_revision` for the articles that get one.

    What a publisher wrote is recorded with the fetch that showed it, what we made of it again with the run.
    """
    columns = ("article_key", "fetched_at", "title", "text", "text_sha256", "word_count", "page_id", "page_sha256")
    for key, fetched_at, *content in rows_of(stored, columns):
        article = written[key]
        if not article.has_new_revision:
            continue
        cause = article.outcome.cause
        recorded_at = fetched_at if cause in (Cause.NEW, Cause.PUBLISHER_EDIT) else started_at
        yield (
            article.article_id, article.first_seen_on, article.revision_no, cause, recorded_at, *content, maker_id,
            run_key,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of articles as far as they can be made before any id is known; frames by `article_key`."""

    bylines: pd.DataFrame  # position, name, name_key
    names: dict[str, str]  # name key → spelling
    mentions: pd.DataFrame
    entities: pd.DataFrame  # one row per entity: what `core.entity` has
    aliases: list[tuple[str, str, str]]  # entity key, folded surface, AliasOrigin
    article_entities: pd.DataFrame  # by entity_key
    topics: pd.DataFrame


def prepare_facts(batch: Batch, only: Collection[str]) -> Facts:
    """The facts of these articles of a batch."""
    mentions, topics = (
        frame if len(only) == len(batch.stored["article_key"]) else frame[frame["article_key"].isin(list(only))]
        for frame in (batch.mentions, batch.topics)
    )
    found = bylines(batch.stored, only)
    first_seen = pd.Series(batch.stored["first_seen_at"], dtype="datetime64[us, UTC]")
    entities = entity_frame(mentions, batch.entities, first_seen)
    return Facts(
        bylines=found,
        names=spellings(found),
        mentions=mentions.rename(columns={"start": "start_offset", "end": "end_offset", "in_title": "is_in_title"}),
        entities=entities,
        aliases=[*alias_rows(mentions), *acronym_rows(entities)],
        article_entities=article_entities(mentions, [len(text) for text in batch.stored["text"]]),
        topics=topics,
    )


def bylines(stored: Columns, only: Collection[str]) -> pd.DataFrame:
    """One row per author of these articles: article_key, position (from 1), name, name_key; each name once."""
    rows: list[tuple[str, int, str, str]] = []
    wanted = set(only)
    for key, names in rows_of(stored, ("article_key", "authors")):
        by_key = {fold(name): name for name in reversed([n.strip() for n in names]) if name}
        if key in wanted:
            ordered = reversed(by_key.items())
            rows += [(key, place, name, name_key) for place, (name_key, name) in enumerate(ordered, start=1)]
    found = pd.DataFrame(rows, columns=["article_key", "position", "name", "name_key"])
    return found.assign(article_key=pd.Categorical(found["article_key"], categories=stored["article_key"]))


def spellings(names: pd.DataFrame) -> dict[str, str]:
    """Name key → the spelling to keep, by the rule of `dimensions.ensure_authors`."""
    best: dict[str, str] = {}
    for name_key, name in zip(names["name_key"], names["name"], strict=True):
        kept = best.get(name_key, name)
        best[name_key] = max(kept, name, key=lambda spelling: (spelling != spelling.upper(), spelling))
    return best


def entity_frame(mentions: pd.DataFrame, entities: pd.DataFrame, first_seen: pd.Series) -> pd.DataFrame:
    """One row per entity that the articles name or that their mentions go to, with `first_seen_at` of the earliest.

    `first_seen` is in the order of the categories of `article_key`.
    """
    seen_at = first_seen.take(mentions["article_key"].cat.codes.to_numpy()).reset_index(drop=True)
    columns = [mentions[name].astype("str").reset_index(drop=True) for name in ("named_key", "entity_key")]
    both = pd.concat([pd.DataFrame({"key": column, "at": seen_at}).drop_duplicates() for column in columns])
    earliest = both.groupby("key")["at"].min()
    met = entities[entities["entity_key"].isin(earliest.index)]
    return met.assign(first_seen_at=earliest.reindex(met["entity_key"]).array)


def alias_rows(mentions: pd.DataFrame) -> list[tuple[str, str, str]]:
    """(entity key, folded surface, origin) of every way the texts write an entity."""
    distinct = mentions[["entity_key", "surface"]].drop_duplicates()
    named = zip(distinct["entity_key"], distinct["surface"], strict=True)
    return [(key, alias, AliasOrigin.TEXT) for key, surface in named if (alias := fold(surface))]


def acronym_rows(entities: pd.DataFrame) -> list[tuple[str, str, str]]:
    """(entity key, acronym, origin) of every acronym that the run's articles introduce for these entities."""
    introduced = zip(entities["entity_key"], entities["acronyms"], strict=True)
    return [(key, acronym, AliasOrigin.ACRONYM) for key, acronyms in introduced for acronym in acronyms]


def address_rows(pages: Columns) -> Iterator[tuple[str, str, str, str, datetime]]:
    """Rows for `articles.add_addresses`: what resolve found, and each stored article's own address."""
    columns = ("article_key", "article_url", "url_key", "url", "action", "address_urls", "address_kinds", "fetched_at")
    for key, own_url, listed_key, listed_url, action, found, kinds, fetched_at in rows_of(pages, columns):
        known = {own_url: key, listed_url: listed_key}
        addresses = {known.get(url) or urls.url_key(url): (url, kind) for url, kind in zip(found, kinds, strict=True)}
        if action != "end":
            addresses.setdefault(key, (own_url, "final"))
        for address_key, (url, kind) in addresses.items():
            yield (address_key, key, url, kind, fetched_at)


def move_rows(pages: Columns, written: Mapping[str, Written]) -> Iterator[Move]:
    """How each entry of the batch ends: as clean or resolve said, or as the load of its article turned out."""
    columns = ("entry_id", "article_key", "action", "verdict", "state", "reason", "detail")
    for entry_id, key, action, verdict, state, reason, detail in rows_of(pages, columns):
        if action != "end":
            outcome = written[key].outcome
            yield Move(entry_id, outcome.state, outcome.reason, "load", detail)
        else:
            stage = "resolve" if verdict == "ok" else "clean"
            yield Move(entry_id, State(state), Reason(reason), stage, detail)


def embedding_rows(batch: Batch, written: Mapping[str, Written], maker_id: int) -> Iterator[embeddings.Row]:
    """Rows for `embeddings.add_embeddings`, of the articles that have changed and have words."""
    for key in batch.stored["article_key"]:
        article, found = written[key], batch.embeddings.get(key)
        if article.has_changed and found is not None:
            yield article.article_id, article.first_seen_on, found.model, found.packed, maker_id


def places_of(keys: Sequence[str], written: Mapping[str, Written]) -> pd.DataFrame:
    """Id and partition day of each stored article, in the order of the facts' categories."""
    articles = [written[key] for key in keys]
    days = np.array([article.first_seen_on for article in articles], dtype="datetime64[s]")
    return pd.DataFrame({"article_id": [article.article_id for article in articles], "first_seen_on": days})


def placed(facts: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Facts with the id and the partition day of their article added."""
    codes = facts["article_key"].cat.codes.to_numpy()
    return facts.assign(
        article_id=places["article_id"].to_numpy()[codes], first_seen_on=places["first_seen_on"].to_numpy()[codes]
    )


def identified(facts: pd.DataFrame, key: str, name: str, ids: Mapping[str, int]) -> pd.DataFrame:
    """Facts with the ids of what they point to; raises ValueError if one has none."""
    found = facts[key].map(ids)
    if found.isna().any():
        unknown: Iterable[str] = sorted(set(facts.loc[found.isna(), key]))
        raise ValueError(f"no {name} for {', '.join(unknown)}")
    return facts.assign(**{name: found.astype("int64")})


def with_merged(batch: Batch, entity_ids: Mapping[str, int]) -> Batch:
    """The batch with one key (the first) for all entities that share an id."""
    first: dict[int, str] = {}
    for key in sorted(entity_ids):
        first.setdefault(entity_ids[key], key)
    keys = batch.mentions["entity_key"].map({key: first[entity_id] for key, entity_id in entity_ids.items()})
    return replace(batch, mentions=batch.mentions.assign(entity_key=keys.astype("category")))
