"""Bring Airflow's metadata database to the current version and make the pools; one process, since importing
Airflow costs seconds. Run as `python -m pipeline.ops.airflow_setup` in Airflow's environment."""

from __future__ import annotations

POOLS = {
    "network": (4, "Tasks that wait for other people's servers."),
    "polls": (1, "The discover job, so that a night's long fetch tasks do not keep feeds waiting until they forget."),
    "text": (2, "Tasks that keep a core busy: clean, tag. One per core."),
    "warehouse": (2, "Tasks that write to the warehouse; more would wait for each other's locks and the disk."),
}


def main() -> None:
    """Migrate and make pools."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb, upgradedb
    from airflow.utils.session import create_session
    from sqlalchemy import inspect

    with create_session() as session:
        is_new = not inspect(session.get_bind()).has_table("dag_run")
    (initdb if is_new else upgradedb)()
    for name, (slots, why) in POOLS.items():
        Pool.create_or_update_pool(name, slots=slots, description=why, include_deferred=False)


if __name__ == "__main__":
    main()
