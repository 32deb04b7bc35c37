"""`mm sources check`: every feed read now, as discovery would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.discover.probe import Probe, probe, probe_folder
from pipeline.discover.rounds import client_for
from pipeline.http import Client
from pipeline.settings import get_settings
from pipeline.sources.cli.shown import (
    AsJson,
    Folder,
    chosen,
    console,
    counted,
    facts_of,
    folder_in_force,
    line,
    link_rule,
    print_json,
    progress_bar,
)
from pipeline.sources.config import FeedConfig
from pipeline.sources.registry import RegisteredSource, read_registry
from pipeline.sources.source_file import mark_verified


def check_sources(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys of sources; none means all.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
    write: Annotated[
        bool, typer.Option("--write", help="Set `verified` to today in the files of sources whose feeds all work.")
    ] = False,
) -> None:
    """Read every feed now, as discovery would, and show what it gives; nothing is recorded.

    Exit codes: 0 all feeds work, 1 some do not, 2 a source file or a key is wrong.
    """
    registered = chosen(read_registry(folder_in_force(folder)), keys or [])
    advice = get_settings().contact_advice
    if advice and any(source.config.hosts and not source.config.allow_loopback for source in registered):
        Console(stderr=True).print(f"[yellow]{advice}[/yellow]")
    now = datetime.now(UTC)
    probes = asyncio.run(probe_all(registered, now, quiet=as_json))
    works = [all(probe.is_working for probe in found) for found in probes]
    if write:
        for source, is_working in zip(registered, works, strict=True):
            if is_working:
                mark_verified(source.path, now.date())
    if as_json:
        print_json([_checked(*pair) for pair in zip(registered, probes, strict=True)])
    else:
        _print_probes(registered, probes, now)
        console.print(f"All feeds work in {sum(works)} of {counted(len(works), 'source')}.")
    if not all(works):
        raise typer.Exit(1)


async def probe_all(registered: Sequence[RegisteredSource], now: datetime, *, quiet: bool) -> list[list[Probe]]:
    """Probe every feed of these sources, in their order."""
    configs = [source.config for source in registered]
    with progress_bar("reading feeds", sum(len(config.feeds) for config in configs), quiet=quiet) as (progress, bar):
        async with client_for(get_settings(), configs) as client:

            async def one(source: RegisteredSource, feed: FeedConfig) -> Probe:
                found = await probe_feed(client, source, feed, now)
                progress.advance(bar)
                return found

            return [
                list(found)
                for found in await asyncio.gather(
                    *(asyncio.gather(*(one(source, feed) for feed in source.config.feeds)) for source in registered)
                )
            ]


async def probe_feed(client: Client, source: RegisteredSource, feed: FeedConfig, now: datetime) -> Probe:
    """Probe one configured feed, page or folder."""
    settings = get_settings()
    if feed.path is not None:
        return await asyncio.to_thread(probe_folder, Path(feed.path), source.config.key, settings)
    return await probe(client, feed.address, source.config.homepage, now, settings, link_rule(feed))


def _checked(source: RegisteredSource, probes: Sequence[Probe]) -> dict[str, object]:
    feeds = [probe.record() for probe in probes]
    return {"key": source.config.key, "is_working": all(p.is_working for p in probes), "feeds": feeds}


def _print_probes(registered: Sequence[RegisteredSource], probes: Sequence[Sequence[Probe]], now: datetime) -> None:
    for source, found in zip(registered, probes, strict=True):
        console.print(f"[bold]{escape(source.config.key)}[/] {escape(source.config.name)}")
        for each in found:
            mark = "[green]✓[/]" if each.is_working else "[red]✗[/]"
            facts = [str(each.status or "–"), each.kind or "–", *facts_of(each, now)]
            robots = [f"robots: {each.robots}"] if each.robots else []
            console.print(f"  {mark} {escape(each.url)}  " + escape(", ".join([*facts, *robots])), soft_wrap=True)
            if each.reason or each.detail:
                line(": ".join(filter(None, (each.reason, each.detail))), 6, "yellow")
            if each.moved_to is not None:
                line(f"moved for good to {each.moved_to}: see `mm sources repair {source.config.key}`", 6, "yellow")
            for link in each.samples:
                line(link, 6, "dim")
