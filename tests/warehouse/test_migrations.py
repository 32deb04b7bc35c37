"""The migrations and the table declarations are the same schema."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from pipeline.decisions import Decided, sealed
from pipeline.errors import ConfigError
from pipeline.settings import ROOT, get_settings
from pipeline.warehouse import db, embedded, schema
from pipeline.warehouse.entity_decisions import decisions_in_force
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


def as_superuser(database: str, statement: str) -> None:
    admin = embedded.read_cluster().url("postgres", database, "postgresql")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def bare_database(warehouse_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new database of the same server, in which the warehouse is for as long as the test runs."""
    as_superuser("postgres", "CREATE DATABASE earlier OWNER owner")
    url = embedded.read_cluster().url("owner", "earlier", "postgresql")
    monkeypatch.setenv("MM_WAREHOUSE_URL", url)
    get_settings.cache_clear()
    db.dispose()
    yield
    db.dispose()
    monkeypatch.undo()
    get_settings.cache_clear()
    as_superuser("postgres", "DROP DATABASE earlier")


@pytest.fixture
def empty_database(bare_database: None) -> None:
    """With what an administrator puts there."""
    as_superuser("earlier", "CREATE EXTENSION vector SCHEMA public")


def test_a_server_that_stores_no_vectors_is_told_what_it_needs(bare_database: None) -> None:
    with pytest.raises(ConfigError, match="CREATE EXTENSION vector SCHEMA public"):
        schema.migrate()
    as_superuser("earlier", "CREATE SCHEMA apart")
    as_superuser("earlier", "CREATE EXTENSION vector SCHEMA apart")
    with pytest.raises(ConfigError, match="ALTER EXTENSION vector SET SCHEMA public") as told:
        schema.migrate()
    as_superuser("earlier", str(told.value).split("`")[1])
    schema.migrate()


@pytest.mark.parametrize(
    ("version", "encoding", "told"),
    [(170006, "UTF8", "Postgres 18 or newer; this server is version 17"), (180000, "LATIN1", "UTF-8; this one is in LATIN1")],
)  # fmt: skip
def test_a_server_that_folds_no_words_is_told_what_it_needs(version: int, encoding: str, told: str) -> None:
    require = importlib.import_module("pipeline.warehouse.migrations.versions.0006_search")._require_folding
    require(180000, "UTF8")
    with pytest.raises(ConfigError, match=told):
        require(version, encoding)


def test_articles_of_0005_are_found_by_their_words(empty_database: None) -> None:
    """One of them is in Arabic, with a tatweel that stands alone: a word of which folding leaves nothing."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "pipeline" / "warehouse" / "migrations"))
    command.upgrade(config, "0005")
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, [date(2026, 11, 1)])
        connection.execute(text(_AN_ARTICLE_OF_0002))
        connection.execute(text("INSERT INTO core.language VALUES ('ar', 'Arabic') ON CONFLICT DO NOTHING"))
        connection.execute(text("UPDATE core.article SET language = 'ar'"))
        connection.execute(text("UPDATE core.article_revision SET title = 'الوزير ـ في كلمته', text = 'قال ـ الوزراء'"))
    schema.migrate()
    with db.engine("owner").connect() as connection:
        words = "SELECT count(*) FROM core.article_search WHERE words @@ core.search_query(:words)"
        assert [connection.scalar(text(words), {"words": each}) for each in ("الوزير", "كلمة", "quay")] == [1, 1, 0]


def test_a_warehouse_of_the_last_release_keeps_its_articles(empty_database: None) -> None:
    """From 0002, with an article in it, to now."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "pipeline" / "warehouse" / "migrations"))
    command.upgrade(config, "0002")
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, [date(2026, 11, 1)])
        connection.execute(text(_AN_ARTICLE_OF_0002))
    schema.migrate()
    with db.engine("owner").connect() as connection:
        kept = connection.execute(
            text(
                "SELECT a.title, r.text, a.is_live_blog, a.is_opinion, a.is_sponsored, a.agency, a.extractor,"
                " a.hints_digest FROM core.article a JOIN core.article_revision r USING (article_id)"
            )
        ).one()
        assert tuple(kept) == ("Quay reopens", "The quay is open.", False, False, False, None, None, "")
        assert connection.scalar(text("SELECT count(*) FROM core.source_pattern")) == 0


def test_mentions_and_merges_of_0003_keep_what_they_say(empty_database: None) -> None:
    """What was merged becomes a decision; a mention names what it was linked to."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "pipeline" / "warehouse" / "migrations"))
    command.upgrade(config, "0003")
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, [date(2026, 11, 1)])
        connection.execute(text(_AN_ARTICLE_OF_0002))
        connection.execute(text(_ENTITIES_OF_0003))
    schema.migrate()
    with db.engine("owner").connect() as connection:
        mention = connection.execute(
            text("SELECT m.entity_id = m.named_entity_id, m.method, m.role, m.is_in_title, geonames_id, x.role FROM core.mention m"
                 " JOIN core.entity USING (entity_id) JOIN core.article_entity x USING (article_id, entity_id)")
        ).one()  # fmt: skip
        assert tuple(mention) == (True, "rules", None, True, None, None)
        alias = connection.execute(text("SELECT alias, origin FROM core.entity_alias")).one()
        assert tuple(alias) == ("quay", "text")
        (decision,) = decisions_in_force(connection)
        assert (decision.action, decision.entity_key, decision.into_key) == ("merge", "LOC:the quay", "LOC:quay")
        assert Decided([decision]).root("LOC:the quay") == "LOC:quay"
        assert sealed(decision) == decision, "so importing an export adds nothing"


_ENTITIES_OF_0003 = """
WITH quay AS (
    INSERT INTO core.entity (entity_key, kind, name, first_seen_at) VALUES ('LOC:quay', 'LOC', 'Quay', '2026-11-20Z')
    RETURNING entity_id
), merged AS (
    INSERT INTO core.entity (entity_key, kind, name, first_seen_at, merged_into)
    SELECT 'LOC:the quay', 'LOC', 'The Quay', '2026-11-20Z', entity_id FROM quay
), alias AS (
    INSERT INTO core.entity_alias (entity_id, alias, origin) SELECT entity_id, 'quay', 'text' FROM quay
), mention AS (
    INSERT INTO core.mention (article_id, first_seen_on, start_offset, end_offset, entity_id, surface, score)
    SELECT article_id, first_seen_on, 4, 8, entity_id, 'quay', 0.8 FROM core.article, quay
)
INSERT INTO core.article_entity (article_id, first_seen_on, entity_id, mention_count, first_offset, salience,
    is_in_title, score)
SELECT article_id, first_seen_on, entity_id, 1, 4, 0.9, true, 0.8 FROM core.article, quay
"""

_AN_ARTICLE_OF_0002 = """
WITH outlet AS (
    INSERT INTO core.source (source_key, name, homepage, domain, added_at, config_digest)
    VALUES ('dockside', 'Dockside', 'https://dockside.example/', 'dockside.example', '2026-11-01Z', 'd')
    RETURNING source_id
), maker AS (
    INSERT INTO ops.maker (stage, code_version, model_version, settings_digest, digest, first_used_at)
    VALUES ('clean', '1', 'trafilatura 2.3.1', 's', 'm', '2026-11-01Z') RETURNING maker_id
), article AS (
    INSERT INTO core.article (url_key, first_seen_on, source_id, url, revision_no, title, published_precision,
        first_seen_at, fetched_at, loaded_at, publisher_tags, word_count, quality, quality_reasons, is_paywalled,
        text_sha256, content_digest, clean_maker_id, tag_maker_id, run_key)
    SELECT 'k', '2026-11-20', source_id, 'https://dockside.example/1', 1, 'Quay reopens', 'none', '2026-11-20Z',
        '2026-11-20Z', '2026-11-20Z', '{}', 4, 0.9, '{}', false, 't', 'c', maker_id, maker_id, 'r'
    FROM outlet, maker RETURNING article_id
)
INSERT INTO core.article_revision (article_id, first_seen_on, revision_no, cause, recorded_at, title, text,
    text_sha256, word_count, page_id, page_sha256, maker_id, run_key)
SELECT article_id, '2026-11-20', 1, 'new', '2026-11-20Z', 'Quay reopens', 'The quay is open.', 't', 4, 1, 'p',
    maker_id, 'r' FROM article, maker
"""
