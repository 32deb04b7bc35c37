"""One batch of cleaned pages becomes mentions and topics on disk, the same each time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.frames import read_records, write_records
from pipeline.records import (
    EMBEDDING_WIDTH,
    ArticleEmbedding,
    CleanedPage,
    Mention,
    Resolution,
    SourceProfile,
    TopicScore,
)
from pipeline.settings import get_settings
from pipeline.tag import batch
from pipeline.tag.tagger import encoder_version
from tests.tag.rows import page, resolution, source

TEXT = (
    "Police in London said the match was stopped.\n"
    "Mayor Miriam Okafor told the BBC that the striker had scored twice in the cup final. Okafor thanked the players."
)


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Writes a batch and tags it; gives mentions and topics."""

    def tagged(pages: list[CleanedPage], resolutions: list[Resolution], profiles: list[SourceProfile]) -> Any:
        uris = [(tmp_path / name).as_uri() for name in ("000.parquet", "resolution.parquet", "sources.parquet")]
        for uri, rows, record in zip(
            uris, (pages, resolutions, profiles), (CleanedPage, Resolution, SourceProfile), strict=True
        ):
            write_records(uri, rows, record)
        prefix = (tmp_path / "tag" / "000").as_uri()
        counts = batch.tag_batch(*uris, prefix)
        mentions = read_records(f"{prefix}.mention.parquet", Mention)
        return counts, mentions, read_records(f"{prefix}.topic.parquet", TopicScore)

    return tagged


def test_mentions_and_topics_of_what_goes_on_to_load(run: Any) -> None:
    pages = [page(1, TEXT), page(2, "Nothing of note."), page(3, TEXT), page(4, TEXT)]
    resolutions = [
        resolution(1, "b"),
        resolution(2, "a", action="retag"),
        resolution(3, "c", action="end"),
        resolution(9, "d"),  # of another batch
    ]
    counts, mentions, topics = run(pages, resolutions, [source("valley")])
    assert counts.rows_in == 2
    assert counts.rows_out == len(mentions) + len(topics)
    assert counts.reasons == {"no_topic": 1}
    assert {m.article_key for m in mentions} == {"b"}
    assert [(m.surface, m.entity_key) for m in mentions] == [
        ("London", "LOC:london"),
        ("Miriam Okafor", "PER:miriam okafor"),
        ("BBC", "ORG:bbc"),
        ("Okafor", "PER:miriam okafor"),
    ]
    assert all(TEXT[m.start : m.end] == m.surface for m in mentions)
    assert topics[0] == TopicScore("b", "medtop:15000000", 1, topics[0].score)


def test_the_outlets_country_decides_between_two_towns(run: Any) -> None:
    profiles = [source("valley", country="CA"), source("wire", country="GB")]
    pages = [page(1, "The fire in London is out.", source_key="wire")]
    found = {}
    for outlet in ("wire", "valley"):
        _, mentions, _ = run(pages, [resolution(1, "a", source_key=outlet)], profiles)
        found[outlet] = mentions[0].country
    assert found["wire"] == "GB"


def test_the_same_batch_gives_the_same_bytes(run: Any, tmp_path: Path) -> None:
    pages = [page(n, TEXT) for n in (3, 1, 2)]
    resolutions = [resolution(n, f"k{n}") for n in (1, 2, 3)]
    run(pages, resolutions, [])
    first = (tmp_path / "tag" / "000.mention.parquet").read_bytes()
    run(list(reversed(pages)), list(reversed(resolutions)), [])
    assert (tmp_path / "tag" / "000.mention.parquet").read_bytes() == first


def test_what_has_words_has_an_embedding(run: Any, tmp_path: Path) -> None:
    pages = [page(1, TEXT), page(2, "", title=None), page(3, TEXT.replace("London", "Oslo")), page(4, "عاد الهدوء.")]
    run(pages, [resolution(n, f"k{n}") for n in (1, 2, 3, 4)], [])
    rows = read_records((tmp_path / "tag" / "000.embedding.parquet").as_uri(), ArticleEmbedding)
    assert [row.article_key for row in rows] == ["k1", "k3", "k4"]
    assert {row.model for row in rows} == {encoder_version()}
    numbers = np.array([row.embedding for row in rows])
    assert numbers.shape == (3, EMBEDDING_WIDTH)
    assert (numbers.astype(np.float16) == numbers).all(), "rounded before they are hashed and stored"
    assert np.linalg.norm(numbers, axis=1) == pytest.approx(1, abs=1e-3)
    assert numbers[0] @ numbers[1] > numbers[0] @ numbers[2]


def test_the_makers_digest_follows_the_word_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = batch.maker(get_settings())
    assert before == batch.maker(get_settings())
    (tmp_path / "cues.yml").write_text("titles: [mr]\n", "utf-8")
    monkeypatch.setattr(batch, "ENTITY_FOLDER", tmp_path)
    after = batch.maker(get_settings())
    assert after.digest != before.digest
    assert (after.stage, after.code_version) == ("tag", before.code_version)


def test_times_are_not_used() -> None:
    early = batch.tag_page(page(1, TEXT), None)
    late = batch.tag_page(page(1, TEXT, fetched_at=datetime(2030, 1, 1, tzinfo=UTC)), None)
    assert early == late
