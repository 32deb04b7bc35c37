"""A limit on processor time, which a busy machine does not change."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTimeError(BaseException):
    """No Exception, so that no parser's `except Exception` takes it for the document's fault."""


@contextmanager
def cpu_limit(seconds: float, what: str) -> Iterator[None]:
    """Raise `OutOfTimeError` if the block uses more processor time; main thread only.

    Code in C is not interrupted, but found out when it returns; one that never returns is ended by pytest's timeout.
    """

    def over(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTimeError(f"{what} takes more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
