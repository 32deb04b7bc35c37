"""`mm archive list | show | verify | prune`: what the archive holds, and whether it is sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline import landing, warc, warc_file
from pipeline.errors import ConfigError, Quarantine, Reason, Skip
from pipeline.ops import archive
from pipeline.settings import get_settings
from pipeline.urls import url_key
from pipeline.warehouse import archive_files, db
from pipeline.warehouse.archive_files import ArchiveFile, Version
from pipeline.warehouse.tombstones import tombstones_among

app = typer.Typer(help="The archived bytes: what there is, and whether it is sound.", no_args_is_help=True)
OUT, ERR = Console(highlight=False), Console(stderr=True, highlight=False)

SOURCE = typer.Option(None, "--source", help="Only files of this source.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


@app.command("list")
def show_files(source: str | None = SOURCE, as_json: bool = AS_JSON) -> None:
    """Files, size and pages by source and month."""
    archive.register_files()
    with db.reading() as connection:
        rows = archive_files.summary(connection, source)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("source", "month", "files", "MB", "pages", "never verified", "with trouble", "removed"):
        table.add_column(column, justify="left" if column in ("source", "month") else "right")
    for row in rows:
        counts = (row["pages"], row["unverified"], row["troubled"], row["removed"])
        size = f"{row['bytes'] / 1e6:,.1f}"
        table.add_row(row["source_key"], row["month"], f"{row['files']:,}", size, *(f"{n:,}" for n in counts))
    OUT.print(table)
    sums = {name: sum(row[name] for row in rows) for name in ("files", "bytes", "pages")}
    OUT.print(f"{sums['files']:,} files, {sums['bytes'] / 1e6:,.1f} MB, {sums['pages']:,} pages.")


@app.command()
def show(
    url: str = typer.Argument(..., help="Any address of a page: as listed, final or canonical."),
    at: datetime | None = typer.Option(None, "--at", help="The version held at this time (UTC)."),
    page: int | None = typer.Option(None, "--page", help="The version with this number in the list."),
    headers: bool = typer.Option(False, "--headers", help="Print the headers as they came."),
    body: bool = typer.Option(False, "--body", help="Print the body, unpacked, byte by byte."),
    raw: bool = typer.Option(False, "--raw", help="Print the whole WARC record, body as received."),
    as_json: bool = AS_JSON,
) -> None:
    """What the archive holds of a page: a list of its versions, or one of them (the newest, if not said which)."""
    found = _versions(url)
    if as_json:
        typer.echo(json.dumps([asdict(version) for version in found], default=str))
        return
    if not (headers or body or raw):
        _list_versions(found)
        return
    chosen = _choose(found, at, page)
    if raw:
        _to_stdout(_raw_record(chosen))
        return
    record = warc.read_record(chosen.warc_uri, chosen.warc_offset or 0, chosen.warc_length or 0)
    if headers:
        lines = "".join(f"{name}: {value}\n" for name, value in record.headers.items())
        _to_stdout(f"{record.url}\nstatus: {chosen.status or '-'}\n{lines}".encode("utf-8", "replace"))
    if body:
        _to_stdout(record.body)


@app.command()
def verify(
    source: str | None = SOURCE,
    run: str | None = typer.Option(None, "--run", help="Only files of this run (its key, or first letters)."),
    since: datetime | None = typer.Option(None, "--since", help="Only files published since then (UTC)."),
    every: bool = typer.Option(False, "--all", help="All files, and what lies in the archive that no row knows."),
    sample: int | None = typer.Option(None, "--sample", min=1, help="At most so many of them, chosen by chance."),
    as_json: bool = AS_JSON,
) -> None:
    """Read archive files whole: checksums, digests, and that every row finds its page. Exit code 1 on trouble.

    Without a choice it takes the files that were never verified.
    """
    now = datetime.now(UTC)
    archive.register_files()
    _known_source(source)
    moment = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    files = archive.chosen_files(source=source, run_key=run, since=moment, every=every, sample=sample)
    with _progress(len(files), show=not as_json) as told:
        verdict = archive.verify(files, now, told)
    if every and sample is None:
        verdict.troubles += archive.strangers(now, source)
    if as_json:
        typer.echo(json.dumps(asdict(verdict)))
    else:
        _print_verdict(verdict)
    if verdict.troubles:
        raise typer.Exit(1)


@app.command()
def prune(
    dry_run: bool = typer.Option(False, "--dry-run", help="Only show what would go."), as_json: bool = AS_JSON
) -> None:
    """Remove files whose keeping time is over (MM_ARCHIVE_KEEP_D, archive_keep_d of a source).

    `maintain` does it daily.
    """
    from pipeline.ops.maintenance import prunable_files

    now = datetime.now(UTC)
    files = prunable_files(now)
    gone = files if dry_run else archive.prune(files, now)
    size = sum(file.file_bytes for file in gone)
    if as_json:
        rows = [{"file": file.warc_uri, "bytes": file.file_bytes, "pages": file.record_count} for file in gone]
        typer.echo(json.dumps({"dry_run": dry_run, "bytes": size, "files": rows}))
        return
    for file in gone if dry_run else ():
        OUT.print(f"{file.written_at:%Y-%m-%d}  {file.record_count:>5} pages  {escape(file.warc_uri)}", soft_wrap=True)
    verb = "would go" if dry_run else "removed"
    OUT.print(f"{len(gone):,} files, {size / 1e6:,.1f} MB {verb}. {_keeping()}")
    if len(gone) < len(files):
        OUT.print(f"{len(files) - len(gone):,} files stay: a run that is under way reads them.")


def _known_source(source: str | None) -> None:
    """A misspelt key must not look like a sound archive."""
    if source is None:
        return
    with db.reading() as connection:
        known = sorted({row["source_key"] for row in archive_files.summary(connection, None)})
    if source not in known:
        raise ConfigError(
            f"The archive holds nothing of a source {source!r}. It holds: {', '.join(known) or 'nothing'}."
        )


def _versions(url: str) -> list[Version]:
    try:
        key = url_key(url)
    except Skip as error:
        raise ConfigError(f"{url!r} is no address: {error}") from error
    with db.reading() as connection:
        is_gone = bool(tombstones_among(connection, [key]).url_keys)
        found = archive_files.versions(connection, key)
    if is_gone:
        ERR.print("This page was taken down; nothing is shown. `mm why` says when and why.")
        raise typer.Exit(1)
    if not found:
        ERR.print("The archive holds nothing of it. `mm why URL` says what is known.")
        raise typer.Exit(1)
    return found


def _choose(found: Sequence[Version], at: datetime | None, number: int | None) -> Version:
    if number is not None and not 1 <= number <= len(found):
        raise ConfigError(f"There are versions 1 to {len(found)}.")
    if number is not None:
        chosen: Version | None = found[number - 1]
    else:
        moment = at.replace(tzinfo=at.tzinfo or UTC) if at else None
        until = [version for version in found if moment is None or version.fetched_at <= moment]
        chosen = until[-1] if until else None
    if chosen is None:
        raise ConfigError(f"The first version was fetched at {found[0].fetched_at:%Y-%m-%d %H:%M:%S} UTC.")
    if chosen.removed_at is not None:
        ERR.print(f"Its bytes were removed on {chosen.removed_at:%Y-%m-%d} ({chosen.removed_why}).")
        raise typer.Exit(1)
    return chosen


def _list_versions(found: Sequence[Version]) -> None:
    for number, version in enumerate(found, start=1):
        where = f"{version.warc_uri} @{version.warc_offset}+{version.warc_length}"
        if version.removed_at is not None:
            where = f"removed {version.removed_at:%Y-%m-%d} ({version.removed_why})"
        OUT.print(
            f"{number:>3}  {version.fetched_at:%Y-%m-%d %H:%M:%S}  {version.status or 'file'}  "
            f"{version.body_bytes:>9,} bytes  {version.sha256[:12]}  {escape(where)}",
            soft_wrap=True,
        )
    OUT.print("`--page N` chooses one; `--headers`, `--body` and `--raw` print it.")


def _raw_record(version: Version) -> bytes:
    data = landing.get_range(version.warc_uri, version.warc_offset or 0, version.warc_length or 0)
    if not warc.is_whole_member(data):
        raise Quarantine(Reason.BROKEN_PAGE, f"the record at {version.warc_offset} of {version.warc_uri} is damaged")
    return warc_file.content(data)


def _to_stdout(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


@contextmanager
def _progress(total: int, *, show: bool) -> Iterator[Callable[[ArchiveFile], None]]:
    columns = (TextColumn("reading the archive"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, disable=not show or total < 2, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda _file: bar.advance(task)


def _print_verdict(verdict: archive.Verdict) -> None:
    by_what: dict[str, list[archive.Trouble]] = {}
    for trouble in verdict.troubles:
        by_what.setdefault(trouble.what, []).append(trouble)
    for what, troubles in sorted(by_what.items()):
        OUT.print(f"[red]✗[/red] {what.replace('_', ' ')}: {len(troubles)}. {troubles[0].advice}")
        for trouble in troubles[:20]:
            OUT.print(f"    {escape(trouble.file)}  {escape(trouble.detail)}", soft_wrap=True)
        if len(troubles) > 20:
            OUT.print(f"    … and {len(troubles) - 20} more; --json shows all")
    mark = "[red]✗[/red]" if verdict.troubles else "[green]✓[/green]"
    size = f"{verdict.bytes / 1e6:,.1f} MB"
    OUT.print(
        f"{mark} {verdict.files:,} files, {size}, {verdict.pages:,} pages read: {len(verdict.troubles)} troubles."
    )


def _keeping() -> str:
    days = get_settings().archive_keep_d
    return f"Files are kept for {days} days." if days else "Files are kept for ever, unless a source says otherwise."
