"""`mm tag`: language, entities and topics of texts, without a database."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text as RichText

from pipeline.errors import ConfigError
from pipeline.settings import get_settings
from pipeline.tag.batch import names_model
from pipeline.tag.html import MAX_TEXTS, as_html
from pipeline.tag.interfaces import TagContext
from pipeline.tag.ner.model import SHIPPED, load
from pipeline.tag.output import as_json, as_lines, as_object
from pipeline.tag.tagged import TaggedText
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
    html: Annotated[
        bool,
        typer.Option(
            "--html",
            help="Write a page for the browser: the texts with names marked by kind, and tables of names and topics. "
            f"It holds up to {MAX_TEXTS} texts and goes to standard output, or to --out.",
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="With --html: the file to write.")] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="Worker processes; else one per core.")
    ] = None,
) -> None:
    """Find the language, people, organisations, places and IPTC topics of texts.

    Texts are taken as they are; offsets count Unicode code points. JSON lines are those of `mm clean --jsonl`.
    Exit code 1: something could not be read; its object says what. Exit code 2: a path does not exist, the options
    contradict each other, or --out cannot be written.
    """
    console = Console(stderr=True)
    try:
        files = find(paths)
        _check(files, html=html, jsonl=jsonl, out=out)
        names = names_model(get_settings())
        load(names)
    except ConfigError as error:
        _fail(console, str(error))
    total = len(files) if all(p is not None and "jsonl" not in p.name for p in files) else None
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    tagged = partial(_tagged, processes=processes or os.cpu_count() or 1, names=names)
    if html:
        is_good = _write_page(tagged, read(files), total, out, console)
    else:
        is_good = _print(_with_progress(tagged(read(files)), total, console), jsonl)
    if not is_good:
        raise typer.Exit(1)


def _check(files: list[Path | None], *, html: bool, jsonl: bool, out: Path | None) -> None:
    """Raises ConfigError for options that contradict each other."""
    if html and jsonl:
        raise ConfigError("--html and --jsonl: give one of them")
    if out is None:
        return
    if not html:
        raise ConfigError("--out is where --html writes to; redirect the output of anything else")
    if out.is_dir():
        raise ConfigError(f"{out}: is a folder; --html writes one page, so name a file")
    if any(p is not None and p.resolve() == out.resolve() for p in files):
        raise ConfigError(f"{out}: would be written over the text itself")


def _fail(console: Console, message: str) -> NoReturn:
    console.print(RichText.assemble(("✗", "red"), f" {message}"), highlight=False, soft_wrap=True)
    raise typer.Exit(2)


def _print(results: Iterable[TaggedText], jsonl: bool) -> bool:
    """Print every result; False if one of them could not be read."""
    is_good = True
    people = Console()
    for tagged in results:
        if jsonl:
            sys.stdout.write(as_json(as_object(tagged)) + "\n")
        else:
            people.print(as_lines(tagged), soft_wrap=True)
        is_good = is_good and tagged.item.problem is None
    sys.stdout.flush()
    return is_good


def _write_page(
    tagged: Callable[[Iterator[Text]], Iterator[TaggedText]],
    texts: Iterator[Text],
    total: int | None,
    out: Path | None,
    console: Console,
) -> bool:
    """Write one page of the first MAX_TEXTS texts; False if one of them could not be read."""
    first = tagged(islice(texts, MAX_TEXTS))
    shown = list(_with_progress(first, None if total is None else min(total, MAX_TEXTS), console))
    left_out = sum(1 for _ in texts)
    page = as_html(shown, left_out)
    if out is None:
        sys.stdout.write(page)
        sys.stdout.flush()
    else:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(page, encoding="utf-8")
        except OSError as error:
            _fail(console, f"cannot write {error.filename}: {error.strerror}")
        console.print(RichText(str(out)), highlight=False, soft_wrap=True)
    if left_out:
        message = f"the page holds the first {MAX_TEXTS} texts; {left_out:,} more are left out (--jsonl gives all)"
        console.print(message, highlight=False, soft_wrap=True)
    return all(one.item.problem is None for one in shown)


def _with_progress(results: Iterable[TaggedText], total: int | None, console: Console) -> Iterator[TaggedText]:
    """Pass results on; a bar on standard error, if somebody looks and the results go elsewhere."""
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
        yield from bar.track(results, total=total, description="tag")


def tag_one(item: Text, names: Path = SHIPPED) -> TaggedText:
    """One text with its tags; `names` is the folder of the model that finds names."""
    tags = tag_text(item.text, title=item.title, language=item.language, context=TagContext(), names=names)
    return TaggedText(item, tags)


def _tag_chunk(items: list[Text], names: Path) -> list[TaggedText]:
    return [tag_one(item, names) for item in items]


def _tagged(texts: Iterator[Text], processes: int, names: Path) -> Iterator[TaggedText]:
    """In order; at most three chunks per process wait, however many texts there are."""
    first = list(islice(texts, _FEW + 1))
    if processes == 1 or len(first) <= _FEW:
        yield from (tag_one(text, names) for text in chain(first, texts))
        return
    queue: deque[Future[list[TaggedText]]] = deque()
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        rest = chain(first, texts)
        while chunk := list(islice(rest, _CHUNK)):
            queue.append(pool.submit(_tag_chunk, chunk, names))
            if len(queue) > 3 * processes:
                yield from queue.popleft().result()
        while queue:
            yield from queue.popleft().result()
