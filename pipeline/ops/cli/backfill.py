"""`mm backfill`: foreign WARC files and URL lists through the same stages as a night."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn

from pipeline import landing
from pipeline.errors import Reason
from pipeline.ops.cli.watching import run_and_watch
from pipeline.settings import get_settings
from pipeline.sources import load_sources

if TYPE_CHECKING:
    from pipeline.ops.backfill_preview import Preview

OUT = Console(highlight=False)
_SHOWN = 10  # domains, sources, languages


def backfill(
    files: list[str] = typer.Argument(
        ...,
        metavar="FILE…",
        help="WARC files, folders, patterns; URL lists (.txt, .csv); - for URLs on stdin.",
    ),
    source: str = typer.Option("", "--source", help="All pages belong to this source, whatever their domain."),
    all_domains: bool = typer.Option(
        False, "--all-domains", help="Also pages on no source's domain, under the source `backfill`."
    ),
    since: str = typer.Option("", help="Only WARC records of this day (YYYY-MM-DD) or later."),
    until: str = typer.Option("", help="Only WARC records of this day or earlier."),
    domain: list[str] = typer.Option([], "--domain", help="Only pages on this domain or host; may be given again."),
    limit: int = typer.Option(0, min=0, help="Pages and listed URLs at most, each; 0 for no limit."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what the files would bring."),
    as_json: bool = typer.Option(False, "--json", help="With --dry-run: print JSON."),
    keep_up: bool = typer.Option(False, "--keep-up", help="Leave the services up afterwards."),
) -> None:
    """Collect what others have collected: pages of WARC files, and lists of URLs.

    Pages of WARC files (CC-NEWS and the like) need no network and stand at the time of their record; URLs of lists are
    fetched politely. Doing it again takes nothing twice. Exit code 1 if the run fails, or a dry run finds nothing to
    take.
    """
    conf: dict[str, Any] = {
        "source": source or None,
        "all_domains": all_domains,
        "since": since or None,
        "until": until or None,
        "domains": domain,
        "limit": limit,
    }
    if dry_run:
        with tempfile.TemporaryDirectory() as folder:
            found = _preview([_typed(name, folder) for name in files], conf, is_quiet=as_json)
        _print(found, as_json=as_json)
        if not found.would_take:
            raise typer.Exit(1)
        return
    run_and_watch("backfill", {**conf, "files": _checked([_kept(name) for name in files], conf)}, keep_up=keep_up)


def _typed(name: str, folder: str) -> str:
    """A file to read for a name; what comes on standard input is put into the folder."""
    if name != "-":
        return name
    path = Path(folder) / "stdin.txt"
    path.write_bytes(sys.stdin.buffer.read())
    return str(path)


def _kept(name: str) -> str:
    """The same for a run: its tasks cannot read our standard input, so the list is kept in the landing zone."""
    if name != "-":
        return name
    data = sys.stdin.buffer.read()
    uri = landing.uri("lists", f"stdin-{hashlib.sha256(data).hexdigest()[:12]}.txt")
    landing.put_bytes(uri, data)
    return uri


def _checked(files: list[str], conf: dict[str, Any]) -> list[str]:
    """The files as URIs, whatever folder the tasks run in; what is wrong is said before anything is started."""
    from pipeline.ops.backfill_files import find_inputs, wanted_of

    folder = get_settings().sources_dir
    if folder.is_dir():  # the demo's are made when its services first start
        wanted_of(conf, load_sources(folder))
    inputs = find_inputs(files)
    return [*inputs.lists, *inputs.warcs]


def _preview(files: list[str], conf: dict[str, Any], *, is_quiet: bool) -> Preview:
    from pipeline.ops.backfill_files import find_inputs, wanted_of
    from pipeline.ops.backfill_preview import preview

    settings = get_settings()
    inputs = find_inputs(files)
    wanted = wanted_of(conf, load_sources(settings.sources_dir))
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=OUT, transient=True, disable=is_quiet) as progress:
        task = progress.add_task("Reading …")

        def tell(found: Preview) -> None:
            progress.update(task, description=f"{found.records + found.urls:,} read, {found.would_take:,} to take")

        return preview(inputs, wanted, max_bytes=settings.max_page_bytes, limit=conf["limit"], told=tell)


def _print(found: Preview, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({f.name: getattr(found, f.name) for f in fields(found)}, default=str))
        return
    OUT.print(f"{found.records:,} records and {found.urls:,} listed URLs read")
    OUT.print(f"[bold]{found.would_take:,} to take[/bold]; the warehouse may have some of them already")
    if found.earliest and found.latest:
        OUT.print(f"  dates      {found.earliest:%Y-%m-%d} to {found.latest:%Y-%m-%d}")
    _print_counts("sources", found.sources)
    _print_counts("domains", found.domains)
    _print_counts("languages", found.languages)
    if found.left:
        OUT.print("left out")
        for reason, count in found.left.most_common():
            OUT.print(f"  {count:>9,}  {reason}")
    if found.left[Reason.NOT_WANTED]:
        _print_counts("not wanted", found.other_domains)
    if not found.would_take and found.left[Reason.NOT_WANTED]:
        OUT.print("Nothing is on the domain of a registered source: take it with --all-domains or --source KEY.")


def _print_counts(name: str, counts: Counter[str]) -> None:
    if not counts:
        return
    first = ", ".join(f"{escape(key)} {n:,}" for key, n in counts.most_common(_SHOWN))
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    OUT.print(f"  {name:<10} {first}{more}", soft_wrap=True)
