"""The forms that start a nightly or a backfill by hand; imported by DAG files, so nothing heavy here."""

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

_KEYS = {"type": "array", "items": {"type": "string"}}
_DAY = {"type": ["null", "string"], "format": "date"}

BACKFILL = {
    "files": Param(
        [],
        **_KEYS,
        title="Files",
        description="WARC files, folders of them, patterns, or URL lists (.txt, .csv), one a line: paths or URIs.",
    ),
    "source": Param(
        None, type=["null", "string"], title="Source", description="Key of the source that all pages belong to."
    ),
    "all_domains": Param(
        False,
        type="boolean",
        title="All domains",
        description="Also pages on no source's domain, under the source `backfill`.",
    ),
    "since": Param(None, **_DAY, title="Since", description="Only WARC records of this day or later."),
    "until": Param(None, **_DAY, title="Until", description="Only WARC records of this day or earlier."),
    "domains": Param([], **_KEYS, title="Domains", description="Only pages on these domains or hosts. Empty: all."),
    "limit": Param(
        0, type="integer", minimum=0, title="Limit", description="Pages and listed URLs at most, each; 0 for no limit."
    ),
}
