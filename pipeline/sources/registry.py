"""Reading the source files: every problem in every file, with file, line and field, in one error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml.comments import CommentedMap

from pipeline.config_file import Problem, all_of, field_name, line_of, nearest, text_of, tree_of, unknown_field
from pipeline.errors import ConfigError
from pipeline.quick_yaml import load_quickly
from pipeline.sources.config import FEED_KINDS, FeedConfig, SourceConfig
from pipeline.sources.source_file import round_trip_yaml

_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """One source and the file it stands in."""

    config: SourceConfig
    path: Path


@dataclass(frozen=True, slots=True)
class _ReadFile:
    path: Path
    text: str
    config: SourceConfig

    def line(self, loc: Sequence[int | str]) -> int:
        """Line of a field; only read when there is something to tell."""
        return line_of(round_trip_yaml().load(self.text), loc)


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
    problems: list[Problem] = []
    files: list[_ReadFile] = []
    for path in paths:
        outcome = _read(path)
        if isinstance(outcome, _ReadFile):
            files.append(outcome)
        else:
            problems.extend(outcome)
    problems.extend(_across(files))
    if problems:
        raise all_of(problems, "the source files")
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


def _read(path: Path) -> _ReadFile | list[Problem]:
    text = text_of(path)
    return [text] if isinstance(text, Problem) else _parse(path, text)


def _parse(path: Path, text: str) -> _ReadFile | list[Problem]:
    quick = load_quickly(text)
    if quick is not None:
        try:
            return _ReadFile(path, text, SourceConfig.model_validate(quick, context={"folder": path.parent}))
        except ValidationError:
            pass  # read once more, with lines
    return _explained(path, text)


def _explained(path: Path, text: str) -> _ReadFile | list[Problem]:
    tree = tree_of(path, text, round_trip_yaml(), "source: it must have fields like `key:`, `name:` and `feeds:`")
    if isinstance(tree, Problem):
        return [tree]
    try:
        config = SourceConfig.model_validate(tree, context={"folder": path.parent})
    except ValidationError as error:
        return [_explain(path, tree, detail) for detail in _relevant(error.errors(include_url=False))]
    return _ReadFile(path, text, config)


def _relevant(details: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Without "no feed" where there are feeds with mistakes in them: pydantic counts only sound ones."""
    is_in_feeds = any(len(detail["loc"]) > 1 for detail in details)
    return (detail for detail in details if not (is_in_feeds and detail["loc"] == ("feeds",)))


def _explain(path: Path, tree: CommentedMap, detail: ErrorDetails) -> Problem:
    loc = detail["loc"]
    return Problem(path, line_of(tree, loc), field_name(loc), _advice(detail))


def _advice(detail: ErrorDetails) -> str:
    kind, loc, given = detail["type"], detail["loc"], detail["input"]
    if kind == "extra_forbidden":
        return unknown_field(str(loc[-1]), list((FeedConfig if len(loc) > 1 else SourceConfig).model_fields))
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
        near = nearest(str(given), FEED_KINDS)
        return f"{given!r} is unknown{near}: use one of {detail['ctx']['expected']}"
    return f"{given!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _across(files: Sequence[_ReadFile]) -> Iterator[Problem]:
    """What only shows when files are seen together, or against their names."""
    for file in files:
        key, name = file.config.key, file.path.name
        if file.path.stem != key:
            advice = f"{key!r} differs from the file's name {name!r}: give both one name"
            yield Problem(file.path, file.line(("key",)), "key", advice)
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


def _twice(claims: Iterable[tuple[str, _ReadFile, tuple[int | str, ...]]], message: str) -> Iterator[Problem]:
    first: dict[str, tuple[_ReadFile, tuple[int | str, ...]]] = {}
    for identity, file, loc in claims:
        if identity in first:
            other, place = first[identity]
            told = message.format(f"{other.path}:{other.line(place)}")
            yield Problem(file.path, file.line(loc), field_name(loc), told)
        first.setdefault(identity, (file, loc))
