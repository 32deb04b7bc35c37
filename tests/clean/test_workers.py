"""What becomes of a page does not hang on the pages its worker has read before."""

from __future__ import annotations

import os
import signal

import psutil

from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.protocol import Ask
from pipeline.clean.workers import Workers
from tests.clean.newspage import clean_lines, page, paragraphs

HUNGRY = Ask(page(paragraphs() + "<p>Some words here" * 200_000).encode(), None, PageHints())
ORDINARY = Ask(page().encode(), None, PageHints())


def _worker() -> psutil.Process:
    (process,) = [p for p in psutil.Process().children() if "pipeline.clean.worker" in " ".join(p.cmdline())]
    return process


def _is_whole(content: PageContent) -> bool:
    return content.text.split("\n") == clean_lines()


def test_a_page_that_fails_in_a_used_worker_is_tried_in_a_new_one() -> None:
    """Memory: what the used worker has left is not what the page may use."""
    with Workers(1, page_timeout_s=30, page_memory_mb=300) as workers:
        assert _is_whole(next(workers.clean([ORDINARY])))
        used = _worker()
        # As though the pages before had left it 20 MB: the hungry page cannot succeed here.
        used.rlimit(psutil.RLIMIT_AS, (used.memory_info().vms + 20_000_000,) * 2)
        big = Ask(page(paragraphs() + "<!--" + "x" * 4_000_000 + "-->").encode(), None, PageHints())
        assert _is_whole(next(workers.clean([big])))
        assert _worker().pid != used.pid


def test_a_page_that_fails_in_a_new_worker_has_failed() -> None:
    with Workers(1, page_timeout_s=30, page_memory_mb=150) as workers:
        found = list(workers.clean([ORDINARY, HUNGRY, ORDINARY]))
    assert [c.judgement.reason for c in found] == [None, "broken_page", None]
    assert _is_whole(found[2])


def test_a_worker_killed_between_pages_costs_nothing() -> None:
    """As the kernel does when the machine's memory runs out."""
    with Workers(1, page_timeout_s=30, page_memory_mb=300) as workers:
        assert _is_whole(next(workers.clean([ORDINARY])))
        killed = _worker()
        os.kill(killed.pid, signal.SIGKILL)
        assert _is_whole(next(workers.clean([ORDINARY])))
        assert _worker().pid != killed.pid
