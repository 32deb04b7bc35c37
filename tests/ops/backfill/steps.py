"""A backfill step by step, as its DAG calls them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipeline.ops import backfill, night
from pipeline.warehouse import db
from tests.foreign_files import Capture, story


def rows(query: str, **values: Any) -> list[dict[str, Any]]:
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def run(
    name: str, *files: Path, marts: bool = False, after_tag: Callable[[], None] | None = None, **params: Any
) -> str:
    """The tasks of the DAG in their order; gives the run key."""
    key = backfill.start(name, {"files": [str(file) for file in files], **params})
    backfill.read_lists(key)
    for shard in night.claim(key):
        night.fetch(key, shard)
    for part in backfill.divide(key):
        backfill.copy(key, part)
    batches = night.freeze_context(key)
    for batch in batches:
        night.clean(key, batch)
    night.resolve(key)
    for batch in batches:
        night.tag(key, batch)
    if after_tag is not None:
        after_tag()
    night.link(key)
    for batch in batches:
        night.load(key, batch)
    if marts:
        night.marts(key)
    return key


def captures(numbers: range, at: str = "2019-03-05T06:07:08Z") -> list[Capture]:
    return [Capture(f"https://www.harbour.example/ferry/{n}", story(n), at=at) for n in numbers]
