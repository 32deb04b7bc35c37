"""The nightly report: one self-contained HTML page per run."""

from __future__ import annotations


def write_report(run_key: str | None, out_uri: str | None = None) -> str:
    """Write the page of a run (None: the newest night) and return its URI; see `pipeline.report.night`."""
    from pipeline.report.night import write_report as write  # charts take two seconds to import

    return write(run_key, out_uri)


__all__ = ["write_report"]
