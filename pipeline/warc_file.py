"""A whole WARC file: every record walked and checked, and records taken out of it.

Works on damaged files too: what cannot be read is a member with `trouble`, and walking goes on at the next record.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline import warc
from pipeline.errors import MonitorError

PAGE_KINDS = frozenset({"response", "resource"})
"""Kinds of record that `raw.page` points to."""

Span = tuple[int, int]
"""Offset and length of bytes in a file."""

_MEMBER = b"\x1f\x8b\x08"
_REWRITTEN = re.compile(r"(?:-r(\d+))?\.warc\.gz$")


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member of a file, and the record in it."""

    offset: int
    length: int
    kind: str | None = None  # WARC-Type; None if it cannot be read
    record_id: str | None = None
    concerns: frozenset[str] = frozenset()  # ids of the records it belongs to
    url: str | None = None
    sha256: str | None = None  # of the unpacked body of a page
    trouble: str | None = None


def members(data: bytes) -> Iterator[Member]:
    """All members in order, digests checked. Bytes that are no member are one with `trouble`, up to where the next
    whole member begins."""
    start = 0
    while start < len(data):
        end = warc.end_of_member(data, start)
        if end is None:
            end = _next_member(data, start + 1)
            yield Member(start, end - start, trouble=f"{end - start:,} bytes that are no whole record")
        else:
            yield _member(data, start, end)
        start = end


def spans_of(data: bytes, records: Collection[Span]) -> list[Span]:
    """Where these records lie (damaged or not), and those that belong to them (request, metadata); in order, none
    overlapping another."""
    found, offsets = list(members(data)), {offset for offset, _ in records}
    ids = {member.record_id for member in found if member.offset in offsets and member.record_id is not None}
    belonging = {(m.offset, m.length) for m in found if not m.concerns.isdisjoint(ids)}
    spans: list[Span] = []
    for offset, length in sorted(belonging | set(records)):
        if spans and offset < sum(spans[-1]):
            start = spans[-1][0]
            spans[-1] = (start, max(sum(spans[-1]), offset + length) - start)
        else:
            spans.append((offset, length))
    return spans


def without(data: bytes, spans: Sequence[Span]) -> bytes:
    """The file without these spans (as `spans_of` gives them); all else stays byte by byte."""
    kept, at = [], 0
    for offset, length in spans:
        kept.append(data[at:offset])
        at = offset + length
    return b"".join([*kept, data[at:]])


def moved(offset: int, spans: Sequence[Span]) -> int:
    """Where a record that was at `offset` is once the spans are taken out."""
    return offset - sum(length for start, length in spans if start < offset)


def content(data: bytes) -> bytes:
    """Whole gzip members, unpacked."""
    unpacked = []
    while data:
        end = warc.end_of_member(data, 0)
        unpacked.append(zlib.decompress(data[:end], 16 + zlib.MAX_WBITS))
        data = data[end:] if end else b""
    return b"".join(unpacked)


def rewritten_name(uri: str) -> str:
    """Name of the next version of a file: `…-0001.warc.gz`, `…-0001-r1.warc.gz`, `…-0001-r2.warc.gz`."""
    return _REWRITTEN.sub(lambda found: f"-r{int(found.group(1) or 0) + 1}.warc.gz", uri)


def _next_member(data: bytes, start: int) -> int:
    """Where the next whole member begins, or the end."""
    at = data.find(_MEMBER, start)
    while at != -1 and warc.end_of_member(data, at) is None:
        at = data.find(_MEMBER, at + 1)
    return len(data) if at == -1 else at


def _member(data: bytes, start: int, end: int) -> Member:
    place = (start, end - start)
    try:
        record = next(iter(ArchiveIterator(BytesIO(data[start:end]), check_digests=True)), None)
        if record is None:
            return Member(*place, trouble="a member without a record")
        headers = record.rec_headers
        packed = record.raw_stream.read()
        named = (headers.get_header("WARC-Concurrent-To"), headers.get_header("WARC-Refers-To"))
        found = Member(
            *place,
            kind=record.rec_type,
            record_id=headers.get_header("WARC-Record-ID"),
            concerns=frozenset(name for name in named if name),
            url=headers.get_header("WARC-Target-URI"),
            sha256=_sha256(record, packed),
            trouble="; ".join(record.digest_checker.problems) or _lacks(record),
        )
    except (ArchiveLoadFailed, EOFError, ValueError, zlib.error, MonitorError) as error:
        return Member(*place, trouble=f"{type(error).__name__}: {error}")
    return found


def _sha256(record: object, packed: bytes) -> str | None:
    kind, http = record.rec_type, record.http_headers  # type: ignore[attr-defined]
    if kind not in PAGE_KINDS:
        return None
    body = warc.unpacked(packed, http.get_header("Content-Encoding")) if http is not None else packed
    return hashlib.sha256(body).hexdigest()


def _lacks(record: object) -> str | None:
    headers = record.rec_headers  # type: ignore[attr-defined]
    return None if headers.get_header("WARC-Block-Digest") else "no digest to check it by"
