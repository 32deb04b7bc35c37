"""WARC files that others wrote, record by record: gzip per record, gzip over all, or plain; damaged ones too.

The file is read once, from front to back, in bounded memory. What cannot be read is a record of kind `broken`, so
that nothing is passed over in silence, and reading goes on behind it: at the next gzip member, or at the next line
that begins a record. Real files need that: CC-NEWS of its first months has records that no strict reader accepts
(commoncrawl/news-crawl#11), and downloads break off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from pipeline.fetch.foreign_stream import AtEndError, DamagedError, Unpacked

BROKEN = "broken"

_LONGEST_HEAD = 65_536  # bytes of WARC header; real ones have 300 to 3,000
_FIRST = 1_048_576  # unpacked bytes in which a WARC file shows that it is one


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """One record of a foreign file, or one stretch of it that cannot be read (kind `broken`)."""

    offset: str  # of its gzip member; `+n` where it lies n unpacked bytes further in
    kind: str  # WARC-Type in lower case, or `broken`
    fields: dict[str, str] = field(default_factory=dict)  # WARC headers, names in lower case
    block: bytes = b""
    is_too_large: bool = False  # the block is over the limit and was passed over
    detail: str | None = None  # of a broken one: what is wrong

    @property
    def url(self) -> str | None:
        """WARC-Target-URI; some writers put it in angle brackets, as an early draft asked."""
        value = self.fields.get("warc-target-uri")
        return value.strip("<> ") if value else None

    @property
    def written_at(self) -> datetime | None:
        """WARC-Date in UTC; None if it is missing or no date."""
        try:
            at = datetime.fromisoformat(self.fields.get("warc-date", "").strip())
        except ValueError:
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def looks_like_warc(source: BinaryIO) -> bool:
    """True if a record begins within the first megabyte."""
    stream = Unpacked(source)
    try:
        stream.find_record(within=_FIRST)
    except (DamagedError, AtEndError):
        return False
    return True


def read_records(source: BinaryIO, *, max_block_bytes: int) -> Iterator[ForeignRecord]:
    """All records of a file in order. Blocks over the limit are passed over, not read into memory."""
    stream = Unpacked(source)
    while True:
        offset = stream.offset
        try:
            if not stream.skip_blank_lines():
                return
            offset = stream.offset
            yield _read_record(stream, offset, max_block_bytes)
        except AtEndError:
            yield ForeignRecord(offset, BROKEN, detail="the file is cut off here")
            return
        except DamagedError as damage:
            yield ForeignRecord(offset, BROKEN, detail=str(damage))
            if not _find_next(stream):
                return


def _find_next(stream: Unpacked) -> bool:
    """Go to where the next record begins; False if there is none."""
    while True:
        try:
            stream.recover()
            stream.find_record()
        except DamagedError:
            continue
        except AtEndError:
            return False
        return True


def _read_record(stream: Unpacked, offset: str, max_block_bytes: int) -> ForeignRecord:
    if not stream.line().startswith(b"WARC/"):
        raise DamagedError("no record begins here")
    fields = _read_fields(stream)
    try:
        size = int(fields["content-length"])
    except (KeyError, ValueError) as error:
        raise DamagedError("a record without a Content-Length") from error
    if size < 0:
        raise DamagedError("a record with a negative Content-Length")
    kind = fields.get("warc-type", "").strip().lower()
    if size > max_block_bytes:
        stream.skip(size)
        return ForeignRecord(offset, kind, fields, is_too_large=True)
    return ForeignRecord(offset, kind, fields, _read_block(stream, size))


def _read_block(stream: Unpacked, size: int) -> bytes:
    """The block; if its length is a lie, the records that it would swallow are read again."""
    try:
        block = stream.take(size)
    except AtEndError:
        if stream.has_record():
            raise DamagedError("a record said to be longer than the file") from None
        raise
    if not stream.is_at_line_end():
        stream.back(size)
        raise DamagedError("a record whose Content-Length does not fit")
    return block


def _read_fields(stream: Unpacked) -> dict[str, str]:
    fields: dict[str, str] = {}
    name, left = "", _LONGEST_HEAD
    while line := stream.line().rstrip(b"\r\n"):
        left -= len(line)
        if left < 0:
            raise DamagedError("a record with an endless header")
        text = line.decode("utf-8", "replace")
        if text[0] in " \t" and name:
            fields[name] += f" {text.strip()}"
            continue
        name, colon, value = text.partition(":")
        name = name.strip().lower() if colon else ""  # a line that is no field has no continuation either
        if colon:
            fields.setdefault(name, value.strip())
    return fields
