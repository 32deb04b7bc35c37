"""Writes the demo's source files, in the format every source of the product has."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from demo.outlets import OUTLETS, Outlet

HOST_DELAY_S = 0.02
"""Loopback needs no manners; a real source keeps the default of one second."""


def write_sources(folder: Path, port: int, clippings: Path | None = None) -> list[Path]:
    """Write one YAML file per outlet into `folder` and return their paths.

    With `clippings`, a ninth source watches that folder for dropped .html and .txt files; the folder is made.
    Files that are already right are left alone, so nothing seems to have changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = [_source(outlet, port) for outlet in OUTLETS]
    if clippings is not None:
        clippings.mkdir(parents=True, exist_ok=True)
        sources.append(_clippings(clippings))
    return [_write(folder / f"{source['key']}.yml", source) for source in sources]


def _source(outlet: Outlet, port: int) -> dict[str, Any]:
    base = f"http://{outlet.slug}.localhost:{port}"
    return {
        "key": outlet.slug,
        "name": outlet.name,
        "country": outlet.country,
        "language": outlet.language,
        "time_zone": outlet.time_zone,
        "homepage": f"{base}/",
        "allow_loopback": True,
        "host_delay_s": HOST_DELAY_S,
        "feeds": [{"url": f"{base}{feed.path}", "kind": feed.kind} for feed in outlet.feeds],
        "notes": "An invented outlet of the demo newsroom.",
    }


def _clippings(folder: Path) -> dict[str, Any]:
    return {
        "key": "clippings",
        "name": "Clippings",
        "country": "GB",
        "language": "en",
        "time_zone": "UTC",
        "homepage": "http://clippings.localhost/",
        "feeds": [{"kind": "drop_folder", "path": str(folder.resolve())}],
        "notes": "A folder on this machine: drop .html and .txt files here.",
    }


def _write(path: Path, source: dict[str, Any]) -> Path:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    buffer = StringIO()
    yaml.dump(source, buffer)
    if not path.exists() or path.read_text(encoding="utf-8") != buffer.getvalue():
        path.write_text(buffer.getvalue(), encoding="utf-8")
    return path
