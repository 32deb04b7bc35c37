"""The nightly run: every URL that is due, from the publisher to the marts, and an account of each.

**Is it complete?** The run's note is its ledger in one line; `mm ledger` has the whole.
**Why did a URL end as it did?** `mm why URL`.
**A task failed?** Read its log, mend the cause, clear the task: the same input gives the same rows.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, TriggerRule, get_current_context, task, task_group

from pipeline.ops import form, retry
from pipeline.settings import get_settings

ARCHIVE, CORE, MART = Asset("media-monitor/archive"), Asset("media-monitor/core"), Asset("media-monitor/mart")
WHATEVER_CAME_BEFORE = {"trigger_rule": TriggerRule.ALL_DONE}  # one failed part never stops the night


def each_part(does: str, pool: str, hours: int, **options):  # a mapped task takes no docstring
    limit = timedelta(hours=hours)
    return task(doc_md=does, pool=pool, execution_timeout=limit, map_index_template="{{ part_label }}", **options)


def night(part: dict | None = None):  # imported in the task, not when the file is parsed
    from pipeline.ops import night as steps

    if part:
        get_current_context()["part_label"] = part["label"]
    return steps


with DAG(
    dag_id="nightly",
    schedule=CronTriggerTimetable(get_settings().nightly_cron, timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=2,
    default_args=retry.DEFAULTS,
    dagrun_timeout=timedelta(hours=10),
    tags=["media-monitor"],
    doc_md=__doc__,
    params=form.NIGHTLY,
) as dag:

    @task_group
    def discover():
        """Open the run and poll every feed."""

        @task
        def start(dag_run=None, params=None):
            """Opens the run; brings `core.source` and `core.feed` up to date with the YAML files."""
            return night().start(dag_run.run_id, dag_run.logical_date, dict(params))

        @task(pool="network")
        def poll(run_key):
            """Polls feeds, sitemaps and drop folders: `raw.poll`; new URLs become `raw.entry`."""
            return night().discover(run_key)

        key = start()
        return key, poll(key)

    @task
    def claim(run_key):
        """Takes what is due, under row locks, and divides it by host."""
        return night().claim(run_key)

    @each_part("Fetches one shard: bytes to WARC files, attempts to `raw.page`.", "network", 6, outlets=[ARCHIVE])
    def fetch(run_key, part):
        return night(part).fetch(run_key, part)

    @task(**WHATEVER_CAME_BEFORE)
    def context(run_key):
        """Freezes what the run may know of the warehouse, and plans batches."""
        return night().freeze_context(run_key)

    @each_part("Bytes to text, title, authors, date, language, quality; garbage is marked, not dropped.", "text", 2)
    def clean(run_key, part):
        return night(part).clean(run_key, part)

    @task(**WHATEVER_CAME_BEFORE)
    def resolve(run_key):
        """New, edited, known or copied: addresses, duplicates, revisions with their cause."""
        return night().resolve(run_key)

    @each_part("Language, people, organisations, places, IPTC topics.", "text", 2)
    def tag(run_key, part):
        return night(part).tag(run_key, part)

    @task(**WHATEVER_CAME_BEFORE)
    def link(run_key):
        """Joins entities across the run's articles."""
        return night().link(run_key)

    @each_part("One batch, one transaction: facts replaced as sets, or left if equal.", "warehouse", 2, outlets=[CORE])
    def load(run_key, part):
        return night(part).load(run_key, part)

    @task(pool="warehouse", outlets=[MART], **WHATEVER_CAME_BEFORE)
    def marts(run_key):
        """One `dbt build`: tests on sources, models, tests on marts."""
        return night().marts(run_key)

    @task(**WHATEVER_CAME_BEFORE)
    def reconcile(run_key, dag_run=None):
        """Ledger, checks, report; fails if anything before it failed."""
        return night().reconcile(run_key, dag_run.run_id)

    run_key, polled = discover()
    shards = claim(run_key)
    polled >> shards
    fetched = fetch.partial(run_key=run_key).expand(part=shards)
    batches = context(run_key)
    cleaned = clean.partial(run_key=run_key).expand(part=batches)
    tagged = tag.partial(run_key=run_key).expand(part=batches)
    loaded = load.partial(run_key=run_key).expand(part=batches)
    fetched >> batches
    cleaned >> resolve(run_key) >> tagged >> link(run_key) >> loaded >> marts(run_key) >> reconcile(run_key)
