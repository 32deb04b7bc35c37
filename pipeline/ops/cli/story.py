"""Rows of a URL's history in words: what was asked, what came, and why that was done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline.errors import Reason
from pipeline.records import TERMINAL, State
from pipeline.sources.cli.polls import span
from pipeline.warehouse.hosts import HostRow


def sighting_told(row: dict[str, Any]) -> str:
    """The feed that listed the URL, since when, and the poll in which it was new to that feed."""
    first, last = (f"{row[name]:%Y-%m-%d %H:%M}" for name in ("first_seen_at", "last_seen_at"))
    told = f"{row['kind']:<11} {row['feed']}  first {first}, last {last}, {row['polls']} polls"
    poll = row["first_poll"]
    return f"{told}\n              that poll: {poll.explained()}" if poll is not None else told


def claim_told(entry: dict[str, Any], events: Sequence[dict[str, Any]]) -> str:
    """Why a run took the URL; `events` are its events up to and with the claim."""
    claimed = events[-1]
    age = span(claimed["at"] - entry["first_seen_at"])
    match claimed["reason"]:
        case Reason.NEW:
            return f"the first run after it was listed, {age} before"
        case Reason.RECHECKED:
            return f"known, looked at again for edits {age} after it was first listed"
        case Reason.CARRIED:
            return f"left over: run {_runs_in_a_row(events)} that takes it up without an end so far"
        case Reason.REOPENED:
            asked = next((e for e in reversed(events[:-1]) if e["to_state"] == State.REOPENED), None)
            return f"asked for again: {asked['detail'] or asked['reason']}" if asked else "its night is done again"
        case Reason.BACKFILLED:
            return "named by a file of the past"
    return ""


def page_told(row: dict[str, Any]) -> str:
    """One attempt to get the bytes: what came, how it was reached, and where it lies."""
    number = f"attempt {row['attempt']}, " if row["attempt"] > 1 else ""
    took = f" in {row['elapsed_ms']} ms" if row["elapsed_ms"] is not None else ""
    came = " ".join(str(part) for part in (row["outcome"], row["status"], row["reason"]) if part)
    head = f"{row['fetched_at']:%Y-%m-%d %H:%M:%S}  {number}{came}"
    more = f" — {row['detail']}" if row["detail"] else ""
    origin = f"; copied from {row['origin']}" if row["origin"] else ""
    if row["removed_at"]:
        return f"{head}{took}  bytes removed {row['removed_at']:%Y-%m-%d} ({row['removed_why']}){more}"
    if row["warc_uri"]:
        place = f"{row['warc_uri']} @{row['warc_offset']}+{row['warc_length']}"
        return f"{head}{took}  {row['body_bytes']:,} bytes  {place}{origin}{more}"
    return f"{head}{took}{more}"


def host_told(host: HostRow, now: datetime) -> str:
    """How the host of a URL stands: when it was asked, whether it is left in peace, who asks it, its robots.txt."""
    said = []
    if host.last_request_at:
        said.append(f"was last asked {host.last_request_at:%Y-%m-%d %H:%M:%S} UTC")
    if host.backoff_until:
        verb, until = "is" if host.backoff_until > now else "was", f"{host.backoff_until:%Y-%m-%d %H:%M} UTC"
        why = f"{host.backoff_reason}, {host.failure_count} failures in a row"
        said.append(f"{verb} left in peace until {until} ({why})")
    if host.held_by and host.held_until:
        said.append(f"may be asked by {host.held_by} only, until {host.held_until:%H:%M:%S} UTC at least")
    if host.robots_read_at:
        status = f"status {host.robots_status}" if host.robots_status is not None else "no answer"
        said.append(f"has a robots.txt as read {host.robots_read_at:%Y-%m-%d %H:%M} UTC ({status})")
    return "; ".join(said) or "was never asked"


def _runs_in_a_row(events: Sequence[dict[str, Any]]) -> int:
    """Claims since the URL last came to an end."""
    count = 0
    for event in reversed(events):
        if event["to_state"] in TERMINAL:
            break
        count += event["to_state"] == State.CLAIMED
    return count
