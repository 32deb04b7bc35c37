"""Bring a database to the current shape: databases, roles, migrations, partitions, grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.log import anomaly
from pipeline.settings import ROOT, get_settings
from pipeline.warehouse import db, embedded
from pipeline.warehouse.tables import PARTITIONED

_MONTHS_BACK, _MONTHS_AHEAD = 1, 2
_PARTITIONED_AND_PARTITIONS = """
SELECT t.relid::regclass::text FROM pg_class c, pg_partition_tree(c.oid) t WHERE c.relkind = 'p'
"""


def prepare() -> None:
    """Everything a fresh or older database needs before a run; safe to call again."""
    if get_settings().warehouse_url is None:
        _prepare_cluster(embedded.ensure_running())
    db.dispose()
    migrate()
    db.in_transaction(_grant, role="owner")
    today = datetime.now(UTC).date()
    db.in_transaction(partial(ensure_partitions, days=_months_around(today)), role="owner")


def migrate() -> None:
    """Apply Alembic's migrations as the owner."""
    from alembic import command  # half a second that only this function needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "pipeline" / "warehouse" / "migrations"))
    command.upgrade(config, "head")


def ensure_partitions(connection: Connection, days: list[date]) -> None:
    """Make the monthly partitions that hold these days, and each table's default partition.

    Of the tables that are there: migrations may stand before the one that makes a table.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ensure_partitions'))"))
    existing = set(connection.scalars(text(_PARTITIONED_AND_PARTITIONS)))
    for table in sorted(PARTITIONED.keys() & existing):
        if f"{table}_default" not in existing:
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table}_default PARTITION OF {table} DEFAULT"))
        for start in sorted({day.replace(day=1) for day in days}):
            name, end = f"{table}_{start:%Y%m}", (start + timedelta(days=32)).replace(day=1)
            if name not in existing:
                bounds = f"FOR VALUES FROM ('{start}') TO ('{end}')"
                connection.execute(text(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} {bounds}"))


def make_missing_partitions(days: Iterable[date]) -> None:
    """Make the monthly partitions of these days where one is missing, as the owner; the loader itself has no DDL."""
    months = sorted({day.replace(day=1) for day in days})
    names = [f"{table}_{month:%Y%m}" for table in PARTITIONED for month in months]
    with db.reading() as connection:
        missing = connection.scalar(
            text("SELECT count(*) FROM unnest(CAST(:names AS text[])) AS n WHERE to_regclass(n) IS NULL"),
            {"names": names},
        )
    if not missing:
        return
    try:
        db.in_transaction(partial(ensure_partitions, days=months), role="owner")
    except DBAPIError as error:
        # Rows of the month stand in a default partition already. They go there too, and the nightly check shows it.
        anomaly("partitions_not_made", months=",".join(map(str, months)), error=str(error.orig).splitlines()[0])


def _months_around(today: date) -> list[date]:
    first = today.replace(day=1)
    return [(first + timedelta(days=15 + 30 * n)).replace(day=1) for n in range(-_MONTHS_BACK, _MONTHS_AHEAD + 1)]


def _prepare_cluster(cluster: embedded.Cluster) -> None:
    """Roles and databases of the embedded server, with its generated passwords."""
    with psycopg.connect(cluster.url("postgres", "postgres", "postgresql"), autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in embedded.ROLES[1:]:
            if role not in roles:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(cluster.passwords[role])
                    )
                )
        databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for database, owner in (("warehouse", "owner"), ("airflow", "airflow")):
            if database not in databases:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(owner))
                )
    # For core.article_embedding. The extension is not a trusted one, so the owner may not add it.
    with psycopg.connect(cluster.url("postgres", "warehouse", "postgresql"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")


def _grant(connection: Connection) -> None:
    """`loader` writes raw, core and ops; `analyst` reads core and mart, for a bounded time, and nothing else."""
    timeout = get_settings().statement_timeout_s
    statements = [
        "GRANT USAGE ON SCHEMA raw, core, ops TO loader",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA raw, core, ops TO loader",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA raw, core, ops GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO loader",
        "GRANT ALL ON SCHEMA mart TO loader",
        "GRANT USAGE ON SCHEMA core, mart TO analyst",
        "GRANT SELECT ON ALL TABLES IN SCHEMA core TO analyst",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA core GRANT SELECT ON TABLES TO analyst",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO loader, analyst",  # what embeddings are compared with
    ]
    for statement in statements:
        connection.execute(text(statement))
    if get_settings().warehouse_url is None:
        cluster = embedded.read_cluster()
        with psycopg.connect(cluster.url("postgres", "warehouse", "postgresql"), autocommit=True) as admin:
            admin.execute(f"ALTER ROLE analyst SET statement_timeout = '{timeout}s'")
            admin.execute("ALTER ROLE analyst SET default_transaction_read_only = on")
            admin.execute("ALTER ROLE analyst SET search_path = mart, core, public")
            admin.execute("ALTER DEFAULT PRIVILEGES FOR ROLE loader IN SCHEMA mart GRANT SELECT ON TABLES TO analyst")
