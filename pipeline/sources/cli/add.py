"""`mm sources add URL`: find an outlet's feeds, show what they would bring, write its source file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.syntax import Syntax

from pipeline.discover.choose import Verdict, choose
from pipeline.discover.find import Finding, FoundFeed, find_feeds
from pipeline.discover.guesses import Guess, Guesses, guess
from pipeline.errors import ConfigError, Reason
from pipeline.http import Client
from pipeline.settings import get_settings
from pipeline.sources.cli.shown import (
    AsJson,
    NewFolder,
    console,
    counted,
    facts_of,
    folder_for_new,
    is_answered,
    line,
    print_json,
    progress_bar,
    shown_path,
)
from pipeline.sources.config import SourceConfig, is_loopback
from pipeline.sources.registry import RegisteredSource, address_identity, read_registry, read_registry_if_any
from pipeline.sources.source_file import key_for, path_of, source_text, write_new
from pipeline.tag.language import RuleLanguageTagger
from pipeline.urls import host_of, registrable_domain

_BUSY_PER_DAY = 100
"""A feed of 20 items that brings this many a day is read through in five hours; the busiest in much less."""
_ADVICE = {
    Reason.UNREACHABLE: "check the address and your network; a server that is down may be back later",
    Reason.TIMEOUT: "the server is slow or down: try again later",
    Reason.TLS_ERROR: "its certificate is not valid, and is never skipped: check the address in a browser, or try it "
    "with or without www.",
    Reason.ROBOTS_DISALLOWED: "its robots.txt shuts us out of that page: ask the publisher, or give the address of a "
    "feed that it allows",
    Reason.ROBOTS_UNAVAILABLE: "its robots.txt cannot be read now, and until then nothing is asked: try again later",
    Reason.FORBIDDEN_ADDRESS: "the name leads to an address that is not on the public internet",
    Reason.NOT_FOUND: "there is no such page: check the address, or give the site's front page",
    Reason.GONE: "that page is gone: give the site's front page",
    Reason.TOO_MANY_REQUESTS: "the server asks us to wait: try again later",
    Reason.CLIENT_ERROR: "the server refuses us: open the address in a browser; some sites shut out all programs",
    Reason.SERVER_ERROR: "the server has trouble: try again later",
}
_NETWORK = (Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS_ERROR, Reason.ROBOTS_UNAVAILABLE, Reason.BROKEN_RESPONSE)
_NOTHING = (
    "no feed works, and too few links of the page look like articles. Give the address of a section page "
    "(it can be read as an index_page), or of a feed, if you know one"
)


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What would be written; `config` is None if there is nothing to write."""

    finding: Finding
    verdicts: Sequence[Verdict]
    guesses: Guesses
    config: SourceConfig | None
    path: Path | None
    text: str | None
    neighbours: tuple[str, ...]  # sources of the same registrable domain


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
    proposal = _propose(finding, verdicts, overrides, registered, target, now)
    if not as_json:
        _show(proposal, now)
    is_written = False
    if proposal.config is not None and not dry_run:
        is_written = _confirmed(yes=yes, may_ask=not as_json)
        if is_written:
            _write(proposal, target)
    if as_json:
        print_json(_record(proposal, is_written=is_written))
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
        if findings[-1].trouble not in _NETWORK:
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


def _propose(
    finding: Finding,
    verdicts: Sequence[Verdict],
    overrides: dict[str, str | None],
    registered: Sequence[RegisteredSource],
    folder: Path,
    now: datetime,
) -> _Proposal:
    feeds = [verdict.feed for verdict in verdicts if verdict.is_taken]
    guesses = _overridden(guess(finding, feeds, now, RuleLanguageTagger().language_of), overrides)
    domain = registrable_domain(host_of(finding.homepage))
    neighbours = tuple(
        source.config.key for source in registered if registrable_domain(host_of(source.config.homepage)) == domain
    )
    if not feeds:
        return _Proposal(finding, verdicts, guesses, None, None, None, neighbours)
    keys = {source.config.key for source in registered}
    if overrides["key"] in keys:
        raise ConfigError(f"--key {overrides['key']}: there is a source of this key already")
    config = _config(finding, feeds, guesses, overrides["key"] or key_for(guesses.name.value or "", domain, keys), now)
    path = path_of(folder, config)
    return _Proposal(finding, verdicts, guesses, config, path, _text(config, feeds, now), neighbours)


def _overridden(guesses: Guesses, overrides: dict[str, str | None]) -> Guesses:
    given = {field: Guess(value, "as you said") for field, value in overrides.items() if value and field != "key"}
    return replace(guesses, **given)


def _config(finding: Finding, feeds: Sequence[FoundFeed], guesses: Guesses, key: str, now: datetime) -> SourceConfig:
    values: dict[str, Any] = {
        "key": key,
        "name": guesses.name.value,
        "country": guesses.country.value,
        "language": guesses.language.value,
        "time_zone": guesses.time_zone.value,
        "homepage": finding.homepage,
        "allow_loopback": any(is_loopback(feed.url) for feed in feeds),
        "feeds": [{"url": feed.url, "kind": feed.kind, "every_minutes": _every_minutes(feed)} for feed in feeds],
        "verified": now.date(),
    }
    try:
        return SourceConfig.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{field}: {first['msg'].removeprefix('Value error, ')}") from error


def _every_minutes(feed: FoundFeed) -> int:
    if feed.kind == "sitemap":
        return 60
    return 15 if (feed.probe.per_day or 0) >= _BUSY_PER_DAY else 30


def _text(config: SourceConfig, feeds: Sequence[FoundFeed], now: datetime) -> str:
    comments = {feed.url: _brought(feed, now) for feed in feeds}
    return source_text(config, comments)


def _brought(feed: FoundFeed, now: datetime) -> str:
    pace = f", about {feed.probe.per_day:g} a day" if feed.probe.per_day is not None else ""
    title = f"{feed.title}: " if feed.title else ""
    return f"{title}{counted(feed.probe.item_count, 'item')}{pace} on {now:%-d %B %Y}."


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


def _write(proposal: _Proposal, folder: Path) -> None:
    if proposal.path is None or proposal.text is None:
        raise ConfigError("there is nothing to write")
    write_new(proposal.path, proposal.text)
    try:
        read_registry(folder)
    except ConfigError:
        proposal.path.unlink()  # beside the others it is wrong: as if it had never been written
        raise


def _show(proposal: _Proposal, now: datetime) -> None:
    finding, guesses = proposal.finding, proposal.guesses
    if finding.trouble is not None:
        line(f"✗ {finding.asked}", style="red")
        line(": ".join(filter(None, (finding.trouble, finding.detail))), 2)
        line(f"What you can do: {_advice(finding)}.", 2)
        if not finding.feeds:
            return
    line(f"{guesses.name.value}  {finding.homepage}", style="bold")
    for label, each in (
        ("name", guesses.name),
        ("country", guesses.country),
        ("language", guesses.language),
        ("time zone", guesses.time_zone),
    ):
        console.print(
            f"  {label:<10} {escape(each.value or '–')}  [dim]{escape(each.why)}[/]", soft_wrap=True, highlight=False
        )
    for key in proposal.neighbours:
        line(f"source {key} has the same domain; articles count for the one whose feed lists them", 2, "yellow")
    _show_verdicts(proposal.verdicts, now)
    if finding.left_out:
        line(f"{finding.left_out} more addresses that look like feeds were not tried.", 2, "dim")
    if proposal.config is None or proposal.path is None or proposal.text is None:
        line(f"Nothing to write: {_why_nothing(proposal.verdicts)}.", style="yellow")
        return
    line(f"\n{shown_path(proposal.path)}", style="bold")
    console.print(Syntax(proposal.text.rstrip(), "yaml", background_color="default", word_wrap=True))


def _advice(finding: Finding) -> str:
    """What may help; robots.txt that cannot be read for a reason of the network is that reason's case."""
    reasons = [reason for reason in _NETWORK if f"{reason}:" in (finding.detail or "")]
    trouble = reasons[0] if reasons else finding.trouble
    return _ADVICE.get(trouble or Reason.UNREACHABLE, "check the address, or give the address of a feed")


def _why_nothing(verdicts: Sequence[Verdict]) -> str:
    known = [verdict.why for verdict in verdicts if verdict.why.startswith("source ")]
    return known[0] if known else _NOTHING


def _show_verdicts(verdicts: Sequence[Verdict], now: datetime) -> None:
    for number, verdict in enumerate(verdicts, 1):
        is_first_of_kind = number == 1 or verdict.is_taken != verdicts[number - 2].is_taken
        if is_first_of_kind:
            console.print("\n[bold]To be taken[/]" if verdict.is_taken else "\n[bold]Left out[/]")
        feed, probe = verdict.feed, verdict.feed.probe
        mark, colour = ("✓", "green") if verdict.is_taken else ("–", "dim")
        console.print(f"{number:>3} [{colour}]{mark}[/]", end=" ", highlight=False)
        line(feed.url)
        facts = [feed.kind, *(facts_of(probe, now) if probe.is_working else [str(probe.status or "no answer")])]
        robots = [] if probe.robots == "allowed" else [f"robots.txt: {probe.robots}"]
        line(", ".join([*facts, *robots]) + f"; {feed.found_by}", 6)
        line(verdict.why, 6, "green" if verdict.is_taken else "yellow")
        for title in probe.titles if verdict.is_taken else ():
            line(f"· {title}", 6, "dim")


def _record(proposal: _Proposal, *, is_written: bool) -> dict[str, Any]:
    finding, guesses = proposal.finding, proposal.guesses
    return {
        "asked": finding.asked,
        "homepage": finding.homepage,
        "trouble": finding.trouble,
        "detail": finding.detail,
        "guesses": {
            field: {"value": each.value, "why": each.why}
            for field in ("name", "country", "language", "time_zone")
            for each in (getattr(guesses, field),)
        },
        "feeds": [
            verdict.feed.probe.record()
            | {
                "kind": verdict.feed.kind,
                "found_by": verdict.feed.found_by,
                "is_taken": verdict.is_taken,
                "why": verdict.why,
                "gain_count": verdict.gain_count,
            }
            for verdict in proposal.verdicts
        ],
        "key": proposal.config.key if proposal.config else None,
        "file": str(proposal.path) if proposal.path else None,
        "yaml": proposal.text,
        "is_written": is_written,
    }
