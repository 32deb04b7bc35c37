"""`mm sources polls KEY`: the last polls of a source's feeds, each told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from pipeline.errors import ConfigError
from pipeline.sources.cli.shown import AsJson, console, counted, line, print_json
from pipeline.warehouse import db
from pipeline.warehouse.feed_standings import FeedStanding, feed_standings
from pipeline.warehouse.past_polls import PastPoll, polls_of
from pipeline.warehouse.poll_records import FAILED, NOT_MODIFIED

_MARKS = {"ok": ("✓", "green"), "not_modified": ("=", "dim"), "failed": ("✗", "red")}


def show_polls(
    key: Annotated[str, typer.Argument(help="Key of the source.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Polls per feed.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show the last polls of a source's feeds: what was asked, what came, and when each is due again.

    Exit code 2 if the warehouse knows no such source.
    """
    with db.reading() as connection:
        standings = feed_standings(connection, [key])
        polls = {standing.url: polls_of(connection, key, standing.url, limit) for standing in standings}
    if not standings:
        raise ConfigError(f"the warehouse knows no source {key}; `mm sources list` shows all, and a run adds new ones")
    if as_json:
        print_json([_record(poll) for of_feed in polls.values() for poll in of_feed])
        return
    now = datetime.now(UTC)
    for standing in standings:
        _show_feed(standing, polls[standing.url], now)


def _show_feed(standing: FeedStanding, polls: Sequence[PastPoll], now: datetime) -> None:
    line(standing.url, style="bold")
    line(told_standing(standing, now), 2)
    if not polls:
        line("never polled yet", 2, "dim")
    for poll in polls:
        mark, colour = _MARKS.get(poll.outcome, ("?", "yellow"))
        console.print(f"  [{colour}]{mark}[/] {poll.polled_at:%Y-%m-%d %H:%M}", end=" ", highlight=False)
        line(told_poll(poll))
    console.print()


def told_standing(standing: FeedStanding, now: datetime) -> str:
    """How a feed stands, as one sentence."""
    if standing.poll_interval_s is not None:
        parts = [f"{standing.kind}, at its own pace every {span(timedelta(seconds=standing.poll_interval_s))}"]
    else:
        parts = [f"{standing.kind}, every {standing.every_minutes} min to begin with"]
    if standing.resting_since is not None:
        parts.append(f"resting since {standing.resting_since:%-d %B %Y} ({standing.last_reason or 'many failures'})")
    elif standing.failure_count:
        parts.append(f"{counted(standing.failure_count, 'failure')} in a row ({standing.last_reason or 'see below'})")
    if standing.moved_to is not None:
        parts.append(f"moved to {standing.moved_to}: `mm sources repair {standing.source_key}`")
    if standing.has_false_validators:
        parts.append("asked without validators, which were caught hiding a change")
    if standing.overflow_count:
        parts.append(f"{counted(standing.overflow_count, 'poll')} may have missed items")
    if standing.next_poll_at is not None:
        parts.append(_due(standing.next_poll_at, now))
    return "; ".join(parts)


def told_poll(poll: PastPoll) -> str:
    """What one poll asked, what came, when the feed is due again and why then."""
    told = f"{poll.url}: {poll.explained()}" if poll.is_child else poll.explained()
    return f"{told}, {_why_then(poll)}" if poll.next_poll_at is not None else told


def _why_then(poll: PastPoll) -> str:
    if poll.outcome == FAILED:
        return "as it failed" if poll.retry_after_s is None else "as the server asked, a day at most"
    if poll.is_overflow:
        return "sooner, to miss nothing more"
    if poll.outcome == NOT_MODIFIED or poll.item_count is None:
        return "as nothing had changed"
    return "its pace by what was new"


def span(length: timedelta) -> str:
    """`25 min`, `3 h`, `4 days`; never finer than it matters."""
    minutes = max(0.0, length.total_seconds()) / 60
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{minutes / 1440:.0f} days"


def _due(at: datetime, now: datetime) -> str:
    return f"due in {span(at - now)}" if at > now else f"due since {span(now - at)}"


def _record(poll: PastPoll) -> dict[str, Any]:
    values = asdict(poll)
    for name in ("polled_at", "next_poll_at"):
        values[name] = values[name].isoformat() if values[name] else None
    values["after"] = poll.after.total_seconds() if poll.after else None
    return {**values, "told": told_poll(poll)}
