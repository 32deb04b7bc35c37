"""`mm quarantine list | retry | drop`."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.errors import ConfigError, Reason
from pipeline.warehouse import db
from pipeline.warehouse import quarantine as store

app = typer.Typer(help="Pages whose bytes are kept but not fit to load.", no_args_is_help=True)
OUT = Console(highlight=False)

URLS = typer.Argument(None, help="URLs to take; none means all that the options choose.")
REASON = typer.Option(None, "--reason", help="Only those with this reason, such as paywall or error_page.")
SOURCE = typer.Option(None, "--source", help="Only those of this source.")
LIMIT = typer.Option(50, "--limit", help="Rows to show.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


@app.command("list")
def show(reason: str | None = REASON, source: str | None = SOURCE, limit: int = LIMIT, as_json: bool = AS_JSON) -> None:
    """Show what lies in quarantine, newest first."""
    with db.reading() as connection:
        rows = store.quarantined(connection, reason=_reason(reason), source=source, limit=limit)
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    if not rows:
        OUT.print("Nothing in quarantine.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("since (UTC)", "source", "reason", "detail", "url"):
        table.add_column(column, overflow="fold")
    for row in rows:
        detail, url = escape(row["detail"] or ""), escape(row["url"])
        table.add_row(f"{row['state_at']:%m-%d %H:%M}", row["source_key"], row["reason"], detail, url)
    OUT.print(table)
    OUT.print(f"{len(rows)} shown. `mm why URL` explains one; `mm quarantine retry URL` gives it to the next run.")


@app.command()
def retry(
    urls: list[str] | None = URLS,
    reason: str | None = REASON,
    source: str | None = SOURCE,
    refetch: bool = typer.Option(False, "--refetch", help="Fetch again instead of using the archived bytes."),
) -> None:
    """Give quarantined pages to the next run."""
    ids = _chosen(urls, reason, source)
    moved = db.in_transaction(lambda c: store.retry(c, ids, refetch=refetch))
    OUT.print(f"{moved} reopened; the next run takes them up ({'fetched again' if refetch else 'from the archive'}).")


@app.command()
def drop(urls: list[str] | None = URLS, reason: str | None = REASON, source: str | None = SOURCE) -> None:
    """Let go of quarantined pages for good; bytes and history stay."""
    ids = _chosen(urls, reason, source)
    OUT.print(f"{db.in_transaction(lambda c: store.drop(c, ids))} dropped.")


def _chosen(urls: list[str] | None, reason: str | None, source: str | None) -> list[int]:
    if not urls and not reason and not source:
        raise ConfigError("Say which: URLs, --reason or --source. `mm quarantine list` shows what there is.")
    with db.reading() as connection:
        rows = store.quarantined(connection, reason=_reason(reason), source=source, urls=urls)
    if not rows:
        raise ConfigError("Nothing in quarantine fits that. `mm quarantine list` shows what there is.")
    return [row["entry_id"] for row in rows]


def _reason(value: str | None) -> str | None:
    if value is not None and value not in {reason.value for reason in Reason}:
        raise ConfigError(f"There is no reason {value!r}. Known: {', '.join(sorted(r.value for r in Reason))}.")
    return value
