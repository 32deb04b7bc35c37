"""Articles by their words: `core.search` of the database, asked from Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.decisions import storable
from pipeline.errors import ConfigError

RANKED = 2_000
"""Of more articles that match, the newest are ranked (`core.search` holds the number)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for."""

    words: str  # election "prime minister" -fraud
    limit: int = 20  # articles at most, 1 to 2,000
    since: date | None = None  # first_seen_on, both days included
    until: date | None = None
    language: str | None = None
    source: str | None = None  # source_key
    title_only: bool = False


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """One article that a search finds; best first."""

    score: float  # compare it within one search only
    url: str
    title: str | None
    source_key: str
    language: str | None
    published_at: datetime | None
    first_seen_at: datetime
    snippet: str  # plain text, words found **marked**
    looked_back_to: date | None  # None: all that match were ranked; else only the newest, back to this day


def search(connection: Connection, asked: Asked) -> list[FoundArticle]:
    """The articles, best first; raises ConfigError, with what to do, if words or a limit cannot be searched for."""
    storable(asked.words, asked.language or "", asked.source or "")
    values = {name: getattr(asked, name) for name in Asked.__dataclass_fields__}
    try:
        return [FoundArticle(**row) for row in connection.execute(text(_SEARCH), values).mappings()]
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.InvalidParameterValue):
            told = error.orig.diag
            raise ConfigError(f"{told.message_primary} {told.message_hint or ''}".strip()) from error
        raise


_SEARCH = """
SELECT score, url, title, source_key, language, published_at, first_seen_at, snippet, looked_back_to
FROM core.search(CAST(:words AS text), how_many => :limit, since => CAST(:since AS date), until => CAST(:until AS date),
    language => CAST(:language AS text), source => CAST(:source AS text), title_only => :title_only)
"""
