"""Fixtures of the fetch tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from pipeline.settings import get_settings
from tests.fetch.outlet import Outlet


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    """A web server on loopback for one test."""
    served = Outlet()
    yield served
    served.close()


@pytest.fixture(autouse=True)
def empty_spool() -> None:
    """No test inherits what a failed one has left."""
    shutil.rmtree(get_settings().home / "spool", ignore_errors=True)
