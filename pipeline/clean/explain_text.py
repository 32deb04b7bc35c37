"""An explanation for a person at a terminal of 80 columns or more."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.clean.explanation import AGREES, CHOSEN, Explanation, FieldExplanation, Share, shares
from pipeline.shown import for_terminal

WIDTH = 100
"""Wider terminals get no wider tables: the eye loses the row."""
_VALUE_CELLS = 200
_LOST_CELLS = 76
_FIRST_CELLS = 70


def as_text(explanation: Explanation) -> RenderableType:
    """Fields with their candidates, then what the text was made of and what was dropped.

    What comes from the page always stands last in its row, so that right-to-left text stays where it belongs.
    """
    parts: list[RenderableType] = [_fields(explanation.found)]
    if explanation.missing:
        parts.append(Padding(Text(f"not found: {', '.join(explanation.missing)}", style="dim"), (1, 0, 0, 1)))
    if explanation.pieces:
        parts.append(_blocks(shares(explanation.pieces)))
    return Group(*parts)


def console() -> Console:
    """Standard output, at most as wide as is good to read; plain where it is no terminal."""
    usual = Console()
    return Console(width=min(usual.width, WIDTH)) if usual.is_terminal else Console(width=WIDTH)


def _fields(fields: list[FieldExplanation]) -> Table:
    table = _table("field", "from", "why", "value")
    for field in fields:
        value = _short(field.value, _VALUE_CELLS, "bold") if field.value else Text("none", style="dim")
        table.add_row(Text(field.field, style="bold"), field.method or "", field.note or "", value)
        agreeing = [c.method for c in field.candidates if c.outcome == AGREES]
        if agreeing:
            table.add_row("", Text(AGREES, style="green"), "", Text(", ".join(dict.fromkeys(agreeing)), style="dim"))
        for candidate in field.candidates:
            # What was chosen stands above, unless something was cut off it.
            if candidate.outcome != AGREES and not (candidate.outcome == CHOSEN and field.value):
                style = "green" if candidate.outcome.startswith(CHOSEN) else "dim"
                lost = _short(candidate.value, _LOST_CELLS, style)
                table.add_row("", Text(candidate.method, style=style), Text(candidate.outcome, style=style), lost)
    return table


def _blocks(found: list[Share]) -> RenderableType:
    table = _table("text", "blocks", "why", "first words")
    for share in found:
        label = Text("kept", style="green") if share.is_kept else Text("dropped", style="yellow")
        table.add_row(
            label, f"{share.count:,}", share.why, _short(share.first[0], _FIRST_CELLS, "" if share.is_kept else "dim")
        )
    return Padding(table, (1, 0, 0, 0))


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim underline", expand=True, padding=(0, 1))
    table.add_column(heads[0], width=13, no_wrap=True)
    for head, ratio in zip(heads[1:], (4, 6, 10), strict=True):
        table.add_column(head, ratio=ratio, overflow="fold")
    return table


def _short(text: str, cells: int, style: str = "") -> Text:
    shown = Text(for_terminal(text), style=style)
    shown.truncate(cells, overflow="ellipsis")
    return shown
