"""Resolve one run: reads its cleaned batches and its frozen context, writes `resolve/resolution.parquet`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, landing, urls
from pipeline.errors import Skip
from pipeline.log import event
from pipeline.records import KnownArticle, KnownText, Maker, Resolution, SourceProfile, StageCounts
from pipeline.resolve.core import resolve
from pipeline.resolve.looks import Look, read_looks

R = TypeVar("R")


def resolve_run(run_key: str, clean_uris: Sequence[str], clean_maker: Maker, tag_maker: Maker) -> StageCounts:
    """Resolve all cleaned batches of a run against its context (`context/*.parquet`).

    The makers are the versions of clean and tag this run works with. Counts are by state and reason.
    """
    looks = [look for uri in sorted(clean_uris) for look in read_looks(uri)]
    rows = resolve(
        looks,
        _known(run_key, looks),
        _context(run_key, "texts", KnownText, "text_sha256", {look.text_sha256 for look in looks}),
        frames.read_records(landing.run_uri(run_key, "context", "sources.parquet"), SourceProfile),
        clean_maker=clean_maker.digest,
        tag_maker=tag_maker.digest,
    )
    frames.write_records(landing.run_uri(run_key, "resolve", "resolution.parquet"), rows, Resolution)
    reasons = dict(sorted(Counter(str(row.reason) for row in rows).items()))
    to_store = sum(row.action != "end" for row in rows)
    event("resolved", run=run_key, pages=len(rows), to_store=to_store)
    return StageCounts(rows_in=len(looks), rows_out=to_store, reasons=reasons)


def _known(run_key: str, looks: Sequence[Look]) -> list[KnownArticle]:
    """The known articles at any address of these pages; the context holds three months of them."""
    addresses: set[str] = set()
    for look in looks:
        addresses |= {urls.url_key(look.url), urls.url_key(look.final_address)}
        if look.canonical_url is not None:
            try:
                addresses.add(urls.url_key(urls.absolute(look.canonical_url, look.final_address)))
            except Skip:
                continue
    return _context(run_key, "articles", KnownArticle, "address_key", addresses)


def _context(run_key: str, name: str, record: type[R], column: str, wanted: Collection[str]) -> list[R]:
    table = frames.read_table(landing.run_uri(run_key, "context", f"{name}.parquet"), record)
    is_wanted = pc.is_in(table[column], value_set=pa.array(sorted(wanted), pa.string()))
    columns = [found.to_pylist() for found in table.filter(is_wanted).columns]
    return [record(*row) for row in zip(*columns, strict=True)]
