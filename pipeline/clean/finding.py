"""One reason that speaks against a page, as the parts of the verdict hand it over."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, how strongly it holds (0 to 1), and what shows it."""

    reason: Reason
    strength: float
    detail: str
