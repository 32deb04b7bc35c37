"""One machine for all end-to-end tests: starting Airflow costs half a minute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.machine import Machine, new_machine


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    made = new_machine()
    try:
        made.mm("up")
        made.api().wait_for_dag("nightly")
        yield made
    finally:
        made.close()
