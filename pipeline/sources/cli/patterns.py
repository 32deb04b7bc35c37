"""`mm sources patterns KEY`: what was learnt of an outlet. `mm sources forget KEY VALUE`: what of it is wrong."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pipeline.errors import ConfigError
from pipeline.identity import PATTERN_DAYS
from pipeline.sources.cli.shown import AsJson, console, line, print_json
from pipeline.warehouse import db
from pipeline.warehouse.habits import MIN_LOOKED_AT, REPEATED_LINE, TITLE_SUFFIX
from pipeline.warehouse.patterns import LearntPattern, OutletHabits, articles_to_learn_from, habits_of, set_refused

_TITLES = {REPEATED_LINE: "lines it repeats", TITLE_SUFFIX: "names beside its headlines"}
_ORDERS = {"day_first": "the day first", "month_first": "the month first"}

Key = Annotated[str, typer.Argument(help="Key of the source.")]


def show_patterns(key: Key, as_json: AsJson = False) -> None:
    """Show what was learnt of an outlet: lines and title suffixes that cleaning takes off, and how it writes dates.

    Exit code 2 if the warehouse knows no such source.
    """
    now = datetime.now(UTC)
    with db.reading() as connection:
        found = habits_of(connection, key)
        if found is None:
            raise _unknown(key)
        count = 0 if found.patterns else articles_to_learn_from(connection, key, now)
    if as_json:
        print_json(_record(found, now))
    elif found.patterns:
        _print(found, now)
        line(f"One is wrong? `mm sources forget {key} '…'`, with its words.")
    else:
        _print(found, now)
        line(_told_count(count))


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
    changed = db.in_transaction(lambda connection: set_refused(connection, key, value, at))
    if not changed:
        raise _not_learnt(key, value)
    now = datetime.now(UTC)
    if as_json:
        print_json([_row(pattern, now) for pattern in changed])
        return
    for example in dict.fromkeys(pattern.example for pattern in changed):
        told = "may be taken off again" if undo else "stays in the articles from the next run on"
        line(f"“{example}” {told}.")


def _print(found: OutletHabits, now: datetime) -> None:
    line(_told_order(found))
    for kind, title in _TITLES.items():
        patterns = [pattern for pattern in found.patterns if pattern.kind == kind]
        line(f"{title}: {'none' if not patterns else ''}".strip(), style="bold")
        for pattern in patterns:
            line(f"“{pattern.example}”", 2)
            line(_told(pattern, now), 4, "dim")
    console.print()


def _not_learnt(key: str, value: str) -> ConfigError:
    with db.reading() as connection:
        if habits_of(connection, key) is None:
            return _unknown(key)
    return ConfigError(f"nothing like {value!r} was learnt of {key}; `mm sources patterns {key}` shows what was")


def _unknown(key: str) -> ConfigError:
    return ConfigError(f"the warehouse knows no source {key}; `mm sources list` shows all, and a run adds new ones")


def _told_count(count: int) -> str:
    """How far an outlet is from its first line, or what was looked at in vain."""
    needed = f"lines are learnt from {MIN_LOOKED_AT} articles of its own in {PATTERN_DAYS} days"
    return f"Nothing learnt yet: {needed}, and there {'is' if count == 1 else 'are'} {count} to look at."


def _told_order(found: OutletHabits) -> str:
    shown = f"{found.day_first} of its last articles show the day first, {found.month_first} the month first"
    if not found.day_first + found.month_first:
        return "dates: none of its last articles shows whether day or month comes first"
    return f"dates: {_ORDERS[found.date_order]} ({shown})" if found.date_order else f"dates: undecided ({shown})"


def _told(pattern: LearntPattern, now: datetime) -> str:
    ends = {
        "refused": "refused {0.refused_at:%Y-%m-%d}: not used",
        "over": "over since {0.until:%Y-%m-%d}",
        "in_force": "taken off what is first seen until {0.until:%Y-%m-%d}",
    }
    share = f"in {pattern.article_count} of {pattern.looked_at} articles"
    learnt = f"learnt {pattern.learnt_at:%Y-%m-%d %H:%M} UTC"
    return f"{share}, {learnt}; {ends[pattern.state(now)].format(pattern)}"


def _record(found: OutletHabits, now: datetime) -> dict[str, Any]:
    patterns = [_row(pattern, now) for pattern in found.patterns]
    return {**asdict(found), "date_order": found.date_order, "patterns": patterns}


def _row(pattern: LearntPattern, now: datetime) -> dict[str, Any]:
    values = {**asdict(pattern), "until": pattern.until, "state": pattern.state(now)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
