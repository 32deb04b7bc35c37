"""The embedded server and what guards it: passwords, crashes, a taken port, wrong input."""

from __future__ import annotations

import os
import signal
import socket
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from pipeline.errors import ConfigError, Retryable
from pipeline.ops import airflow_env, night
from pipeline.settings import Settings, get_settings
from pipeline.warehouse import db, embedded

pytestmark = pytest.mark.db


def test_secrets_are_for_their_owner_only(warehouse: None) -> None:
    settings = get_settings()
    airflow_env.environment(settings)
    for path in (
        settings.home / "postgres.json",
        airflow_env.password_file(settings),
        airflow_env.airflow_home(settings) / "secrets.json",
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_nobody_enters_without_a_password(warehouse: None) -> None:
    port = embedded.read_cluster().port
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"host=127.0.0.1 port={port} dbname=warehouse user=owner")


def test_a_killed_server_comes_back_and_a_transaction_waits_for_it(warehouse: None) -> None:
    cluster = embedded.read_cluster()
    pid = int((Path(cluster.data) / "postmaster.pid").read_text().splitlines()[0])
    with db.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    assert not embedded.is_running(cluster)
    embedded.ensure_running()
    done = db.in_transaction(lambda c: c.scalar(text("SELECT count(*) FROM raw.entry")))
    assert done == 0


def test_a_database_that_stays_away_is_retryable(warehouse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_DATABASE_WAIT_S", "1")
    get_settings.cache_clear()
    embedded.stop(mode="immediate")
    try:
        with pytest.raises(Retryable, match="database_unavailable"):
            db.in_transaction(lambda c: c.scalar(text("SELECT 1")))
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
        embedded.ensure_running()


def test_a_taken_port_is_left_to_its_owner(warehouse: None) -> None:
    before = embedded.read_cluster()
    embedded.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before.port))
        squatter.listen()
        after = embedded.ensure_running()
        assert after.port != before.port
    db.dispose()
    with db.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_without_a_warehouse_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make up"):
        embedded.read_cluster(Settings(home=tmp_path))


def test_a_night_in_the_future_is_refused(warehouse: None) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    with pytest.raises(ConfigError, match="future"):
        night.start("manual__1", None, {"night": str(tomorrow)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")
def test_a_checkout_that_the_server_user_cannot_reach_works_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / "private" / "home"
    home.mkdir(parents=True)
    home.parent.chmod(0o700)
    settings = Settings(home=home)
    try:
        cluster = embedded.ensure_running(settings)
        assert embedded.is_running(cluster)
        assert not cluster.data.startswith(str(home))
    finally:
        embedded.destroy(settings)
    assert not Path(cluster.data).exists()
