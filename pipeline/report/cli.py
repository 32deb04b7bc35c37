"""`mm report`: the page of a night."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline import landing
from pipeline.report import write_report


def report(
    run: str | None = typer.Argument(None, help="Run key, or its first letters; the newest night if left out."),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="Write here instead of the landing zone.", dir_okay=False
    ),
) -> None:
    """Write the report of a run as one HTML page, and print where it lies."""
    uri = write_report(run, str(out.resolve()) if out else None)
    typer.echo(landing.local_path(uri) or uri)
