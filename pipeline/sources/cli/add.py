"""`mm sources add URL`: find an outlet's feeds, show what they would bring, write its source file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.discover.choose import Verdict, choose
from pipeline.discover.find import Finding, find_feeds
from pipeline.errors import ConfigError
from pipeline.http import Client
from pipeline.settings import get_settings
from pipeline.sources.cli.proposal import Proposal, propose
from pipeline.sources.cli.shown import (
    AsJson,
    NewFolder,
    console,
    folder_for_new,
    is_answered,
    print_json,
    progress_bar,
    shown_path,
)
from pipeline.sources.cli.shown_proposal import NETWORK, proposal_record, show_proposal
from pipeline.sources.config import is_loopback
from pipeline.sources.registry import RegisteredSource, address_identity, read_registry, read_registry_if_any
from pipeline.sources.source_file import write_new
from pipeline.urls import host_of


def add(
    url: Annotated[str, typer.Argument(help="Front page of an outlet, or a feed or sitemap of it.")],
    folder: NewFolder = None,
    key: Annotated[str | None, typer.Option(help="Key of the source, instead of one made from its name.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the outlet, instead of the one found.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166 code like GB, instead of the guess.")] = None,
    take: Annotated[
        str | None, typer.Option(help="Numbers of the feeds to take, like 1,3, instead of those proposed.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show; ask nothing, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find an outlet's feeds and sitemaps, show what they would bring, and write its source file.

    Asks before writing, and never overwrites a file. With --json nothing is asked: it writes only with --yes.

    Exit codes: 0 written (or shown, with --dry-run), 1 nothing to write or not confirmed, 2 the call is wrong.
    """
    target = folder_for_new(folder)
    registered = read_registry_if_any(target)
    now = datetime.now(UTC)
    finding = _find_first(_web_addresses(url), now, quiet=as_json)
    verdicts = choose(finding, now, _known(registered))
    if take is not None:
        verdicts = _taken_by_number(verdicts, take)
    overrides = {"key": key, "name": name, "country": country}
    proposal = propose(finding, verdicts, overrides, registered, target, now)
    if not as_json:
        show_proposal(proposal, now)
    is_written = False
    if proposal.config is not None and not dry_run:
        is_written = _confirmed(yes=yes, may_ask=not as_json)
        if is_written:
            _write(proposal, target)
    if as_json:
        print_json(proposal_record(proposal, is_written=is_written))
    elif is_written and proposal.path is not None and proposal.config is not None:
        console.print(f"[green]✓[/] wrote {escape(shown_path(proposal.path))}", soft_wrap=True)
        console.print(f"Its first articles: [bold]make run SOURCES={escape(shown_path(target))}[/]", soft_wrap=True)
    if not is_written and not (dry_run and proposal.config is not None):
        raise typer.Exit(1)


def _web_addresses(url: str) -> list[str]:
    """What was typed; without a scheme, with https and then http."""
    typed = url.strip()
    if re.match(r"[a-z]+://", typed, re.IGNORECASE):
        return [typed]
    return [f"http://{typed}"] if is_loopback(f"http://{typed}") else [f"https://{typed}", f"http://{typed}"]


def _find_first(addresses: Sequence[str], now: datetime, *, quiet: bool) -> Finding:
    findings: list[Finding] = []
    for address in addresses:
        findings.append(_find(address, now, quiet=quiet))
        if findings[-1].trouble not in NETWORK:
            return findings[-1]
    return findings[0]


def _find(url: str, now: datetime, *, quiet: bool) -> Finding:
    settings = get_settings()
    # Whoever types an address of this machine means it; what a page elsewhere links to is never trusted so far.
    local = frozenset({host_of(url)}) if is_loopback(url) else frozenset[str]()

    async def search() -> Finding:
        async with Client(settings, local, dict.fromkeys(local, 0.0)) as client:
            with progress_bar("asking", None, quiet=quiet) as (progress, bar):
                return await find_feeds(
                    client, url, now, settings, lambda done, total: progress.update(bar, completed=done, total=total)
                )

    return asyncio.run(search())


def _known(registered: Sequence[RegisteredSource]) -> dict[str, str]:
    return {address_identity(feed.address): source.config.key for source in registered for feed in source.config.feeds}


def _taken_by_number(verdicts: Sequence[Verdict], numbers: str) -> list[Verdict]:
    wanted = {int(number) for number in re.findall(r"\d+", numbers)}
    if not wanted or max(wanted) > len(verdicts) or 0 in wanted:
        raise ConfigError(f"--take {numbers}: give numbers from 1 to {len(verdicts)}, like 1,3")
    useless = [n for n in sorted(wanted) if not verdicts[n - 1].feed.probe.is_working]
    if useless:
        raise ConfigError(f"--take {numbers}: feed {useless[0]} does not work ({verdicts[useless[0] - 1].why})")
    picked = [
        replace(v, is_taken=n in wanted, why="you chose it" if n in wanted else "you left it out")
        if v.is_taken != (n in wanted)
        else v
        for n, v in enumerate(verdicts, 1)
    ]
    return sorted(picked, key=lambda verdict: not verdict.is_taken)


def _confirmed(*, yes: bool, may_ask: bool) -> bool:
    if yes or not may_ask:
        return yes
    if not is_answered():
        console.print(
            "[yellow]Not written:[/] there is nobody to ask here. Repeat with --yes to write it, "
            "or with --dry-run to only look.",
            soft_wrap=True,
        )
        return False
    return typer.confirm("Write it?", default=False)


def _write(proposal: Proposal, folder: Path) -> None:
    if proposal.path is None or proposal.text is None:
        raise ConfigError("there is nothing to write")
    write_new(proposal.path, proposal.text)
    try:
        read_registry(folder)
    except ConfigError:
        proposal.path.unlink()  # beside the others it is wrong: as if it had never been written
        raise
