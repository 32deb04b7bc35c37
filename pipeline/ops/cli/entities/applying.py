"""`mm entities apply`: every mention to the entity that the decisions give it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import typer
from rich.console import Console
from rich.progress import Progress

from pipeline.warehouse.entity_apply import Change, apply_decisions, preview

OUT = Console(highlight=False)
AT_ONCE = typer.Option(False, "--apply", help="Apply all decisions in force at once, as `mm entities apply` does.")
_NEEDED = "New articles follow it from the next run on. For those already loaded: `mm entities apply`."


def apply(
    dry_run: bool = typer.Option(False, "--dry-run", help="Only count what would change."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Apply all decisions in force to the articles that are loaded. May be cut off and run again at any time.

    The outcome follows from the decisions alone, in whatever order they were made. A second time changes nothing.
    """
    started = time.monotonic()
    change = preview() if dry_run else _apply()
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **asdict(change)}))
        return
    _tell(change, dry_run, time.monotonic() - started)


def follow_up(at_once: bool, as_json: bool) -> None:
    """After a decision: apply it, or say that it is needed. JSON output says nothing more than the decision."""
    if at_once:
        started = time.monotonic()
        change = _apply()
        if not as_json:
            _tell(change, False, time.monotonic() - started)
    elif not as_json:
        OUT.print(_NEEDED, soft_wrap=True)


def _apply() -> Change:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("articles", total=None)
        return apply_decisions(lambda done, of: bar.update(task, completed=done, total=of))


def _tell(change: Change, is_preview: bool, seconds: float) -> None:
    if change.is_nothing:
        OUT.print("Nothing to change: the warehouse is as the decisions say.")
        return
    head = "[yellow]Would change[/yellow]" if is_preview else "[green]✓[/green] changed"
    OUT.print(
        f"{head}: {change.mentions:,} mentions in {change.articles:,} articles moved, {change.merges:,} merges set or "
        f"taken back, {change.entities:,} entities made"
        + ("." if is_preview else f", {change.aliases:,} ways of writing put right ({seconds:.1f} s)."),
        soft_wrap=True,
    )
    if is_preview:
        OUT.print("Nothing was changed. Without --dry-run it is.")
    else:
        OUT.print("The marts follow with the next run.")
