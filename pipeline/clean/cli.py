"""`mm clean`: what the cleaning stage makes of files, folders and addresses, without a warehouse."""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline.clean.content import PageContent, PageHints, unread, without_content
from pipeline.clean.protocol import Ask
from pipeline.clean.workers import Workers
from pipeline.errors import MonitorError, Quarantine, Reason, Skip
from pipeline.settings import get_settings

_SUFFIXES = (".html", ".htm", ".txt")
_PROGRESS_AFTER_S = 2.0
_STATUS_REASONS = {404: Reason.NOT_FOUND, 410: Reason.GONE, 429: Reason.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Target:
    """One page to clean: a file or an address."""

    id: str
    path: Path | None
    url: str | None


def clean(
    targets: Annotated[
        list[str], typer.Argument(help="Files (.html, .htm, .txt, each also .gz), folders, http(s) addresses.")
    ],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object per page and line.")] = False,
    processes: Annotated[
        int | None, typer.Option("--processes", "-p", min=1, help="Worker processes; else one per core.")
    ] = None,
) -> None:
    """Clean pages as the nightly run would, and print what is on them, in the order given.

    Text is printed for pages that the run would quarantine, too; `reasons` and `verdict` tell. A page that
    cannot be read is an object with reasons, not an error. Exit code 2 if a path does not exist.
    """
    found, problems = expand(targets)
    if problems:
        for problem in problems:
            typer.echo(f"mm clean: {problem}", err=True)
        raise typer.Exit(2)
    settings = get_settings()
    count = min(processes or len(os.sched_getaffinity(0)), len(found))
    now = datetime.now(UTC)
    with Workers(count, page_timeout_s=settings.page_timeout_s, page_memory_mb=settings.page_memory_mb) as workers:
        contents = workers.clean(_asks(found, settings.max_page_bytes, now))
        for target, content in zip(found, _with_progress(contents, len(found)), strict=True):
            if jsonl:
                sys.stdout.write(json.dumps(as_object(target, content), ensure_ascii=False) + "\n")
                sys.stdout.flush()
            else:
                _print(target, content)


def expand(arguments: Iterable[str]) -> tuple[list[Target], list[str]]:
    """The pages that the arguments name, folders recursively and sorted; and what is wrong with them."""
    found: list[Target] = []
    problems: list[str] = []
    for argument in arguments:
        path = Path(argument)
        if argument.lower().startswith(("http://", "https://")):
            found.append(Target(_id_of_url(argument), None, argument))
        elif path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and _is_page(p))
            found.extend(Target(_id_of_file(p), p, None) for p in inside)
            if not inside:
                problems.append(f"{argument}: no .html, .htm or .txt file (or .gz of one) in this folder")
        elif path.exists():
            found.append(Target(_id_of_file(path), path, None))
        else:
            problems.append(f"{argument}: no such file or folder")
    return found, problems


def as_object(target: Target, content: PageContent) -> dict[str, Any]:
    """What `--jsonl` prints; times in ISO 8601 on the page's own clock, with its offset."""
    published, judgement = content.published, content.judgement
    return {
        "id": target.id,
        "url": content.canonical_url if target.url is None else target.url,
        "title": content.title,
        "text": content.text,
        "authors": list(content.authors),
        "published_at": published.as_printed.isoformat() if published else None,
        "published_precision": published.precision if published else "none",
        "language": content.language,
        "quality": judgement.quality,
        "reasons": list(judgement.reasons),
        "is_paywalled": content.is_paywalled,
        "verdict": judgement.verdict,
        "verdict_reason": judgement.reason,
        "verdict_detail": judgement.detail,
        "canonical_url": content.canonical_url,
        "section": content.section,
        "tags": list(content.publisher_tags),
        "description": content.description,
        "image_url": content.image_url,
        "site_name": content.site_name,
        "word_count": content.word_count,
        "language_score": content.language_score,
        "published_method": published.method if published else None,
        "published_confidence": published.confidence if published else None,
        "title_method": content.title_method,
        "extractor": content.extractor,
        "charset": content.charset,
        "agency": content.agency,
        "is_live_blog": content.is_live_blog,
        "is_opinion": content.is_opinion,
        "is_sponsored": content.is_sponsored,
        "authors_method": content.authors_method,
        "section_method": content.section_method,
        "tags_method": content.tags_method,
        "extractor_reason": content.extractor_reason,
    }


def _asks(found: list[Target], max_bytes: int, now: datetime) -> Iterator[Ask | PageContent]:
    for target in found:
        try:
            yield _fetched(target.url, now) if target.path is None else _read(target.path, max_bytes, now)
        except MonitorError as error:
            yield unread(error)
        except OSError as error:
            yield without_content(Reason.BROKEN_PAGE.value, f"cannot be read: {error.strerror or error}")


def _fetched(url: str | None, now: datetime) -> Ask:
    """Through the product's own client, with its limits; raises MonitorError."""
    from pipeline.fetch.single import fetch_one  # the command puts stages together, the stage does not

    answer = fetch_one(url or "")
    if answer.status >= 400:
        fallback = Reason.SERVER_ERROR if answer.status >= 500 else Reason.CLIENT_ERROR
        raise Quarantine(_STATUS_REASONS.get(answer.status, fallback), f"the server answered {answer.status}")
    return Ask(answer.body, answer.url, PageHints(answer.content_type, answer.charset, fetched_at=now))


def _read(path: Path, max_bytes: int, now: datetime) -> Ask:
    is_packed = path.suffix.lower() == ".gz"
    with path.open("rb") as source:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise Skip(Reason.TOO_LARGE, f"more than {max_bytes} bytes")
    if is_packed:
        data = _unpacked(data, max_bytes)
    kind = "text/plain" if _inner(path).suffix.lower() == ".txt" else "text/html"
    return Ask(data, None, PageHints(content_type=kind, fetched_at=now))


def _unpacked(data: bytes, max_bytes: int) -> bytes:
    """All members of a gzip file, up to the limit."""
    plain = bytearray()
    try:
        while data and len(plain) <= max_bytes:
            member = zlib.decompressobj(wbits=31)
            plain += member.decompress(data, max_bytes + 1 - len(plain))
            if not member.eof and not member.unconsumed_tail:
                raise Quarantine(Reason.BROKEN_PAGE, "the gzip file is cut off")
            data = member.unused_data if member.eof else b""
            if not member.eof:
                raise Skip(Reason.TOO_LARGE, f"unpacks to more than {max_bytes} bytes")
    except zlib.error as error:
        raise Quarantine(Reason.NOT_TEXT, f"no gzip file: {error}") from error
    if len(plain) > max_bytes:
        raise Skip(Reason.TOO_LARGE, f"unpacks to more than {max_bytes} bytes")
    return bytes(plain)


def _inner(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def _is_page(path: Path) -> bool:
    return _inner(path).suffix.lower() in _SUFFIXES and not path.name.startswith(".")


def _id_of_file(path: Path) -> str:
    inner = _inner(path)
    stem = inner.stem if inner.suffix.lower() in _SUFFIXES else inner.name
    return stem.encode("utf-8", "replace").decode()


def _id_of_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    stem = last.rpartition(".")[0] if last.lower().endswith(_SUFFIXES) else last
    return stem or parts.netloc


def _with_progress(contents: Iterable[PageContent], total: int) -> Iterator[PageContent]:
    """Pass pages on; a bar on standard error once it has taken two seconds, if somebody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("cleaning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    progress: Progress | None = None
    try:
        for done, content in enumerate(contents, 1):
            if progress is None and console.is_terminal and time.monotonic() - started > _PROGRESS_AFTER_S:
                progress = Progress(*columns, console=console, transient=True)
                progress.start()
                progress.add_task("", total=total)
            if progress is not None:
                progress.update(progress.task_ids[0], completed=done)
            yield content
    finally:
        if progress is not None:
            progress.stop()


def _print(target: Target, content: PageContent) -> None:
    """For a person: title, one line of facts, one of judgement, the paragraphs."""
    console = Console()
    published, judgement = content.published, content.judgement
    console.rule(Text(target.id, style="dim"), align="left")
    console.print(Text(content.title or "(no title)", style="bold"))
    when = published.as_printed.isoformat(" ", "minutes") if published and published.precision != "day" else ""
    day = published.printed_on.isoformat() if published and not when else ""
    facts = [", ".join(content.authors), when or day, content.language or "", f"{content.word_count} words"]
    console.print(Text(" · ".join(f for f in facts if f), style="dim"))
    verdict = f"{judgement.verdict}, quality {judgement.quality:.2f}"
    why = f": {', '.join(judgement.reasons)}" if judgement.reasons else ""
    detail = f" ({judgement.detail})" if judgement.detail else ""
    console.print(Text(f"{verdict}{why}{detail}", style="green" if judgement.verdict == "ok" else "yellow"))
    for paragraph in content.text.split("\n"):
        console.print()
        console.print(Text(paragraph))
    console.print()
