"""Airflow's configuration on one machine, as environment variables; nothing is written into airflow.cfg.

Metadata lives in the embedded Postgres (role and database `airflow`); secrets are made once and kept in a file
only its owner may read.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path

from pipeline.settings import ROOT, Settings, get_settings
from pipeline.warehouse import embedded

USER = "operator"
_SECRETS = ("fernet_key", "jwt_secret", "api_secret_key", "ui_password")


def airflow_home(settings: Settings) -> Path:
    """AIRFLOW_HOME of this checkout."""
    return settings.home.resolve() / "airflow"


def password_file(settings: Settings) -> Path:
    """The file (0600) that holds the UI password, in the form Airflow's simple auth manager reads."""
    return airflow_home(settings) / "ui-password.json"


def ui_password(settings: Settings) -> str:
    """The password of the UI user `operator`."""
    password: str = _secrets(settings)["ui_password"]
    return password


def ui_url(settings: Settings) -> str:
    """Where the Airflow UI answers."""
    return f"http://127.0.0.1:{settings.ui_port}"


def environment(settings: Settings | None = None) -> dict[str, str]:
    """The environment for every Airflow process of this machine."""
    settings = settings or get_settings()
    kept = _secrets(settings)
    cluster = embedded.read_cluster(settings)
    home = airflow_home(settings)
    options = {
        "core": {
            "dags_folder": str(ROOT / "dags"),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": str(settings.airflow_parallelism),
            "max_active_tasks_per_dag": str(settings.airflow_parallelism),
            "fernet_key": kept["fernet_key"],
            "execution_api_server_url": f"{ui_url(settings)}/execution/",
            "simple_auth_manager_users": f"{USER}:admin",
            "simple_auth_manager_passwords_file": str(password_file(settings)),
            "dags_are_paused_at_creation": "False",
            "internal_api_secret_key": kept["api_secret_key"],
        },
        "database": {
            "sql_alchemy_conn": cluster.url("airflow", "airflow"),
            "sql_alchemy_conn_async": cluster.url("airflow", "airflow", "postgresql+psycopg_async"),
            "sql_alchemy_pool_size": "5",
            "load_default_connections": "False",
        },
        "api": {
            "host": settings.ui_host,
            "port": str(settings.ui_port),
            "base_url": ui_url(settings),
            "workers": "1",
            "secret_key": kept["api_secret_key"],
            "expose_config": "False",
        },
        "api_auth": {"jwt_secret": kept["jwt_secret"]},
        "dag_processor": {
            "refresh_interval": "30",
            "min_file_process_interval": "30",
            "parsing_processes": "1",
        },
        "scheduler": {
            "scheduler_idle_sleep_time": "0.3",
            "scheduler_heartbeat_sec": "5",
            "scheduler_health_check_threshold": "20",
            "orphaned_tasks_check_interval": "10",
            "task_instance_heartbeat_timeout": "60",
            "enable_health_check": "False",
        },
        "logging": {
            "base_log_folder": str(home / "logs"),
            "logging_level": "INFO",
            "worker_log_server_port": str(settings.ui_port + 713),  # Airflow's own 8793 for 8080
        },
        "usage_data_collection": {"enabled": "False"},
    }
    result = {
        f"AIRFLOW__{section.upper()}__{key.upper()}": value
        for section, values in options.items()
        for key, value in values.items()
    }
    venv_bin = str(Path(sys.executable).parent)
    return {
        **os.environ,
        **result,
        "AIRFLOW_HOME": str(home),
        "PATH": f"{venv_bin}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "MM_HOME": str(settings.home.resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _secrets(settings: Settings) -> dict[str, str]:
    path = airflow_home(settings) / "secrets.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {name: secrets.token_urlsafe(24) for name in _SECRETS}
    made["fernet_key"] = _fernet_key()
    _write_private(password_file(settings), {USER: made["ui_password"]})
    _write_private(path, made)
    return made


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _write_private(path: Path, data: dict[str, str]) -> None:
    spool = path.with_suffix(".part")
    with os.fdopen(os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
        json.dump(data, sink)
    spool.replace(path)
