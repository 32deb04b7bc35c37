"""`mm sources polls KEY`: the last polls of a source's feeds, each told in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

import typer

from pipeline.errors import ConfigError
from pipeline.sources.cli.shown import AsJson, console, counted, line, print_json
from pipeline.warehouse import db
from pipeline.warehouse.poll_history import FeedStanding, PastPoll, feed_standings, last_polls

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
        polls = last_polls(connection, key, limit)
        standings = feed_standings(connection, [key])
    if not polls and not standings:
        raise ConfigError(f"the warehouse knows no source {key}; `mm sources list` shows all, and a run adds new ones")
    if as_json:
        print_json([_record(poll) for poll in polls])
        return
    now = datetime.now(UTC)
    of_feed = {url: list(rows) for url, rows in groupby(polls, key=lambda poll: poll.feed_url)}
    standing_of = {standing.url: standing for standing in standings}
    for url in sorted({*of_feed, *standing_of}):
        _show_feed(url, standing_of.get(url), of_feed.get(url, []), now)


def _show_feed(url: str, standing: FeedStanding | None, polls: Sequence[PastPoll], now: datetime) -> None:
    line(url, style="bold")
    line(told_standing(standing, now), 2)
    if not polls:
        line("never polled yet", 2, "dim")
    for poll in polls:
        mark, colour = _MARKS.get(poll.outcome, ("?", "yellow"))
        console.print(f"  [{colour}]{mark}[/] {poll.polled_at:%Y-%m-%d %H:%M}", end=" ")
        line(told_poll(poll))
    console.print()


def told_standing(standing: FeedStanding | None, now: datetime) -> str:
    """How a feed stands, as one sentence."""
    if standing is None:
        return "no longer in the source files"
    parts = [f"{standing.kind}, at the earliest every {standing.every_minutes} minutes"]
    if standing.poll_interval_s is not None:
        parts.append(f"as adapted every {span(timedelta(seconds=standing.poll_interval_s))}")
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
    """What one poll asked, what came, and what it led to."""
    return "; ".join(part for part in _parts(poll) if part)


def _parts(poll: PastPoll) -> Iterator[str]:
    if poll.url != poll.feed_url:
        yield poll.url
    yield _asked(poll)
    yield _came(poll)
    if poll.overlap is not None:
        yield f"{poll.overlap:.0%} of them known from the poll before"
    if poll.is_overflow:
        yield "nothing of the poll before was left: items between the two may be lost"
    if poll.refused:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(poll.refused.items(), key=lambda r: -r[1]))
        yield f"refused: {reasons}"
    elif poll.refused_count:
        yield f"refused: {poll.refused_count}"
    if poll.final_url is not None and poll.final_url != poll.url:
        yield f"redirected to {poll.final_url}"
    if poll.retry_after_s is not None:
        yield f"the server asked us to wait {span(timedelta(seconds=poll.retry_after_s))}"
    if poll.next_poll_at is not None:
        yield f"due again after {span(poll.next_poll_at - poll.polled_at)}, {_why_then(poll)}"


def _asked(poll: PastPoll) -> str:
    if poll.is_audit:
        return "audit: asked for the whole body, to check the validators"
    return "asked for a changed body" if poll.is_conditional else "asked for the body"


def _came(poll: PastPoll) -> str:
    status = f"{poll.status} " if poll.status is not None else ""
    if poll.outcome == "failed":
        return f"{status}failed: " + ": ".join(filter(None, (poll.reason, poll.detail)))
    if poll.outcome == "not_modified":
        return f"{status}unchanged"
    if poll.item_count is None:
        return f"{status}the very body of last time"
    size = f" in {poll.body_bytes / 1000:,.0f} kB" if poll.body_bytes else ""
    trouble = f" ({poll.reason}: {poll.detail})" if poll.reason and not poll.is_overflow else ""
    return f"{status}{counted(poll.item_count, 'item')}{size}, {poll.new_count or 0} new{trouble}"


def _why_then(poll: PastPoll) -> str:
    if poll.outcome == "failed":
        return "as it failed" if poll.retry_after_s is None else "as the server asked, a day at most"
    if poll.is_overflow:
        return "sooner, to miss nothing more"
    if poll.outcome == "not_modified" or poll.item_count is None:
        return "as nothing had changed"
    if poll.overlap is None:
        return "its usual interval"
    return "as this much was known"


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
    return {**values, "told": told_poll(poll)}
