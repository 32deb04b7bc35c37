"""Fixtures shared by all tests: an MM_HOME of its own, a real Postgres, an empty warehouse."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"

# Before anything of the product is imported: tests never touch the checkout's own state.
_HOME = tempfile.TemporaryDirectory(prefix="mm-test-", ignore_cleanup_errors=True)
Path(_HOME.name).chmod(0o755)  # as root, Postgres runs as another user
os.environ["MM_HOME"] = _HOME.name
for _name in [n for n in os.environ if n.startswith("MM_") and n != "MM_HOME"]:
    del os.environ[_name]

_RESTART_IDS = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
WHERE schemaname IN ('raw', 'core', 'ops') AND last_value IS NOT NULL
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, end to end before all: begun last, one of them would keep one process busy alone."""
    marked = ("e2e", "slow")
    quick = {item.path for item in items if not any(item.get_closest_marker(name) for name in marked)}
    items.sort(key=lambda item: (item.get_closest_marker("e2e") is None, item.path in quick))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder beside the checkout; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def warehouse_server() -> Iterator[None]:
    """One embedded Postgres for the session, migrated."""
    from pipeline.warehouse import db, embedded, schema

    schema.prepare()
    _trust_the_machine(embedded.read_cluster().url("postgres", "postgres", "postgresql"))
    yield
    db.dispose()
    embedded.destroy()


def _trust_the_machine(url: str) -> None:
    """Tests kill processes, never the machine: what the kernel has is safe, so nothing has to wait for the disk."""
    with psycopg.connect(url, autocommit=True) as admin:
        for name in ("fsync", "full_page_writes"):
            admin.execute(f"ALTER SYSTEM SET {name} = off")
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture
def warehouse(warehouse_server: None) -> Iterator[None]:
    """The warehouse, empty at the start of each test (dimensions too), ids from 1."""
    from pipeline.warehouse import db

    with db.engine("owner").begin() as connection:
        _empty(connection)
    yield
    db.dispose()


def _empty(connection: Connection) -> None:
    """Rows of earlier tests are few, and TRUNCATE makes new files for every partition and index: a second each time."""
    from pipeline.warehouse.tables import metadata

    for table in reversed(metadata.sorted_tables):
        connection.execute(text(f"DELETE FROM {table.schema}.{table.name}"))
    connection.execute(text(_RESTART_IDS))


@pytest.fixture
def landing_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A landing zone of this test's own."""
    from pipeline.settings import get_settings

    monkeypatch.setenv("MM_LANDING_URL", tmp_path.as_uri())
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()
