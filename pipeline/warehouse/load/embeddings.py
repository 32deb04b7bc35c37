"""Embeddings from a file of the run into `core.article_embedding`, packed from end to end as Postgres takes them.

COPY in binary: as text, 384 numbers an article would be a tenth of a load.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from sqlalchemy import Connection

from pipeline.records import EMBEDDING_WIDTH

Halves = npt.NDArray[np.float16]
Row = tuple[int, date, str, bytes, int]

_COPY = """
COPY core.article_embedding (article_id, first_seen_on, model, embedding, maker_id) FROM STDIN (FORMAT binary)
"""
_TYPES = ("int8", "date", "text", "bytea", "int8")  # the server takes the bytes for a halfvec


@dataclass(frozen=True, slots=True)
class PackedEmbedding:
    """The embedding of one article, ready for COPY."""

    model: str
    packed: bytes


def packed_embeddings(table: pa.Table, keys: Collection[str]) -> dict[str, PackedEmbedding]:
    """Article key → embedding, of the rows (`ArticleEmbedding`) of these articles."""
    wanted = set(keys)
    numbers = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    rows = zip(
        table["article_key"].to_pylist(),
        table["model"].to_pylist(),
        halfvec_bytes(numbers.reshape(-1, EMBEDDING_WIDTH)),
        strict=True,
    )
    return {key: PackedEmbedding(model, packed) for key, model, packed in rows if key in wanted}


def halfvec_bytes(embeddings: Halves) -> Iterator[bytes]:
    """Each row of a matrix as pgvector reads a halfvec: its width, two bytes of nothing, the numbers."""
    head = np.array([embeddings.shape[1], 0], dtype=">i2").tobytes()
    for row in embeddings.astype(">f2"):
        yield head + row.tobytes()


def add_embeddings(connection: Connection, rows: Iterable[Row]) -> None:
    """Add rows: article id, first_seen_on, model, packed embedding, maker id."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101  (we only ever use psycopg)
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)
