"""What `mm sources add` found, told to people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.syntax import Syntax

from pipeline.discover.choose import Verdict
from pipeline.discover.find import Finding
from pipeline.errors import Reason
from pipeline.sources.cli.proposal import Proposal
from pipeline.sources.cli.shown import console, facts_of, line, shown_path

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

NETWORK = (Reason.UNREACHABLE, Reason.TIMEOUT, Reason.TLS_ERROR, Reason.ROBOTS_UNAVAILABLE, Reason.BROKEN_RESPONSE)
"""Troubles of the way to the host, not of what was asked."""
_NOTHING = (
    "no feed works, and too few links of the page look like articles. Give the address of a section page "
    "(it can be read as an index_page), or of a feed, if you know one"
)


def show_proposal(proposal: Proposal, now: datetime) -> None:
    """Print what was found, what is proposed, and the file that would be written."""
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
    reasons = [reason for reason in NETWORK if f"{reason}:" in (finding.detail or "")]
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


def proposal_record(proposal: Proposal, *, is_written: bool) -> dict[str, Any]:
    """The same as JSON data."""
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
