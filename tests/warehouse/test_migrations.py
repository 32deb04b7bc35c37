"""The migrations and the table declarations are the same schema."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from pipeline.warehouse import db
from pipeline.warehouse.tables import PARTITIONED, metadata

pytestmark = pytest.mark.db
OURS = {"raw", "core", "ops"}


def _is_ours(obj: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Partitions and Alembic's own table are not declared."""
    if kind != "table" or not reflected:
        return True
    return name != "schema_version" and not any(f"{obj.schema}.{name}".startswith(f"{t}_") for t in PARTITIONED)


def test_no_drift_between_migrations_and_tables(warehouse: None) -> None:
    with db.engine("owner").connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _parents: kind != "schema" or name in OURS,
                "include_object": _is_ours,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_every_table_and_column_has_a_comment(warehouse: None) -> None:
    missing = """
        SELECT c.oid::regclass::text || coalesce('.' || a.attname, '') FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname IN ('raw', 'core', 'ops') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND c.relname <> 'schema_version'
          AND (obj_description(c.oid) IS NULL OR col_description(c.oid, a.attnum) IS NULL)"""
    with db.reading("owner") as connection:
        assert connection.scalars(text(missing)).all() == []


def test_the_analyst_reads_facts_and_nothing_else(warehouse: None) -> None:
    from sqlalchemy.exc import DBAPIError

    with db.reading("analyst") as connection:
        assert connection.scalar(text("SELECT count(*) FROM core.article")) == 0
        assert connection.scalar(text("SHOW statement_timeout")) == "1min"
    for statement in (
        "SELECT * FROM raw.page",
        "INSERT INTO core.language VALUES ('xx', 'x')",
        "DROP TABLE core.topic",
    ):
        with pytest.raises(DBAPIError), db.reading("analyst") as connection:
            connection.execute(text(statement))
