"""Reading the source files: every problem in every file, with file, line and field, in one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pipeline.errors import ConfigError
from pipeline.sources.config import FEED_KINDS, FeedConfig, SourceConfig
from pipeline.quick_yaml import load_quickly
from pipeline.sources.source_file import round_trip_yaml

_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """One source and the file it stands in."""

    config: SourceConfig
    path: Path


@dataclass(frozen=True, slots=True)
class _Problem:
    path: Path
    line: int
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.field}: {self.text}"


@dataclass(frozen=True, slots=True)
class _ReadFile:
    path: Path
    text: str
    config: SourceConfig

    def line(self, loc: Sequence[int | str]) -> int:
        """Line of a field; only read when there is something to tell."""
        return _line(round_trip_yaml().load(self.text), loc)


def load_sources(folder: Path) -> list[SourceConfig]:
    """All sources of a folder and its subfolders, by key.

    Raises one `ConfigError` that lists every problem as `file:line: field: what is wrong and what to do`.
    A folder that is missing or holds no source is an error too: taken as "no sources", it would retire all.
    """
    return [source.config for source in read_registry(folder)]


def read_registry(folder: Path) -> list[RegisteredSource]:
    """Like `load_sources`, with the file of each."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of sources; set MM_SOURCES to one, like config/sources")
    paths = sorted(p for p in folder.rglob("*") if p.suffix in _ENDINGS and not p.name.startswith(".") and p.is_file())
    if not paths:
        raise ConfigError(f"{folder}: no source file (*.yml) in it; add one, or set MM_SOURCES to another folder")
    problems: list[_Problem] = []
    files: list[_ReadFile] = []
    for path in paths:
        outcome = _read(path)
        if isinstance(outcome, _ReadFile):
            files.append(outcome)
        else:
            problems.extend(outcome)
    problems.extend(_across(files))
    if problems:
        lines = [str(problem) for problem in sorted(problems, key=lambda p: (p.path, p.line))]
        raise ConfigError("\n".join([f"{len(lines)} problem(s) in the source files:", *lines]))
    return sorted((RegisteredSource(f.config, f.path) for f in files), key=lambda s: s.config.key)


def read_registry_if_any(folder: Path) -> list[RegisteredSource]:
    """Like `read_registry`, but a folder that is missing or holds no source yet gives none: for adding the first."""
    if not folder.is_dir() or not any(p.suffix in _ENDINGS for p in folder.rglob("*")):
        return []
    return read_registry(folder)


def address_identity(url: str) -> str:
    """Equal for http and https and with or without a trailing slash; parameters count, since some sites choose the
    feed by them."""
    parts = urlsplit(url)
    scheme = "web" if parts.scheme in ("http", "https") else parts.scheme
    return f"{scheme}://{parts.netloc.lower()}{parts.path.rstrip('/') or '/'}?{parts.query}"


def read_source(path: Path, text: str) -> SourceConfig:
    """The source a file of this name would hold if it said `text`. Raises `ConfigError` like `read_registry`."""
    outcome = _parse(path, text)
    if isinstance(outcome, _ReadFile):
        return outcome.config
    raise ConfigError("\n".join(str(problem) for problem in outcome))


def _read(path: Path) -> _ReadFile | list[_Problem]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return [_Problem(path, line, "file", "is not UTF-8 text: save it again with encoding UTF-8")]
    return _parse(path, text)


def _parse(path: Path, text: str) -> _ReadFile | list[_Problem]:
    quick = load_quickly(text)
    if quick is not None:
        try:
            return _ReadFile(path, text, SourceConfig.model_validate(quick, context={"folder": path.parent}))
        except ValidationError:
            pass  # read once more, with lines
    return _explained(path, text)


def _explained(path: Path, text: str) -> _ReadFile | list[_Problem]:
    try:
        tree = round_trip_yaml().load(text)
    except DuplicateKeyError as error:
        return [_Problem(path, _mark_line(error), "file", "a field stands here twice: keep one of them")]
    except YAMLError as error:
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return [_Problem(path, _mark_line(error), "file", f"is not valid YAML ({what}): check indentation and quotes")]
    if not isinstance(tree, CommentedMap):
        return [_Problem(path, 1, "file", "holds no source: it must have fields like `key:`, `name:` and `feeds:`")]
    try:
        config = SourceConfig.model_validate(tree, context={"folder": path.parent})
    except ValidationError as error:
        return [_explain(path, tree, detail) for detail in _relevant(error.errors(include_url=False))]
    return _ReadFile(path, text, config)


def _relevant(details: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Without "no feed" where there are feeds with mistakes in them: pydantic counts only sound ones."""
    is_in_feeds = any(len(detail["loc"]) > 1 for detail in details)
    return (detail for detail in details if not (is_in_feeds and detail["loc"] == ("feeds",)))


def _mark_line(error: YAMLError) -> int:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    line = getattr(mark, "line", None) if mark is not None else getattr(error, "line", None)
    return int(line) + 1 if isinstance(line, int) else 1


def _explain(path: Path, tree: CommentedMap, detail: ErrorDetails) -> _Problem:
    loc = detail["loc"]
    return _Problem(path, _line(tree, loc), _field_name(loc), _advice(detail))


def _advice(detail: ErrorDetails) -> str:
    kind, loc, given = detail["type"], detail["loc"], detail["input"]
    if kind == "extra_forbidden":
        return _unknown_field(str(loc[-1]), FeedConfig if len(loc) > 1 else SourceConfig)
    if kind == "missing":
        return f"is missing: add `{loc[-1]}:`"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if loc == ("feeds",):
        return "must be a list with at least one feed: write `feeds:` and under it `  - url: …` and `    kind: rss`"
    if kind == "string_type" and given is not None:
        return f"must be text, not {given!r}: put it in quotes"
    if kind == "string_type":
        return "is empty: give it a value"
    if kind == "literal_error":
        near = _nearest(str(given), FEED_KINDS)
        return f"{given!r} is unknown{near}: use one of {detail['ctx']['expected']}"
    return f"{given!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _unknown_field(name: str, model: type[BaseModel]) -> str:
    fields = list(model.model_fields)
    return f"there is no field of this name{_nearest(name, fields)}: known are {', '.join(fields)}"


def _nearest(name: str, known: Sequence[str]) -> str:
    match = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean `{match[0]}`?)" if match else ""


def _field_name(loc: Sequence[int | str]) -> str:
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name or "file"


def _line(tree: CommentedMap, loc: Sequence[int | str]) -> int:
    """Line of the field, or of the nearest thing above it that is in the file; from 1."""
    node: Any = tree
    line = int(tree.lc.line)
    for part in loc:
        if isinstance(node, CommentedMap) and part in node:
            line = int(node.lc.key(part)[0])
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = int(node.lc.item(part)[0])
        else:
            break
        node = node[part]
    return line + 1


def _across(files: Sequence[_ReadFile]) -> Iterator[_Problem]:
    """What only shows when files are seen together, or against their names."""
    for file in files:
        key, name = file.config.key, file.path.name
        if file.path.stem != key:
            advice = f"{key!r} differs from the file's name {name!r}: give both one name"
            yield _Problem(file.path, file.line(("key",)), "key", advice)
    yield from _twice(
        ((file.config.key, file, ("key",)) for file in files), "this key is taken by {}: give every source its own"
    )
    yield from _twice(
        (
            (address_identity(feed.address), file, ("feeds", n, "url" if feed.url else "path"))
            for file in files
            for n, feed in enumerate(file.config.feeds)
        ),
        "this feed stands at {} already: keep one of them",
    )


def _twice(claims: Iterable[tuple[str, _ReadFile, tuple[int | str, ...]]], message: str) -> Iterator[_Problem]:
    first: dict[str, tuple[_ReadFile, tuple[int | str, ...]]] = {}
    for identity, file, loc in claims:
        if identity in first:
            other, place = first[identity]
            told = message.format(f"{other.path}:{other.line(place)}")
            yield _Problem(file.path, file.line(loc), _field_name(loc), told)
        first.setdefault(identity, (file, loc))
