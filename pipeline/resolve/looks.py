"""A look: one cleaned page as far as identity needs it, which is without its text."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import landing
from pipeline.frames import SchemaMismatchError, schema_of
from pipeline.identity import final_address
from pipeline.records import CleanedPage


@dataclass(frozen=True, slots=True)
class Look:
    """One row of a `clean/<batch>.parquet`, slim. Fields have the names they have in `CleanedPage`."""

    batch: str
    entry_id: int
    url: str
    final_url: str
    source_key: str
    first_seen_at: datetime
    fetched_at: datetime
    page_sha256: str
    canonical_url: str | None
    title: str | None
    text_sha256: str
    word_count: int
    is_paywalled: bool
    hints_digest: str
    verdict: str
    verdict_reason: str | None
    verdict_detail: str | None

    @property
    def final_address(self) -> str:
        """The address the bytes came from, in normal form."""
        return final_address(self.url, self.final_url)

    @property
    def order(self) -> tuple[datetime, str, int]:
        """What "earliest" means throughout: by first sighting, then by address."""
        return (self.first_seen_at, self.url, self.entry_id)


_COLUMNS = [f.name for f in fields(Look) if f.name != "batch"]


def read_looks(clean_uri: str) -> list[Look]:
    """The pages of one cleaned batch; the batch is named by its file. Reads only the columns it needs."""
    batch = clean_uri.rpartition("/")[2].removesuffix(".parquet")
    source = pq.ParquetFile(pa.BufferReader(landing.get_bytes(clean_uri)))
    missing = set(_COLUMNS) - set(source.schema_arrow.names)
    if missing:
        raise SchemaMismatchError(f"{clean_uri}: no columns {sorted(missing)}; run the stage clean again")
    want = schema_of(CleanedPage)
    table = source.read(columns=_COLUMNS).select(_COLUMNS).cast(pa.schema([want.field(name) for name in _COLUMNS]))
    columns = [column.to_pylist() for column in table.columns]
    return [Look(batch, *row) for row in zip(*columns, strict=True)]
