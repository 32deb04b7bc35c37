"""`mm sources import` and `export`: subscription lists (OPML) to and from source files."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.discover.encoding import to_clean_utf8
from pipeline.errors import ConfigError
from pipeline.sources.cli.check import probe_all
from pipeline.sources.cli.shown import (
    AsJson,
    Folder,
    NewFolder,
    console,
    counted,
    folder_for_new,
    folder_in_force,
    line,
    print_json,
    shown_path,
)
from pipeline.sources.config import SourceConfig
from pipeline.sources.grouping import Grouped, LeftOut, group
from pipeline.sources.opml import OpmlFeed, read_opml, write_opml
from pipeline.sources.registry import RegisteredSource, read_registry, read_registry_if_any
from pipeline.sources.source_file import path_of, source_text, write_new

_SHOWN = 20
"""Feeds left out that are shown one by one; all of them stand in --json."""


def import_opml(
    file: Annotated[Path, typer.Argument(help="OPML file, as every feed reader exports it.")],
    folder: NewFolder = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read every feed first, and leave out those that do not work.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make source files of a subscription list. Existing files are never changed; no network without --check.

    Feeds of one registrable domain become one source. Importing twice adds nothing twice.

    Exit codes: 0 fine, also if some feeds were left out; 1 nothing could be taken; 2 the file is no OPML.
    """
    target = folder_for_new(folder)
    listed = read_opml(_document(file))
    if listed.trouble and not as_json:
        line(f"The list is damaged and was read as far as possible: {listed.trouble}", style="yellow")
    registered = read_registry_if_any(target)
    grouped = group(listed.feeds, [(source.config, source.path) for source in registered])
    if check:
        grouped = _working(grouped, target, quiet=as_json)
    if not dry_run:
        for source in grouped.sources:
            write_new(path_of(target, source), source_text(source))
        if grouped.sources:
            read_registry(target)
    if as_json:
        print_json(_record(listed.feeds, grouped, target, listed.trouble))
    else:
        _show(listed.feeds, grouped, target, dry_run=dry_run)
    known = sum(left.why.endswith("has it already") for left in grouped.left_out)
    if not grouped.sources and known < len(listed.feeds):
        raise typer.Exit(1)


def export_opml(
    file: Annotated[Path, typer.Argument(help="Where to write the OPML file; - for standard output.")],
    folder: Folder = None,
) -> None:
    """Write all sources as OPML 2.0, for feed readers, and for `mm sources import` without loss.

    A folder per country, in it one per source. An existing file is replaced.
    """
    sources = [source.config for source in read_registry(folder_in_force(folder))]
    document = write_opml(sources, "Sources of the media monitor", datetime.now(UTC))
    if str(file) == "-":
        sys.stdout.buffer.write(document)
        return
    spool = file.with_name(f".{file.name}.part")
    try:
        spool.write_bytes(document)
        spool.replace(file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from error
    feeds = sum(len(source.feeds) for source in sources)
    console.print(
        f"[green]✓[/] {counted(len(sources), 'source')} with {counted(feeds, 'feed')} in {file}", soft_wrap=True
    )


def _document(file: Path) -> bytes:
    try:
        return to_clean_utf8(file.read_bytes(), None)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error


def _working(grouped: Grouped, folder: Path, *, quiet: bool) -> Grouped:
    """The sources with the feeds that work now; a source without any is left out."""
    registered = [RegisteredSource(source, path_of(folder, source)) for source in grouped.sources]
    probes = asyncio.run(probe_all(registered, datetime.now(UTC), quiet=quiet))
    kept: list[SourceConfig] = []
    left_out: list[LeftOut] = list(grouped.left_out)
    for source, found in zip(grouped.sources, probes, strict=True):
        pairs = list(zip(source.feeds, found, strict=True))
        feeds = tuple(feed for feed, probe in pairs if probe.is_working)
        left_out += [
            LeftOut(
                OpmlFeed(feed.url, source.name, source.homepage),
                "does not work: " + ": ".join(filter(None, (probe.reason, probe.detail))),
            )
            for feed, probe in pairs
            if not probe.is_working
        ]
        if feeds:
            kept.append(source.model_copy(update={"feeds": feeds}))
    return replace(grouped, sources=tuple(kept), left_out=tuple(left_out))


def _show(feeds: Sequence[OpmlFeed], grouped: Grouped, folder: Path, *, dry_run: bool) -> None:
    for source in grouped.sources[:_SHOWN]:
        line(
            f"+ {shown_path(path_of(folder, source))}  {source.name}, {counted(len(source.feeds), 'feed')}",
            style="green",
        )
    if len(grouped.sources) > _SHOWN:
        line(f"  … and {counted(len(grouped.sources) - _SHOWN, 'more source')}")
    for left in grouped.left_out[:_SHOWN]:
        line(f"– line {left.feed.line}: {left.feed.url or left.feed.title}", style="dim")
        line(left.why, 4, "yellow")
    if len(grouped.left_out) > _SHOWN:
        line(f"  … and {counted(len(grouped.left_out) - _SHOWN, 'more feed')} left out; --json shows all:")
        for why, count in Counter(_kind_of(left.why) for left in grouped.left_out).most_common():
            line(f"{count:,} × {why}", 4)
    taken = sum(len(source.feeds) for source in grouped.sources)
    verb = "would become" if dry_run else "became"
    line(
        f"{counted(taken, 'feed')} of {len(feeds):,} {verb} {counted(len(grouped.sources), 'source')} "
        f"in {shown_path(folder)}; {len(grouped.left_out):,} left out."
    )
    if grouped.sources and not dry_run:
        line(f"Next: mm sources check --folder {shown_path(folder)}")


def _kind_of(why: str) -> str:
    """The reason without the names in it."""
    for start, kind in (
        ("source ", "a source has it already"),
        ("its outlet is", "its outlet is a source already"),
        ("the list has it twice", "twice in the list"),
        ("there is a source", "its key is taken"),
        ("does not work", "does not work"),
    ):
        if why.startswith(start):
            return kind
    return why


def _record(feeds: Sequence[OpmlFeed], grouped: Grouped, folder: Path, trouble: str | None) -> dict[str, Any]:
    return {
        "feeds": len(feeds),
        "trouble": trouble,
        "sources": [
            {"key": s.key, "name": s.name, "file": str(path_of(folder, s)), "feeds": [f.address for f in s.feeds]}
            for s in grouped.sources
        ],
        "left_out": [{"line": left.feed.line, "url": left.feed.url, "why": left.why} for left in grouped.left_out],
    }
