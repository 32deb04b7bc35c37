"""Drop folders: files that people or other programs put down for us. One file is one entry."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from pipeline.discover.rules import Selection
from pipeline.errors import Reason, Skip
from pipeline.urls import MAX_URL_CHARS, url_key
from pipeline.warehouse.polls import Listing

SUFFIXES = frozenset({".html", ".htm", ".txt"})


def scan(folder: Path, source_key: str, known: Mapping[str, str], *, max_bytes: int) -> Selection:
    """The files of a folder and its subfolders as `drop://<source_key>/<quoted relative path>`, by path.

    Hidden files (a program still writing) and links that lead out of the folder are not looked at; empty files,
    files over `max_bytes`, unreadable ones and other kinds are refused. `known` holds fingerprints by url_key:
    a file with the size and time of its fingerprint is not read again. Raises `Skip(file_missing)` if there is
    no such folder.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise Skip(Reason.FILE_MISSING, f"there is no folder {folder}")
    taken: list[Listing] = []
    refused: Counter[Reason] = Counter()
    for path in _files(root):
        listing = _listing(path, root, source_key, known, max_bytes)
        if isinstance(listing, Reason):
            refused[listing] += 1
        else:
            taken.append(listing)
    return Selection(tuple(taken), dict(refused))


def _files(root: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.resolve().is_relative_to(root) and path.is_file():
                yield path


def _listing(path: Path, root: Path, source_key: str, known: Mapping[str, str], max_bytes: int) -> Listing | Reason:
    if path.suffix.lower() not in SUFFIXES:
        return Reason.UNSUPPORTED_TYPE
    relative = os.fsencode(path.relative_to(root).as_posix())  # a name need not be UTF-8
    url = f"drop://{source_key}/{quote(relative)}"
    if len(url) > MAX_URL_CHARS:
        return Reason.BAD_URL
    key = url_key(url)
    try:
        size = path.stat().st_size
        if not 0 < size <= max_bytes:
            return Reason.TOO_LARGE if size else Reason.EMPTY
        fingerprint = _fingerprint(path, known.get(key, ""))
    except OSError:
        return Reason.FILE_MISSING
    return Listing(url, key, source_key, fingerprint=fingerprint)


def _fingerprint(path: Path, before: str) -> str:
    """`<size>-<time in ns>-<sha256>`; the content is read only if size or time differ from the one before."""
    status = path.stat()
    shape = f"{status.st_size}-{status.st_mtime_ns}-"
    if before.startswith(shape):
        return before
    with path.open("rb") as source:
        return shape + hashlib.file_digest(source, "sha256").hexdigest()
