"""One night, step by step: what each task of the nightly DAG calls.

Every function opens what it needs, calls one stage, and returns something small enough for XCom. What a step
did stands in `ops.stage_part`; the steps hand each other URIs of files in the landing zone.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from pipeline import frames, landing
from pipeline.errors import ConfigError, Reason, Retryable
from pipeline.log import event
from pipeline.records import ClaimedEntry, Maker, Part, StageCounts
from pipeline.settings import get_settings
from pipeline.sources import SourceConfig, load_sources
from pipeline.warehouse import db
from pipeline.warehouse.claims import claim as claim_due
from pipeline.warehouse.claims import held_entries, rechecks_left
from pipeline.warehouse.progress import track
from pipeline.warehouse.runs import Run, close_run, get_run, open_run, release_dead_runs

PartDict = dict[str, Any]
"""A `records.Part` as XCom carries it."""

MOST_BATCHES = 1_000
"""Batches of a run at most; a large backfill has larger ones. Airflow refuses to map a task over more than 1,024."""

SILENT_HOURS = 7
"""A run in which nothing happened for longer is dead: one more hour than the longest task may take (fetch, 6 h)."""


def start(airflow_run_id: str, logical_date: datetime | None, params: dict[str, Any]) -> str:
    """Open the run (or find it, when the task runs again) and bring the sources' tables up to date.

    The night is the form's, else the logical date's, else today in UTC. A night before today is a replay: its
    claims and archived bytes are used again, and nothing is discovered. Returns the run key.
    """
    from pipeline.tag.topics.own_files import load_own_topics
    from pipeline.warehouse.sources import sync_sources

    now = datetime.now(UTC)
    chosen = params.get("night")
    day = date.fromisoformat(chosen) if chosen else (logical_date or now).date()
    if day > now.date():
        raise ConfigError(f"The night {day} lies in the future; leave the field empty for tonight.")
    kind = "replay" if chosen and day < now.date() else "nightly"
    started_at = logical_date or now
    sources = _sources()
    load_own_topics()  # a mistake in them is told now, not when everything has been fetched
    db.in_transaction(lambda c: sync_sources(c, sources, now))
    run = db.in_transaction(
        lambda c: open_run(c, kind=kind, night=day, started_at=started_at, airflow_run_id=airflow_run_id, params=params)
    )
    db.in_transaction(lambda c: release_dead_runs(c, silent_hours=SILENT_HOURS, except_run=run.run_key))
    event("run_started", run=run.run_key, kind=run.kind, night=run.night, sources=len(sources))
    return run.run_key


def discover(run_key: str) -> dict[str, int]:
    """Poll the feeds of the run's sources; a replay polls nothing."""
    from pipeline.discover import discover as poll_feeds

    run = _run(run_key)
    wanted = set(run.params.get("sources") or [])
    sources = [] if run.is_replay else [s for s in _sources() if not wanted or s.key in wanted]
    work = partial(poll_feeds, run_key, sources, datetime.now(UTC), feeds="all")
    return small(track(run_key, "discover", "all", work))


def claim(run_key: str) -> list[PartDict]:
    """Claim what is due and divide it into shards, a host in exactly one; returns the shards."""
    run = _run(run_key)
    settings = get_settings()
    shards: list[Part] = []

    def work() -> StageCounts:
        budget = settings.recheck_budget
        taken = db.in_transaction(lambda c: claim_due(c, run, now=datetime.now(UTC), recheck_budget=budget))
        with db.reading() as connection:
            held = held_entries(connection, run)
            left = rechecks_left(connection, run, now=datetime.now(UTC))
        shards.extend(_write_shards(run_key, held, settings.shards))
        inflow: dict[str, int] = {}
        for entry in held:
            inflow[entry.inflow] = inflow.get(entry.inflow, 0) + 1
        if left:
            inflow["recheck_postponed"] = left
        return StageCounts(rows_in=taken, rows_out=len(held), reasons=inflow)

    track(run_key, "claim", "all", work)
    return [dataclasses.asdict(shard) for shard in shards]


def fetch(run_key: str, shard: PartDict) -> dict[str, int]:
    """Fetch one shard into the archive."""
    from pipeline.fetch import fetch_shard

    part = Part(**shard)
    work = partial(fetch_shard, run_key, part.uri, part.name, sources=_sources(), settings=get_settings())
    return small(track(run_key, "fetch", part.name, work, total=part.rows))


def freeze_context(run_key: str) -> list[PartDict]:
    """Freeze what the run may know of the warehouse, and plan batches of what was fetched; returns the batches."""
    from pipeline.warehouse import context
    from pipeline.warehouse.pages import archived_pages

    batches: list[Part] = []

    def work() -> StageCounts:
        with db.reading() as connection:
            pages = archived_pages(connection, run_key)
        context.freeze_context(run_key, pages)
        size = max(get_settings().batch_size, -(-len(pages) // MOST_BATCHES))
        batches.extend(context.plan_batches(run_key, pages, size))
        return StageCounts(rows_in=len(pages), rows_out=len(batches), reasons={})

    track(run_key, "context", "all", work)
    return [dataclasses.asdict(batch) for batch in batches]


def clean(run_key: str, batch: PartDict) -> dict[str, int]:
    """Clean one batch of archived pages."""
    from pipeline.clean.batch import clean_batch

    part = Part(**batch)
    work = partial(
        clean_batch,
        part.uri,
        landing.run_uri(run_key, "context", "sources.parquet"),
        landing.run_uri(run_key, "clean", f"{part.name}.parquet"),
    )
    return small(track(run_key, "clean", part.name, work, total=part.rows))


def resolve(run_key: str) -> dict[str, int]:
    """Say for every cleaned page what it is: a new article, an edit, a duplicate, garbage."""
    from pipeline.resolve import resolve_run

    cleaned = landing.list_uris(landing.uri("runs", run_key, "clean"), ".parquet")
    return small(track(run_key, "resolve", "all", partial(resolve_run, run_key, cleaned, *_makers())))


def tag(run_key: str, batch: PartDict) -> dict[str, int]:
    """Tag the articles of one batch: language, entities, topics. Notes what did it, for load."""
    from pipeline.ops.tag_notes import write_notes
    from pipeline.tag.batch import names_model, tag_batch
    from pipeline.tag.topics.own_files import all_topics

    part = Part(**batch)

    def work() -> StageCounts:
        maker = _makers()[1]
        topics = all_topics()
        counts = tag_batch(
            landing.run_uri(run_key, "clean", f"{part.name}.parquet"),
            landing.run_uri(run_key, "resolve", "resolution.parquet"),
            landing.run_uri(run_key, "context", "sources.parquet"),
            landing.run_uri(run_key, "tag", part.name),
            names_model(get_settings()),
        )
        if _makers()[1] != maker:
            raise Retryable(Reason.OPERATOR, "word lists or topics changed while in use; the task runs again")
        write_notes(run_key, part.name, maker, topics)
        return counts

    return small(track(run_key, "tag", part.name, work, total=part.rows))


def link(run_key: str) -> dict[str, int]:
    """Join the run's names across its articles, and carry those that English articles establish over to others."""
    from pipeline.link.batch import LinkFiles, link_run

    files = LinkFiles(
        mentions=landing.list_uris(landing.uri("runs", run_key, "tag"), ".mention.parquet"),
        cleaned=landing.list_uris(landing.uri("runs", run_key, "clean"), ".parquet"),
        resolution=landing.run_uri(run_key, "resolve", "resolution.parquet"),
        known_entities=landing.run_uri(run_key, "context", "entities.parquet"),
        decisions=landing.run_uri(run_key, "context", "decisions.parquet"),
    )
    return small(track(run_key, "link", "all", partial(link_run, files, landing.uri("runs", run_key, "link"))))


def load(run_key: str, batch: PartDict) -> dict[str, int]:
    """Load one batch into the warehouse, in one transaction.

    Raises FileNotFoundError, saying what to do, if an earlier release tagged the batch.
    """
    from pipeline.ops.tag_notes import read_notes
    from pipeline.warehouse.load import load_batch

    part = Part(**batch)

    def work() -> StageCounts:
        tag_maker, topics = read_notes(run_key, part.name)
        clean_maker = _makers()[0]
        return load_batch(run_key, part.name, clean_maker=clean_maker, tag_maker=tag_maker, topics=topics)

    return small(track(run_key, "load", part.name, work, total=part.rows))


def marts(run_key: str) -> dict[str, int]:
    """Rebuild and test the marts."""
    from pipeline.warehouse.marts import build_marts

    return small(track(run_key, "marts", "all", partial(build_marts, run_key)))


def reconcile(run_key: str | None, airflow_run_id: str) -> dict[str, int]:
    """Ledger, checks and report; raises if the night is not whole."""
    from pipeline.ops.reconcile import reconcile as close_night

    return close_night(run_key, airflow_run_id)


def poll(airflow_run_id: str) -> dict[str, int]:
    """The discover job: poll the feeds that are due, between nightlies. Opens no run when none is due."""
    from pipeline.warehouse.polls import has_due_feeds
    from pipeline.warehouse.sources import sync_sources

    now = datetime.now(UTC)
    sources = _sources()
    db.in_transaction(lambda c: sync_sources(c, sources, now))
    with db.reading() as connection:
        if not has_due_feeds(connection, now, source_keys=[source.key for source in sources]):
            return small(StageCounts(rows_in=0, rows_out=0, reasons={}))
    from pipeline.discover import discover as poll_feeds

    run = db.in_transaction(
        lambda c: open_run(
            c, kind="discover", night=now.date(), started_at=now, airflow_run_id=airflow_run_id, params={}
        )
    )
    counts = track(run.run_key, "discover", "all", partial(poll_feeds, run.run_key, sources, now, feeds="due"))
    note = ", ".join(f"{n:,} {reason}" for reason, n in sorted(counts.reasons.items()))
    db.in_transaction(lambda c: close_run(c, run.run_key, state="succeeded", note=note, report_uri=None))
    return small(counts)


def _run(run_key: str) -> Run:
    with db.reading() as connection:
        return get_run(connection, run_key)


def _makers() -> tuple[Maker, Maker]:
    """The versions of clean and tag that this process has."""
    from pipeline.clean.version import maker as clean_maker
    from pipeline.tag.batch import maker as tag_maker

    return clean_maker(get_settings()), tag_maker(get_settings())


def _sources() -> list[SourceConfig]:
    return load_sources(get_settings().sources_dir)


def small(counts: StageCounts) -> dict[str, int]:
    """What a task may put into XCom."""
    return {"rows_in": counts.rows_in, "rows_out": counts.rows_out, **counts.reasons}


def _write_shards(run_key: str, entries: list[ClaimedEntry], shard_count: int) -> list[Part]:
    """Whole hosts to the shard with the least work so far, largest host first; at least one shard, maybe empty."""
    by_host: dict[str, list[ClaimedEntry]] = {}
    for entry in entries:
        by_host.setdefault(entry.host, []).append(entry)
    shards: list[list[list[ClaimedEntry]]] = [[] for _ in range(max(1, min(shard_count, len(by_host))))]
    for host in sorted(by_host, key=lambda h: (-len(by_host[h]), h)):
        min(shards, key=lambda shard: sum(map(len, shard))).append(by_host[host])
    parts = []
    for number, hosts in enumerate(shards):
        rows = [entry for host in hosts for entry in host]
        uri = landing.run_uri(run_key, "claim", f"{number:03}.parquet")
        frames.write_records(uri, rows, ClaimedEntry)
        parts.append(Part(f"{number:03}", f"{len(hosts)} hosts, {len(rows)} URLs", uri, len(rows)))
    return parts
