"""`mm sources patterns KEY`: what was learnt of an outlet. `mm sources forget KEY VALUE`: what of it is wrong."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pipeline.errors import ConfigError
from pipeline.sources.cli.shown import AsJson, console, line, print_json
from pipeline.warehouse import db
from pipeline.warehouse.patterns import LearntPattern, OutletHabits, habits_of, set_refused

_TITLES = {"repeated_line": "lines it repeats", "title_suffix": "names beside its headlines"}
_ORDERS = {"day_first": "the day first", "month_first": "the month first"}

Key = Annotated[str, typer.Argument(help="Key of the source.")]


def show_patterns(key: Key, as_json: AsJson = False) -> None:
    """Show what was learnt of an outlet: lines and title suffixes that cleaning takes off, and how it writes dates.

    Exit code 2 if the warehouse knows no such source.
    """
    with db.reading() as connection:
        found = habits_of(connection, key)
    if found is None:
        raise _unknown(key)
    now = datetime.now(UTC)
    if as_json:
        print_json(_record(found, now))
        return
    line(_told_order(found))
    for kind, title in _TITLES.items():
        patterns = [pattern for pattern in found.patterns if pattern.kind == kind]
        line(f"{title}: {'none' if not patterns else ''}".strip(), style="bold")
        for pattern in patterns:
            line(f"“{pattern.example}”", 2)
            line(_told(pattern, now), 4, "dim")
    if found.patterns:
        console.print()
        line(f"One is wrong? `mm sources forget {key} '…'`, with its words.")


def forget_pattern(
    key: Key,
    value: Annotated[str, typer.Argument(help="The line or name, as `mm sources patterns` shows it.")],
    undo: Annotated[bool, typer.Option("--undo", help="Use it again, and let it be learnt again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop taking a line or title suffix off an outlet's articles, for good: it is not learnt again.

    It holds from the next run on. What is in the warehouse gets the words back when its page is read again.
    Exit code 2 if nothing like it was learnt.
    """
    at = None if undo else datetime.now(UTC)
    with db.reading() as connection:
        if habits_of(connection, key) is None:
            raise _unknown(key)
    changed = db.in_transaction(lambda connection: set_refused(connection, key, value, at))
    if not changed:
        raise ConfigError(f"nothing like {value!r} was learnt of {key}; `mm sources patterns {key}` shows what was")
    now = datetime.now(UTC)
    if as_json:
        print_json([_row(pattern, now) for pattern in changed])
        return
    for example in dict.fromkeys(pattern.example for pattern in changed):
        told = "may be taken off again" if undo else "stays in the articles from the next run on"
        line(f"“{example}” {told}.")


def _unknown(key: str) -> ConfigError:
    return ConfigError(f"the warehouse knows no source {key}; `mm sources list` shows all, and a run adds new ones")


def _told_order(found: OutletHabits) -> str:
    shown = f"{found.day_first} of its last articles show the day first, {found.month_first} the month first"
    if not found.day_first + found.month_first:
        return "dates: none of its last articles shows whether day or month comes first"
    return f"dates: {_ORDERS[found.date_order]} ({shown})" if found.date_order else f"dates: undecided ({shown})"


def _told(pattern: LearntPattern, now: datetime) -> str:
    share = f"in {pattern.article_count} of {pattern.looked_at} articles"
    learnt = f"learnt {pattern.learnt_at:%Y-%m-%d %H:%M} UTC"
    if pattern.refused_at is not None:
        return f"{share}, {learnt}; refused {pattern.refused_at:%Y-%m-%d}: not used"
    if now > pattern.until:
        return f"{share}, {learnt}; over since {pattern.until:%Y-%m-%d}"
    return f"{share}, {learnt}; taken off what is first seen until {pattern.until:%Y-%m-%d}"


def _state(pattern: LearntPattern, now: datetime) -> str:
    if pattern.refused_at is not None:
        return "refused"
    return "over" if now > pattern.until else "in_force"


def _row(pattern: LearntPattern, now: datetime) -> dict[str, Any]:
    values = {**asdict(pattern), "until": pattern.until, "state": _state(pattern, now)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _record(found: OutletHabits, now: datetime) -> dict[str, Any]:
    return {
        "source_key": found.source_key,
        "date_order": found.date_order,
        "day_first": found.day_first,
        "month_first": found.month_first,
        "patterns": [_row(pattern, now) for pattern in found.patterns],
    }
