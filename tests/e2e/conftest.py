"""One machine for the tests of a module: starting Airflow costs half a minute, and it is stopped right after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.machine import Machine, new_machine


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = new_machine()
    try:
        made.mm("up")
        made.api().wait_for_dag("nightly")
        yield made
    finally:
        made.close()
