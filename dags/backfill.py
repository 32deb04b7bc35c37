"""What others have collected: pages of foreign WARC files (CC-NEWS and the like) and lists of URLs.

They go the way of a night. Pages of WARC files are copied into our own archive, without the network, and stand at the
time of their record; URLs of lists are fetched politely, and what is over a host's budget is left to the next nightly.
Doing it again takes nothing twice. `mm backfill --dry-run FILE…` says beforehand what files would bring.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task

from pipeline.ops import form, retry
from pipeline.ops.stages import ARCHIVE, claim_and_fetch, each_part, name_in_ui, work_off


def steps(part: dict | None = None):  # imported in the task, not when the file is parsed
    from pipeline.ops import backfill

    if part:
        name_in_ui(part)
    return backfill


with DAG(
    dag_id="backfill",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=retry.DEFAULTS,
    dagrun_timeout=timedelta(hours=24),
    tags=["media-monitor"],
    doc_md=__doc__,
    params=form.BACKFILL,
) as dag:

    @task
    def start(dag_run=None, params=None):
        """Finds the files, checks the options, opens the run."""
        return steps().start(dag_run.run_id, dict(params))

    @task(pool="warehouse")
    def read_lists(run_key):
        """URLs of lists become `raw.entry`, seen by a feed of kind `backfill`."""
        return steps().read_lists(run_key)

    @task
    def divide(run_key):
        """Divides the WARC files into parts."""
        return steps().divide(run_key)

    @each_part("Copies pages of WARC files into the archive; their entries are claimed.", "text", 12, outlets=[ARCHIVE])
    def copy(run_key, part):
        return steps(part).copy(run_key, part)

    run_key = start()
    fetched = claim_and_fetch(run_key, after=read_lists(run_key))
    copied = copy.partial(run_key=run_key).expand(part=divide(run_key))
    work_off(run_key, [fetched, copied])
