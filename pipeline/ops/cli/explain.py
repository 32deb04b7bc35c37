"""`mm ledger | why | checksum`: is it complete, and how did this come to be?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.errors import ConfigError, Skip
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


def why(
    url: str = typer.Argument(..., help="Any address: as listed, final or canonical."), as_json: bool = AS_JSON
) -> None:
    """Everything known of one URL: each poll, fetch, verdict and row, down to WARC file and offset."""
    from pipeline.warehouse.why import why as look_up

    try:
        with db.reading() as connection:
            found = look_up(connection, url)
    except Skip as error:
        raise ConfigError(f"{url!r} is no address: {error}") from error
    if as_json:
        typer.echo(json.dumps(found, default=str))
    else:
        _print_why(found)
    if found["entry"] is None and found["article"] is None and found["tombstone"] is None:
        raise typer.Exit(1)


def _print_why(found: dict[str, Any]) -> None:
    entry, article, tombstone = found["entry"], found["article"], found["tombstone"]
    OUT.print(f"[bold]{escape(found['url'])}[/bold]", soft_wrap=True)
    if tombstone is not None:
        when = f"{tombstone['at']:%Y-%m-%d %H:%M} UTC"
        OUT.print(f"[bold]taken down[/bold] {when}: {escape(tombstone['reason'])}. It is not collected again.")
    if entry is None and article is None and tombstone is None:
        OUT.print("Never seen: no feed, sitemap or drop folder has listed it.")
        for similar in found["similar"]:
            OUT.print(f"  similar: {escape(similar)}", soft_wrap=True)
        return
    if entry is not None:
        since = f"{entry['state_at']:%Y-%m-%d %H:%M:%S} UTC"
        OUT.print(f"stands as [bold]{entry['state']}[/bold] ({entry['reason']}) since {since}")
    _section("listed by", found["sightings"], _sighting_line)
    _section("what happened", found["events"], _event_line)
    _section("fetched", found["pages"], _page_line)
    if article is not None:
        _print_article(found)


def _print_article(found: dict[str, Any]) -> None:
    article = found["article"]
    OUT.print("\n[bold]in the warehouse[/bold]  core.article")
    for key in ("url_key", "url", "source_key", "title", "language", "published_at", "published_method", "quality",
                "quality_reasons", "word_count", "is_paywalled", "mentions", "topics", "copy_of_key", "cleaned_by",
                "tagged_by", "run_key", "loaded_at"):  # fmt: skip
        if article[key] not in (None, [], ""):
            OUT.print(f"  {key:<17} {escape(str(article[key]))}", soft_wrap=True)
    _section("revisions", found["revisions"], _revision_line)
    _section("addresses", found["addresses"], lambda row: f"{row['kind']:<10} {escape(row['url'])}")


def _section(title: str, rows: list[dict[str, Any]], line: Any) -> None:
    if rows:
        OUT.print(f"\n[bold]{title}[/bold]")
        for row in rows:
            OUT.print(f"  {line(row)}", soft_wrap=True)


def _sighting_line(row: dict[str, Any]) -> str:
    first, last = f"{row['first_seen_at']:%m-%d %H:%M}", f"{row['last_seen_at']:%m-%d %H:%M}"
    return f"{row['kind']:<11} {escape(row['feed'])}  first {first}, last {last}, {row['polls']} polls"


def _event_line(row: dict[str, Any]) -> str:
    detail = f" — {escape(row['detail'])}" if row["detail"] else ""
    run = row["run_key"] or "between runs"
    step = f"{row['from_state'] or '·'} → {row['to_state']}"
    return f"{row['at']:%m-%d %H:%M:%S}  {row['stage']:<9} {step:<24} {row['reason']}{detail}  [dim]{run}[/dim]"


def _page_line(row: dict[str, Any]) -> str:
    head = f"{row['fetched_at']:%m-%d %H:%M:%S}  {row['outcome']} {row['status'] or ''} {row['reason'] or ''}".rstrip()
    if row["removed_at"]:
        return f"{head}  bytes removed {row['removed_at']:%Y-%m-%d} ({row['removed_why']})"
    if row["warc_uri"]:
        return f"{head}  {row['body_bytes']:,} bytes  {row['warc_uri']} @{row['warc_offset']}+{row['warc_length']}"
    return f"{head}  {escape(row['detail'] or '')}"


def _revision_line(row: dict[str, Any]) -> str:
    title = escape(row["title"] or "")
    return (
        f"{row['revision_no']}  {row['cause']:<15} {row['recorded_at']:%m-%d %H:%M}  {row['word_count']} words  {title}"
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
