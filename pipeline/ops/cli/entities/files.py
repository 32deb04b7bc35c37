"""`mm entities export | import`: decisions as JSON lines, for a file that analysts keep in git."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from pipeline.decisions import sealed, storable
from pipeline.errors import ConfigError
from pipeline.ops.cli.entities.applying import AT_ONCE, follow_up
from pipeline.records import DecisionAction, EntityDecision, Kind
from pipeline.warehouse import db
from pipeline.warehouse.entity_decisions import history, take_over

OUT = Console(highlight=False)
_TEXTS = ("action", "entity_key", "into_key", "into_name", "reason", "decided_by")
_WITHDRAWN = ("withdrawn_at", "withdrawn_by", "withdrawn_reason")


def export_decisions(
    file: Path | None = typer.Argument(None, help="File to write; else standard output."),
) -> None:
    """Write all decisions, withdrawn ones too, one JSON object a line, in an order that keeps diffs small."""
    with db.reading() as connection:
        rows = history(connection)
    lines = [
        json.dumps({k: v for k, v in row.items() if v is not None}, default=_plain, ensure_ascii=False) for row in rows
    ]
    text = "".join(f"{line}\n" for line in lines)
    if file is None:
        typer.echo(text, nl=False)
        return
    file.write_text(text, encoding="utf-8")
    OUT.print(f"{len(lines)} decisions written.")


def import_decisions(
    file: Path = typer.Argument(..., help="File that `mm entities export` wrote, here or elsewhere."),
    at_once: bool = AT_ONCE,
) -> None:
    """Add the decisions of a file. Those that are there already stay as they are; importing again adds nothing."""
    if not file.is_file():
        raise ConfigError(f"{file}: no such file. `mm entities export {file}` writes one.")
    rows = [_row(line, f"{file}, line {n}") for n, line in enumerate(_lines(file), start=1) if line.strip()]
    added, withdrawn = db.in_transaction(lambda c: take_over(c, rows))
    OUT.print(f"[green]✓[/green] {added} decisions added, {withdrawn} taken back, of {len(rows)} in the file.")
    follow_up(at_once, False)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split("\n")  # other line ends may stand inside a text
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 text; is it the file that `mm entities export` wrote?") from error


def _row(line: str, where: str) -> tuple[EntityDecision, dict[str, Any] | None]:
    """The decision of a line, sealed anew, and how it was taken back; raises ConfigError that says what is wrong."""
    try:
        given = json.loads(line)
        texts = {name: given[name] for name in _TEXTS}
        surface, articles = given.get("surface"), given["article_keys"]
        decided_at = datetime.fromisoformat(given["decided_at"])
        taken_back = [given.get(name) for name in _WITHDRAWN]
        at = None if taken_back[0] is None else datetime.fromisoformat(taken_back[0])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{where}: no decision ({type(error).__name__}: {error}). Export writes one object a line."
        ) from error
    is_text = isinstance(articles, list) and all(isinstance(value, str) for value in [*texts.values(), *articles])
    is_told = at is None or (at.tzinfo is not None and all(isinstance(value, str) for value in taken_back[1:]))
    keys_fit = (
        all(texts[name].partition(":")[0] in Kind.__members__ for name in ("entity_key", "into_key"))
        if is_text
        else False
    )
    is_whole = is_text and texts["action"] in {*DecisionAction} and decided_at.tzinfo is not None
    needs_surface = texts["action"] != DecisionAction.MERGE
    if not (is_text and keys_fit and is_whole and is_told and (isinstance(surface, str) or not needs_surface)):
        raise ConfigError(
            f"{where}: not a decision as `mm entities export` writes it: check action, keys, surface, decided_at "
            "and withdrawn_*."
        )
    decision = sealed(EntityDecision("", **texts, surface=surface, article_keys=tuple(articles), decided_at=decided_at))
    storable(*articles)
    if at is None:
        return decision, None
    storable(*taken_back[1:])
    return decision, {"at": at, "by": taken_back[1], "reason": taken_back[2]}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
