"""How a cleaning worker and the process that guards it talk: one length-prefixed pickle per message.

Both ends are this project's own code of the same checkout, joined by anonymous pipes.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.explanation import Explanation

_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Ask:
    """One page to clean."""

    html: bytes
    url: str | None
    hints: PageHints
    wants_explanation: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The page's content, or why there is none; and its explanation, if that was asked for and could be had."""

    content: PageContent | None
    error: str | None
    explanation: Explanation | None = None


READY = Answer(None, None)
"""What a worker says once it has loaded its libraries: the clock of the first page starts then."""


def frame(message: object) -> bytes:
    """A message as it goes through the pipe."""
    payload = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(payload)) + payload


def unframe(buffer: bytearray) -> Any | None:
    """Take one whole message off the front of `buffer`; None while it is incomplete."""
    if len(buffer) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(buffer)
    end = _LENGTH.size + length
    if len(buffer) < end:
        return None
    message = pickle.loads(bytes(buffer[_LENGTH.size : end]))  # noqa: S301 -- written by our own child process
    del buffer[:end]
    return message


def read_message(stream: BinaryIO) -> Any | None:
    """Wait for the next message; None at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = stream.read(length)
    return pickle.loads(payload) if len(payload) == length else None  # noqa: S301 -- written by our own parent process
