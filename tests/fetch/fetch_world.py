"""A claimed shard in a real warehouse, and sources as fetch sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, text
from warcio.checker import Checker

from pipeline import frames, landing, urls
from pipeline.errors import Reason
from pipeline.records import ClaimedEntry, State
from pipeline.settings import Settings
from pipeline.sources import SourceConfig
from pipeline.warehouse import db
from pipeline.warehouse.events import Move, move
from pipeline.warehouse.tables import raw

RUN = "20260314T0200Z-nightly"
PART = "000"
AT = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
SOURCE = "harbour-ledger"


def source(*hosts: str, drop_folder: Path | None = None, **fields: Any) -> SourceConfig:
    """One outlet; on loopback, unless `allow_loopback=False` is given."""
    feeds: list[dict[str, Any]] = [{"kind": "rss", "url": f"http://{host}/feed.xml"} for host in hosts]
    if drop_folder is not None:
        feeds.append({"kind": "drop_folder", "path": str(drop_folder)})
    values = {"key": SOURCE, "name": "The Harbour Ledger", "homepage": "https://harbour.example/", "feeds": feeds}
    return SourceConfig.model_validate({**values, "allow_loopback": True, "host_delay_s": 0.0, **fields})


def quick(**values: Any) -> Settings:
    """The product's settings, without its pauses."""
    return Settings(_env_file=None, **{"host_delay_s": 0.0, "retry_pause_s": 0.01, **values})


def claim(addresses: Sequence[str], **fields: Any) -> tuple[str, list[ClaimedEntry]]:
    """Put the addresses into `raw.entry`, claimed by the run; gives the shard's URI and its rows."""

    def write(connection: Any) -> list[int]:
        rows = [
            {
                "url_key": urls.url_key(address),
                "url": address,
                "host": urls.host_of(address),
                "source_key": SOURCE,
                "first_seen_at": AT,
                "state": "new",
                "reason": "new",
                "state_at": AT,
            }
            for address in addresses
        ]
        statement = insert(raw.entry).returning(raw.entry.c.entry_id, sort_by_parameter_order=True)
        ids = list(connection.scalars(statement, rows))
        moves = [Move(key, State.CLAIMED, Reason.NEW, "claim") for key in ids]
        move(connection, moves, from_states=[State.NEW], run_key=None, at=AT)
        connection.execute(text("UPDATE raw.entry SET claimed_by = :run, attempt_count = 1"), {"run": RUN})
        connection.execute(text("UPDATE ops.entry_event SET run_key = :run"), {"run": RUN})
        return ids

    ids = db.in_transaction(write)
    defaults: dict[str, Any] = {
        "source_key": SOURCE,
        "inflow": "new",
        "first_seen_at": AT,
        "attempt": 1,
        "feed_title": None,
        "feed_published_at": None,
        "etag": None,
        "last_modified": None,
        "page_id": None,
    }
    entries = [
        ClaimedEntry(entry_id=key, url_key=urls.url_key(url), url=url, host=urls.host_of(url), **{**defaults, **fields})
        for key, url in zip(ids, addresses, strict=True)
    ]
    uri = landing.run_uri(RUN, "claim", f"{PART}.parquet")
    frames.write_records(uri, entries, ClaimedEntry)
    return uri, entries


def rows(query: str, **values: Any) -> list[dict[str, Any]]:
    """What a query gives, as dicts."""
    with db.reading() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


def endings() -> dict[str, tuple[str, str]]:
    """Path of each entry → its state and reason."""
    found = rows("SELECT url, state, reason FROM raw.entry ORDER BY entry_id")
    return {"/" + row["url"].split("/", 3)[3]: (row["state"], row["reason"]) for row in found}


def archive_paths(landing_zone: Path) -> list[Path]:
    """The archive files that were written."""
    return sorted((landing_zone / "warc").rglob("*.warc.gz"))


def warcio_check(paths: Sequence[Path]) -> int:
    """What `warcio check` gives for the files: 0 if every digest holds."""
    result: int = Checker(SimpleNamespace(inputs=[str(path) for path in paths], verbose=False)).process_all()
    return result
