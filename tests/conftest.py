"""Fixtures shared by all tests: an MM_HOME of its own, a real Postgres, an empty warehouse."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"

# Before anything of the product is imported: tests never touch the checkout's own state.
_HOME = tempfile.TemporaryDirectory(prefix="mm-test-", ignore_cleanup_errors=True)
Path(_HOME.name).chmod(0o755)  # as root, Postgres runs as another user
os.environ["MM_HOME"] = _HOME.name
for _name in [n for n in os.environ if n.startswith("MM_") and n != "MM_HOME"]:
    del os.environ[_name]


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
    yield
    db.dispose()
    embedded.destroy()


@pytest.fixture
def warehouse(warehouse_server: None) -> Iterator[None]:
    """The warehouse, empty at the start of each test (dimensions too)."""
    from sqlalchemy import text

    from pipeline.warehouse import db
    from pipeline.warehouse.tables import metadata

    names = ", ".join(f"{t.schema}.{t.name}" for t in metadata.sorted_tables)
    with db.engine("owner").begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield
    db.dispose()


@pytest.fixture
def landing_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A landing zone of this test's own."""
    from pipeline.settings import get_settings

    monkeypatch.setenv("MM_LANDING_URL", tmp_path.as_uri())
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()
