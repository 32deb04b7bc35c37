"""`mm similar URL`: the articles nearest to one in what they say."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import typer
from rich.console import Console
from rich.text import Text

from pipeline.records import ENCODER_LANGUAGES
from pipeline.shown import for_terminal
from pipeline.warehouse import db
from pipeline.warehouse.similar import AskedArticle, Narrowed, Neighbours, SimilarArticle

OUT = Console(highlight=False)
_DAY = ["%Y-%m-%d"]


def similar(
    url: str = typer.Argument(..., help="Any address of an article in the warehouse."),
    limit: int = typer.Option(10, "--limit", min=1, max=1_000, help="Articles to show."),
    since: datetime | None = typer.Option(None, "--since", formats=_DAY, help="First seen on this day (UTC) or later."),
    until: datetime | None = typer.Option(None, "--until", formats=_DAY, help="First seen on this day or before."),
    language: str | None = typer.Option(None, "--language", help="Only in this language, such as de."),
    source: str | None = typer.Option(None, "--source", help="Only of this outlet, by its key."),
    at_least: float | None = typer.Option(None, "--at-least", min=0, max=1, help="Only this similar, 0 to 1."),
    no_copies: bool = typer.Option(False, "--no-copies", help="Leave out those with exactly the same words."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """The articles nearest to one in what they say, nearest first.

    Similarity is 1 for the same words; docs/similar.md says how to read it. It is made for English. Exit code 1 if
    there is none.
    """
    from pipeline.warehouse.similar import similar as look_up

    narrowed = Narrowed(
        how_many=limit,
        since=since.date() if since else None,
        until=until.date() if until else None,
        language=language,
        source_key=source,
        at_least=at_least,
        with_copies=not no_copies,
    )
    with db.reading("analyst") as connection:
        found = look_up(connection, url, narrowed)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, ensure_ascii=False))
    else:
        _print(found)
    if not found.found:
        raise typer.Exit(1)


def _print(neighbours: Neighbours) -> None:
    asked = neighbours.article
    OUT.print(Text(_title(asked), "bold"), soft_wrap=True)
    OUT.print(Text(_facts(asked), "dim"), soft_wrap=True)
    if not neighbours.found:
        OUT.print("\nNo other article fits.")
    for row in neighbours.found:
        same = "  same words" if row.is_copy else ""
        head = (f"\n{row.rank:>3}  {row.similarity:.3f}{same}  ", "cyan")
        OUT.print(Text.assemble(head, _title(row)), soft_wrap=True)
        OUT.print(Text(f"     {_facts(row)}", "dim"), soft_wrap=True)
    if asked.language not in (None, *ENCODER_LANGUAGES):
        OUT.print(f"\nThe encoder has learnt English: among texts in {asked.language}, nearness says little.")
    if neighbours.other_encoder_count:
        OUT.print(
            f"\n{neighbours.other_encoder_count:,} articles were not compared: another encoder read them. Their nights"
            " run again bring them in.",
            soft_wrap=True,
        )


def _title(article: AskedArticle | SimilarArticle) -> str:
    """Last on its line, so that a headline written from right to left turns nothing else around."""
    return for_terminal(article.title or "") or "(no title)"


def _facts(article: AskedArticle | SimilarArticle) -> str:
    seen = f"{article.first_seen_at:%Y-%m-%d}"
    return f"{seen}  {article.source_key}  {article.language or '—'}  {for_terminal(article.url)}"
