"""The tasks that every run with claims goes through; imported by DAG files, so nothing heavy here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, TriggerRule, get_current_context, task

ARCHIVE, CORE, MART = Asset("media-monitor/archive"), Asset("media-monitor/core"), Asset("media-monitor/mart")
WHATEVER_CAME_BEFORE = {"trigger_rule": TriggerRule.ALL_DONE}  # one failed part never stops the run


def each_part(does: str, pool: str, hours: int, **options: Any) -> Any:
    """Makes a mapped task of a function; `does` is its documentation, since a mapped task takes no docstring."""
    limit = timedelta(hours=hours)
    return task(doc_md=does, pool=pool, execution_timeout=limit, map_index_template="{{ part_label }}", **options)


def night(part: dict[str, Any] | None = None) -> Any:
    """`pipeline.ops.night`, imported when the task runs and not when the file is parsed."""
    from pipeline.ops import night as steps

    if part:
        name_in_ui(part)
    return steps


def name_in_ui(part: dict[str, Any]) -> None:
    """Name the mapped task by what it works on."""
    context: Any = get_current_context()
    context["part_label"] = part["label"]


def claim_and_fetch(run_key: Any, after: Any) -> Any:
    """Adds `claim` (after these tasks) and the mapped `fetch` to the DAG; gives what fetched."""

    @task
    def claim(run_key):  # type: ignore[no-untyped-def]
        """Takes what is due, under row locks, and divides it by host."""
        return night().claim(run_key)

    @each_part("Fetches one shard: bytes to WARC files, attempts to `raw.page`.", "network", 6, outlets=[ARCHIVE])
    def fetch(run_key, part):  # type: ignore[no-untyped-def]
        return night(part).fetch(run_key, part)

    shards = claim(run_key)
    after >> shards
    return fetch.partial(run_key=run_key).expand(part=shards)


def work_off(run_key: Any, fetched: Any) -> None:
    """Adds the way from fetched bytes to the reconciled run to the DAG; `reconcile` is its leaf."""

    @task(**WHATEVER_CAME_BEFORE)
    def context(run_key):  # type: ignore[no-untyped-def]
        """Freezes what the run may know of the warehouse, and plans batches."""
        return night().freeze_context(run_key)

    @each_part("Bytes to text, title, authors, date, language, quality; garbage is marked, not dropped.", "text", 2)
    def clean(run_key, part):  # type: ignore[no-untyped-def]
        return night(part).clean(run_key, part)

    @task(**WHATEVER_CAME_BEFORE)
    def resolve(run_key):  # type: ignore[no-untyped-def]
        """New, edited, known or copied: addresses, duplicates, revisions with their cause."""
        return night().resolve(run_key)

    @each_part("Language, people, organisations, places, IPTC topics.", "text", 2)
    def tag(run_key, part):  # type: ignore[no-untyped-def]
        return night(part).tag(run_key, part)

    @task(**WHATEVER_CAME_BEFORE)
    def link(run_key):  # type: ignore[no-untyped-def]
        """Joins entities across the run's articles."""
        return night().link(run_key)

    @each_part("One batch, one transaction: facts replaced as sets, or left if equal.", "warehouse", 2, outlets=[CORE])
    def load(run_key, part):  # type: ignore[no-untyped-def]
        return night(part).load(run_key, part)

    @task(pool="warehouse", outlets=[MART], **WHATEVER_CAME_BEFORE)
    def marts(run_key):  # type: ignore[no-untyped-def]
        """One `dbt build`: tests on sources, models, tests on marts."""
        return night().marts(run_key)

    @task(**WHATEVER_CAME_BEFORE)
    def reconcile(run_key, dag_run=None):  # type: ignore[no-untyped-def]
        """Ledger, checks, report; fails if anything before it failed."""
        return night().reconcile(run_key, dag_run.run_id)

    batches = context(run_key)
    cleaned = clean.partial(run_key=run_key).expand(part=batches)
    tagged = tag.partial(run_key=run_key).expand(part=batches)
    loaded = load.partial(run_key=run_key).expand(part=batches)
    fetched >> batches
    cleaned >> resolve(run_key) >> tagged >> link(run_key) >> loaded >> marts(run_key) >> reconcile(run_key)
