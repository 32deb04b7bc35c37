"""Embeddings: what each article means as 384 numbers, and the articles nearest to one."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

from pipeline.errors import ConfigError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements beside this file, once the database can store vectors."""
    _require_vectors()
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def _require_vectors() -> None:
    """The embedded server has the extension already; on another server only a superuser may add it."""
    found = op.get_bind().execute(text(_EXTENSION)).first()
    if found is None:
        raise ConfigError(
            "The warehouse needs the Postgres extension pgvector, version 0.7 or newer. Install it on the server"
            " (package postgresql-18-pgvector or the like), let a superuser run"
            " `CREATE EXTENSION vector SCHEMA public` in this database, and start again."
        )
    if found.schema != "public" or not found.has_halfvec:
        remedy = (
            "ALTER EXTENSION vector UPDATE" if not found.has_halfvec else "ALTER EXTENSION vector SET SCHEMA public"
        )
        raise ConfigError(
            f"The Postgres extension pgvector is version {found.extversion} in schema {found.schema}; 0.7 or newer in"
            f" schema public is needed. Let a superuser run `{remedy}` in this database, and start again."
        )


_EXTENSION = """
SELECT e.extversion, n.nspname AS schema,
    EXISTS (SELECT FROM pg_type t WHERE t.typname = 'halfvec' AND t.typnamespace = n.oid) AS has_halfvec
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'
"""


def downgrade() -> None:
    """What has been collected since would not fit."""
    raise NotImplementedError("Restore a backup from before the upgrade; `make reset` removes the warehouse.")
