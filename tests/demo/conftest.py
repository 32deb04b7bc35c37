"""A demo newsroom that runs, and a small client that reaches outlets by their Host header."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import pytest

from demo.newsroom import Newsroom
from demo.server import Handle, start_in_thread

MONDAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """One request at a time to 127.0.0.1, as `<slug>.localhost`; follows no redirect."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.port = handle.port

    def get(self, url: str, method: str = "GET", **headers: str) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, headers={"Host": parts.netloc, **named})
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[Client]:
    with start_in_thread(MONDAY) as handle:
        yield Client(handle)


@pytest.fixture
def newsroom(demo: Client) -> Newsroom:
    return Newsroom(MONDAY, demo.port)
