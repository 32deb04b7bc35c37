"""What `mm clean` is to clean: the files, folders and addresses it was given, as pages with what is known of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.clean.content import PageContent, PageHints, unread, without_content
from pipeline.clean.date_text import EARLIEST_YEAR
from pipeline.clean.protocol import Ask
from pipeline.errors import MonitorError, Quarantine, Reason, Skip, reason_of_status

_SUFFIXES = (".html", ".htm", ".txt")


@dataclass(frozen=True, slots=True)
class Target:
    """One page to clean: a file or an address."""

    id: str
    path: Path | None
    url: str | None


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


def asks(
    found: list[Target], max_bytes: int, fetched_at: datetime | None, *, wants_explanation: bool
) -> Iterator[Ask | PageContent]:
    """Every target as a page to clean, or, if its bytes cannot be had, as content with the reason; lazily, in order.

    `fetched_at` holds for all of them; without it, a file was fetched when it was last written, an address now.
    """
    for target in found:
        try:
            yield _ask(target, max_bytes, fetched_at, wants_explanation)
        except MonitorError as error:
            yield unread(error)
        except OSError as error:
            yield without_content(Reason.BROKEN_PAGE.value, f"cannot be read: {error.strerror or error}")


def _ask(target: Target, max_bytes: int, fetched_at: datetime | None, wants_explanation: bool) -> Ask:
    if target.path is None:
        return _fetched(target.url or "", fetched_at, wants_explanation)
    data = _read(target.path, max_bytes)
    kind = "text/plain" if _inner(target.path).suffix.lower() == ".txt" else "text/html"
    return Ask(data, None, PageHints(kind, fetched_at=fetched_at or _written_at(target.path)), wants_explanation)


def _fetched(url: str, fetched_at: datetime | None, wants_explanation: bool) -> Ask:
    """Through the product's own client, with its limits; raises MonitorError."""
    from pipeline.fetch.single import fetch_one  # the command puts stages together, the stage does not

    answer = fetch_one(url)
    if answer.status >= 400:
        raise Quarantine(reason_of_status(answer.status), f"the server answered {answer.status}")
    hints = PageHints(answer.content_type, answer.charset, fetched_at=fetched_at or datetime.now(UTC))
    return Ask(answer.body, answer.url, hints, wants_explanation)


def _read(path: Path, max_bytes: int) -> bytes:
    with path.open("rb") as source:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise Skip(Reason.TOO_LARGE, f"more than {max_bytes} bytes")
    return _unpacked(data, max_bytes) if path.suffix.lower() == ".gz" else data


def _written_at(path: Path) -> datetime | None:
    """When the file was last written: about when the page was saved, so no date on it is later.

    None where that is no real time: archives made to be repeatable say 1970 or 1980.
    """
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return written if written.year >= EARLIEST_YEAR else None


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
