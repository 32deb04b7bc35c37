"""What all tables share: metadata with fixed constraint names, column shorthands, monthly partitions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Identity, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PARTITIONED: dict[str, str] = {}
"""Table name with schema → the date column it is partitioned by, month by month."""

SURE = "0 to 1."
"""Comment of a score."""


def text(name: str, comment: str, *args: Any, null: bool = False, **kw: Any) -> Column[str]:
    """A text column; not null unless said so."""
    return Column(name, Text, *args, nullable=null, comment=comment, **kw)


def at(name: str, comment: str, *, null: bool = False, **kw: Any) -> Column[Any]:
    """A point in time: timestamptz, UTC."""
    return Column(name, DateTime(timezone=True), nullable=null, comment=comment, **kw)


def on(name: str, comment: str, *, null: bool = False, **kw: Any) -> Column[Any]:
    """A calendar day, UTC."""
    return Column(name, Date, nullable=null, comment=comment, **kw)


def surrogate(name: str) -> Column[int]:
    """A private bigint key; never leaves the warehouse."""
    return Column(
        name,
        BigInteger,
        Identity(),
        primary_key=True,
        comment="Private key; use the natural key outside the warehouse.",
    )


def of_article() -> Column[int]:
    """The article that a row belongs to."""
    return Column(
        "article_id", BigInteger, ForeignKey("core.article.article_id"), nullable=False, comment="The article."
    )


def partition_day() -> Column[Any]:
    """The day by which facts of articles are partitioned."""
    return on("first_seen_on", "Partition key, copied from the article.")


def partitioned(table: Table, column: str) -> Table:
    """Declare a table as partitioned by month of `column`."""
    table.dialect_options["postgresql"]["partition_by"] = f"RANGE ({column})"
    PARTITIONED[f"{table.schema}.{table.name}"] = column
    return table
