"""A web server in a process of its own that costs as little as one can: generated pages, ready to send."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import ClassVar

PAGE_BYTES = (80_000, 180_000)
PAGES = 64  # different ones; asked for again and again


def make_pages() -> list[bytes]:
    """Article pages as news sites send them: mostly markup and scripts that repeat, some text. The same every time."""
    rng = random.Random(20260314)
    words = ["".join(rng.choices("aeioulnrstdmkpgb", k=rng.randint(2, 11))) for _ in range(4_000)]
    blocks = [_block(rng, words) for _ in range(60)]  # of the site's template
    return [_page(rng, words, blocks, rng.randint(*PAGE_BYTES)) for _ in range(PAGES)]


def _block(rng: random.Random, words: Sequence[str]) -> str:
    kind = rng.choice(("li", "div", "script", "a", "figure"))
    return f'<{kind} class="{rng.choice(words)}" data-id="{rng.getrandbits(64):x}">{_text(rng, words, 30)}</{kind}>\n'


def _text(rng: random.Random, words: Sequence[str], most: int) -> str:
    return " ".join(rng.choices(words, k=rng.randint(5, most)))


def _page(rng: random.Random, words: Sequence[str], blocks: Sequence[str], size: int) -> bytes:
    parts = ["<!doctype html><html lang=en><head><meta charset=utf-8><title>Harbour news</title></head><body>"]
    length = len(parts[0])
    while length < size:
        part = rng.choice(blocks) if rng.random() < 0.75 else f"<p>{_text(rng, words, 40)}</p>\n"
        parts.append(part)
        length += len(part)
    return "".join(parts).encode()[:size]


class _Server(asyncio.Protocol):
    """Answers `GET /<n>` with page n; nothing of HTTP that the benchmark does not need."""

    answers: ClassVar[list[bytes]] = []
    none: ClassVar[bytes] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].rpartition(b"/")[2]
            answer = self.answers[int(path) % PAGES] if path.isdigit() else self.none
            self._transport.write(answer)  # type: ignore[attr-defined]


def _serve(started: Connection) -> None:
    head = 'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: "7"\r\nContent-Length: {}\r\n\r\n'
    _Server.answers = [head.format(len(page)).encode() + page for page in make_pages()]

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "0.0.0.0", 0)  # noqa: S104  (all of 127/8)
        started.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def server() -> Iterator[int]:
    """The server's port, while it runs."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()
