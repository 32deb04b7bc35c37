"""`mm sources`: which sources there are, whether their feeds work, what they repeat; finding and repairing them.

An entry point like a DAG, so it may put stages together: it reads the registry and looks through `discover`.
"""

from __future__ import annotations

import typer

from pipeline.sources.cli.add import add
from pipeline.sources.cli.check import check_sources
from pipeline.sources.cli.listing import list_sources
from pipeline.sources.cli.patterns import forget_pattern, show_patterns
from pipeline.sources.cli.polls import show_polls
from pipeline.sources.cli.repair import repair
from pipeline.sources.cli.subscriptions import export_opml, import_opml

app = typer.Typer(no_args_is_help=True, help="The sources: list, check, find, import and repair them.")
app.command("list")(list_sources)
app.command("check")(check_sources)
app.command("polls")(show_polls)
app.command("add")(add)
app.command("import")(import_opml)
app.command("export")(export_opml)
app.command("repair")(repair)
app.command("patterns")(show_patterns)
app.command("forget")(forget_pattern)
