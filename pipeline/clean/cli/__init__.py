"""`mm clean`: what the cleaning stage makes of files, folders and addresses, without a warehouse."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.clean.cli.show import as_object, print_explanation, print_page, with_progress
from pipeline.clean.cli.targets import Target, asks, expand
from pipeline.clean.cli.written import Destination, destination
from pipeline.clean.content import PageContent
from pipeline.clean.explain_html import as_html
from pipeline.clean.explanation import Explanation, unexplained
from pipeline.clean.workers import Workers
from pipeline.settings import get_settings


def clean(
    targets: Annotated[
        list[str], typer.Argument(help="Files (.html, .htm, .txt, each also .gz), folders, http(s) addresses.")
    ],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object per page and line.")] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show where each field came from, what else was found, and what was dropped from the text; "
            "with --jsonl as key `explanation`.",
        ),
    ] = False,
    html: Annotated[
        bool,
        typer.Option(
            "--html",
            help="Write a page for the browser: the text with kept and dropped parts marked, and the explanation. "
            "One page goes to standard output, several need --out.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="With --html: the file to write; a folder, if there are several pages."),
    ] = None,
    fetched_at: Annotated[
        str | None,
        typer.Option(
            "--fetched-at",
            metavar="ISO",
            help="When the pages were fetched (ISO 8601, UTC unless it says otherwise): no later date is believed, and "
            "`2 hours ago` counts from it. Else the time a file was last written, and now for addresses.",
        ),
    ] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="Worker processes; else one per core.")
    ] = None,
) -> None:
    """Clean pages as the nightly run would, and print what is on them, in the order given.

    Text is printed for pages that the run would quarantine, too; `reasons` and `verdict` tell. A page that
    cannot be read is an object with reasons, not an error. Exit code 2 if a path does not exist, the options
    contradict each other, or --out cannot be written.
    """
    found, problems = expand(targets)
    problems += _contradictions(html=html, jsonl=jsonl, explain=explain, out=out)
    moment = _moment(fetched_at) if fetched_at else None
    if fetched_at and moment is None:
        problems.append(f"--fetched-at {fetched_at}: no time in ISO 8601, such as 2026-11-23T08:15:00+01:00")
    place = destination(found, out) if html and found else None
    if isinstance(place, str):
        problems.append(place)
    if problems or isinstance(place, str):
        for problem in problems:
            typer.echo(f"mm clean: {problem}", err=True)
        raise typer.Exit(2)
    for target, content, explanation in _cleaned(found, moment, processes, explain=explain or html):
        if place is not None:
            _write(place, target, content, explanation)
        elif jsonl:
            described = as_object(target, content)
            if explain:
                described["explanation"] = explanation.as_object()
            sys.stdout.write(json.dumps(described, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        elif explain:
            print_explanation(target, content, explanation)
        else:
            print_page(target, content)


def _cleaned(
    found: list[Target], fetched_at: datetime | None, processes: int | None, *, explain: bool
) -> Iterator[tuple[Target, PageContent, Explanation]]:
    """Every target with what is on it, in order; without `explain` the explanation says the verdict only."""
    settings = get_settings()
    count = min(processes or len(os.sched_getaffinity(0)), len(found))
    # A page that is explained is read twice.
    limit_s = settings.page_timeout_s * (2 if explain else 1)
    with Workers(count, page_timeout_s=limit_s, page_memory_mb=settings.page_memory_mb) as workers:
        pages = workers.explain(asks(found, settings.max_page_bytes, fetched_at, wants_explanation=explain))
        for target, (content, explanation) in zip(found, with_progress(pages, len(found)), strict=True):
            if explain and explanation is None and content.charset is not None:
                typer.echo(f"mm clean: {target.id} was cleaned, but could not be explained", err=True)
            yield target, content, explanation or unexplained(content)


def _write(place: Destination, target: Target, content: PageContent, explanation: Explanation) -> None:
    try:
        path = place.write(target, as_html(target.id, content, explanation))
    except OSError as error:
        typer.echo(f"mm clean: cannot write {error.filename}: {error.strerror}", err=True)
        raise typer.Exit(2) from error
    if path is not None:
        typer.echo(str(path), err=True)


def _contradictions(*, html: bool, jsonl: bool, explain: bool, out: Path | None) -> list[str]:
    problems = []
    if html and (jsonl or explain):
        problems.append("--html shows the explanation already; leave out --explain and --jsonl")
    if out is not None and not html:
        problems.append("--out is where --html writes to; redirect the output of anything else")
    return problems


def _moment(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
