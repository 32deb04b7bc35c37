"""What became of every block of a page, for showing: kept or dropped, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of the page, in page order."""

    text: str
    is_kept: bool
    why: str  # a short phrase: `kept by 3 of 3 readings`, `headline`, `residue: advertisement`
    score: float | None  # 0 to 1, how much the block looks like the article's text; None where none was computed
    tag: str  # of its element: p, h2, li; `line` in a text without elements
