"""`mm why URL`: how one URL, or one feed, came to stand as it does, each step told in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.errors import ConfigError, Skip
from pipeline.ops.cli.article import FOUND_FIELDS, field_told, kind_told, text_told
from pipeline.ops.cli.story import claim_told, host_told, page_told, sighting_told
from pipeline.sources.cli.polls import told_poll, told_standing
from pipeline.warehouse import db

OUT = Console(highlight=False)
URL = typer.Argument(..., help="Any address of an article (as listed, final or canonical), or of a feed.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
_ORDER = (
    "url_key", "url", "source_key", "title", "authors", "agency", "section", "publisher_tags", "published_at",
    "language", "kind", "text", "quality", "quality_reasons", "word_count", "mentions", "topics", "copy_of_key",
    "cleaned_by", "tagged_by", "run_key", "loaded_at",
)  # fmt: skip
_PLAIN_FIELDS = tuple(key for key in _ORDER if key not in {*FOUND_FIELDS, "text", "kind"})
_NOWHERE = "Never seen: no feed, sitemap or drop folder has listed it, or the item was refused."


def why(url: str = URL, as_json: bool = AS_JSON) -> None:
    """Everything known of one URL: each poll, claim, fetch, verdict and row, down to WARC file and offset.

    Of a feed: how often it is asked and why, and its last polls. Exit code 1 if the address was never seen.
    """
    from pipeline.warehouse.why import why as look_up

    try:
        with db.reading() as connection:
            found = look_up(connection, url)
    except Skip as error:
        raise ConfigError(f"{url!r} is no address; write it whole, like https://example.org/news/1") from error
    if as_json:
        typer.echo(json.dumps(found, default=_plain))
    else:
        _print(found)
    if not any(found[part] for part in ("entry", "article", "tombstone", "feed")):
        raise typer.Exit(1)


def _plain(value: object) -> object:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else str(value)  # type: ignore[call-overload]


def _print(found: dict[str, Any]) -> None:
    OUT.print(f"[bold]{escape(found['url'])}[/bold]", soft_wrap=True)
    entry, article, tombstone = found["entry"], found["article"], found["tombstone"]
    if tombstone is not None:
        when = f"{tombstone['at']:%Y-%m-%d %H:%M} UTC"
        OUT.print(f"[bold]taken down[/bold] {when}: {escape(tombstone['reason'])}. It is not collected again.")
    if found["feed"] is not None:
        _print_feed(found)
    elif not any((entry, article, tombstone)):
        _print_unknown(found)
    if entry is not None:
        _print_entry(found)
    if article is not None:
        _print_article(found)


def _print_unknown(found: dict[str, Any]) -> None:
    OUT.print(_NOWHERE)
    for feed in found["likely_feeds"]:
        OUT.print(f"  a feed of its site: {escape(feed)}  (`mm why` on it says what it refused)", soft_wrap=True)
    for similar in found["similar"]:
        OUT.print(f"  similar: {escape(similar)}", soft_wrap=True)


def _print_feed(found: dict[str, Any]) -> None:
    feed, standing = found["feed"], found["standing"]
    told = told_standing(standing, datetime.now(UTC)) if standing else f"not asked since {feed['retired_at']:%Y-%m-%d}"
    OUT.print(f"a feed of [bold]{escape(feed['source_key'])}[/bold]: {escape(told)}", soft_wrap=True)
    _section(
        "last polls", found["polls"], lambda poll: f"{poll.polled_at:%Y-%m-%d %H:%M:%S}  {escape(told_poll(poll))}"
    )


def _print_entry(found: dict[str, Any]) -> None:
    entry = found["entry"]
    since = f"{entry['state_at']:%Y-%m-%d %H:%M:%S} UTC"
    OUT.print(f"stands as [bold]{entry['state']}[/bold] ({entry['reason']}) since {since}")
    if entry["due_at"] is not None:
        OUT.print(f"  not asked again before {entry['due_at']:%Y-%m-%d %H:%M} UTC")
    if entry["recheck_at"] is not None:
        OUT.print(f"  looked at again by the first run after {entry['recheck_at']:%Y-%m-%d %H:%M} UTC")
    if found["host"] is not None:
        OUT.print(f"  its host {escape(host_told(found['host'], datetime.now(UTC)))}", soft_wrap=True)
    _section("listed by", found["sightings"], lambda row: escape(sighting_told(row)))
    _print_events(entry, found["events"])
    _section("fetched", found["pages"], lambda row: escape(page_told(row)))


def _print_events(entry: dict[str, Any], events: Sequence[dict[str, Any]]) -> None:
    def line(numbered: tuple[int, dict[str, Any]]) -> str:
        place, row = numbered
        told = row["detail"] or (claim_told(entry, events[: place + 1]) if row["stage"] == "claim" else "")
        step = f"{row['from_state'] or '·'} → {row['to_state']}"
        run = row["run_key"] or "between runs"
        more = f" — {escape(told)}" if told else ""
        return f"{row['at']:%Y-%m-%d %H:%M:%S}  {row['stage']:<9} {step:<24} {row['reason']}{more}  [dim]{run}[/dim]"

    _section("what happened", list(enumerate(events)), line)


def _print_article(found: dict[str, Any]) -> None:
    article = found["article"]
    OUT.print("\n[bold]in the warehouse[/bold]  core.article")
    shown = {key: article[key] for key in _PLAIN_FIELDS} | {name: field_told(article, name) for name in FOUND_FIELDS}
    shown |= {"text": text_told(article), "kind": kind_told(article)}
    for key in _ORDER:
        if shown[key] not in (None, [], ""):
            OUT.print(f"  {key:<17} {escape(str(shown[key]))}", soft_wrap=True)
    _section("revisions", found["revisions"], _revision_line)
    _section("addresses", found["addresses"], lambda row: f"{row['kind']:<10} {escape(row['url'])}")


def _revision_line(row: dict[str, Any]) -> str:
    at, title = f"{row['recorded_at']:%Y-%m-%d %H:%M}", escape(row["title"] or "")
    return f"{row['revision_no']}  {row['cause']:<15} {at}  {row['word_count']} words  {title}"


def _section(title: str, rows: Sequence[Any], line: Callable[[Any], str]) -> None:
    if rows:
        OUT.print(f"\n[bold]{title}[/bold]")
        for row in rows:
            OUT.print(f"  {line(row)}", soft_wrap=True)
