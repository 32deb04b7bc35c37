"""Schema `ops`: runs, the ledger's events, makers, checks."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB

from pipeline.warehouse.tables.base import at, metadata, on, partitioned, surrogate, text

run = Table(
    "run",
    metadata,
    text("run_key", "Natural key, like 20261123T0200Z-nightly.", primary_key=True),
    text("kind", "nightly, replay, discover or backfill."),
    on("night", "The night this run is for, UTC."),
    text("airflow_run_id", "Run id in Airflow.", null=True, unique=True),
    text("state", "running, succeeded or failed."),
    at("started_at", "Start."),
    at("ended_at", "End.", null=True),
    Column("params", JSONB, nullable=False, comment="Form values: sources, limit, recheck."),
    text("code_version", "Version of the product."),
    text("note", "The ledger in words, as shown in Airflow.", null=True),
    text("report_uri", "Nightly report.", null=True),
    schema="ops",
    comment="One row per run of the nightly, discover or backfill job.",
)

entry_event = partitioned(
    Table(
        "entry_event",
        metadata,
        Column("event_id", BigInteger, Identity(), nullable=False, comment="Private key; orders events."),
        on("event_on", "UTC day; partition key."),
        at("at", "When it happened."),
        text("run_key", "Run in which it happened; null between runs (discovery, operator).", null=True),
        Column("entry_id", BigInteger, nullable=False, comment="The URL (raw.entry)."),
        text("source_key", "Its source, for the ledger."),
        text("from_state", "State before; null at discovery.", null=True),
        text("to_state", "State after."),
        text(
            "stage",
            "Stage that decided: discover, claim, fetch, clean, resolve, tag, load, reconcile, operator.",
        ),
        text("reason", "Why (Reason)."),
        text("detail", "In words, where there is more to say.", null=True),
        PrimaryKeyConstraint("event_id", "event_on"),
        Index("ix_entry_event_run_key", "run_key"),
        Index("ix_entry_event_entry_id_at", "entry_id", "at"),
        schema="ops",
        comment="One row per change of state of one URL. Append-only; the truth behind raw.entry.state and the ledger.",
    ),
    "event_on",
)

stage_part = Table(
    "stage_part",
    metadata,
    text("run_key", "The run."),
    text("stage", "Stage name."),
    text("part", "Shard or batch; 'all' where the stage is one task."),
    text("state", "running, done or failed."),
    at("started_at", "Start of the last attempt."),
    at("ended_at", "End of the last attempt.", null=True),
    Column("attempt", Integer, nullable=False, comment="Attempts so far."),
    Column("total", BigInteger, comment="Rows to work through, where known beforehand."),
    Column("rows_in", BigInteger, comment="Rows read."),
    Column("rows_out", BigInteger, comment="Rows written."),
    Column("counts", JSONB, comment="Rows by reason, and what else the stage counts."),
    text("error", "First line of the error of the last attempt.", null=True),
    PrimaryKeyConstraint("run_key", "stage", "part"),
    schema="ops",
    comment="One row per part of a stage of a run: what the live progress shows.",
)

maker = Table(
    "maker",
    metadata,
    surrogate("maker_id"),
    text("stage", "clean, tag or link."),
    text("code_version", "Version of the stage's code."),
    text("model_version", "Version of its model, word lists and libraries."),
    text("settings_digest", "Hash of the settings and configuration files that change its output."),
    text("digest", "Natural key: hash of the four above.", unique=True),
    at("first_used_at", "First run that used it."),
    schema="ops",
    comment="One row per version of a stage that has made rows.",
)

mart_result = Table(
    "mart_result",
    metadata,
    text("run_key", "The run."),
    text("node", "dbt node, like model.media_monitor.article."),
    text("kind", "model, test, seed or unit_test."),
    text("status", "success, pass, warn, fail, error or skipped."),
    Column("row_count", BigInteger, comment="Rows written, or failing rows of a test."),
    Column("seconds", Float, comment="Execution time."),
    text("message", "dbt's message.", null=True),
    PrimaryKeyConstraint("run_key", "node"),
    schema="ops",
    comment="One row per dbt node and run.",
)

check_result = Table(
    "check_result",
    metadata,
    text("run_key", "The run."),
    text("check_name", "What was checked."),
    Column("is_ok", Boolean, nullable=False, comment="True if it held."),
    text("severity", "error fails the run, warn does not."),
    text("observed", "What was found."),
    text("expected", "What should have been."),
    text("advice", "What to do about it.", null=True),
    PrimaryKeyConstraint("run_key", "check_name"),
    schema="ops",
    comment="One row per check of a run.",
)

source_history = Table(
    "source_history",
    metadata,
    Column("source_history_id", BigInteger, Identity(), primary_key=True, comment="Private key."),
    text("source_key", "The source."),
    at("valid_from", "When this configuration came into force."),
    at("valid_to", "When it ended; null while in force.", null=True),
    Column("config", JSONB, nullable=False, comment="The YAML file as data."),
    text("config_digest", "Hash of the configuration."),
    UniqueConstraint("source_key", "valid_from"),
    schema="ops",
    comment="One row per configuration a source ever had.",
)

host = Table(
    "host",
    metadata,
    text("host", "Host and port, as in raw.entry.host.", primary_key=True),
    text("held_by", "Worker that may ask it now; null while nobody does.", null=True),
    at("held_until", "End of its hold unless renewed: a killed worker blocks a host no longer than this.", null=True),
    text("wanted_by", "Worker that waits for it; the holder gives way to it.", null=True),
    at("wanted_until", "End of that wish unless repeated.", null=True),
    at("last_request_at", "Last request to it by any worker.", null=True),
    at("backoff_since", "Since when it is left in peace.", null=True),
    at("backoff_until", "Not asked before this moment, by any worker.", null=True),
    text("backoff_reason", "Why (Reason).", null=True),
    Column("failure_count", Integer, nullable=False, server_default=sql("0"), comment="Failures of the host in a row."),
    text("robots_origin", "Where it was asked for its robots.txt, like https://example.org.", null=True),
    at("robots_read_at", "When its robots.txt was last asked for.", null=True),
    at("robots_until", "Until when that answer holds.", null=True),
    Column("robots_status", SmallInteger, comment="HTTP status of that answer; null if there was none."),
    Column("robots_body", LargeBinary, comment="The robots.txt as received, at most 512 kB; null where there is none."),
    schema="ops",
    comment="One row per host asked: who may ask it, since when it is left in peace, and its robots.txt.",
)
