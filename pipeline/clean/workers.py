"""A few guarded worker processes: each page has a time and memory limit, a bad page costs only itself.

Plain subprocesses rather than multiprocessing: they inherit nothing (Airflow's supervisor sockets, threads, a
half-imported `__main__`), end by themselves when their parent is killed, and a page stuck inside libxml2 can be
ended from outside.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from pipeline.clean.content import PageContent, without_content
from pipeline.clean.explanation import Explanation
from pipeline.clean.protocol import READY, Answer, Ask, frame, unframe
from pipeline.errors import Reason
from pipeline.log import anomaly

START_TIMEOUT_S = 60.0
"""Loading the libraries takes 1 to 2 s. The rest is room for a busy machine, chosen and not measured."""
PATIENCE = 4
"""A page that waits for the processor on a busy machine may take this many times its limit by the clock."""
AHEAD = 8
"""Pages read ahead of the one being waited for, per worker: bounds memory, keeps the others busy."""


_Done = tuple[PageContent, Explanation | None]


class WorkerStartError(RuntimeError):
    """A worker cannot start at all: the installation is broken, not a page."""


class Workers:
    """`processes` workers; use as a context manager. Results come in the order of the pages."""

    def __init__(
        self, processes: int, *, page_timeout_s: float, page_memory_mb: int, recycle_after: int = 2_000
    ) -> None:
        self._processes = max(1, processes)
        self._timeout_s = page_timeout_s
        self._memory_mb = page_memory_mb
        self._recycle_after = recycle_after
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def clean(self, pages: Iterable[Ask | PageContent]) -> Iterator[PageContent]:
        """Clean pages, lazily and in order; never more than `AHEAD` pages per worker are held.

        What comes as `PageContent` (a page that could not even be read) keeps its place and passes through.
        """
        for content, _ in self.explain(pages):
            yield content

    def explain(self, pages: Iterable[Ask | PageContent]) -> Iterator[tuple[PageContent, Explanation | None]]:
        """As `clean`, each page with its explanation if its `Ask` wants one and it could be explained."""
        source = enumerate(pages)
        waiting: dict[int, _Done] = {}
        next_out, exhausted = 0, False
        while True:
            while next_out in waiting:
                yield waiting.pop(next_out)
                next_out += 1
            idle = [w for w in self._workers if w.number is None]
            may_take = not exhausted and self._in_flight() + len(waiting) < AHEAD * self._processes
            if may_take and (idle or len(self._workers) < self._processes):
                number, page = next(source, (-1, None))
                if page is None:
                    exhausted = True
                elif isinstance(page, PageContent):
                    waiting[number] = (page, None)
                else:
                    self._idle(idle).give(number, page)
                continue
            if self._in_flight() == 0:
                if exhausted:
                    return
                continue
            waiting.update(self._collect())

    def _in_flight(self) -> int:
        return sum(w.number is not None for w in self._workers)

    def _idle(self, idle: list[_Worker]) -> _Worker:
        if idle:
            return idle[0]
        worker = _Worker(self._timeout_s, self._memory_mb)
        self._workers.append(worker)
        return worker

    def _collect(self) -> dict[int, _Done]:
        """Wait until at least one worker has answered, died or run out of time."""
        done: dict[int, _Done] = {}
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                if worker.number is not None:
                    selector.register(worker.answers_fd, selectors.EVENT_READ, worker)
            wait_s = min(w.seconds_left() for w in self._workers if w.number is not None)
            ready = {key.data for key, _ in selector.select(max(0.0, wait_s))}
        for worker in list(self._workers):
            number = worker.number
            if number is None:
                continue
            outcome = worker.receive() if worker in ready else None
            if outcome is None and worker.seconds_left() <= 0:
                outcome = worker.out_of_time()
            if outcome is not None:
                done[number] = outcome
                if worker.is_worn or not worker.is_alive() or worker.pages >= self._recycle_after:
                    worker.end()
                    self._workers.remove(worker)
        return done


class _Worker:
    """One subprocess and the page it works on.

    What becomes of a page must not hang on the pages before it, which leave memory in pieces: one that fails in a
    process that has read others is tried again in a new one, and that decides. Libraries out of memory raise
    whatever they like (an XPath error, a library that cannot be loaded), so no error is told apart.
    """

    def __init__(self, timeout_s: float, memory_mb: int) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self.number: int | None = None
        self._page = b""
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.clean.worker", str(self._memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        assert self._process.stdin is not None  # noqa: S101 -- for the type checker: PIPE was asked for
        assert self._process.stdout is not None  # noqa: S101
        self._questions = self._process.stdin
        self.answers_fd = self._process.stdout.fileno()
        os.set_blocking(self.answers_fd, False)
        self._buffer = bytearray()
        self._started = False
        self._deadline = time.monotonic() + START_TIMEOUT_S
        self._last_deadline = self._deadline
        self._cpu_before = 0.0
        self.pages = 0
        self.is_worn = False

    def give(self, number: int, ask: Ask) -> None:
        """Hand over a page; it is sent once the worker has said that it is ready."""
        self.number = number
        self._page = frame(ask)
        if self._started:
            self._send()

    def receive(self) -> _Done | None:
        """What the worker has said since; None if the page is not finished."""
        ended = not self._fill()
        message = unframe(self._buffer)
        if isinstance(message, Answer) and message == READY and not self._started:
            self._started = True
            self._send()
            message = unframe(self._buffer)
        if isinstance(message, Answer):
            return self._finished(message)
        return self._died() if ended else None

    def seconds_left(self) -> float:
        """Until this worker's page is out of time."""
        return self._deadline - time.monotonic()

    def out_of_time(self) -> _Done | None:
        """End the worker, unless it has had less processor time than its page may use: then wait on."""
        if not self._started:
            self.end()
            raise WorkerStartError(f"a cleaning worker did not start within {START_TIMEOUT_S:.0f} s")
        missing = self._timeout_s - (self._cpu_s() - self._cpu_before)
        if missing > 0.2 * self._timeout_s and time.monotonic() < self._last_deadline:
            self._deadline = min(time.monotonic() + missing, self._last_deadline)
            return None
        self.end()
        self.number = None
        anomaly("page_timeout", limit_s=self._timeout_s)
        return without_content(Reason.PAGE_TIMEOUT.value, f"not cleaned within {self._timeout_s:g} s"), None

    def is_alive(self) -> bool:
        """The process still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process and take back its pipes."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._questions.close()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _send(self) -> None:
        self._cpu_before = self._cpu_s()
        self._deadline = time.monotonic() + self._timeout_s
        self._last_deadline = time.monotonic() + PATIENCE * self._timeout_s
        with contextlib.suppress(BrokenPipeError):  # a dead worker shows as the end of its answers
            self._questions.write(self._page)
            self._questions.flush()

    def _fill(self) -> bool:
        """Read what has come; False at the end of the stream."""
        while True:
            try:
                piece = os.read(self.answers_fd, 1 << 20)
            except BlockingIOError:
                return True
            if not piece:
                return False
            self._buffer += piece

    def _finished(self, answer: Answer) -> _Done | None:
        if answer.content is None and self.pages:
            self._again()
            return None
        self.is_worn = answer.content is None
        self.number = None
        self.pages += 1
        if answer.content is not None:
            return answer.content, answer.explanation
        return without_content(Reason.BROKEN_PAGE.value, answer.error or "no answer"), None

    def _died(self) -> _Done | None:
        code = self._process.wait()
        if not self._started:
            raise WorkerStartError(f"a cleaning worker ended with status {code} before its first page")
        anomaly("cleaning_worker_died", status=code)
        if self.pages:
            self._again()
            return None
        self.number = None
        return without_content(Reason.BROKEN_PAGE.value, f"the parser crashed on it (status {code})"), None

    def _again(self) -> None:
        self.end()
        self._start()

    def _cpu_s(self) -> float:
        try:
            times = psutil.Process(self._process.pid).cpu_times()
        except psutil.Error:
            return self._cpu_before
        return float(times.user + times.system)


def _environment() -> dict[str, str]:
    """Ours, with the checkout importable, and one thread for numpy: a worker is one core's work."""
    checkout = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
