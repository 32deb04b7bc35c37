"""The words of articles, as `core.search` looks them up."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

from pipeline.warehouse.tables.base import at, metadata, of_article, partition_day, partitioned

article_search = partitioned(
    Table(
        "article_search",
        metadata,
        of_article(),
        partition_day(),
        at("first_seen_at", "Copied from the article: of very many matches the newest are ranked."),
        Column("source_id", BigInteger, nullable=False, comment="Copied from the article."),
        Column(
            "words",
            TSVECTOR,
            nullable=False,
            comment="Folded words of headline (weight A) and text; their stems where these are no words of the text"
            " (en:elect); the language (=en).",
        ),
        PrimaryKeyConstraint("article_id", "first_seen_on"),
        Index("ix_article_search_words", "words", postgresql_using="gin"),
        schema="core",
        comment="One row per article: the words of its current revision, for core.search.",
    ),
    "first_seen_on",
)
