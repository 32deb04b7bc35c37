"""`mm sources repair`: feeds that fail, rest or moved; proposes the change of their source file as a diff."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.syntax import Syntax

from pipeline.discover.refind import AskedFeed, Diagnosis, diagnose
from pipeline.discover.rounds import client_for
from pipeline.settings import get_settings
from pipeline.sources.cli.shown import (
    AsJson,
    Folder,
    chosen,
    console,
    counted,
    folder_in_force,
    line,
    link_rule,
    print_json,
    progress_bar,
    shown_path,
)
from pipeline.sources.config import FeedConfig
from pipeline.sources.registry import RegisteredSource, address_identity, read_registry, read_source
from pipeline.sources.repair import Change, diff, repaired
from pipeline.sources.source_file import replace_text
from pipeline.warehouse.feed_standings import FeedStanding, standings_if_reachable

_MARKS = {
    "fine": ("✓", "green"),
    "moved": ("→", "cyan"),
    "replaced": ("→", "cyan"),
    "wait": ("…", "yellow"),
    "lost": ("✗", "red"),
}
_LOST = "no other feed was found on the front page: look at it yourself, or remove the feed from the file"


@dataclass(frozen=True, slots=True)
class _Repair:
    """One source: what was found, and its file before and after."""

    source: RegisteredSource
    diagnoses: Sequence[Diagnosis]
    before: str
    after: str

    @property
    def is_open(self) -> bool:
        """True if something is wrong that no change of the file mends."""
        return any(diagnosis.verdict in ("wait", "lost") for diagnosis in self.diagnoses)


def repair(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys of sources; none means those the warehouse knows trouble of.")
    ] = None,
    folder: Folder = None,
    write: Annotated[bool, typer.Option("--write", help="Change the source files as shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at feeds that fail, rest or moved, find where they are now, and propose the change as a diff.

    Follows permanent redirects; looks for the feed on the front page if it is gone, or HTML now. Without --write
    nothing is changed. Comments and the order of a file are kept.

    Exit codes: 0 all is well (or mended, with --write), 1 something is to be mended or waited for, 2 the call is wrong.
    """
    registered = read_registry(folder_in_force(folder))
    standings = {(standing.source_key, standing.url): standing for standing in standings_if_reachable()}
    wanted = chosen(registered, keys) if keys else _troubled(registered, standings)
    if not wanted:
        told = "no feed of the warehouse fails, rests or has moved" if standings else "the warehouse knows no feed yet"
        if as_json:
            print_json([])
        else:
            console.print(f"Nothing to repair: {told}. Name a source to look at all its feeds.", soft_wrap=True)
        return
    repairs = _without_twice(asyncio.run(_repairs(wanted, standings, datetime.now(UTC), quiet=as_json)), registered)
    if write:
        for each in repairs:
            if each.after != each.before:
                replace_text(each.source.path, each.after)
        read_registry(folder_in_force(folder))
    if as_json:
        print_json([_record(each, is_written=write) for each in repairs])
    else:
        _show(repairs, is_written=write)
    if any(each.is_open or (each.after != each.before and not write) for each in repairs):
        raise typer.Exit(1)


def _troubled(
    registered: Sequence[RegisteredSource], standings: dict[tuple[str, str], FeedStanding]
) -> list[RegisteredSource]:
    keys = {standing.source_key for standing in standings.values() if standing.is_troubled}
    return [source for source in registered if source.config.key in keys]


async def _repairs(
    wanted: Sequence[RegisteredSource],
    standings: dict[tuple[str, str], FeedStanding],
    now: datetime,
    *,
    quiet: bool,
) -> list[_Repair]:
    settings = get_settings()
    with progress_bar("looking into sources", len(wanted), quiet=quiet) as (progress, bar):
        async with client_for(settings, [source.config for source in wanted]) as client:

            async def one(source: RegisteredSource) -> _Repair:
                config = source.config
                asked = [_asked(config.key, feed, standings) for feed in config.feeds if feed.url is not None]
                diagnoses = await diagnose(client, asked, config.homepage, now, settings)
                progress.advance(bar)
                return _repair_of(source, diagnoses)

            return list(await asyncio.gather(*(one(source) for source in wanted)))


def _asked(key: str, feed: FeedConfig, standings: dict[tuple[str, str], FeedStanding]) -> AskedFeed:
    standing = standings.get((key, feed.address))
    if standing is None:
        return AskedFeed(feed.address, feed.kind, link_rule(feed))
    failing_since = standing.resting_since or (standing.last_ok_at if standing.failure_count else None)
    return AskedFeed(feed.address, feed.kind, link_rule(feed), standing.moved_to, failing_since)


def _without_twice(repairs: Sequence[_Repair], registered: Sequence[RegisteredSource]) -> list[_Repair]:
    """The repairs without changes that would name a feed twice: the registry allows each once."""
    owners = {
        address_identity(feed.address): source.config.key for source in registered for feed in source.config.feeds
    }
    kept: list[_Repair] = []
    for each in repairs:
        diagnoses: list[Diagnosis] = []
        for found in each.diagnoses:
            identity = address_identity(found.url or found.asked.url)
            is_taken = identity in owners and identity != address_identity(found.asked.url)
            if found.url is not None and is_taken:
                why = f"{found.why}: {found.url}, which source {owners[identity]} has already; remove this feed by hand"
                found = replace(found, verdict="lost", why=why, url=None)
            elif found.url is not None:
                owners[identity] = each.source.config.key
            diagnoses.append(found)
        kept.append(_repair_of(each.source, diagnoses))
    return kept


def _repair_of(source: RegisteredSource, diagnoses: Sequence[Diagnosis]) -> _Repair:
    before = source.path.read_text(encoding="utf-8")
    of_url = {diagnosis.asked.url: diagnosis for diagnosis in diagnoses}
    changes = [
        Change(place, feed, feed.model_copy(update=_update(diagnosis)), diagnosis.why)
        for place, feed in enumerate(source.config.feeds)
        if (diagnosis := of_url.get(feed.address)) is not None and diagnosis.url is not None
    ]
    after = repaired(before, changes)
    if after != before:
        read_source(source.path, after)  # never propose what would not load
    return _Repair(source, diagnoses, before, after)


def _update(diagnosis: Diagnosis) -> dict[str, Any]:
    """A change of address; of the kind only where it matters: feeds are told apart by their bytes."""
    if diagnosis.verdict == "moved" and diagnosis.asked.kind in ("rss", "atom", "json_feed"):
        return {"url": diagnosis.url}
    return {"url": diagnosis.url, "kind": diagnosis.kind or diagnosis.asked.kind}


def _show(repairs: Sequence[_Repair], *, is_written: bool) -> None:
    for each in repairs:
        line(f"{each.source.config.key}  {each.source.config.name}", style="bold")
        for diagnosis in each.diagnoses:
            mark, colour = _MARKS[diagnosis.verdict]
            console.print(f"  [{colour}]{mark}[/]", end=" ")
            line(diagnosis.asked.url)
            if diagnosis.verdict != "fine":
                line(diagnosis.why, 6, "yellow")
            if diagnosis.verdict == "lost" and "by hand" not in diagnosis.why:
                line(_LOST, 6)
        if each.after != each.before:
            change = diff(shown_path(each.source.path), each.before, each.after)
            console.print(Syntax(change.rstrip("\n"), "diff", background_color="default", word_wrap=True))
    changed = sum(each.after != each.before for each in repairs)
    if changed and is_written:
        console.print(f"[green]✓[/] {counted(changed, 'file')} changed; the next round of discovery reads them.")
    elif changed:
        Console(stderr=True).print(f"{counted(changed, 'file')} would change; repeat with --write to change it.")


def _record(each: _Repair, *, is_written: bool) -> dict[str, Any]:
    return {
        "key": each.source.config.key,
        "file": str(each.source.path),
        "feeds": [
            {
                "url": diagnosis.asked.url,
                "verdict": diagnosis.verdict,
                "why": diagnosis.why,
                "new_url": diagnosis.url,
                "new_kind": diagnosis.kind,
            }
            for diagnosis in each.diagnoses
        ],
        "diff": diff(shown_path(each.source.path), each.before, each.after),
        "is_written": is_written and each.after != each.before,
    }
