"""`mm sources list`."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from pipeline.sources.cli.shown import AsJson, Folder, console, counted, folder_in_force, print_json
from pipeline.sources.registry import RegisteredSource, read_registry
from pipeline.warehouse.sources import SourceState, states_if_reachable

_COLOURS = {"ok": "green", "failing": "yellow", "resting": "yellow", "down": "red", "retired": "dim", "new": "cyan"}


def list_sources(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the sources, with how they stand in the warehouse if there is one.

    Exit code 2 if a source file is wrong; every problem is named with file, line and field.
    """
    registered = read_registry(folder_in_force(folder))
    states = states_if_reachable()
    rows = [_row(source, states) for source in registered]
    keys = {source.config.key for source in registered}
    rows += [
        _retired_row(state) for key, state in sorted(states.items()) if key not in keys and state.state == "retired"
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(title=counted(len(registered), "source"))
    for column in ("key", "name", "country", "language", "feeds", "last ok", "state"):
        table.add_column(column, no_wrap=column in ("key", "last ok", "state"))
    for row in rows:
        state = str(row["state"])
        last_ok = str(row["last_ok_at"] or "–")[:16].replace("T", " ")
        cells = [row["key"], row["name"], row["country"] or "–", row["language"] or "–", row["feeds"], last_ok]
        table.add_row(*(escape(str(cell)) for cell in cells), f"[{_COLOURS.get(state, 'default')}]{state}[/]")
    console.print(table)


def _row(source: RegisteredSource, states: dict[str, SourceState]) -> dict[str, object]:
    config, state = source.config, states.get(source.config.key)
    return {
        "key": config.key,
        "name": config.name,
        "country": config.country,
        "language": config.language,
        "feeds": len(config.feeds),
        "verified": config.verified.isoformat() if config.verified else None,
        "last_ok_at": state.last_ok_at.isoformat() if state and state.last_ok_at else None,
        "last_new_at": state.last_new_at.isoformat() if state and state.last_new_at else None,
        "state": state.state if state else "new",
        "file": str(source.path),
    }


def _retired_row(state: SourceState) -> dict[str, object]:
    return {
        "key": state.source_key,
        "name": state.name,
        "country": None,
        "language": None,
        "feeds": 0,
        "verified": None,
        "last_ok_at": state.last_ok_at.isoformat() if state.last_ok_at else None,
        "last_new_at": state.last_new_at.isoformat() if state.last_new_at else None,
        "state": state.state,
        "file": None,
    }
