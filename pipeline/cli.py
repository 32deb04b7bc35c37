"""`mm`: the command line. Each command's own module does the work; this one only puts them together.

Exit codes: 0 fine, 1 something was found wrong or failed, 2 the call or the configuration is wrong.
"""

from __future__ import annotations

import logging
import sys

import typer
from rich.console import Console

from pipeline import __version__
from pipeline.clean.cli import clean
from pipeline.errors import ConfigError, MonitorError
from pipeline.ops.cli import explain, services
from pipeline.ops.cli.archive import app as archive
from pipeline.ops.cli.backfill import backfill
from pipeline.ops.cli.entities import app as entities
from pipeline.ops.cli.quarantine import app as quarantine
from pipeline.ops.cli.run import run
from pipeline.ops.cli.search import search
from pipeline.ops.cli.similar import similar
from pipeline.ops.cli.takedown import takedown
from pipeline.ops.cli.why import why
from pipeline.report.cli import report
from pipeline.sources.cli import app as sources
from pipeline.tag.cli import tag
from pipeline.tag.topics.cli import app as taxonomy
from pipeline.warehouse import db

app = typer.Typer(
    name="mm",
    help="A self-hosted media monitor: complete, explainable, repeatable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_LEAVE_IT_DOWN = ("status", "down", "reset", "taxonomy")
"""Commands that must not start the warehouse: they ask about it, stop it, or never need it."""
NIGHT, LOOK, KEEP, TEXT, MACHINE = "A night", "Look and explain", "Keep and remove", "Single texts", "This machine"

app.command(rich_help_panel=NIGHT)(run)
app.command(rich_help_panel=NIGHT)(backfill)
app.command(rich_help_panel=LOOK)(explain.ledger)
app.command(rich_help_panel=LOOK)(why)
app.command(rich_help_panel=LOOK)(search)
app.command(rich_help_panel=LOOK)(similar)
app.add_typer(quarantine, name="quarantine", rich_help_panel=KEEP)
app.command(rich_help_panel=LOOK)(report)
app.command(rich_help_panel=LOOK)(explain.checksum)
app.add_typer(sources, name="sources", rich_help_panel=LOOK)
app.add_typer(entities, name="entities", rich_help_panel=LOOK)
app.add_typer(taxonomy, name="taxonomy", rich_help_panel=LOOK)
app.add_typer(archive, name="archive", rich_help_panel=KEEP)
app.command(rich_help_panel=KEEP)(takedown)
app.command(rich_help_panel=TEXT)(clean)
app.command(rich_help_panel=TEXT)(tag)
app.command(rich_help_panel=MACHINE)(services.up)
app.command(rich_help_panel=MACHINE)(services.down)
app.command(rich_help_panel=MACHINE)(services.status)
app.command(rich_help_panel=MACHINE)(services.reset)
app.command(rich_help_panel=MACHINE)(services.sql)


@app.callback(invoke_without_command=True)
def version(
    ctx: typer.Context,
    show: bool = typer.Option(False, "--version", help="Print the version and exit."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Show the log on standard error."),
) -> None:
    """Options that come before the command."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(message)s", stream=sys.stderr
    )
    if show:
        typer.echo(f"media monitor {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
    if ctx.invoked_subcommand not in _LEAVE_IT_DOWN:
        db.start_when_needed()
        ctx.call_on_close(db.wait_for_it)


def main() -> None:
    """Entry point: what the user did wrong is a message, not a traceback."""
    try:
        app()
    except ConfigError as error:
        Console(stderr=True).print(f"[red]✗[/red] {error}", highlight=False, markup=True)
        sys.exit(2)
    except MonitorError as error:
        Console(stderr=True).print(f"[red]✗[/red] {error}", highlight=False)
        sys.exit(1)
    except BrokenPipeError:  # `mm … | head`
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
