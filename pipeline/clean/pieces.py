"""What became of each block of a page, for a person who asks why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of the page, in page order, and why it was kept or dropped."""

    text: str
    is_kept: bool
    why: str
    score: float | None  # of the selector, 0 to 1
    tag: str  # of its element
