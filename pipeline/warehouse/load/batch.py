"""One batch as DataFrames: its cleaned pages with what resolve said of them, and the facts of its articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, landing
from pipeline.errors import Reason
from pipeline.identity import END
from pipeline.records import (
    ArticleEmbedding,
    CleanedPage,
    LinkedEntity,
    Mention,
    MovedMention,
    Resolution,
    State,
    TopicScore,
)
from pipeline.warehouse.load.embeddings import PackedEmbedding, packed_embeddings

_NUL, _REPLACEMENT = "\x00", "\ufffd"
"""Postgres cannot store U+0000; it is replaced by one code point, so offsets stay right."""

_MENTION = (
    "article_key", "start", "end", "surface", "entity_key", "score", "in_title", "method", "role",
)  # fmt: skip

Columns = dict[str, list[Any]]
"""Column name → plain Python values, None where there is none. For what goes on row by row: 200 rows are too few
for a DataFrame to be worth its cost per operation."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one load transaction works on. Facts are those of `stored`, by `article_key`.

    Keys of facts are categories, sorted: thousands of rows name few articles and entities.
    """

    pages: Columns  # every page: CleanedPage × Resolution (columns of both; shared names are the article's)
    stored: Columns  # the pages whose content is to be in the warehouse, in order of article_key
    mentions: pd.DataFrame  # Mention; named_key is the entity of the texts, entity_key the one to load under
    entities: pd.DataFrame  # LinkedEntity by `entity_key`: a row for each key that the mentions have, and maybe more
    topics: pd.DataFrame  # TopicScore
    embeddings: dict[str, PackedEmbedding]  # by article_key; an article without words has none


def read_batch(run_key: str, name: str) -> Batch:
    """Read and join the files of a batch.

    Raises FileNotFoundError or SchemaMismatchError if a stage before has not done its part, and ValueError if
    the stages disagree (a page without a resolution, an entity that link did not see).
    """
    pages = _pages(run_key, name)
    stored = _stored(pages)
    keys = stored["article_key"]
    if len(set(keys)) < len(keys):
        raise ValueError(f"batch {name}: an article is stored by two pages; run resolve again")
    mentions, entities = _linked(run_key, _mentions(run_key, name, keys))
    topics = _table(landing.run_uri(run_key, "tag", f"{name}.topic.parquet"), TopicScore)
    embeddings = _table(landing.run_uri(run_key, "tag", f"{name}.embedding.parquet"), ArticleEmbedding)
    return Batch(
        pages=pages,
        stored=stored,
        mentions=mentions,
        entities=entities,
        topics=_facts_of(keys, topics)
        .sort_values(["article_key", "code", "score"], ascending=[True, True, False])
        .drop_duplicates(["article_key", "code"], ignore_index=True),
        embeddings=packed_embeddings(embeddings, keys),
    )


def refuse(batch: Batch, rows: Collection[int]) -> Batch:
    """The batch with these pages (by number) not to be stored, because they were taken down."""
    nothing: tuple[str, ...] = ()
    instead: dict[str, Any] = {
        "action": END, "verdict": "ok", "state": State.DROPPED, "reason": Reason.TAKEN_DOWN, "detail": None,
        "address_urls": nothing, "address_kinds": nothing,
    }  # fmt: skip
    pages = {
        name: [instead[name] if row in rows and name in instead else value for row, value in enumerate(values)]
        for name, values in batch.pages.items()
    }
    stored = _stored(pages)
    mentions, topics = (
        facts[facts["article_key"].isin(stored["article_key"])].assign(
            article_key=lambda own: own["article_key"].cat.set_categories(stored["article_key"])
        )
        for facts in (batch.mentions, batch.topics)
    )
    return Batch(
        pages=pages,
        stored=stored,
        mentions=mentions.reset_index(drop=True),
        entities=batch.entities,
        topics=topics.reset_index(drop=True),
        embeddings={key: batch.embeddings[key] for key in stored["article_key"] if key in batch.embeddings},
    )


def rows_of(columns: Columns, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Rows of these columns."""
    return zip(*(columns[name] for name in names), strict=True)


def column_of(series: pd.Series) -> list[Any]:
    """A column of a frame as plain Python values."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        times = series.dt.to_pydatetime()
        return [None if missing else time for time, missing in zip(times, series.isna(), strict=True)]
    nothing: Any = None
    values: list[Any] = series.to_numpy(dtype=object, na_value=nothing).tolist()
    return values


def _pages(run_key: str, name: str) -> Columns:
    """Each page with its resolution; what both name is the article's (first_seen_at, source_key)."""
    pages = _frame(_table(landing.run_uri(run_key, "clean", f"{name}.parquet"), CleanedPage))
    table = _table(landing.run_uri(run_key, "resolve", "resolution.parquet"), Resolution)
    found = frames.frame_of(table.filter(pc.equal(table["batch"], name)))
    merged = pages.drop(columns=["first_seen_at", "source_key"]).merge(
        found, on="entry_id", how="left", validate="one_to_one"
    )
    unresolved = int(merged["action"].isna().sum())
    if unresolved:
        raise ValueError(f"batch {name}: {unresolved} pages have no resolution; run resolve again")
    return {str(column): column_of(series) for column, series in merged.items()}


def _stored(pages: Columns) -> Columns:
    to_store = [row for row, action in enumerate(pages["action"]) if action != END]
    order = sorted(to_store, key=pages["article_key"].__getitem__)
    return {name: [values[row] for row in order] for name, values in pages.items()}


def _facts_of(keys: list[str], table: pa.Table) -> pd.DataFrame:
    """The facts of these articles."""
    own = _frame(table.filter(pc.is_in(table["article_key"], pa.array(keys, pa.string()))))
    return own.assign(article_key=pd.Categorical(own["article_key"], categories=keys))


def _mentions(run_key: str, name: str, keys: list[str]) -> pd.DataFrame:
    """Mentions of these articles, one per span, in text order: what the night's English articles established stands
    in the place of what tagging found there, else the surest."""
    tagged = _facts_of(keys, _table(landing.run_uri(run_key, "tag", f"{name}.mention.parquet"), Mention))
    established = _facts_of(keys, _table(landing.run_uri(run_key, "link", "established.mention.parquet"), Mention))
    tagged["rank"], established["rank"] = 1, 0
    both = pd.concat([established, tagged], ignore_index=True) if len(established) else tagged
    order = ["article_key", "start", "end", "rank", "score", "entity_key"]
    both = both.sort_values(order, ascending=[True, True, True, True, False, True])
    return both[list(_MENTION)].drop_duplicates(["article_key", "start", "end"], ignore_index=True)


def _linked(run_key: str, mentions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mentions with the entity of the texts and the one to load under, and the entities by their key."""
    entities = _table(landing.run_uri(run_key, "link", "entities.parquet"), LinkedEntity).drop(["surfaces"])
    names = _of_keys(entities.select(["local_key", "named_key", "entity_key"]), mentions["entity_key"].unique())
    found = names.set_index("local_key").reindex(mentions["entity_key"])
    if found["named_key"].isna().any():
        unknown = mentions.loc[found["named_key"].isna().to_numpy(), "entity_key"]
        raise ValueError(f"link does not know {len(unknown)} entities, such as {unknown.iloc[0]!r}; run link again")
    loaded_under = _moved(run_key, mentions, found["entity_key"].to_numpy())
    linked = mentions.assign(
        named_key=pd.Categorical(found["named_key"].to_numpy()), entity_key=pd.Categorical(loaded_under)
    )
    met = sorted({*linked["named_key"].cat.categories, *linked["entity_key"].cat.categories})
    own = _of_keys(entities.drop(["named_key", "entity_key"]), met)
    return linked, own.rename(columns={"local_key": "entity_key"})


def _of_keys(entities: pa.Table, keys: Any) -> pd.DataFrame:
    """The rows with these local keys; a run has many more than a batch."""
    return _frame(entities.filter(pc.is_in(entities["local_key"], pa.array(keys, pa.string()))))


def _moved(run_key: str, mentions: pd.DataFrame, keys: Any) -> Any:
    """The keys to load under, with those of the mentions that a split moves."""
    table = _table(landing.run_uri(run_key, "link", "moved.parquet"), MovedMention)
    own = _frame(table.filter(pc.is_in(table["article_key"], pa.array(mentions["article_key"].unique(), pa.string()))))
    if own.empty:
        return keys
    place = ["article_key", "start", "end"]
    moved = own.drop_duplicates(place).set_index(place)["entity_key"]
    spans = pd.MultiIndex.from_frame(mentions[place].astype({"article_key": "str"}))
    return moved.reindex(spans).fillna(pd.Series(keys, index=spans)).to_numpy()


def _table(uri: str, record: type[Any]) -> pa.Table:
    """A file of the run, with U+0000 replaced in all its words."""
    table = frames.read_table(uri, record)
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            values = table[column.name]
            if pc.any(pc.match_substring(values, _NUL)).as_py():
                table = table.set_column(place, column, pc.replace_substring(values, _NUL, _REPLACEMENT))
        elif pa.types.is_list(column.type):
            values = table[column.name]
            if pc.any(pc.match_substring(pc.list_flatten(values), _NUL)).as_py():
                cleaned = [[item.replace(_NUL, _REPLACEMENT) for item in items] for items in values.to_pylist()]
                table = table.set_column(place, column, pa.array(cleaned, column.type))
    return table


def _frame(table: pa.Table) -> pd.DataFrame:
    """Arrow to pandas, with lists as Python lists; the records read here have no missing whole numbers."""
    frame: pd.DataFrame = table.to_pandas()
    for column in table.schema:
        if pa.types.is_list(column.type):
            frame[column.name] = pd.Series(table[column.name].to_pylist(), dtype=object)
    return frame
