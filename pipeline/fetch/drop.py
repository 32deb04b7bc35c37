"""Files of drop folders: `drop://<source>/<quoted path>`, as discover writes it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from pipeline.errors import Reason, Skip

_TYPES = {".txt": "text/plain", ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """One file as it lies in the folder. It says nothing about its charset, so neither do we."""

    body: bytes
    content_type: str  # by the file's ending


def is_drop(url: str) -> bool:
    """True for an address of a file in a drop folder."""
    return url.startswith("drop://")


def read_drop(url: str, folders: Sequence[Path], max_bytes: int) -> DroppedFile:
    """Read the file an address names, from the first of the source's folders that has it.

    Raises `Skip(file_missing)`, `Skip(too_large)`, and `Skip(bad_url)` for an address that leads out of the
    folders, by `..` or by a link.
    """
    for folder in folders:
        path = _inside(url, folder.resolve())
        try:
            with path.open("rb") as source:
                body = source.read(max_bytes + 1)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            continue
        except PermissionError as error:
            raise Skip(Reason.FILE_MISSING, f"{url} may not be read by this user") from error
        if len(body) > max_bytes:
            raise Skip(Reason.TOO_LARGE, f"more than {max_bytes:,} bytes")
        return DroppedFile(body, _TYPES.get(path.suffix.lower(), "application/octet-stream"))
    raise Skip(Reason.FILE_MISSING, f"{url} is in none of the source's {len(folders)} drop folders")


def _inside(url: str, root: Path) -> Path:
    relative = os.fsdecode(unquote_to_bytes(urlsplit(url).path.lstrip("/")))
    try:
        path = (root / relative).resolve()
    except ValueError as error:  # a NUL in the name
        raise Skip(Reason.BAD_URL, f"{url!r}: {error}") from error
    if not path.is_relative_to(root):
        raise Skip(Reason.BAD_URL, f"{url} leads out of the drop folder")
    return path
