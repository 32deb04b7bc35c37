"""The unpacked bytes of a WARC file, whole or damaged: gzip per record, gzip over all, or plain."""

from __future__ import annotations

import re
import zlib
from collections import deque
from typing import BinaryIO

LONGEST_LINE = 65_536
"""Bytes of a header line; longer ones are no header."""

_MAGIC = b"\x1f\x8b\x08"
_CHUNK = 262_144  # packed bytes read at a time
_STEP = 1_048_576  # unpacked bytes at a time: a bomb is met piece by piece
_BEGINNING = re.compile(rb"WARC/\d\.\d\r?\n")
_LONGEST_BEGINNING = 11  # bytes, with the line end before it


class DamagedError(Exception):
    """The bytes here are not what the format says."""


class AtEndError(Exception):
    """The file ends inside something."""


class Unpacked:
    """The unpacked bytes of a file, and where in the file they came from."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._packed = source.read(_CHUNK)
        self._read = len(self._packed)  # bytes taken from the file
        self._is_gzip = self._packed.startswith(_MAGIC[:2])
        self._member: zlib._Decompress | None = None
        self._is_damaged = False  # the packed data is: only the next member helps
        self._is_at_member = False  # after damage: where we are, another member begins
        self._buffer = bytearray()
        self._at = 0  # where in the buffer we are
        self._before = 0  # unpacked bytes that have left the buffer
        self._members: deque[tuple[int, int]] = deque()  # (unpacked, packed) beginnings, up to where we are

    @property
    def offset(self) -> str:
        """Where we are in the file."""
        here = self._before + self._at
        if not self._is_gzip:
            return str(here)
        while len(self._members) > 1 and self._members[1][0] <= here:
            self._members.popleft()
        if not self._members or (self._member is None and self._at == len(self._buffer)):
            return str(self._read - len(self._packed))
        unpacked, packed = self._members[0]
        return f"{packed}+{here - unpacked}" if here > unpacked else str(packed)

    def line(self) -> bytes:
        """The next line with its end."""
        passed = 0  # bytes of the line in which no end was found
        while (end := self._buffer.find(b"\n", self._at + passed)) < 0:
            passed = len(self._buffer) - self._at
            if passed > LONGEST_LINE:
                raise DamagedError("no record begins here")
            if not self._fill():
                raise AtEndError
        return self._advance(end + 1 - self._at)

    def take(self, size: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._buffer) - self._at < size:
            if not self._fill():
                raise AtEndError
        return self._advance(size)

    def back(self, size: int) -> None:
        """Undo the last `take`."""
        self._at -= size

    def is_at_line_end(self) -> bool:
        """True if a line or the file ends here, as it should behind a record."""
        if self._at == len(self._buffer):
            try:
                if not self._fill():
                    return True
            except (DamagedError, AtEndError):
                return True  # of what comes next, not of this record
        return self._buffer[self._at] in b"\r\n"

    def skip(self, size: int) -> None:
        """Pass over so many bytes in bounded memory; raises DamagedError where another gzip member begins."""
        first = self._before + self._at
        while (left := first + size - self._before - self._at) > 0:
            self.drop()
            if not self._buffer and not self._fill():
                raise AtEndError
            self._at = min(left, len(self._buffer))
            for start, _ in self._members:
                if first < start <= self._before + self._at and start < first + size:
                    self._at = start - self._before
                    self._is_at_member = True
                    raise DamagedError("a record that reaches into the next")

    def skip_blank_lines(self) -> bool:
        """Go to the next byte that is no line end; False at the end of the file."""
        if self._at > _STEP:
            self.drop()
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in b"\r\n":
                    return True
                self._at += 1
            self.drop()
            if not self._fill():
                return False

    def find_record(self, within: int | None = None) -> None:
        """Go to the next line that begins a record."""
        searched = 0
        while (found := self._next_beginning()) is None:
            passed = max(len(self._buffer) - self._at - _LONGEST_BEGINNING, 0)
            self._at += passed
            searched += passed
            self.drop()
            if (within is not None and searched > within) or not self._fill():
                raise AtEndError
        self._at = found

    def has_record(self) -> bool:
        """True if another record begins in what is unpacked already."""
        return self._next_beginning() is not None

    def _next_beginning(self) -> int | None:
        for found in _BEGINNING.finditer(self._buffer, self._at):
            start = found.start()
            if start == 0 or self._buffer[start - 1] == 0x0A or self._begins_member(start):
                return start
        return None

    def _begins_member(self, position: int) -> bool:
        return any(unpacked == self._before + position for unpacked, _ in self._members)

    def recover(self) -> None:
        """After damage: one byte on, and where the packed data is damaged, to the next gzip member."""
        self._at = min(self._at + (not self._is_at_member), len(self._buffer))
        self._is_at_member = False
        if not self._is_damaged:
            return
        while (start := self._packed.find(_MAGIC)) < 0:
            more = self._source.read(_CHUNK)
            if not more:
                self._packed = b""
                raise AtEndError
            self._read += len(more)
            self._packed = self._packed[-(len(_MAGIC) - 1) :] + more
        self._packed = self._packed[start:]
        self._is_damaged = False
        self._buffer += b"\n"  # what comes now begins a line

    def _fill(self) -> bool:
        """Unpack some more into the buffer; False at the end of the file."""
        if not self._is_gzip:
            self._buffer += self._packed
            more, self._packed = self._packed, self._source.read(_CHUNK)
            self._read += len(self._packed)
            return bool(more)
        if self._is_damaged:
            raise DamagedError("packed data is damaged")
        while True:
            if not self._packed:
                self._packed = self._source.read(_CHUNK)
                self._read += len(self._packed)
                if not self._packed and self._member is None:
                    return False
            is_at_end = not self._packed
            if data := self._unpack():
                self._buffer += data
                return True
            if is_at_end and self._member is not None:
                raise AtEndError

    def _unpack(self) -> bytes:
        if self._member is None:
            self._begin_member()
        assert self._member is not None  # noqa: S101  (begun above)
        try:
            data = self._member.decompress(self._packed, _STEP)
        except zlib.error as error:
            self._member = None
            self._is_damaged = True
            self._packed = self._packed[1:]  # whatever it is, it is not the beginning of the next member
            raise DamagedError(f"packed data is damaged: {error}") from error
        if self._member.eof:
            self._packed, self._member = self._member.unused_data, None
        else:
            self._packed = self._member.unconsumed_tail
        return data

    def _begin_member(self) -> None:
        while len(self._packed) < len(_MAGIC) and (more := self._source.read(_CHUNK)):
            self._read += len(more)
            self._packed += more
        if not self._packed.startswith(_MAGIC):
            self._is_damaged = True
            raise DamagedError("something that is not gzip stands between the records")
        self._members.append((self._before + len(self._buffer), self._read - len(self._packed)))
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def _advance(self, size: int) -> bytes:
        data = bytes(memoryview(self._buffer)[self._at : self._at + size])
        self._at += size
        return data

    def drop(self) -> None:
        """Let go of what has been read."""
        del self._buffer[: self._at]
        self._before += self._at
        self._at = 0
