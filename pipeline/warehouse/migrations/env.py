"""Alembic's entry: migrates as the owner, one transaction per upgrade."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from pipeline.warehouse import db
from pipeline.warehouse.tables import metadata


def run(connection: Connection) -> None:
    """Upgrade on this connection."""
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS ops"))
    context.configure(
        connection=connection, target_metadata=metadata, include_schemas=True, version_table_schema="ops",
        version_table="schema_version",
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


with db.engine("owner").begin() as owner:
    owner.execute(text("SELECT pg_advisory_xact_lock(7031)"))  # two starts at once migrate one after the other
    run(owner)
