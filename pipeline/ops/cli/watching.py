"""A run through Airflow, started and watched from the terminal: what `mm run` and `mm backfill` share."""

from __future__ import annotations

import time
from typing import Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from pipeline.errors import ConfigError
from pipeline.ops import airflow_env
from pipeline.ops import services as machine
from pipeline.ops.airflow_api import AirflowApi
from pipeline.ops.cli.explain import print_ledger
from pipeline.ops.watch import StageLine, stage_lines
from pipeline.settings import Settings, get_settings
from pipeline.warehouse import db
from pipeline.warehouse.ledger import ledger
from pipeline.warehouse.runs import run_by_airflow_id

OUT = Console(highlight=False)
_POLL_S = 0.5


def run_and_watch(dag_id: str, conf: dict[str, Any], *, keep_up: bool) -> None:
    """Run a DAG to its end: stages as they go, then ledger, newest articles and report.

    Services that are down are started, and stopped afterwards unless `keep_up`. Ends the command with exit code 1
    if the run fails.
    """
    settings = get_settings()
    began = time.monotonic()
    started = _start_services(settings)
    try:
        api = AirflowApi.login(settings)
        api.wait_for_dag(dag_id)
        airflow_run_id = api.trigger(dag_id, conf)
        state = _watch(api, dag_id, airflow_run_id)
        _show_outcome(api, dag_id, airflow_run_id, state, time.monotonic() - began)
    finally:
        if started and not keep_up:
            with OUT.status("Stopping the services …"):
                machine.down(settings)
    _say_how_to_go_on(settings, is_up=not started or keep_up)
    if state != "success":
        raise typer.Exit(1)


def _start_services(settings: Settings) -> bool:
    if settings.contact_advice and not machine.uses_demo(settings):
        OUT.print(f"[yellow]{settings.contact_advice}[/yellow]")
    if machine.supervisor_pid(settings) is not None and machine.is_healthy(settings):
        return False
    with OUT.status("Preparing the warehouse and Airflow (the first time takes some seconds longer) …") as status:
        machine.prepare(settings)
        status.update(
            "Starting Postgres, Airflow" + (" and the demo newsroom …" if machine.uses_demo(settings) else " …")
        )
        return machine.up(settings)


def _watch(api: AirflowApi, dag_id: str, airflow_run_id: str) -> str:
    """Show live progress from `ops.*` until Airflow says the run has ended; returns its state."""
    shown: set[str] = set()
    with Live(console=OUT, refresh_per_second=4, transient=True) as live:
        while True:
            state = api.run_state(dag_id, airflow_run_id)
            lines = stage_lines(airflow_run_id)
            if OUT.is_terminal:
                live.update(_progress(dag_id, airflow_run_id, lines))
            else:
                _print_new(lines, shown)
            if state in ("success", "failed"):
                break
            time.sleep(_POLL_S)
    _print_new(stage_lines(airflow_run_id), shown)
    return state


def _progress(dag_id: str, airflow_run_id: str, lines: list[StageLine]) -> Group:
    table = Table(box=None, pad_edge=False, show_header=False)
    for line in lines:
        table.add_row(line.mark, line.stage, line.amount, f"[dim]{line.seconds}[/dim]", escape(line.counts))
    return Group(f"[bold]{dag_id}[/bold] [dim]{airflow_run_id}[/dim]", table)


def _print_new(lines: list[StageLine], shown: set[str]) -> None:
    for line in lines:
        if line.is_over and line.stage not in shown:
            shown.add(line.stage)
            OUT.print(
                f"{line.mark} {line.stage:<9} {line.seconds:>6}  {line.amount:<28} [dim]{escape(line.counts)}[/dim]",
                soft_wrap=True,
            )


def _show_outcome(api: AirflowApi, dag_id: str, airflow_run_id: str, state: str, seconds: float) -> None:
    with db.reading() as connection:
        found = run_by_airflow_id(connection, airflow_run_id)
        if found is None:
            raise ConfigError("The run ended before it began: look at the log of its task `start` in Airflow.")
        book = ledger(connection, found.run_key)
    verdict = "[green]✓ succeeded[/green]" if state == "success" else "[red]✗ failed[/red]"
    OUT.print(f"\n{verdict}  [bold]{found.run_key}[/bold]  {seconds:.0f} s in all")
    if state != "success":
        OUT.print(f"  failed tasks: {', '.join(api.failed_tasks(dag_id, airflow_run_id)) or 'none by name'}")
    _show_checks(found.run_key)
    OUT.print()
    print_ledger(OUT, book)
    _show_newest()
    _show_report(found.run_key)


def _show_checks(run_key: str) -> None:
    from pipeline.ops.watch import failed_checks

    for check in failed_checks(run_key):
        colour = "red" if check["severity"] == "error" else "yellow"
        OUT.print(f"  [{colour}]{check['check_name']}[/{colour}]: {escape(check['observed'])}", soft_wrap=True)


def _show_newest() -> None:
    from pipeline.ops.overview import newest_articles

    articles = newest_articles(8)
    if articles.empty:
        return
    OUT.print("\n[bold]Newest articles[/bold], one per source first")
    for row in articles.fillna("").astype(str).to_dict("records"):
        about = " · ".join(part for part in (row["source"], row["language"], row["published"], row["topic"]) if part)
        OUT.print(f"  {escape(row['title'] or '(no title)')}", soft_wrap=True)
        OUT.print(f"    [dim]{escape(about)}[/dim]", soft_wrap=True)
        if row["entities"]:
            OUT.print(f"    [cyan]{escape(row['entities'])}[/cyan]", soft_wrap=True)


def _show_report(run_key: str) -> None:
    from pipeline import landing
    from pipeline.ops.watch import report_uri

    uri = report_uri(run_key)
    if uri:
        OUT.print(f"\nReport: {landing.local_path(uri) or uri}", soft_wrap=True)


def _say_how_to_go_on(settings: Settings, *, is_up: bool) -> None:
    OUT.print("\nHow to go on")
    if is_up:
        url, user = airflow_env.ui_url(settings), airflow_env.USER
        OUT.print(f"  {url}   the Airflow UI (user {user}; `make up` prints the password)")
    else:
        OUT.print("  make up                 the Airflow UI, and a nightly every night")
    OUT.print(
        "  make sql                the warehouse, as the analyst: SELECT title, source_name FROM article LIMIT 5;"
    )
    OUT.print("  .venv/bin/mm why URL    everything about one URL;  .venv/bin/mm --help shows all commands")
    if machine.uses_demo(settings):
        OUT.print("  make run SOURCES=config/sources   the same on the real web")
