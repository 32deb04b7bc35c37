"""Nights as the stages before load leave them: entries, cleaned pages, tags and linked entities, on real parts.

A `Seen` is one fetched page. `prepare` writes everything up to load for a run; resolve and context are the real
ones, tagging finds a handful of names.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import text

from pipeline import frames, landing, urls
from pipeline.folding import entity_key
from pipeline.identity import domain_of
from pipeline.link.batch import LinkFiles, link_run
from pipeline.records import (
    EMBEDDING_WIDTH,
    ArchivedPage,
    ArticleEmbedding,
    CleanedPage,
    Embedding,
    Maker,
    Mention,
    Part,
    Resolution,
    StageCounts,
    TopicScore,
)
from pipeline.resolve import resolve_run
from pipeline.warehouse import db
from pipeline.warehouse.context import freeze_context, plan_batches
from pipeline.warehouse.load import TopicLabel, load_batch

FIRST_SEEN = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CLEAN = Maker("clean", "0.1.0", "trafilatura 2.3.1", "c0", "digest of clean 1")
TAG = Maker("tag", "0.1.0", "words 1", "t0", "digest of tag 1")
TAG_2 = Maker("tag", "0.1.0", "words 2", "t0", "digest of tag 2")
TOPICS = [
    TopicLabel("medtop:04000000", "economy, business and finance", 1, None),
    TopicLabel("medtop:20000344", "economy", 2, "medtop:04000000", "Q159810"),
]
MODEL = "encoder 1"
SOURCES = {"tribune": "https://tribune.example/", "courier": "https://www.courier.example/"}
NAMES = {"Solveig Brandt": "PER", "Harbour Board": "ORG", "Bremen": "LOC", "Rotterdam": "LOC"}
PLACES = {"Bremen": ("DE", 53.08, 8.81), "Rotterdam": ("NL", 51.92, 4.48)}
GEONAMES = {"Bremen": 2944388, "Rotterdam": 2747891}
ROLES = {"Solveig Brandt": "dockers' leader"}
BODY = (
    "Cranes in Bremen stood still for a fourth day while the Harbour Board met behind closed doors.\n"
    "Solveig Brandt, who leads the dockers, said that no ship from Rotterdam would be unloaded before Monday.\n"
    "The Harbour Board answered that it had made its last offer; in Bremen, wholesalers spoke of empty shelves, "
    "and a ferry to Rotterdam turned back at noon with four hundred people on board."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One page of a night."""

    url: str
    title: str = "Harbour Board and dockers meet in Bremen"
    text: str = BODY
    source_key: str = "tribune"
    final_url: str | None = None
    canonical_url: str | None = None
    first_seen_at: datetime = FIRST_SEEN
    fetched_at: datetime = NIGHT
    authors: tuple[str, ...] = ("Inés Falk", "Omar Haddad")
    language: str | None = "en"
    verdict: str = "ok"
    verdict_reason: str | None = None
    page_sha256: str | None = None  # of the bytes; by default they change with the words
    title_method: str = "h1"
    date_order: str | None = None
    hints_digest: str = "nothing learnt"


def run_key_of(night: datetime) -> str:
    return f"{night:%Y%m%dT%H%MZ}-nightly"


def prepare(
    seen: Sequence[Seen],
    *,
    night: datetime = NIGHT,
    batch_size: int = 200,
    clean_maker: Maker = CLEAN,
    tag_maker: Maker = TAG,
) -> list[Part]:
    """Everything of a run up to load; returns its batches."""
    run_key = run_key_of(night)
    pages = _archived(seen, run_key, night)
    freeze_context(run_key, pages)
    parts = plan_batches(run_key, pages, batch_size)
    by_url = {page.url: page for page in seen}
    for part in parts:
        rows = [_cleaned(page, by_url[page.url]) for page in frames.read_records(part.uri, ArchivedPage)]
        frames.write_records(landing.run_uri(run_key, "clean", f"{part.name}.parquet"), rows, CleanedPage)
    resolve_run(run_key, landing.list_uris(landing.uri("runs", run_key, "clean")), clean_maker, tag_maker)
    for part in parts:
        _tag(run_key, part.name)
    link(run_key)
    return parts


def link(run_key: str) -> StageCounts:
    """The real link stage."""
    return link_run(
        LinkFiles(
            mentions=landing.list_uris(landing.uri("runs", run_key, "tag"), ".mention.parquet"),
            cleaned=landing.list_uris(landing.uri("runs", run_key, "clean"), ".parquet"),
            resolution=landing.run_uri(run_key, "resolve", "resolution.parquet"),
            known_entities=landing.run_uri(run_key, "context", "entities.parquet"),
            decisions=landing.run_uri(run_key, "context", "decisions.parquet"),
        ),
        landing.uri("runs", run_key, "link"),
    )


def load(
    parts: Sequence[Part], *, night: datetime = NIGHT, clean_maker: Maker = CLEAN, tag_maker: Maker = TAG
) -> StageCounts:
    """Load the batches one after the other; returns the counts of the last."""
    counts = StageCounts(0, 0, {})
    for part in parts:
        counts = load_batch(run_key_of(night), part.name, clean_maker=clean_maker, tag_maker=tag_maker, topics=TOPICS)
    return counts


def run(
    seen: Sequence[Seen], *, night: datetime = NIGHT, clean_maker: Maker = CLEAN, tag_maker: Maker = TAG
) -> StageCounts:
    """A whole night."""
    parts = prepare(seen, night=night, clean_maker=clean_maker, tag_maker=tag_maker)
    return load(parts, night=night, clean_maker=clean_maker, tag_maker=tag_maker)


def resolutions(night: datetime = NIGHT) -> dict[str, Resolution]:
    """What resolve said in a night, by article URL and action."""
    rows = frames.read_records(landing.run_uri(run_key_of(night), "resolve", "resolution.parquet"), Resolution)
    return {row.article_url: row for row in rows}


def rows(statement: str) -> list[tuple[object, ...]]:
    """The result of a query."""
    with db.reading() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def sha(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _archived(seen: Sequence[Seen], run_key: str, night: datetime) -> list[ArchivedPage]:
    with db.engine("loader").begin() as connection:
        for key, homepage in SOURCES.items():
            connection.execute(text(_SOURCE), {"key": key, "home": homepage, "domain": domain_of(homepage)})
        connection.execute(text(_RUN), {"run_key": run_key, "night": night.date(), "at": night})
        entries = [connection.execute(text(_ENTRY), _entry(page, run_key, night)).scalar_one() for page in seen]
    return [archived_of(page, entry_id, night) for entry_id, page in zip(entries, seen, strict=True)]


def archived_of(page: Seen, entry_id: int, night: datetime = NIGHT) -> ArchivedPage:
    """A page as the archive has it."""
    return ArchivedPage(
        entry_id=entry_id,
        page_id=entry_id * 1000 + night.day,
        url_key=urls.url_key(page.url),
        url=page.url,
        final_url=page.final_url or page.url,
        source_key=page.source_key,
        inflow="new",
        first_seen_at=page.first_seen_at,
        fetched_at=page.fetched_at,
        content_type="text/html; charset=utf-8",
        charset="utf-8",
        sha256=page.page_sha256 or sha(f"page {page.title} {page.text}"),
        warc_uri="file:///landing/warc/tribune.warc.gz",
        warc_offset=0,
        warc_length=9_000,
        feed_title=page.title,
        feed_published_at=None,
    )


def _entry(page: Seen, run_key: str, night: datetime) -> dict[str, object]:
    return {
        "url_key": urls.url_key(page.url),
        "url": page.url,
        "host": urls.host_of(page.url),
        "source_key": page.source_key,
        "first_seen_at": page.first_seen_at,
        "run_key": run_key,
        "at": night,
    }


def _cleaned(page: ArchivedPage, seen: Seen) -> CleanedPage:
    return CleanedPage(
        entry_id=page.entry_id,
        page_id=page.page_id,
        url_key=page.url_key,
        url=page.url,
        final_url=page.final_url,
        source_key=page.source_key,
        inflow=page.inflow,
        first_seen_at=page.first_seen_at,
        fetched_at=page.fetched_at,
        page_sha256=page.sha256,
        canonical_url=seen.canonical_url,
        title=seen.title,
        text=seen.text,
        text_sha256=sha(seen.text),
        word_count=len(seen.text.split()),
        authors=seen.authors,
        section="Business",
        publisher_tags=("harbour", "strike"),
        description=None,
        image_url=None,
        language=seen.language,
        language_score=0.99,
        published_at=seen.first_seen_at - timedelta(minutes=20),
        published_precision="minute",
        published_method="json_ld",
        published_confidence=0.95,
        quality=0.9,
        reasons=(),
        is_paywalled=False,
        verdict=seen.verdict,
        verdict_reason=seen.verdict_reason,
        verdict_detail=None,
        is_live_blog=False,
        is_opinion=False,
        is_sponsored=False,
        agency=None,
        title_method=seen.title_method,
        authors_method="json_ld",
        section_method="json_ld",
        tags_method="json_ld",
        extractor="precision",
        extractor_reason=None,
        date_order=seen.date_order,
        hints_digest=seen.hints_digest,
    )


def _tag(run_key: str, name: str) -> None:
    pages = frames.read_records(landing.run_uri(run_key, "clean", f"{name}.parquet"), CleanedPage)
    found = frames.read_records(landing.run_uri(run_key, "resolve", "resolution.parquet"), Resolution)
    keys = {row.entry_id: row.article_key for row in found if row.action != "end"}
    mentions, topics, embeddings = [], [], []
    for page in pages:
        if page.entry_id not in keys:
            continue
        key = keys[page.entry_id]
        mentions += [_mention(key, page, surface, start) for surface in NAMES for start in _places(page.text, surface)]
        topics.append(TopicScore(key, "medtop:04000000", 1, 0.7))
        if page.text:
            embeddings.append(ArticleEmbedding(key, MODEL, embedding(page.text)))
    frames.write_records(landing.run_uri(run_key, "tag", f"{name}.mention.parquet"), mentions, Mention)
    frames.write_records(landing.run_uri(run_key, "tag", f"{name}.topic.parquet"), topics, TopicScore)
    frames.write_records(landing.run_uri(run_key, "tag", f"{name}.embedding.parquet"), embeddings, ArticleEmbedding)


def embedding(words: str) -> Embedding:
    """By how often each word stands in a text: the more two texts share, the nearer they lie."""
    numbers = np.zeros(EMBEDDING_WIDTH)
    for word in words.split():
        numbers[zlib.crc32(word.encode()) % EMBEDDING_WIDTH] += 1
    return Embedding(tuple((numbers / np.linalg.norm(numbers)).astype(np.float16).tolist()))


def _places(words: str, surface: str) -> list[int]:
    return [n for n in range(len(words)) if words.startswith(surface, n)]


def _mention(key: str, page: CleanedPage, surface: str, start: int) -> Mention:
    country, latitude, longitude = PLACES.get(surface, (None, None, None))
    return Mention(
        article_key=key,
        start=start,
        end=start + len(surface),
        surface=surface,
        kind=NAMES[surface],
        name=surface,
        entity_key=entity_key(NAMES[surface], surface),
        qid=None,
        country=country,
        latitude=latitude,
        longitude=longitude,
        score=0.8,
        in_title=surface in (page.title or ""),
        method="model",
        role=ROLES.get(surface),
        geonames_id=GEONAMES.get(surface),
        population=None,
    )


_SOURCE = """
INSERT INTO core.source (source_key, name, homepage, domain, country, language, added_at, config_digest)
VALUES (:key, initcap(:key), :home, :domain, 'GB', 'en', '2026-11-01 00:00+00', 'd') ON CONFLICT DO NOTHING
"""
_RUN = """
INSERT INTO ops.run (run_key, kind, night, state, started_at, params, code_version)
VALUES (:run_key, 'nightly', :night, 'running', :at, '{}', '0.1.0') ON CONFLICT DO NOTHING
"""
_ENTRY = """
INSERT INTO raw.entry (url_key, url, host, source_key, first_seen_at, state, reason, state_at, claimed_by)
VALUES (:url_key, :url, :host, :source_key, :first_seen_at, 'fetched', 'stored', :at, :run_key)
ON CONFLICT (url_key) DO UPDATE SET state = 'fetched', claimed_by = :run_key, state_at = :at
RETURNING entry_id
"""
