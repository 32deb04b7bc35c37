"""Search: the words of articles in a table of their own, with stems, and `core.search` to look them up."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

from pipeline.errors import ConfigError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements beside this file, on a server that folds words."""
    server = op.get_bind().execute(text(_SERVER)).one()
    _require_folding(server.version, server.encoding)
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))  # messages of functions have % of their own
    _fill()


def _require_folding(version: int, encoding: str) -> None:
    """`casefold()` came with Postgres 18, and it and `normalize()` work in UTF-8 only."""
    if version < 180000:
        raise ConfigError(
            f"The warehouse needs Postgres 18 or newer; this server is version {version // 10000}. Upgrade it"
            " (`pg_upgrade`, or a dump restored into a newer server), and start again."
        )
    if encoding != "UTF8":
        raise ConfigError(
            f"The warehouse needs a database in UTF-8; this one is in {encoding}. Make one with"
            " `CREATE DATABASE warehouse ENCODING 'UTF8' TEMPLATE template0`, restore a dump of this one into it, and"
            " start again."
        )


_SERVER = """
SELECT CAST(current_setting('server_version_num') AS int) AS version, pg_encoding_to_char(encoding) AS encoding
FROM pg_database WHERE datname = current_database()
"""


def _fill() -> None:
    """The words of the articles that are there: about 2.5 ms each, while writers wait. The index comes last, and the
    month's partitions are those that the articles' revisions have."""
    bind = op.get_bind()
    for name, bounds in bind.execute(text(_PARTITIONS)).all():
        bind.exec_driver_sql(f"CREATE TABLE core.article_search_{name} PARTITION OF core.article_search {bounds}")
    bind.exec_driver_sql(_WORDS)
    bind.exec_driver_sql("CREATE INDEX ix_article_search_words ON core.article_search USING gin (words)")
    bind.exec_driver_sql("ALTER TABLE core.article DROP COLUMN search")


_PARTITIONS = """
SELECT replace(c.relname, 'article_revision_', ''), pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'core.article_revision'::regclass ORDER BY 1
"""
_WORDS = """
INSERT INTO core.article_search (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT a.article_id, a.first_seen_on, a.first_seen_at, a.source_id, core.article_words(r.title, r.text, a.language)
FROM core.article a JOIN core.article_revision r
    ON r.article_id = a.article_id AND r.revision_no = a.revision_no AND r.first_seen_on = a.first_seen_on
ORDER BY a.article_id
"""


def downgrade() -> None:
    """What has been collected since would not fit."""
    raise NotImplementedError("Restore a backup from before the upgrade; `make reset` removes the warehouse.")
