"""The one door to files: the landing zone, addressed by URI strings (`file://` here, `s3://` in production).

Everything written through here appears whole or not at all: spooled beside its place, fsynced, renamed
(local) or put in one piece (object storage, whose puts are atomic).

Layout::

    runs/<run_key>/<stage>/<part>.parquet      what stages hand to each other
    warc/<source>/<yyyy>/<mm>/<run_key>-<shard>-<segment>.warc.gz   the archive
    reports/<run_key>.html                      nightly reports
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import fsspec
from fsspec.core import url_to_fs
from upath import UPath

from pipeline.settings import get_settings

COPIES = "copies"
"""Folder of a run's spool under which a backfill copies; the foreign file has the bytes, so it is never salvaged."""


def uri(*segments: str) -> str:
    """The URI of something in the landing zone."""
    return "/".join([get_settings().landing.rstrip("/"), *segments])


def run_uri(run_key: str, stage: str, name: str) -> str:
    """The URI of a file of one stage of one run."""
    return uri("runs", run_key, stage, name)


def local_path(location: str) -> Path | None:
    """The path behind a `file://` URI; None for object storage."""
    path = UPath(location)
    return Path(path.path) if path.protocol in ("", "file") else None


def put_bytes(location: str, data: bytes) -> None:
    """Write a whole file, atomically and durably."""
    path = local_path(location)
    if path is None:
        with fsspec.open(location, "wb") as sink:
            sink.write(data)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    spool = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with spool.open("wb") as sink:
            sink.write(data)
            sink.flush()
            os.fsync(sink.fileno())
        spool.replace(path)
    finally:
        spool.unlink(missing_ok=True)
    _sync_folder(path.parent)


def put_file(source: Path, location: str) -> None:
    """Move a finished, fsynced local file to its place in the landing zone."""
    path = local_path(location)
    if path is None:
        filesystem, target = url_to_fs(location)
        filesystem.put_file(str(source), target)
        source.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(path)
    except OSError:  # another file system: copy beside the target, then rename
        put_bytes(location, source.read_bytes())
        source.unlink()
    _sync_folder(path.parent)


def get_bytes(location: str) -> bytes:
    """A whole file; raises FileNotFoundError."""
    path = local_path(location)
    if path is not None:
        return path.read_bytes()
    with fsspec.open(location, "rb") as source:
        data: bytes = source.read()
    return data


@contextmanager
def open_stream(location: str) -> Iterator[BinaryIO]:
    """A file to be read from front to back, however large; raises FileNotFoundError."""
    path = local_path(location)
    with path.open("rb") if path is not None else fsspec.open(location, "rb") as source:
        yield source


def get_range(location: str, offset: int, length: int) -> bytes:
    """`length` bytes from `offset`; a short answer means the file is shorter."""
    path = local_path(location)
    if path is not None:
        with path.open("rb") as source:
            source.seek(offset)
            return source.read(length)
    filesystem, target = url_to_fs(location)
    data: bytes = filesystem.cat_file(target, start=offset, end=offset + length)
    return data


def exists(location: str) -> bool:
    """True if there is such a file."""
    path = local_path(location)
    if path is not None:
        return path.is_file()
    filesystem, target = url_to_fs(location)
    return bool(filesystem.exists(target))


def size(location: str) -> int:
    """Bytes of a file; raises FileNotFoundError."""
    path = local_path(location)
    if path is not None:
        return path.stat().st_size
    filesystem, target = url_to_fs(location)
    return int(filesystem.size(target))


def written_at(location: str) -> datetime:
    """When a file was last written, UTC; raises FileNotFoundError."""
    return datetime.fromtimestamp(UPath(location).stat().st_mtime, UTC)


def remove(location: str) -> bool:
    """Remove a file for good; False if there is none."""
    path = local_path(location)
    try:
        if path is not None:
            path.unlink()
            _sync_folder(path.parent)
        else:
            filesystem, target = url_to_fs(location)
            filesystem.rm_file(target)
    except FileNotFoundError:
        return False
    return True


def find(folder: str, suffix: str) -> list[str]:
    """URIs of all files with that ending in a folder and below, sorted; empty if there is no such folder."""
    path = UPath(folder)
    if not path.is_dir():
        return []
    is_local = local_path(folder) is not None
    found = (p for p in path.rglob(f"*{suffix}") if not p.name.startswith("."))
    return sorted(Path(p.path).as_uri() if is_local else str(p) for p in found)


def list_uris(folder: str, suffix: str = "") -> list[str]:
    """URIs of the files directly in a folder, sorted; empty if there is no such folder."""
    path = UPath(folder)
    if not path.is_dir():
        return []
    return sorted(
        (Path(p.path).as_uri() if local_path(folder) is not None else str(p))
        for p in path.iterdir()
        if p.name.endswith(suffix) and not p.name.startswith(".")
    )


def spools() -> Path:
    """Where this machine keeps what is being written: a folder per run, in it one per part."""
    return get_settings().home.resolve() / "spool"


def spool_folder(*segments: str) -> Path:
    """A local folder for what is being written; survives a killed task, so that it can be salvaged."""
    folder = spools().joinpath(*segments)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
