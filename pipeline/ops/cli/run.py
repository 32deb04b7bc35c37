"""`mm run`: one nightly through Airflow, watched from the terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime

import typer

from pipeline.errors import ConfigError
from pipeline.ops.cli.watching import run_and_watch


def run(
    night: str = typer.Option("", help="A past night (YYYY-MM-DD) again, from the archive. Empty: tonight."),
    source: list[str] = typer.Option([], "--source", help="Only this source; may be given again."),
    limit: int = typer.Option(0, min=0, help="Entries at most; 0 for no limit."),
    recheck: str = typer.Option("due", help="Known URLs: due, all or none."),
    keep_up: bool = typer.Option(False, "--keep-up", help="Leave the services up afterwards."),
) -> None:
    """Run one night through Airflow and watch it: stages, ledger, newest articles, report.

    Services that are down are started, and stopped afterwards.
    """
    from pipeline.tag.topics.own_files import load_own_topics

    load_own_topics()  # a mistake in one of them is told here, not in the log of a task
    run_and_watch("nightly", _conf(night, source, limit, recheck), keep_up=keep_up)


def _conf(night: str, sources: list[str], limit: int, recheck: str) -> dict[str, object]:
    if night:
        try:
            chosen = date.fromisoformat(night)
        except ValueError as error:
            raise ConfigError(f"--night {night!r} is no date; write it like {datetime.now(UTC):%Y-%m-%d}.") from error
        if chosen > datetime.now(UTC).date():
            raise ConfigError(f"--night {night} lies in the future.")
        if chosen == datetime.now(UTC).date():
            message = "is not over: this run takes what is due. From tomorrow (UTC) on it can be done again whole."
            typer.echo(f"The night of {night} {message}", err=True)
    if recheck not in ("due", "all", "none"):
        raise ConfigError(f"--recheck {recheck!r}: choose due, all or none.")
    return {"night": night or None, "sources": sources, "limit": limit, "recheck": recheck}
