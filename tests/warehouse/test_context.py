"""What a run may know of the warehouse: complete, repeatable, and frozen once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import text

from pipeline import frames, landing
from pipeline.folding import entity_key
from pipeline.records import ArchivedPage, KnownArticle, KnownEntity, KnownText, SourceProfile
from pipeline.urls import url_key
from pipeline.warehouse import db
from pipeline.warehouse.context import freeze_context, plan_batches
from tests.warehouse.nights import BODY, CLEAN, FIRST_SEEN, NIGHT, TAG, Seen, prepare, run, run_key_of, sha

pytestmark = pytest.mark.db
A = "https://tribune.example/2026/11/19/dockers-meet-the-board"
B = "https://tribune.example/2026/11/19/ferry-turns-back-at-noon"
COPY = "https://www.courier.example/wire/88-dockers"
R = TypeVar("R")
NEXT = NIGHT + timedelta(days=1)
LATER = FIRST_SEEN + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _place(warehouse: None, landing_zone: Path) -> None:
    """An empty warehouse and a landing zone for each test."""


def read(name: str, record: type[R]) -> list[R]:
    """A file of the context of the night after."""
    return frames.read_records(landing.run_uri(run_key_of(NEXT), "context", f"{name}.parquet"), record)


def archived(seen: Seen) -> ArchivedPage:
    prepare([seen], night=NEXT + timedelta(days=7))
    uri = landing.run_uri(run_key_of(NEXT + timedelta(days=7)), "pages", "000.parquet")
    return frames.read_records(uri, ArchivedPage)[0]


def test_an_empty_warehouse_gives_an_empty_context() -> None:
    prepare([Seen(A)], night=NEXT)
    assert read("articles", KnownArticle) == read("texts", KnownText) == read("entities", KnownEntity) == []
    assert [(p.source_key, p.domain, p.median_words, p.article_count) for p in read("sources", SourceProfile)] == [
        ("courier", "courier.example", None, 0), ("tribune", "tribune.example", None, 0)
    ]  # fmt: skip


def test_no_pages_give_a_context_and_no_batches() -> None:
    counts = freeze_context("20261123T0200Z-nightly", [])
    assert counts == {"sources": 0, "texts": 0, "entities": 0, "decisions": 0, "articles": 0}
    assert plan_batches("20261123T0200Z-nightly", [], 200) == []


def test_what_the_night_before_loaded_is_known() -> None:
    run([Seen(A), Seen(B, first_seen_at=LATER), Seen(COPY, source_key="courier", first_seen_at=LATER)])
    prepare([Seen("https://tribune.example/2026/11/20/something-new")], night=NEXT)
    articles = {row.address_key: row for row in read("articles", KnownArticle)}
    assert articles.keys() == {url_key(A), url_key(B)}, "the run has no pages of the courier"
    assert {row.url_key for row in articles.values()} == {url_key(A)}
    found = articles[url_key(B)]
    assert (found.revision_no, found.text_sha256, found.url, found.fetched_at) == (1, sha(BODY), A, NIGHT)
    assert (found.clean_maker, found.tag_maker, found.source_key) == (CLEAN.digest, TAG.digest, "tribune")
    assert [(t.domain, t.url) for t in read("texts", KnownText)] == [("courier.example", COPY), ("tribune.example", A)]
    profiles = {p.source_key: p for p in read("sources", SourceProfile)}
    assert (profiles["tribune"].article_count, profiles["tribune"].median_words) == (1, len(BODY.split()))
    bremen = [e for e in read("entities", KnownEntity) if e.alias == "bremen"]
    assert bremen == [KnownEntity(entity_key("LOC", "Bremen"), "bremen", "LOC", "Bremen", None, "DE", False)]


def test_an_old_article_is_known_by_the_address_that_was_fetched_only() -> None:
    long_ago = NIGHT - timedelta(days=200)
    run([Seen(A, first_seen_at=long_ago), Seen(B, first_seen_at=long_ago, text=BODY.replace("Cranes", "Trucks"))])
    prepare([Seen(B, fetched_at=NEXT)], night=NEXT)
    assert [row.url for row in read("articles", KnownArticle)] == [B]
    assert read("texts", KnownText) == []


def test_a_merged_entity_is_known_as_itself_since_its_decision_may_be_withdrawn() -> None:
    run([Seen(A)])
    with db.engine("loader").begin() as connection:
        connection.execute(
            text(
                "UPDATE core.entity SET merged_into = (SELECT entity_id FROM core.entity WHERE name = 'Rotterdam')"
                " WHERE name = 'Bremen'"
            )
        )
    prepare([Seen(B)], night=NEXT)
    assert {e.name for e in read("entities", KnownEntity) if e.alias == "bremen"} == {"Bremen"}


def test_the_same_state_gives_the_same_bytes_and_a_frozen_context_stays() -> None:
    run([Seen(A), Seen(B, text=BODY.replace("Cranes", "Trucks"))])
    page = archived(Seen(A, fetched_at=NEXT))
    assert freeze_context("one", [page]).keys() == {"sources", "texts", "entities", "decisions", "articles"}
    freeze_context("other", [page])
    one, other = (
        {
            uri.rpartition("/")[2]: landing.get_bytes(uri)
            for uri in landing.list_uris(landing.uri("runs", key, "context"))
        }
        for key in ("one", "other")
    )
    assert one == other
    run([Seen(f"{A}-continued", text=BODY.replace("fourth", "sixth"))], night=NEXT)
    assert freeze_context("one", [page]) == {}
    assert len(frames.read_records(landing.run_uri("one", "context", "articles.parquet"), KnownArticle)) == 2


def test_batches_go_by_first_sighting_and_say_what_they_hold() -> None:
    page = archived(Seen(A))
    pages = [
        ArchivedPage(
            **{name: getattr(page, name) for name in page.__dataclass_fields__}
            | {"entry_id": n, "url": f"{A}-{n}", "first_seen_at": LATER - timedelta(minutes=n)}
            | {"source_key": "courier" if n == 4 else "tribune"}
        )
        for n in range(5)
    ]
    parts = plan_batches("one", pages, 3)
    assert [(part.name, part.label, part.rows) for part in parts] == [
        ("000", "3 pages, 2 sources", 3), ("001", "2 pages, 1 source", 2)
    ]  # fmt: skip
    assert [p.entry_id for part in parts for p in frames.read_records(part.uri, ArchivedPage)] == [4, 3, 2, 1, 0]
