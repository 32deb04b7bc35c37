"""`mm entities`: who is who, what analysts decided about it, and applying that to what is loaded."""

from __future__ import annotations

import typer

from pipeline.ops.cli.entities import decide, files, look
from pipeline.ops.cli.entities.applying import apply

app = typer.Typer(
    help="Who is who: look an entity up, correct it, apply corrections to the past.", no_args_is_help=True
)
app.command()(look.show)
app.command()(look.find)
app.command()(decide.merge)
app.command()(decide.split)
app.command()(decide.alias)
app.command()(decide.undo)
app.command()(look.decisions)
app.command()(apply)
app.command("export")(files.export_decisions)
app.command("import")(files.import_decisions)
