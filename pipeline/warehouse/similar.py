"""The articles nearest to one in what they say: `core.similar`, for addresses in any form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.decisions import storable
from pipeline.errors import ConfigError, Skip
from pipeline.urls import url_key


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which articles are wanted; by default the ten nearest of all."""

    how_many: int = 10
    since: date | None = None  # first seen on this day (UTC) or later
    until: date | None = None  # on this day or before
    language: str | None = None  # ISO 639-1
    source_key: str | None = None
    at_least: float | None = None  # similarity
    with_copies: bool = True  # also those with exactly the words of the article asked about


@dataclass(frozen=True, slots=True)
class AskedArticle:
    """The article that others are compared with."""

    url_key: str
    url: str
    title: str | None
    source_key: str
    language: str | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SimilarArticle:
    """One article near it, as `core.similar` gives it."""

    rank: int  # 1 is the nearest
    similarity: float  # cosine of the two embeddings: 1 for the same words
    is_copy: bool  # exactly the same words
    url_key: str
    url: str
    title: str | None
    source_key: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One article and those nearest to it."""

    article: AskedArticle
    found: tuple[SimilarArticle, ...]  # nearest first
    other_encoder_count: int
    """Articles not compared, since another encoder made their embeddings; 0 where as many came as were asked for."""


def similar(connection: Connection, url: str, narrowed: Narrowed | None = None) -> Neighbours:
    """The nearest to the article at this address, which may be any address that leads to it.

    Raises ConfigError, saying what to do, for what is no address, leads to no article, or to one without embedding.
    """
    narrowed = narrowed or Narrowed()
    asked = _asked(connection, url)
    values = {"key": asked.url_key}
    wanted = {name: getattr(narrowed, name) for name in Narrowed.__slots__}
    storable(*(word for word in (narrowed.language, narrowed.source_key) if word))
    try:
        rows = connection.execute(text(_SIMILAR), values | wanted).mappings().all()
    except DBAPIError as error:
        raise _told(error) from error
    # Counting them reads every embedding: only where fewer came than were asked for, which they may explain.
    others = connection.scalar(text(_OTHER_ENCODER), values) if len(rows) < narrowed.how_many else 0
    return Neighbours(asked, tuple(SimilarArticle(**row) for row in rows), int(others or 0))


def _asked(connection: Connection, url: str) -> AskedArticle:
    storable(url)
    try:
        key = url_key(url)
    except Skip as error:
        raise ConfigError(f"{url!r} is no address; write it whole, like https://example.org/news/1") from error
    row = connection.execute(text(_ASKED), {"key": key}).mappings().first()
    if row is None:
        raise ConfigError(f"No article in the warehouse has the address {url}. `mm why` says what became of it.")
    return AskedArticle(**row)


def _told(error: DBAPIError) -> Exception:
    """What the function says to analysts, as one message; any other trouble as it is."""
    if not isinstance(error.orig, psycopg.errors.NoDataFound | psycopg.errors.InvalidParameterValue):
        return error
    said = error.orig.diag
    message = said.message_primary or ""
    return ConfigError(f"{message[:1].upper()}{message[1:]}. {said.message_hint}")


_ASKED = """
SELECT a.url_key, a.url, a.title, s.source_key, a.language, a.first_seen_at
FROM core.article_url u JOIN core.article a USING (article_id) JOIN core.source s USING (source_id)
WHERE u.url_key = :key
"""
_SIMILAR = """
SELECT rank, similarity, is_copy, url_key, url, title, source_key, language, published_at, first_seen_at
FROM core.similar(:key, :how_many, since => :since, until => :until, only_language => :language,
    only_source => :source_key, at_least => :at_least, with_copies => :with_copies)
"""
_OTHER_ENCODER = """
SELECT count(*) FROM core.article_embedding WHERE model <> (
    SELECT e.model FROM core.article_embedding e JOIN core.article a USING (article_id, first_seen_on)
    WHERE a.url_key = :key)
"""
