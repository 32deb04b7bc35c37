"""Where `mm clean --html` writes to: standard output, a file, or one file per page in a folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.clean.cli.targets import Target

ENDING = ".clean.html"
"""Of files in a folder; a page's own name would write over it where the folder is the one it lies in."""
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_NAME_CHARS = 100


class Destination:
    """Takes one HTML page per target, in their order."""

    def __init__(self, targets: Sequence[Target], out: Path | None, *, is_folder: bool) -> None:
        self._count = len(targets)
        self._out = out
        self._is_folder = is_folder
        self._used: set[str] = set()

    def write(self, target: Target, page: str) -> Path | None:
        """Write the page and return its path; None if it went to standard output. Raises OSError."""
        if self._out is None:
            sys.stdout.write(page)
            return None
        path = self._out / self._name(target) if self._is_folder else self._out
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", errors="replace")
        return path

    def _name(self, target: Target) -> str:
        """Of letters, digits, dots and dashes only; pages of one name in several folders are numbered."""
        stem = _NOT_IN_NAMES.sub("_", target.id).strip("._")[:_NAME_CHARS] or "page"
        name, number = stem, 1
        while name.casefold() in self._used:
            number += 1
            name = f"{stem}-{number}"
        self._used.add(name.casefold())
        return f"{name}{ENDING}"


def destination(targets: Sequence[Target], out: Path | None) -> Destination | str:
    """Where the pages go, or what is wrong with `--out`."""
    if len(targets) > 1 and out is None:
        return f"--html writes one file per page, and these are {len(targets)}: name a folder with --out FOLDER"
    if out is None:
        return Destination(targets, None, is_folder=False)
    if len(targets) > 1 and out.exists() and not out.is_dir():
        return f"{out}: is a file, and {len(targets)} pages need a folder"
    is_folder = len(targets) > 1 or out.is_dir()
    if not is_folder and any(t.path is not None and t.path.resolve() == out.resolve() for t in targets):
        return f"{out}: would be written over the page itself"
    return Destination(targets, out, is_folder=is_folder)
