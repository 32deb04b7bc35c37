"""`mm entities show | find | decisions`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.ops.cli.entities.decide import AS_JSON, sentence
from pipeline.warehouse import db
from pipeline.warehouse.entities import Portrait, portrait, resolve
from pipeline.warehouse.entities import find as search
from pipeline.warehouse.entity_decisions import history

OUT = Console(highlight=False)
ONLY_KIND = typer.Option(None, "--kind", help="Only of this kind: PER, ORG, LOC, NORP, EVENT, WORK.")


def show(
    entity: str = typer.Argument(..., help="Name, way of writing, or key such as 'PER:khurram dastgir'."),
    kind: str | None = ONLY_KIND,
    as_json: bool = AS_JSON,
) -> None:
    """Who is this: key, place, ways of writing, roles, recent articles, and what was decided."""
    with db.reading() as connection:
        found = portrait(connection, resolve(connection, entity, kind).entity_key)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False))
        return
    _show(found)


def find(
    words: str = typer.Argument(..., help="Beginning of a name, or a way of writing."),
    kind: str | None = ONLY_KIND,
    limit: int = typer.Option(20, "--limit", min=1, help="Rows to show."),
    as_json: bool = AS_JSON,
) -> None:
    """Entities by name, most articles first. Exit code 1 if there is none."""
    with db.reading() as connection:
        found = search(connection, words, kind=kind, limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in found], ensure_ascii=False))
    elif found:
        table = Table(box=None, pad_edge=False)
        for column in ("key", "name", "QID", "country", "articles", "is"):
            table.add_column(column, overflow="fold")
        for row in found:
            merged = f"→ {escape(row.merged_into)}" if row.merged_into else ""
            table.add_row(
                escape(row.entity_key), escape(row.name), row.qid, row.country, f"{row.article_count:,}", merged
            )
        OUT.print(table)
    else:
        OUT.print(f"No entity is called {escape(repr(words))} or begins so.")
    if not found:
        raise typer.Exit(1)


def decisions(
    withdrawn: bool = typer.Option(False, "--withdrawn", help="Those taken back as well."), as_json: bool = AS_JSON
) -> None:
    """What analysts decided, oldest first."""
    with db.reading() as connection:
        rows = [row for row in history(connection) if withdrawn or row["withdrawn_at"] is None]
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
    elif rows:
        _show_decisions(rows)
    else:
        OUT.print("Nothing was decided. `mm entities merge --help`, `split` and `alias` say how.")


def _show(found: Portrait) -> None:
    entity = found.entity
    facts = [entity["entity_key"], entity["qid"], entity["country"]]
    if entity["latitude"] is not None and entity["longitude"] is not None:
        facts.append(f"{entity['latitude']:.2f}, {entity['longitude']:.2f}")
    facts += [f"GeoNames {entity['geonames_id']}"] if entity["geonames_id"] else []
    facts += [f"{entity['population']:,} inhabitants"] if entity["population"] else []
    OUT.print(f"[bold]{escape(entity['name'])}[/bold]  {escape('  '.join(f for f in facts if f))}", soft_wrap=True)
    if entity["merged_into"]:
        OUT.print(f"  is {escape(entity['merged_into'])}, which its articles count for")
    first = f"{entity['first_seen_at']:%Y-%m-%d}"
    OUT.print(f"  named {found.mention_count:,} times in {found.article_count:,} articles, first {first}")
    _list("stands also for", (escape(key) for key in found.merged))
    _list("written", (f"{escape(row['surface'])} ×{row['mentions']:,}" for row in found.surfaces))
    _list("acronyms", (escape(row["alias"]) for row in found.aliases if row["origin"] == "acronym"))
    _list("aliases by decision", (escape(row["alias"]) for row in found.aliases if row["origin"] == "curated"))
    _list("roles", (f"{escape(r['role'])} ×{r['mentions']:,} ({r['first_on']} to {r['last_on']})" for r in found.roles))
    for row in found.articles:
        role = f", {escape(row['role'])}" if row["role"] else ""
        title, url = escape(row["title"] or "(no title)"), escape(row["url"])
        OUT.print(
            f"  {row['first_seen_at']:%Y-%m-%d}  salience {row['salience']:.2f}{role}  {title}  {url}", soft_wrap=True
        )
    if found.decisions:
        OUT.print("  decisions:")
        _show_decisions(found.decisions)


def _list(label: str, items: Any) -> None:
    words = "; ".join(items)
    if words:
        OUT.print(f"  {label}: {words}", soft_wrap=True)


def _show_decisions(rows: Any) -> None:
    for row in rows:
        who, why = escape(row["decided_by"]), escape(row["reason"])
        OUT.print(f"  {sentence(row)}  ({who}, {row['decided_at']:%Y-%m-%d}: {why})", soft_wrap=True)
        if row["withdrawn_at"] is not None:
            who, why = escape(row["withdrawn_by"]), escape(row["withdrawn_reason"])
            OUT.print(f"      taken back ({who}, {row['withdrawn_at']:%Y-%m-%d}: {why})", soft_wrap=True)
