"""COPY of a whole DataFrame: the columns go to CSV in Arrow, never row by row through Python."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlalchemy import Connection

_OPTIONS = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
"""Words are quoted and missing values are not, so COPY tells an empty text from NULL."""


def copy_frame(connection: Connection, table: str, columns: Sequence[str], frame: pd.DataFrame) -> None:
    """COPY the columns of a frame (numbers, words, days; no lists) into `schema.table`, in its order of rows."""
    if frame.empty:
        return
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101  (we only ever use psycopg)
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(pa.Table.from_pandas(frame[list(columns)], preserve_index=False), sink, _OPTIONS)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)"
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(sink.getvalue().to_pybytes())
