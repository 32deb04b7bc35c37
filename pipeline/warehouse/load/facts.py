"""What load computes itself: the digest that says whether anything changed, and salience."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.warehouse.load.batch import Batch, rows_of

_CONTENT = (
    "article_key", "article_url", "title", "text_sha256", "language", "published_at", "published_precision",
    "published_method", "published_confidence", "section", "publisher_tags", "description", "image_url",
    "word_count", "quality", "reasons", "is_paywalled", "copy_of_key", "authors",
    "is_live_blog", "is_opinion", "is_sponsored", "agency", "title_method", "authors_method", "section_method",
    "tags_method", "extractor", "extractor_reason", "date_order", "hints_digest",
)  # fmt: skip
_FIELD, _ROW = "\x1f", "\x1e"
"""Between the fields and the rows of what is hashed; control characters that no word holds."""


def content_digests(batch: Batch, makers: list[str]) -> dict[str, str]:
    """Article key → hash of its content, its facts and the digests of their makers.

    Equal digests mean there is nothing to load; so the run and the time of loading are not in it.
    """
    # By the entity of the texts: decisions change the past through `mm entities apply`, not by loading it again.
    columns = ("start", "end", "named_key", "surface", "score", "in_title", "method", "role")
    mentions = _lines(batch.mentions, columns)
    topics = _lines(batch.topics, ("code", "score"))
    content = rows_of(batch.stored, _CONTENT)
    meanings = {key: (found.model, found.packed.hex()) for key, found in batch.embeddings.items()}
    return {
        row[0]: _hash([*row, mentions.get(row[0]), topics.get(row[0]), meanings.get(row[0]), makers]) for row in content
    }


def _lines(facts: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, str]:
    """Article key → its facts as one text. Joined in Arrow: row by row it is the dearest part of a load."""
    table = pa.Table.from_pandas(facts[["article_key", *columns]], preserve_index=False)
    words = [table[name].cast(pa.string()) for name in columns]
    lines = pa.table({"key": table["article_key"].cast(pa.string()), "line": _joined(words)})
    grouped = lines.group_by("key", use_threads=False).aggregate([("line", "list")])
    return dict(
        zip(
            grouped["key"].to_pylist(),
            pc.binary_join(grouped["line_list"].combine_chunks(), _ROW).to_pylist(),
            strict=True,
        )
    )


def _joined(words: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*words, _FIELD, null_handling="replace", null_replacement="")


def article_entities(mentions: pd.DataFrame, lengths: Sequence[int]) -> pd.DataFrame:
    """One row per article and entity (by key), in order of both, with what `core.article_entity` says of it.

    Of mentions it needs article_key and entity_key (categories), start, in_title, score and role.

    Salience is how much the article is about the entity: 0.4 for being in the headline, 0.3 × how early the
    first mention stands, 0.3 × its mentions as a share of those of the most mentioned entity. These three are
    the strongest single features in Dunietz & Gillick, "A New Entity Salience Task with Millions of Training
    Examples" (EACL 2014); the weights are ours, and untrained. `lengths` holds the code points of each text,
    in the order of the categories of `article_key`.
    """
    codes = [mentions[name].cat.codes for name in ("article_key", "entity_key")]
    by_entity = mentions.groupby(codes, sort=True)
    grouped = by_entity[["start", "in_title", "score"]].agg({"start": "min", "in_title": "max", "score": "max"})
    grouped.columns = pd.Index(["first_offset", "is_in_title", "score"])
    grouped["mention_count"] = by_entity.size()
    grouped["role"] = _commonest_roles(mentions, codes)
    article, entity = (grouped.index.get_level_values(level).to_numpy() for level in (0, 1))
    most = grouped["mention_count"].groupby(article).transform("max")
    early = (1.0 - grouped["first_offset"] / np.asarray(lengths)[article].clip(min=1)).clip(0.0, 1.0)
    share = grouped["mention_count"] / most
    grouped["salience"] = (0.4 * grouped["is_in_title"].astype("float64") + 0.3 * early + 0.3 * share).round(4)
    return grouped.assign(
        article_key=pd.Categorical.from_codes(article, categories=mentions["article_key"].cat.categories),
        entity_key=pd.Categorical.from_codes(entity, categories=mentions["entity_key"].cat.categories),
    )


def _commonest_roles(mentions: pd.DataFrame, codes: list[pd.Series]) -> pd.Series:
    """By article and entity; nothing where no mention has a role."""
    article, entity = codes
    roles = pd.DataFrame({"article": article, "entity": entity, "role": mentions["role"]}).dropna(subset="role")
    counted = roles.groupby(["article", "entity", "role"]).size().reset_index(name="mentions")
    best = counted.sort_values(["mentions", "role"], ascending=[False, True]).drop_duplicates(["article", "entity"])
    return best.set_index(["article", "entity"])["role"].astype("str")


def _hash(content: list[object]) -> str:
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
