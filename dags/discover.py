"""Between nightlies: poll the feeds that are due, since a feed forgets sooner than a night comes."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from pipeline.ops.retry import DEFAULTS

with (
    DAG(
        dag_id="discover",
        schedule=CronTriggerTimetable("*/10 * * * *", timezone="UTC", run_immediately=timedelta(0)),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        dagrun_timeout=timedelta(minutes=25),  # a slow round delays the next ones, and piles nothing up
        tags=["media-monitor"],
        doc_md=__doc__ + "\n\nIt only adds to what the next nightly can claim; it fetches no article."
        "\n\nEvery 10 minutes, since that is the shortest interval of a feed; when none is due, nothing is opened.",
    ) as discover
):

    @task(pool="polls", doc_md="Polls each feed whose time has come; new URLs become `raw.entry`.")
    def poll(dag_run=None):
        from pipeline.ops import night

        return night.poll(dag_run.run_id)

    poll()
