"""`mm tag`: language, entities and topics of texts, without a database."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import TagContext
from pipeline.tag.output import as_json, as_lines, as_object
from pipeline.tag.tagger import tag_text
from pipeline.tag.texts import Text, find, read

_CHUNK = 16
"""Texts per hand-over to a worker: enough to forget the hand-over, few enough that memory stays flat."""
_FEW = 24
"""Up to so many texts one process is done before a second has loaded its word lists."""


def tag(
    paths: Annotated[
        list[str],
        typer.Argument(help="Text files (.txt), folders, JSON lines (.jsonl) or - for standard input; .gz too."),
    ],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object per text, for programs.")] = False,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="Worker processes; else one per core.")
    ] = None,
) -> None:
    """Find the language, people, organisations, places and IPTC topics of texts.

    Texts are taken as they are; offsets count Unicode code points. JSON lines are those of `mm clean --jsonl`.
    Exit code 1: something could not be read; its object says what.
    """
    console = Console(stderr=True)
    try:
        files = find(paths)
    except ConfigError as error:
        console.print(f"[red]✗[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    total = len(files) if all(p is not None and "jsonl" not in p.name for p in files) else None
    if not _write(_tagged(read(files), processes or os.cpu_count() or 1), jsonl, total, console):
        raise typer.Exit(1)


def _write(results: Iterator[dict[str, Any]], jsonl: bool, total: int | None, console: Console) -> bool:
    """Print every result; False if one of them could not be read."""
    is_good = True
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    people = Console()
    bar = Progress(
        SpinnerColumn(),
        TextColumn("tagging"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not (console.is_terminal and not sys.stdout.isatty()),
    )
    with bar:
        task = bar.add_task("tag", total=total)
        for value in results:
            if jsonl:
                sys.stdout.write(as_json(value) + "\n")
            else:
                people.print(as_lines(value), soft_wrap=True)
            is_good = is_good and "problem" not in value
            bar.advance(task)
    sys.stdout.flush()
    return is_good


def tag_one(item: Text) -> dict[str, Any]:
    """The JSON object of one text."""
    return as_object(item, tag_text(item.text, title=item.title, language=item.language, context=TagContext()))


def _tag_chunk(items: list[Text]) -> list[dict[str, Any]]:
    return [tag_one(item) for item in items]


def _tagged(texts: Iterator[Text], processes: int) -> Iterator[dict[str, Any]]:
    """In order; at most three chunks per process wait, however many texts there are."""
    first = list(islice(texts, _FEW + 1))
    if processes == 1 or len(first) <= _FEW:
        yield from map(tag_one, chain(first, texts))
        return
    queue: deque[Future[list[dict[str, Any]]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        rest = chain(first, texts)
        while chunk := list(islice(rest, _CHUNK)):
            queue.append(pool.submit(_tag_chunk, chunk))
            if len(queue) > 3 * processes:
                yield from queue.popleft().result()
        while queue:
            yield from queue.popleft().result()
