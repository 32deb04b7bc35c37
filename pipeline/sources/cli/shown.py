"""What the commands share: options, the folder in force, and how feeds are told to people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from pipeline.discover.index_page import LinkRule
from pipeline.discover.probe import Probe
from pipeline.errors import ConfigError
from pipeline.settings import ROOT, get_settings
from pipeline.sources.config import FeedConfig
from pipeline.sources.registry import RegisteredSource

console = Console()
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of source files; else MM_SOURCES, else the demo's.")
]
NewFolder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of source files; else MM_SOURCES, else config/sources.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What would let text from the web move the cursor, or turn the line around."""


def folder_in_force(folder: Path | None) -> Path:
    """The folder whose sources are collected."""
    return folder or get_settings().sources_dir


def folder_for_new(folder: Path | None) -> Path:
    """The folder new sources are written to: never the demo's, which is written anew at each start."""
    if folder is not None:
        return folder
    configured = get_settings().sources
    return Path(configured) if configured else ROOT / "config" / "sources"


def shown_path(path: Path) -> str:
    """Relative to where the user stands, where that is shorter to read."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def chosen(registered: Sequence[RegisteredSource], keys: Sequence[str]) -> list[RegisteredSource]:
    """The sources of these keys, or all. Raises `ConfigError` for a key there is not."""
    known = {source.config.key for source in registered}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ConfigError(f"there is no source {', '.join(unknown)}; `mm sources list` shows all {len(known)}")
    return [source for source in registered if not keys or source.config.key in keys]


def link_rule(feed: FeedConfig) -> LinkRule | None:
    """How an index page is narrowed; None for everything else."""
    return LinkRule(feed.include, feed.exclude, feed.within) if feed.kind == "index_page" else None


def print_json(data: Any) -> None:
    """Print data as JSON, in the letters it has."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=1))


def is_answered() -> bool:
    """True if there is somebody to ask."""
    return sys.stdin.isatty()


@contextmanager
def progress_bar(what: str, total: int | None, *, quiet: bool) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on standard error, gone when done."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        yield progress, progress.add_task(what, total=total)


def line(text: str, indent: int = 0, style: str = "") -> None:
    """One line that may be longer than the screen: an address stays whole, so that it can be copied."""
    text = _UNSAFE.sub("\ufffd", text)
    styled = f"[{style}]{escape(text)}[/]" if style else escape(text)
    console.print(" " * indent + styled, soft_wrap=True, highlight=False)


def counted(count: int, noun: str) -> str:
    """`1 source`, `2 sources`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def facts_of(probe: Probe, now: datetime) -> list[str]:
    """What a probe found, in short pieces."""
    facts = [counted(probe.item_count, "item"), age(probe.newest_at, now)]
    if probe.per_day is not None:
        facts.append(f"about {probe.per_day:g} a day")
    return facts


def age(newest_at: datetime | None, now: datetime) -> str:
    """`newest 3 h old`."""
    if newest_at is None:
        return "undated"
    hours = (now - newest_at).total_seconds() / 3600
    return f"newest {hours:.0f} h old" if hours < 72 else f"newest {hours / 24:.0f} days old"
