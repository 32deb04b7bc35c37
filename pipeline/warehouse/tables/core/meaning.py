"""What articles mean, as numbers that lie near each other where the texts say alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from pipeline.records import EMBEDDING_WIDTH
from pipeline.warehouse.tables.base import metadata, of_article, partition_day, partitioned, text


class HalfVector(UserDefinedType[str]):
    """pgvector's `halfvec`: numbers of two bytes each. As text it reads `[0.1,0.2,…]`."""

    cache_ok = True

    def __init__(self, width: int) -> None:
        self.width = int(width)  # reflection gives it as a word

    def get_col_spec(self, **_: Any) -> str:
        """As DDL has it."""
        return f"HALFVEC({self.width})"


ischema_names["halfvec"] = HalfVector  # so that a table read back from the database has its type again

article_embedding = partitioned(
    Table(
        "article_embedding",
        metadata,
        of_article(),
        partition_day(),
        text("model", "Encoder that made it. Embeddings of two encoders say nothing of each other."),
        Column(
            "embedding",
            HalfVector(EMBEDDING_WIDTH),
            nullable=False,
            comment="Numbers of length 1 for headline and text: 1 - (a <=> b) is how alike two articles are, 1 for the same.",
        ),
        Column(
            "maker_id",
            BigInteger,
            ForeignKey("ops.maker.maker_id"),
            nullable=False,
            comment="Version of tagging that wrote it.",
        ),
        PrimaryKeyConstraint("article_id", "first_seen_on"),
        schema="core",
        comment="One row per article with words: what its current text means, for core.similar.",
    ),
    "first_seen_on",
)
