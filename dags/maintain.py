"""Housekeeping, once a day: partitions made, claims of dead runs released, old files removed, takedowns finished, old
polls summed up."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from pipeline.ops.retry import DEFAULTS

with DAG(
    dag_id="maintain",
    schedule=CronTriggerTimetable("30 12 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    dagrun_timeout=timedelta(hours=1),
    tags=["media-monitor"],
    doc_md=__doc__ + "\n\nSafe to run at any time, also while a nightly runs.",
) as maintain:

    @task(pool="warehouse", doc_md="Makes the partitions of the coming months.")
    def partitions():
        from pipeline.ops import maintenance

        return maintenance.make_partitions()

    @task(pool="warehouse", doc_md="Hands on what runs still hold that died without an end.")
    def dead_runs():
        from pipeline.ops import maintenance

        return maintenance.release_dead_runs()

    @task(doc_md="Removes stage files of runs older than the keeping time; the archive and the reports stay.")
    def work_files():
        from pipeline.ops import maintenance

        return maintenance.remove_old_work_files()

    @task(pool="warehouse", doc_md="Removes archive files past their keeping time, and ends what takedowns left to do.")
    def archive():
        from pipeline.ops import maintenance

        return maintenance.keep_archive()

    @task(doc_md="Brings what killed tasks left in this machine's spool into the archive, and clears it.")
    def spools():
        from pipeline.ops import maintenance

        return maintenance.clear_spools()

    @task(pool="warehouse", doc_md="Sums up polls of earlier than `MM_POLL_KEEP_D` days to days.")
    def old_polls():
        from pipeline.ops import maintenance

        return maintenance.roll_up_polls()

    @task(pool="warehouse", doc_md="VACUUM ANALYZE, so that tonight's plans are made from today's numbers.")
    def statistics():
        from pipeline.ops import maintenance

        return maintenance.analyze()

    partitions() >> dead_runs() >> spools() >> [archive(), work_files(), old_polls()] >> statistics()
