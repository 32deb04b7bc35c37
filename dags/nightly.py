"""The nightly run: every URL that is due, from the publisher to the marts, and an account of each.

**Is it complete?** The run's note is its ledger in one line; `mm ledger` has the whole.
**Why did a URL end as it did?** `mm why URL`.
**A task failed?** Read its log, mend the cause, clear the task: the same input gives the same rows.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task, task_group

from pipeline.ops import form, retry
from pipeline.ops.stages import claim_and_fetch, night, work_off
from pipeline.settings import get_settings

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

    run_key, polled = discover()
    work_off(run_key, claim_and_fetch(run_key, after=polled))
