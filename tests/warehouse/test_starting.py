"""A command finds the warehouse down, as it is after `make run`, and starts it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.warehouse import db, embedded

pytestmark = pytest.mark.usefixtures("warehouse")


def test_a_persons_command_starts_the_warehouse_and_a_task_does_not() -> None:
    db.dispose()
    assert embedded.stop() is True
    assert embedded.stop() is False
    with pytest.raises(OperationalError), db.reading() as connection:
        connection.execute(text("SELECT 1"))
    assert CliRunner().invoke(app, ["status"]).exit_code in (0, 1)
    assert not embedded.is_running(embedded.read_cluster())
    db.dispose()
    found = CliRunner().invoke(app, ["why", "https://example.org/news/1"])
    assert "Never seen" in found.output
    assert embedded.is_running(embedded.read_cluster())
    assert embedded.stop() is True  # and once the command is over, its process does so no more
    db.dispose()
    with pytest.raises(OperationalError), db.reading() as connection:
        connection.execute(text("SELECT 1"))
    assert not embedded.is_running(embedded.read_cluster())
    embedded.ensure_running()
    db.dispose()
