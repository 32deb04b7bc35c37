"""One cleaning worker: reads pages from standard input, writes what is on them to standard output.

Started by `workers.Workers`; ends when its input ends, also when its parent was killed.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from typing import BinaryIO

from trafilatura.meta import reset_caches

from pipeline.clean.content import PageContent
from pipeline.clean.explain import explain_page
from pipeline.clean.explanation import Explanation
from pipeline.clean.page import clean_page
from pipeline.clean.protocol import READY, Answer, Ask, frame, read_message
from pipeline.errors import Reason

RESET_EVERY = 200
"""Pages after which the libraries' caches are emptied: a batch's worth, so that memory stays flat."""

_FIRST_PAGE = b"""<html><head><title>Models, tables and libraries</title></head><body><article>
<h1>Models, tables and libraries</h1><p class="byline">By Nora Quill</p><p class="date">23 November 2026</p>
<p>They are read before the first page comes, so that no page pays for it with its time or its memory.</p>
</article></body></html>"""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one message after the other until the input ends."""
    sink.write(frame(READY))
    sink.flush()
    done = 0
    while isinstance(ask := read_message(source), Ask):
        sink.write(frame(_answer(ask)))
        sink.flush()
        done += 1
        if done % RESET_EVERY == 0:
            reset_caches()


def _answer(ask: Ask) -> Answer:
    try:
        content = clean_page(ask.html, url=ask.url, hints=ask.hints)
        if content.judgement.reason == Reason.BROKEN_PAGE.value:  # libxml2 out of memory just gives no tree
            return Answer(None, content.judgement.detail)
        return Answer(content, None, _explanation(ask, content) if ask.wants_explanation else None)
    except MemoryError:
        return Answer(None, "the page needs more memory than page_memory_mb allows")
    except Exception as error:  # whatever a page does to a parser, the next page is to be cleaned
        return Answer(None, f"{type(error).__name__}: {error}"[:500])


def _explanation(ask: Ask, content: PageContent) -> Explanation | None:
    """None where explaining fails: the page itself is clean, and must not be called broken for it."""
    try:
        return explain_page(ask.html, content, url=ask.url, hints=ask.hints)
    except Exception:
        traceback.print_exc()
        return None


def main(memory_mb: int) -> None:
    """Take the real standard output for answers, send stray prints to standard error, bound the memory."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    clean_page(_FIRST_PAGE)
    used = _address_space()
    limit = used + memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, answers)


def _address_space() -> int:
    with open("/proc/self/statm") as statm:  # noqa: PTH123 -- a kernel table, not a file
        return int(statm.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(int(sys.argv[1]))
