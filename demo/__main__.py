"""`python -m demo serve|truth|sources`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from demo.newsroom import Newsroom
from demo.server import serve as serve_newsroom
from demo.sources import write_sources
from demo.truth import truth_json

app = typer.Typer(help="The demo newsroom: eight invented outlets on loopback.", add_completion=False)
Day = Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Default: today in UTC.")]
Port = Annotated[int, typer.Option(help="The port outlets are served on; part of every address.")]


@app.command()
def serve(port: Port = 8790, date: Day = None) -> None:
    """Serve until stopped. Without --date the newsroom moves on by itself at midnight UTC."""
    serve_newsroom(port, date.date() if date else None)


@app.command()
def truth(port: Port = 8790, date: Day = None) -> None:
    """Print what is true of every listed URL, as JSON."""
    day = date or datetime.now(UTC)
    sys.stdout.buffer.write(truth_json(Newsroom(day.date(), port)) + b"\n")


@app.command()
def sources(
    folder: Annotated[Path, typer.Argument(help="Where the YAML files go.")],
    port: Port = 8790,
    clippings: Annotated[Path | None, typer.Option(help="Add a source that watches this drop folder.")] = None,
) -> None:
    """Write one source file per outlet."""
    for path in write_sources(folder, port, clippings):
        print(path)


if __name__ == "__main__":
    app()
