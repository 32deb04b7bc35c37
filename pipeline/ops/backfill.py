"""A backfill, step by step: what the tasks of the backfill DAG call before they join the way of a night."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pipeline import frames, landing
from pipeline.log import event
from pipeline.ops.backfill_files import find_inputs, shown, wanted_of
from pipeline.ops.night import SILENT_HOURS, PartDict, small
from pipeline.records import Part, StageCounts
from pipeline.settings import get_settings
from pipeline.sources import SourceConfig, load_sources
from pipeline.warehouse import db
from pipeline.warehouse.progress import track
from pipeline.warehouse.runs import Run, get_run, open_run, release_dead_runs

PART_BYTES = 1_000_000_000
"""Small files are read by one task together, up to so much; a file is never divided, since packed as one stream it
could only be read from its beginning."""


@dataclasses.dataclass(frozen=True, slots=True)
class ForeignFile:
    """One file of a part: a row of `copy/<part>.parquet`."""

    uri: str


def start(airflow_run_id: str, params: dict[str, Any]) -> str:
    """Find the files, check the options and open the run (or find it, when the task runs again); gives its key.

    Raises ConfigError if a file is not there or not what it should be.
    """
    from pipeline.warehouse.sources import sync_sources

    now = datetime.now(UTC)
    sources = _sources()
    inputs = find_inputs(params.get("files") or [])
    wanted_of(params, sources)
    db.in_transaction(lambda c: sync_sources(c, sources, now))
    kept = {**params, "warcs": list(inputs.warcs), "lists": list(inputs.lists)}
    run = db.in_transaction(
        lambda c: open_run(
            c, kind="backfill", night=now.date(), started_at=now, airflow_run_id=airflow_run_id, params=kept
        )
    )
    db.in_transaction(lambda c: release_dead_runs(c, silent_hours=SILENT_HOURS, except_run=run.run_key))
    event("run_started", run=run.run_key, kind=run.kind, warcs=len(inputs.warcs), lists=len(inputs.lists))
    return run.run_key


def read_lists(run_key: str) -> dict[str, int]:
    """Make entries of what the URL lists name."""
    from pipeline.discover.url_list import record_list

    run = _run(run_key)
    lists = run.params["lists"]
    wanted = wanted_of(run.params, _sources())

    def work() -> StageCounts:
        counts: Counter[str] = Counter()
        for uri in lists:
            counts += record_list(run_key, uri, wanted.source_of, datetime.now(UTC))
        return StageCounts(len(lists), counts["new"], dict(sorted(counts.items())))

    return small(track(run_key, "discover", "all", work))


def divide(run_key: str) -> list[PartDict]:
    """Divide the WARC files into parts, one task each. With a limit there is one part, so that it is kept."""
    run = _run(run_key)
    parts = []
    for number, files in enumerate(_grouped(run.params["warcs"], is_one=bool(run.params.get("limit")))):
        name = f"w{number:03}"
        uri = landing.run_uri(run_key, "copy", f"{name}.parquet")
        frames.write_records(uri, [ForeignFile(file) for file in files], ForeignFile)
        label = shown(files[0]).rpartition("/")[2] + (f" and {len(files) - 1} more" if len(files) > 1 else "")
        parts.append(Part(name, label, uri, len(files)))
    return [dataclasses.asdict(part) for part in parts]


def copy(run_key: str, files: PartDict) -> dict[str, int]:
    """Copy the pages of one part's files into the archive."""
    from pipeline.fetch.backfill import copy_files

    run, part = _run(run_key), Part(**files)
    work = partial(
        copy_files,
        run_key,
        part.name,
        [file.uri for file in frames.read_records(part.uri, ForeignFile)],
        wanted=wanted_of(run.params, _sources()),
        max_bytes=get_settings().max_page_bytes,
        limit=run.params.get("limit") or 0,
    )
    return small(track(run_key, "fetch", part.name, work))


def _grouped(files: list[str], *, is_one: bool) -> list[list[str]]:
    groups: list[list[str]] = []
    room = 0
    for file in files:
        file_bytes = landing.size(file)
        if not groups or (file_bytes > room and not is_one):
            groups.append([])
            room = PART_BYTES
        groups[-1].append(file)
        room -= file_bytes
    return groups


def _run(run_key: str) -> Run:
    with db.reading() as connection:
        return get_run(connection, run_key)


def _sources() -> list[SourceConfig]:
    return load_sources(get_settings().sources_dir)
