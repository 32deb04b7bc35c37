"""The form that starts a nightly by hand; imported by a DAG file, so nothing heavy here."""

from __future__ import annotations

from airflow.sdk import Param

NIGHTLY = {
    "night": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Night",
        description="Empty: tonight. A past night is done again from the archive, without discovery.",
    ),
    "sources": Param(
        [],
        type="array",
        items={"type": "string"},
        title="Sources",
        description="Keys of the sources to take, one a line. Empty: all.",
    ),
    "limit": Param(0, type="integer", minimum=0, title="Limit", description="Entries at most; 0 for no limit."),
    "recheck": Param(
        "due",
        enum=["due", "all", "none"],
        title="Known URLs",
        description="Look again at those that are due, at all that are still watched, or at none.",
    ),
}
