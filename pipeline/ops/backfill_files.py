"""What a backfill is given: WARC files and URL lists, by path, folder, pattern or URI."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipeline import landing
from pipeline.errors import ConfigError
from pipeline.fetch.foreign_page import Wanted
from pipeline.fetch.foreign_warc import looks_like_warc
from pipeline.identity import Outlets, domain_of
from pipeline.records import SourceProfile
from pipeline.sources import SourceConfig
from pipeline.warehouse.backfill import OTHER_SOURCE

WARC_ENDINGS = (".warc", ".warc.gz")
LIST_ENDINGS = (".txt", ".csv")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a backfill, as URIs, in the order given, each once."""

    warcs: tuple[str, ...]
    lists: tuple[str, ...]


def find_inputs(given: Iterable[str]) -> Inputs:
    """Find what paths, folders, patterns and URIs name, and look into each file.

    Raises ConfigError for what is not there or is neither a WARC file nor a URL list.
    """
    files = list(dict.fromkeys(uri for item in given for uri in _found(item)))
    if not files:
        raise ConfigError("No files given: name WARC files, folders of them, or lists of URLs.")
    lists = [uri for uri in files if uri.lower().endswith(LIST_ENDINGS)]
    warcs = [uri for uri in files if not uri.lower().endswith(LIST_ENDINGS)]
    for uri in warcs:
        _check_warc(uri)
    for uri in lists:
        if not landing.exists(uri):
            raise ConfigError(f"{shown(uri)}: there is no such file.")
    return Inputs(tuple(warcs), tuple(lists))


def wanted_of(params: dict[str, Any], sources: Iterable[SourceConfig]) -> Wanted:
    """What the options of a backfill ask for. Raises ConfigError for an unknown source or a wrong date."""
    sources = list(sources)
    source_key = params.get("source") or None
    if source_key is not None and source_key not in {source.key for source in sources}:
        raise ConfigError(f"No source {source_key!r} in the registry; `mm sources list` shows the keys.")
    until = _day(params.get("until"), "until")
    return Wanted(
        outlets=Outlets(_profile(source) for source in sources),
        source_key=source_key,
        other_source=OTHER_SOURCE if params.get("all_domains") else None,
        domains=frozenset(name.strip().lower().removeprefix("www.") for name in params.get("domains") or ()),
        since=_day(params.get("since"), "since"),
        until=until + timedelta(days=1) if until else None,  # the day itself is meant too
    )


def shown(uri: str) -> str:
    """A file as a person knows it."""
    return str(landing.local_path(uri) or uri)


def _found(item: str) -> Iterator[str]:
    if "://" in item:
        yield from landing.list_uris(item.rstrip("/")) if item.endswith("/") else [item]
        return
    path = Path(item).expanduser()
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.name.lower().endswith((*WARC_ENDINGS, *LIST_ENDINGS)))
        if not inside:
            raise ConfigError(f"{item}: no {', '.join((*WARC_ENDINGS, *LIST_ENDINGS))} file in this folder.")
        yield from (p.absolute().as_uri() for p in inside)
    elif path.exists():
        yield path.absolute().as_uri()
    else:
        matching = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  (patterns may be absolute)
        if not matching:
            raise ConfigError(f"{item}: there is no such file.")
        yield from (Path(name).absolute().as_uri() for name in matching if Path(name).is_file())


def _check_warc(uri: str) -> None:
    try:
        with landing.open_stream(uri) as source:
            is_warc = looks_like_warc(source)
    except FileNotFoundError:
        raise ConfigError(f"{shown(uri)}: there is no such file.") from None
    except OSError as error:
        raise ConfigError(f"{shown(uri)} cannot be read: {error.strerror or error}") from error
    if not is_warc:
        raise ConfigError(
            f"{shown(uri)} is not a WARC file: no record begins in its first megabyte. "
            "URL lists end in .txt (a URL a line) or .csv (with a column `url`)."
        )


def _day(value: object, name: str) -> datetime | None:
    if not value:
        return None
    try:
        return datetime.combine(date.fromisoformat(str(value)), time(), UTC)
    except ValueError as error:
        raise ConfigError(f"{name}: {value!r} is no date; write it like {datetime.now(UTC):%Y-%m-%d}.") from error


def _profile(source: SourceConfig) -> SourceProfile:
    return SourceProfile(
        source_key=source.key,
        name=source.name,
        homepage=source.homepage,
        country=source.country,
        language=source.language,
        time_zone=source.time_zone,
        median_words=None,
        article_count=0,
        domain=domain_of(source.homepage),
    )
