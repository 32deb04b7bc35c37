"""Records to Parquet and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline import frames, landing
from pipeline.records import EMBEDDING_WIDTH, ArticleEmbedding, Embedding, Part, Resolution, TopicScore

ROWS = [
    Resolution(
        1, "000", "k1", datetime(2026, 11, 23, 2, 0, tzinfo=UTC), "store", "loaded", "stored", None, "new", 1,
        ("https://example.org/ä",), ("listed",), None, *([""] * (len(Resolution.__slots__) - 13)),
    ),
]  # fmt: skip


def test_records_survive(landing_zone: Path) -> None:
    uri = landing.run_uri("r", "resolve", "x.parquet")
    assert frames.write_records(uri, ROWS, Resolution) == 1
    assert frames.read_records(uri, Resolution) == ROWS


def test_embeddings_survive_at_two_bytes_a_number(landing_zone: Path) -> None:
    uri = landing.run_uri("r", "tag", "000.embedding.parquet")
    exact = [ArticleEmbedding("k1", "m", Embedding((0.25, -0.5) * (EMBEDDING_WIDTH // 2)))]
    frames.write_records(uri, exact, ArticleEmbedding)
    assert frames.read_records(uri, ArticleEmbedding) == exact
    frames.write_records(uri, [], ArticleEmbedding)
    assert frames.read_records(uri, ArticleEmbedding) == []


def test_no_rows_still_have_columns(landing_zone: Path) -> None:
    uri = landing.run_uri("r", "tag", "none.parquet")
    frames.write_records(uri, [], TopicScore)
    frame = frames.read_frame(uri, TopicScore)
    assert list(frame.columns) == ["article_key", "code", "level", "score"]
    assert frame.empty


def test_integers_stay_integers(landing_zone: Path) -> None:
    frame = frames.frame_of(frames.to_table(ROWS, Resolution))
    assert frame["revision_no"].dtype == pd.Int64Dtype()
    assert str(frame["first_seen_at"].dtype) == "datetime64[us, UTC]"


def test_a_file_of_other_code_is_refused(landing_zone: Path) -> None:
    uri = landing.run_uri("r", "x", "x.parquet")
    frames.write_records(uri, [Part("000", "l", "u", 1)], Part)
    with pytest.raises(frames.SchemaMismatchError, match="run the stage again"):
        frames.read_records(uri, TopicScore)


def test_files_appear_whole_or_not_at_all(landing_zone: Path) -> None:
    uri = landing.uri("a", "b.bin")
    landing.put_bytes(uri, b"one")
    landing.put_bytes(uri, b"two")
    assert landing.get_bytes(uri) == b"two"
    assert landing.get_range(uri, 1, 1) == b"w"
    assert landing.list_uris(landing.uri("a")) == [uri]
    assert not list((landing_zone / "a").glob(".*"))
