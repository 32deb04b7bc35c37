"""`mm ledger | checksum`: is it complete, and are these the same facts?"""

from __future__ import annotations

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from pipeline.warehouse import db
from pipeline.warehouse.ledger import Ledger
from pipeline.warehouse.ledger import ledger as draw_up
from pipeline.warehouse.runs import get_run

OUT = Console(highlight=False)
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


def ledger(
    run: str | None = typer.Argument(None, help="Run key, or its first letters; the newest night if left out."),
    by_source: bool = typer.Option(False, "--by-source", help="A line per source."),
    as_json: bool = AS_JSON,
) -> None:
    """The accounts of a run: what it claimed, and what became of each URL. Exit code 1 if they do not balance."""
    with db.reading() as connection:
        found = get_run(connection, run)
        book = draw_up(connection, found.run_key)
    if as_json:
        typer.echo(json.dumps({**asdict(book), "is_balanced": book.is_balanced, "state": found.state}))
    else:
        OUT.print(f"[bold]{found.run_key}[/bold]  {found.state}  night {found.night}")
        print_ledger(OUT, book, by_source=by_source)
    if not book.is_balanced and found.state != "running":
        raise typer.Exit(1)


def print_ledger(out: Console, book: Ledger, *, by_source: bool = False) -> None:
    """The ledger as two short tables and a verdict."""
    table = Table(box=None, pad_edge=False, title="in", title_justify="left", show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for reason, count in sorted(book.inflow.items(), key=lambda item: -item[1]):
        table.add_row(f"{count:,}", reason)
    table.add_row(f"[bold]{book.claimed:,}[/bold]", "[bold]claimed[/bold]")
    out.print(table)
    table = Table(box=None, pad_edge=False, title="out", title_justify="left")
    for column in ("entries", "state", "reason", "decided in", *(("source",) if by_source else ())):
        table.add_column(column, justify="right" if column == "entries" else "left")
    if by_source:
        for line in sorted(book.outflow, key=lambda item: (item.source_key, -item.entries)):
            table.add_row(f"{line.entries:,}", line.state, line.reason, line.stage, line.source_key)
    else:
        for stage, state, reason, count in book.by_outcome():
            table.add_row(f"{count:,}", state, reason, stage)
    out.print(table)
    colour = "green" if book.is_balanced else "red"
    out.print(
        f"[{colour}]{book.claimed:,} claimed = {book.terminal:,} ended + {book.carried:,} carried on"
        f"{'' if book.is_balanced else f' + {book.open:,} UNDER WAY'}[/{colour}]"
    )


def checksum(as_json: bool = AS_JSON) -> None:
    """A checksum per core table over natural keys and content: equal means the same facts."""
    from pipeline.warehouse.checksum import checksum as add_up

    with db.reading() as connection:
        sums = add_up(connection)
    if as_json:
        typer.echo(json.dumps(sums))
        return
    for table, value in sums.items():
        OUT.print(f"{value}  {table}")
