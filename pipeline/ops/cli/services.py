"""`mm up | down | status | reset | sql`: the services of this machine."""

from __future__ import annotations

import json
import os
import shutil

import typer
from rich.console import Console
from rich.table import Table

from pipeline.errors import ConfigError
from pipeline.settings import get_settings
from pipeline.warehouse import embedded

OUT = Console(highlight=False)


def up(
    foreground: bool = typer.Option(False, "--foreground", help="Stay in the foreground (containers, systemd)."),
) -> None:
    """Start Airflow (UI, scheduler, dag-processor), the warehouse and, unless MM_SOURCES is set, the demo newsroom.

    They run in the background under a supervisor that starts again whatever dies. `mm down` stops them.
    """
    from pipeline.ops import airflow_env
    from pipeline.ops import services as machine

    settings = get_settings()
    if foreground:
        machine.prepare(settings)
        machine.main()
        return
    with OUT.status("Preparing the warehouse and Airflow …") as status:
        machine.prepare(settings)
        status.update("Starting the services …")
        started = machine.up(settings)
    OUT.print("[green]●[/green] The services are up." if started else "[green]●[/green] The services were up already.")
    OUT.print(f"  Airflow    {airflow_env.ui_url(settings)}")
    OUT.print(f"  user       {airflow_env.USER}")
    OUT.print(
        f"  password   {airflow_env.ui_password(settings)}   (kept in {airflow_env.password_file(settings)}, mode 0600)"
    )
    if machine.uses_demo(settings):
        OUT.print(f"  newsroom   http://newsroom.localhost:{settings.demo_port}/")
    elif settings.contact_advice:
        OUT.print(f"[yellow]{settings.contact_advice}[/yellow]")
    OUT.print("  Next: `make run` for a night now, `make sql` for the warehouse, `make status`, `make down`.")


def down() -> None:
    """Stop the services and the warehouse. Nothing is lost; `mm up` goes on from here."""
    from pipeline.ops import services as machine

    with OUT.status("Stopping …"):
        was_up = machine.down(get_settings())
    OUT.print("Stopped." if was_up else "Nothing was running.")


def status(
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    password: bool = typer.Option(False, "--password", help="Print the UI password and nothing else."),
) -> None:
    """What is running on this machine, and how the last nights went."""
    from pipeline.ops import airflow_env
    from pipeline.ops import services as machine
    from pipeline.ops.overview import recent_runs

    settings = get_settings()
    if password:
        typer.echo(airflow_env.ui_password(settings))
        return
    states = machine.service_states(settings)
    healthy = bool(states) and machine.is_healthy(settings)
    runs = recent_runs()
    if as_json:
        typer.echo(json.dumps({"services": states, "is_healthy": healthy, "runs": runs}, default=str))
        return
    if not states:
        OUT.print("[dim]○[/dim] The services are down. `make up` starts them; `make run` starts them for one night.")
    else:
        OUT.print("[green]●[/green] healthy" if healthy else "[yellow]●[/yellow] starting or unwell")
        for name, state in states.items():
            OUT.print(f"  {name:<14} {state}")
        OUT.print(f"  UI             {airflow_env.ui_url(settings)}")
    if runs:
        table = Table(title="Last runs", title_justify="left", box=None, pad_edge=False)
        for column in ("run", "state", "started (UTC)", "seconds", "ledger"):
            table.add_column(column)
        for row in runs:
            table.add_row(
                row["run_key"], row["state"], row["started_at"][:16], str(row["seconds"] or "…"), row["ledger"]
            )
        OUT.print(table)


def reset(yes: bool = typer.Option(False, "--yes", help="Do not ask.")) -> None:
    """Stop the services and remove the warehouse, the archive, reports and logs of this checkout."""
    from pipeline.ops import services as machine

    settings = get_settings()
    if not settings.home.exists():
        OUT.print("There is nothing to remove.")
        return
    if not yes:
        typer.confirm(f"Remove everything under {settings.home.resolve()}, the archive too?", abort=True)
    machine.down(settings)
    embedded.destroy(settings)
    shutil.rmtree(settings.home, ignore_errors=True)
    OUT.print("Removed. `make run` starts afresh.")


def sql(statement: str = typer.Argument("", help="One statement; empty opens the prompt.")) -> None:
    """psql on the warehouse, as the analyst: reads `core` and `mart`, nothing else."""
    settings = get_settings()
    if settings.warehouse_url is not None:
        raise ConfigError(
            "The warehouse is a server of your own (MM_WAREHOUSE_URL): use your psql with its analyst role."
        )
    cluster = embedded.ensure_running(settings)
    environment = {
        **os.environ,
        "PGPASSWORD": cluster.passwords["analyst"],
        "PAGER": os.environ.get("PAGER", "less -S"),
    }
    if shutil.which("less") is None:
        environment["PAGER"] = "cat"
    psql = str(embedded.program(cluster, "psql"))
    arguments = [
        psql,
        "-h",
        "127.0.0.1",
        "-p",
        str(cluster.port),
        "-U",
        "analyst",
        "-d",
        "warehouse",
        "-v",
        "PROMPT1=%/=> ",
    ]
    os.execve(psql, [*arguments, *(["-c", statement] if statement else [])], environment)  # noqa: S606
