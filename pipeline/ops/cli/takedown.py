"""`mm takedown URL… --reason …`: out of the warehouse and the archive, and never collected again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.errors import ConfigError, Skip
from pipeline.ops import takedown as steps
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.takedown import Reach, find

OUT = Console(highlight=False)


def takedown(
    urls: list[str] | None = typer.Argument(None, help="Addresses: as listed, final or canonical."),
    reason: str = typer.Option(..., "--reason", help="Why, in your words. It is kept, so name nobody in it."),
    sha256: list[str] | None = typer.Option(None, "--sha256", help="A body, by the hash in raw.page; may be repeated."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON. Needs --yes."),
) -> None:
    """Take articles down: all their addresses, versions, facts, archived bytes, and what runs left of them.

    Shows what it reaches and asks. Afterwards the addresses and bodies are refused for good. It may be cut off and
    run again; what has to wait for a run that is under way is done by the daily `maintain`.
    """
    keys, hashes = _keys(urls or []), _hashes(sha256 or [])
    if not keys and not hashes:
        raise ConfigError("Say what to take down: URLs, or --sha256.")
    if not reason.strip():
        raise ConfigError("--reason is empty: say why, so that a colleague can tell a year from now.")
    if as_json and not yes:
        raise ConfigError("--json asks nothing, so it needs --yes.")
    if not yes:
        with db.reading() as connection:
            _show(find(connection, keys, hashes))
        _confirm()
    now = datetime.now(UTC)
    reach = steps.take_down(keys, hashes, reason=reason, now=now)
    done = steps.finish(now)
    if as_json:
        counts = {"addresses": len(reach.url_keys), "bodies": len(reach.sha256s), "articles": len(reach.articles)}
        typer.echo(json.dumps({**counts, "entries": len(reach.entries), **asdict(done)}))
        return
    _tell(reach, done)


def _confirm() -> None:
    try:
        typer.confirm("Take all of this down? It cannot be undone.", abort=True)
    except typer.Abort as no:
        OUT.print("Nothing was taken down. Where nobody can be asked, say --yes.")
        raise typer.Exit(1) from no


def _show(reach: Reach) -> None:
    if reach.is_nothing:
        OUT.print("The warehouse holds nothing of it; its addresses and bodies will be refused from now on.")
        return
    for article in reach.articles:
        title, url = escape(article["title"] or "(no title)"), escape(article["url"])
        OUT.print(f"[bold]{title}[/bold]  {url}  {article['source_key']}, {article['revision_no']} versions")
    for entry in reach.entries:
        OUT.print(f"  address {escape(entry['url'])}  ({entry['state']})", soft_wrap=True)
    OUT.print(
        f"{len(reach.articles)} articles with all versions and facts, {len(reach.url_keys)} addresses, "
        f"{reach.page_count} archived pages, {len(reach.sha256s)} bodies."
    )
    if reach.copies:
        OUT.print(f"[yellow]Not reached:[/yellow] {len(reach.copies)} articles elsewhere with exactly these words:")
        for copy in reach.copies[:20]:
            OUT.print(f"  {escape(copy['url'])}", soft_wrap=True)


def _tell(reach: Reach, done: steps.Finished) -> None:
    OUT.print(
        f"[green]✓[/green] taken down: {len(reach.articles)} articles, {len(reach.url_keys)} addresses; "
        f"{done.records} archived pages cut out of {done.files} files, {done.stage_rows} rows out of files of runs, "
        f"{done.reports} reports drawn anew, {done.mart_rows} rows out of mart.article."
    )
    if reach.is_nothing:
        OUT.print(
            "[yellow]The warehouse held nothing of it[/yellow], or it was taken down before: is the address right? "
            "`mm why URL` shows what is known. It is refused from now on all the same."
        )
        return
    OUT.print("Counts per day in the marts (mart.daily_coverage) follow with the next build.")
    if not done.is_all:
        OUT.print(
            f"[yellow]Still to do:[/yellow] {len(done.waiting_files)} archive files are being read by a run that is "
            "under way. The daily `maintain` cuts them when it is over; running this again then does so at once."
        )


def _keys(urls: list[str]) -> set[str]:
    try:
        return {url_key(url) for url in urls}
    except Skip as error:
        raise ConfigError(f"No address: {error}") from error


def _hashes(given: list[str]) -> set[str]:
    wrong = [value for value in given if len(value) != 64 or set(value.lower()) - set("0123456789abcdef")]
    if wrong:
        raise ConfigError(f"{wrong[0]!r} is no sha256: 64 hexadecimal digits, as raw.page.sha256 and `mm why` have it.")
    return {value.lower() for value in given}
