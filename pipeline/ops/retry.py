"""How errors map onto Airflow's retries; imported by DAG files, so nothing heavy here."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

BY_ERROR_CLASS = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception="pipeline.errors.Retryable",
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=20),
            reason="May pass by itself: network, database, a full disk that someone clears.",
        ),
        RetryRule(
            exception=["pipeline.errors.ConfigError", "pipeline.errors.BatchFailed"],
            action=RetryAction.FAIL,
            reason="Will be the same next time; the message says what to do.",
        ),
    ]
)
"""Anything else is a bug or a killed process: Airflow's plain retries, then it fails and shows."""

DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=5), "retry_policy": BY_ERROR_CLASS}
