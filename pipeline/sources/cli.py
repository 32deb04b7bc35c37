"""`mm sources`: which sources there are, how they stand, and whether their feeds work right now.

An entry point like a DAG, so it may put stages together: it reads the registry and looks through `discover`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from pipeline.discover.probe import Probe, probe, probe_folder
from pipeline.discover.rounds import client_for
from pipeline.errors import ConfigError
from pipeline.http import Client
from pipeline.settings import get_settings
from pipeline.sources.config import FeedConfig
from pipeline.sources.registry import RegisteredSource, read_registry
from pipeline.sources.source_file import mark_verified
from pipeline.warehouse.sources import SourceState, states_if_reachable

app = typer.Typer(no_args_is_help=True, help="The sources: list them, check their feeds.")
console = Console()
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of source files; else MM_SOURCES, else the demo's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_COLOURS = {"ok": "green", "failing": "yellow", "down": "red", "retired": "dim", "new": "cyan"}


@app.command("list")
def list_sources(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the sources, with how they stand in the warehouse if there is one.

    Exit code 2 if a source file is wrong; every problem is named with file, line and field.
    """
    registered = read_registry(folder or get_settings().sources_dir)
    states = states_if_reachable()
    rows = [_row(source, states) for source in registered]
    keys = {source.config.key for source in registered}
    rows += [
        _retired_row(state) for key, state in sorted(states.items()) if key not in keys and state.state == "retired"
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(title=_sources(len(registered)))
    for column in ("key", "name", "country", "language", "feeds", "last ok", "state"):
        table.add_column(column, no_wrap=column in ("key", "last ok", "state"))
    for row in rows:
        state = str(row["state"])
        last_ok = str(row["last_ok_at"] or "–")[:16].replace("T", " ")
        cells = [row["key"], row["name"], row["country"] or "–", row["language"] or "–", row["feeds"], last_ok]
        table.add_row(*(escape(str(cell)) for cell in cells), f"[{_COLOURS.get(state, 'default')}]{state}[/]")
    console.print(table)


@app.command("check")
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
    registered = _chosen(read_registry(folder or get_settings().sources_dir), keys or [])
    now = datetime.now(UTC)
    probes = asyncio.run(_probe_all(registered, now, quiet=as_json))
    works = [all(probe.is_working for probe in found) for found in probes]
    if write:
        for source, is_working in zip(registered, works, strict=True):
            if is_working:
                mark_verified(source.path, now.date())
    if as_json:
        typer.echo(
            json.dumps([_checked(*pair) for pair in zip(registered, probes, strict=True)], ensure_ascii=False, indent=1)
        )
    else:
        _print_probes(registered, probes, now)
        console.print(f"All feeds work in {sum(works)} of {_sources(len(works))}.")
    if not all(works):
        raise typer.Exit(1)


def _chosen(registered: Sequence[RegisteredSource], keys: Sequence[str]) -> list[RegisteredSource]:
    known = {source.config.key for source in registered}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ConfigError(f"there is no source {', '.join(unknown)}; `mm sources list` shows all {len(known)}")
    return [source for source in registered if not keys or source.config.key in keys]


async def _probe_all(registered: Sequence[RegisteredSource], now: datetime, *, quiet: bool) -> list[list[Probe]]:
    configs = [source.config for source in registered]
    columns = (TextColumn("reading feeds"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        bar = progress.add_task("feeds", total=sum(len(config.feeds) for config in configs))
        async with client_for(get_settings(), configs) as client:

            async def one(source: RegisteredSource, feed: FeedConfig) -> Probe:
                found = await _probe(client, source, feed, now)
                progress.advance(bar)
                return found

            return [
                list(found)
                for found in await asyncio.gather(
                    *(asyncio.gather(*(one(source, feed) for feed in source.config.feeds)) for source in registered)
                )
            ]


async def _probe(client: Client, source: RegisteredSource, feed: FeedConfig, now: datetime) -> Probe:
    settings = get_settings()
    if feed.path is not None:
        return await asyncio.to_thread(probe_folder, Path(feed.path), source.config.key, settings)
    return await probe(client, feed.address, source.config.homepage, now, settings)


def _row(source: RegisteredSource, states: dict[str, SourceState]) -> dict[str, object]:
    config, state = source.config, states.get(source.config.key)
    return {
        "key": config.key,
        "name": config.name,
        "country": config.country,
        "language": config.language,
        "feeds": len(config.feeds),
        "verified": config.verified.isoformat() if config.verified else None,
        "last_ok_at": state.last_ok_at.isoformat() if state and state.last_ok_at else None,
        "last_new_at": state.last_new_at.isoformat() if state and state.last_new_at else None,
        "state": state.state if state else "new",
        "file": str(source.path),
    }


def _retired_row(state: SourceState) -> dict[str, object]:
    return {
        "key": state.source_key,
        "name": state.name,
        "country": None,
        "language": None,
        "feeds": 0,
        "verified": None,
        "last_ok_at": state.last_ok_at.isoformat() if state.last_ok_at else None,
        "last_new_at": state.last_new_at.isoformat() if state.last_new_at else None,
        "state": state.state,
        "file": None,
    }


def _checked(source: RegisteredSource, probes: Sequence[Probe]) -> dict[str, object]:
    feeds = [{**asdict(p), "newest_at": p.newest_at.isoformat() if p.newest_at else None} for p in probes]
    return {"key": source.config.key, "is_working": all(p.is_working for p in probes), "feeds": feeds}


def _print_probes(registered: Sequence[RegisteredSource], probes: Sequence[Sequence[Probe]], now: datetime) -> None:
    for source, found in zip(registered, probes, strict=True):
        console.print(f"[bold]{escape(source.config.key)}[/] {escape(source.config.name)}")
        for each in found:
            mark = "[green]✓[/]" if each.is_working else "[red]✗[/]"
            facts = [str(each.status or "–"), each.kind or "–", f"{each.item_count} items", _age(each.newest_at, now)]
            robots = [f"robots: {each.robots}"] if each.robots else []
            console.print(f"  {mark} {escape(each.url)}  " + escape(", ".join([*facts, *robots])), soft_wrap=True)
            if each.reason or each.detail:
                told = ": ".join(filter(None, (each.reason, each.detail)))
                console.print(f"      [yellow]{escape(told)}[/]", soft_wrap=True)
            for link in each.samples:
                console.print(f"      [dim]{escape(link)}[/]", soft_wrap=True)


def _sources(count: int) -> str:
    return f"{count} source" if count == 1 else f"{count} sources"


def _age(newest_at: datetime | None, now: datetime) -> str:
    if newest_at is None:
        return "undated"
    hours = (now - newest_at).total_seconds() / 3600
    return f"newest {hours:.0f} h old" if hours < 72 else f"newest {hours / 24:.0f} days old"
