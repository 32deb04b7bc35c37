"""The result of one check of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one run. `error` fails the run, `warn` does not."""

    name: str
    is_ok: bool
    severity: str
    observed: str
    expected: str
    advice: str | None = None
