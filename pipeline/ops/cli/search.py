"""`mm search WORDS`: articles whose headline or text holds words, best first."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date, datetime, timedelta

import typer
from rich.console import Console
from rich.text import Text

from pipeline.shown import for_terminal
from pipeline.warehouse import db
from pipeline.warehouse.search import RANKED, Asked, FoundArticle
from pipeline.warehouse.search import search as look_up

OUT = Console(highlight=False)
_MARKED = re.compile(r"\*\*(.+?)\*\*")

WORDS = typer.Argument(..., help="""Words that must be there; "exact words" in quotes, one OR another, -without.""")
SINCE = typer.Option(None, "--since", formats=["%Y-%m-%d"], help="First day, UTC, on which an article was first seen.")
UNTIL = typer.Option(None, "--until", formats=["%Y-%m-%d"], help="Last such day.")
LANGUAGE = typer.Option(None, "--language", help="Articles in this language only: en, de …")
SOURCE = typer.Option(None, "--source", help="Articles of this source only, by its key.")
TITLE = typer.Option(False, "--title", help="Words of the headline only.")
LIMIT = typer.Option(20, "--limit", min=1, max=RANKED, help="Articles to show.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


def search(
    words: str = WORDS,
    since: datetime | None = SINCE,
    until: datetime | None = UNTIL,
    language: str | None = LANGUAGE,
    source: str | None = SOURCE,
    title: bool = TITLE,
    limit: int = LIMIT,
    as_json: bool = AS_JSON,
) -> None:
    """Articles by the words of headline and text, best first. Exit code 1 if there is none.

    Accents, capitals and (in the languages that Postgres knows) endings do not matter, but they do within quotes.
    """
    asked = Asked(words, limit, _day(since), _day(until), language, source, title)
    with db.reading("analyst") as connection:
        found = look_up(connection, asked)
    if as_json:
        typer.echo(json.dumps([asdict(article) for article in found], default=str, ensure_ascii=False))
    else:
        _print(found, asked)
    if not found:
        raise typer.Exit(1)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _print(found: list[FoundArticle], asked: Asked) -> None:
    for article in found:
        OUT.print(_heading(article), soft_wrap=True)
        OUT.print(_marked(for_terminal(article.snippet)))
        OUT.print(Text(for_terminal(article.url), style="dim"), soft_wrap=True)
        OUT.print()
    if not found:
        OUT.print(f"No article holds these words{_within(asked)}. Fewer words, or no quotes, find more.")
    elif found[0].looked_back_to is not None:
        OUT.print(_further_back(found[0].looked_back_to, asked))


def _further_back(day: date, asked: Asked) -> str:
    """How to see more; a day that alone has more than are ranked cannot be gone through by its date."""
    looked_at = f"Looked at: the newest {RANKED:,} with these words, back to {day}."
    narrow = "only more words, --source or --language find the rest of it"
    if asked.until == day:
        return f"{looked_at} That day has more: {narrow}. `--until {day - timedelta(days=1)}` looks further back."
    return f"{looked_at} `--until {day}` looks further back; if that day alone has more, {narrow}."


def _heading(article: FoundArticle) -> Text:
    about = f"{article.first_seen_at:%Y-%m-%d}  {article.source_key}  {article.language or '–'}  "
    # The headline comes last: one that is written from right to left turns nothing around.
    return Text.assemble(about, (for_terminal(article.title or "(no title)"), "bold"))


def _marked(snippet: str) -> Text:
    """The words found in bold, without the marks; where there is no bold, the marks stay."""
    if not OUT.is_terminal:
        return Text(f"  {snippet}")
    text, end = Text("  "), 0
    for match in _MARKED.finditer(snippet):
        text.append(snippet[end : match.start()]).append(match.group(1), style="bold yellow")
        end = match.end()
    return text.append(snippet[end:])


def _within(asked: Asked) -> str:
    limits = [
        ("in a headline" if asked.title_only else ""), (f"in language {asked.language}" if asked.language else ""),
        (f"of {asked.source}" if asked.source else ""), (f"since {asked.since}" if asked.since else ""),
        (f"until {asked.until}" if asked.until else ""),
    ]  # fmt: skip
    return "".join(f" {limit}" for limit in limits if limit)
