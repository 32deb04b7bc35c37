"""What `mm tag` reads: plain text files, folders of them, and JSON lines as `mm clean` prints them."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError

_SUFFIXES = (".txt", ".txt.gz", ".jsonl", ".jsonl.gz")


@dataclass(frozen=True, slots=True)
class Text:
    """One text to tag. `problem` says why there is none (a broken JSON line), and then `text` is empty."""

    id: str
    text: str
    title: str | None = None
    language: str | None = None
    problem: str | None = None


def find(arguments: list[str]) -> list[Path | None]:
    """The files behind the arguments, folders searched and sorted; None stands for standard input.

    Raises ConfigError for a path that does not exist and for a folder without texts.
    """
    found: list[Path | None] = []
    for argument in arguments:
        if argument == "-":
            found.append(None)
            continue
        path = Path(argument)
        if path.is_dir():
            inside: list[Path] = sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(_SUFFIXES))
            if not inside:
                raise ConfigError(f"{argument}: no .txt or .jsonl files (also .gz) in this folder")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise ConfigError(
                f"{argument}: no such file or folder; give a text file, a folder, a .jsonl file or - for standard input"
            )
    return found


def read(paths: list[Path | None]) -> Iterator[Text]:
    """All texts in order, one at a time; a file that breaks off half-way gives a text with its problem."""
    for path in paths:
        if path is None:
            yield from json_lines(sys.stdin.buffer, "standard input")
            continue
        try:
            yield from _file(path)
        except (OSError, EOFError, zlib.error) as error:
            yield Text(_stem(path), "", problem=f"{path}: cannot be read ({error})")


def _file(path: Path) -> Iterator[Text]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as source:
        if path.name.removesuffix(".gz").endswith(".jsonl"):
            yield from json_lines(source, str(path))
        else:
            yield Text(_stem(path), source.read().decode("utf-8", "replace"))


def json_lines(source: Iterable[bytes], where: str) -> Iterator[Text]:
    """Texts from JSON lines: "text", and "id", "title", "language" where given. Empty lines are passed over."""
    for number, line in enumerate(source, start=1):
        if line.strip():
            yield _from_json(line, f"{where}:{number}", str(number))


def _from_json(line: bytes, where: str, default_id: str) -> Text:
    try:
        value = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        return Text(default_id, "", problem=f"{where}: not JSON ({error}). Plain text is read from .txt files")
    if not isinstance(value, dict):
        return Text(default_id, "", problem=f"{where}: not a JSON object")
    given, text = value.get("id"), value.get("text")
    text_id = default_id if given is None else str(given)
    if text is not None and not isinstance(text, str):
        return Text(text_id, "", problem=f'{where}: "text" is not a string')
    return Text(text_id, text or "", _string(value.get("title")), _language(value.get("language")))


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _language(value: object) -> str | None:
    """ISO 639-1 from "de", "de-AT" or "de_AT"; anything else is found out from the text."""
    code = value.replace("_", "-").split("-")[0].lower() if isinstance(value, str) else ""
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".txt")
