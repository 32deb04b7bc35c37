"""Rows for the tables, made from a batch and from what the transaction found; no statement is sent here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from pipeline import urls
from pipeline.errors import Reason
from pipeline.folding import fold
from pipeline.identity import Version
from pipeline.records import Cause, State, first_seen_on
from pipeline.warehouse.events import Move
from pipeline.warehouse.load.articles import Written
from pipeline.warehouse.load.batch import column_of, rows_of
from pipeline.warehouse.load.facts import search_text


def article_frame(stored: pd.DataFrame, digests: Mapping[str, str], run_key: str, now: datetime) -> pd.DataFrame:
    """The columns of `core.article` (`articles.COLUMNS`) but for ids, with `source_key` and `search_text`."""
    frame = stored.drop(columns=["url", "url_key"]).rename(
        columns={"article_key": "url_key", "article_url": "url", "reasons": "quality_reasons"}
    )
    return frame.assign(
        first_seen_on=[first_seen_on(seen) for seen in column_of(stored, "first_seen_at")],
        revision_no=1,
        loaded_at=now,
        content_digest=frame["url_key"].map(digests),
        run_key=run_key,
        search_text=[search_text(title, text) for title, text in rows_of(stored, ("title", "text"))],
    )


def versions_of(stored: pd.DataFrame, clean_maker: str, tag_maker: str) -> dict[str, Version]:
    """Article key → the version this batch holds."""
    columns = ("article_key", "title", "text_sha256", "page_sha256", "fetched_at")
    return {
        key: Version(title, text_sha256, page_sha256, fetched_at, clean_maker, tag_maker)
        for key, title, text_sha256, page_sha256, fetched_at in rows_of(stored, columns)
    }


def revision_rows(
    stored: pd.DataFrame, written: Mapping[str, Written], maker_id: int, run_key: str, started_at: datetime
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


def bylines(stored: pd.DataFrame) -> pd.DataFrame:
    """One row per author of an article: article_key, position (from 1), name, name_key; each name once."""
    rows: list[tuple[str, int, str, str]] = []
    for key, names in rows_of(stored, ("article_key", "authors")):
        by_key = {fold(name): name for name in reversed([n.strip() for n in names]) if name}
        ordered = reversed(by_key.items())
        rows += [(key, place, name, name_key) for place, (name_key, name) in enumerate(ordered, start=1)]
    found = pd.DataFrame(rows, columns=["article_key", "position", "name", "name_key"])
    return found.assign(article_key=pd.Categorical(found["article_key"], categories=stored["article_key"]))


def spellings(names: pd.DataFrame) -> dict[str, str]:
    """Name key → the spelling to keep, by the rule of `dimensions.ensure_authors`."""
    best: dict[str, str] = {}
    for name_key, name in rows_of(names, ("name_key", "name")):
        kept = best.get(name_key, name)
        best[name_key] = max(kept, name, key=lambda spelling: (spelling != spelling.upper(), spelling))
    return best


def entity_frame(mentions: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """One row per entity the articles name, with `first_seen_at` of the earliest of them."""
    codes = mentions["article_key"].cat.codes.to_numpy()
    first_seen = stored["first_seen_at"].take(codes).groupby(mentions["entity_key"].cat.codes.to_numpy()).min()
    columns = ["entity_key", "kind", "name", "qid", "country", "latitude", "longitude"]
    entities = mentions[columns].drop_duplicates("entity_key")
    entities["first_seen_at"] = first_seen.reindex(entities["entity_key"].cat.codes).array
    return entities.astype({"entity_key": "str"})


def alias_rows(mentions: pd.DataFrame) -> list[tuple[int, str]]:
    """(entity id, folded surface) of every way the texts write an entity."""
    distinct = mentions[["entity_id", "surface"]].drop_duplicates()
    return [
        (entity_id, alias)
        for entity_id, surface in rows_of(distinct, ("entity_id", "surface"))
        if (alias := fold(surface))
    ]


def address_rows(pages: pd.DataFrame) -> Iterator[tuple[str, str, str, str, datetime]]:
    """Rows for `articles.add_addresses`: what resolve found, and each stored article's own address."""
    columns = ("article_key", "article_url", "url_key", "url", "action", "address_urls", "address_kinds", "fetched_at")
    for key, own_url, listed_key, listed_url, action, found, kinds, fetched_at in rows_of(pages, columns):
        known = {own_url: key, listed_url: listed_key}
        addresses = {known.get(url) or urls.url_key(url): (url, kind) for url, kind in zip(found, kinds, strict=True)}
        if action != "end":
            addresses.setdefault(key, (own_url, "final"))
        for address_key, (url, kind) in addresses.items():
            yield (address_key, key, url, kind, fetched_at)


def move_rows(pages: pd.DataFrame, written: Mapping[str, Written]) -> Iterator[Move]:
    """How each entry of the batch ends: as clean or resolve said, or as the load of its article turned out."""
    columns = ("entry_id", "article_key", "action", "verdict", "state", "reason", "detail")
    for entry_id, key, action, verdict, state, reason, detail in rows_of(pages, columns):
        if action != "end":
            outcome = written[key].outcome
            yield Move(entry_id, outcome.state, outcome.reason, "load", detail)
        else:
            stage = "resolve" if verdict == "ok" else "clean"
            yield Move(entry_id, State(state), Reason(reason), stage, detail)


def places_of(stored: pd.DataFrame, written: Mapping[str, Written]) -> pd.DataFrame:
    """Id and partition day of each stored article, in the order of `stored` (that of the facts' categories)."""
    articles = [written[key] for key in column_of(stored, "article_key")]
    days = np.array([article.first_seen_on for article in articles], dtype="datetime64[s]")
    return pd.DataFrame({"article_id": [article.article_id for article in articles], "first_seen_on": days})


def placed(facts: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Facts with the id and the partition day of their article added."""
    codes = facts["article_key"].cat.codes.to_numpy()
    return facts.assign(
        article_id=places["article_id"].to_numpy()[codes], first_seen_on=places["first_seen_on"].to_numpy()[codes]
    )


def mapped(keys: pd.Series, ids: Mapping[str, int], what: str) -> pd.Series:
    """Ids for keys; raises ValueError if one has none."""
    found = keys.map(ids)
    if found.isna().any():
        unknown: Iterable[str] = sorted(set(keys[found.isna()]))
        raise ValueError(f"no {what} {', '.join(unknown)}")
    return found.astype("int64")
