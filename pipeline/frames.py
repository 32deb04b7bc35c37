"""Records to DataFrames to Parquet and back, with the schema taken from the record class.

`write_records` and `read_records` are for code that works row by row; `read_frame` gives the DataFrame.
Columns, order and types always equal the dataclass; a file that differs raises `SchemaMismatchError`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import landing
from pipeline.records import EMBEDDING_WIDTH, Embedding

if TYPE_CHECKING:
    import pandas as pd  # costs a second, which commands that read no frame should not pay

R = TypeVar("R")

_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
    date: pa.date32(),
    tuple[str, ...]: pa.list_(pa.string()),
    tuple[datetime, ...]: pa.list_(pa.timestamp("us", tz="UTC")),
    Embedding: pa.list_(pa.float16(), EMBEDDING_WIDTH),
}


class SchemaMismatchError(Exception):
    """A batch file does not have the columns its record class declares; it was written by other code."""


_SCHEMAS: dict[type[Any], pa.Schema] = {}


def schema_of(record: type[Any]) -> pa.Schema:
    """The Arrow schema of a record class; `X | None` is nullable, everything else is not."""
    if record not in _SCHEMAS:
        hints = get_type_hints(record)
        _SCHEMAS[record] = pa.schema([_field(f.name, hints[f.name]) for f in fields(record)])
    return _SCHEMAS[record]


def _field(name: str, hint: Any) -> pa.Field:
    nullable = get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
    inner = next(a for a in get_args(hint) if a is not type(None)) if nullable else hint
    return pa.field(name, _SCALARS[inner], nullable=nullable)


def to_table(records: Iterable[R], record: type[R]) -> pa.Table:
    """Columns from records; works for none at all. Lone surrogates cannot stand in UTF-8 and raise."""
    rows = list(records)
    schema = schema_of(record)
    return pa.Table.from_arrays(
        [pa.array([getattr(r, f.name) for r in rows], type=f.type) for f in schema], schema=schema
    )


def write_records(uri: str, records: Iterable[R], record: type[R]) -> int:
    """Write a batch atomically (spool, fsync, rename or put); returns the number of rows."""
    table = to_table(records, record)
    write_table(uri, table)
    return int(table.num_rows)


def write_table(uri: str, table: pa.Table) -> None:
    """Write any Arrow table atomically as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    landing.put_bytes(uri, sink.getvalue().to_pybytes())


def read_table(uri: str, record: type[Any]) -> pa.Table:
    """Read a batch and check it against the record class."""
    table = pq.read_table(pa.BufferReader(landing.get_bytes(uri)))
    want = schema_of(record)
    if table.schema.names != want.names:
        raise SchemaMismatchError(f"{uri}: columns {table.schema.names}, expected {want.names}; run the stage again")
    return table.cast(want)


def read_records(uri: str, record: type[R]) -> list[R]:
    """All rows of a batch as records."""
    table = read_table(uri, record)
    lists = {f.name for f in table.schema if pa.types.is_list(f.type) or pa.types.is_fixed_size_list(f.type)}
    columns = [
        [tuple(v) for v in table[name].to_pylist()] if name in lists else table[name].to_pylist()
        for name in table.schema.names
    ]
    return [record(*row) for row in zip(*columns, strict=True)]


def read_frame(uri: str, record: type[Any]) -> pd.DataFrame:
    """A batch as a pandas DataFrame: text columns `str`, times `datetime64[us, UTC]`, lists as objects."""
    return frame_of(read_table(uri, record))


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Arrow to pandas, with nullable integers kept as integers."""
    import pandas as pd

    mapping = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=mapping.get)
    return frame
