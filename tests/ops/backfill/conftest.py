"""A machine with two registered outlets, one of them a paper on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from pipeline.settings import get_settings
from tests.foreign_files import story


@pytest.fixture
def outlet() -> Iterator[str]:
    """A paper on loopback that serves `story(n)` at `/ferry/n`."""

    class Paper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.rpartition("/")[2]
            is_there = self.path.startswith("/ferry/")
            body = story(int(number)) if is_there else b"no such page"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Paper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"paper.localhost:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def machine(tmp_path: Path, outlet: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings of a machine with two registered outlets, one of them on loopback."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for key, home, host in (
        ("harbour", "https://www.harbour.example/", "www.harbour.example"),
        ("paper", f"http://{outlet}/", outlet),
    ):
        source = {"key": key, "name": key.title(), "homepage": home, "allow_loopback": True, "host_delay_s": 0.0}
        source["feeds"] = [{"kind": "rss", "url": f"http://{host}/feed.xml"}]
        (folder / f"{key}.yml").write_text(yaml.safe_dump(source))
    monkeypatch.setenv("MM_SOURCES", str(folder))
    monkeypatch.setenv("MM_LANDING_URL", (tmp_path / "landing").as_uri())
    monkeypatch.setenv("MM_HOST_DELAY_S", "0")
    monkeypatch.setenv("MM_HOST_BUDGET", "3")  # robots.txt and two pages
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()
