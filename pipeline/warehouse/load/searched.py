"""The words of articles, for `core.search`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from pipeline.folding import fold_letters
from pipeline.warehouse.load.articles import Written
from pipeline.warehouse.load.batch import Columns, rows_of

SEARCHED_CHARS = 100_000
"""Of a text, about 17,000 words; `core.article_words` cuts there too. A tsvector holds 1 MB, and a word may enter it
several times (an address whole and in parts, a word and its stem)."""
HEADLINE_CHARS = 2_000
"""Of a headline."""


def write_search_rows(connection: Connection, stored: Columns, written: Mapping[str, Written]) -> None:
    """Insert or replace the rows of `core.article_search` of the articles that changed.

    Rows that say the same stay as they are. The texts are folded here: Postgres takes twice as long for it.
    """
    rows = [
        (written[key].article_id, written[key].first_seen_on, *words, language, *map(fold_letters, words))
        for key, *words, language in _cut(stored)
        if written[key].has_changed
    ]
    if rows:
        names = ("ids", "days", "titles", "bodies", "languages", "folded_titles", "folded_bodies")
        values = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        connection.execute(text(_WRITE), values)


def _cut(stored: Columns) -> list[tuple[str, str, str, str | None]]:
    return [
        (key, (title or "")[:HEADLINE_CHARS], body[:SEARCHED_CHARS], language)
        for key, title, body, language in rows_of(stored, ("article_key", "title", "text", "language"))
    ]


_WRITE = """
INSERT INTO core.article_search AS stored (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT a.article_id, a.first_seen_on, a.first_seen_at, a.source_id,
    core.article_words(i.title, i.body, i.language, i.folded_title, i.folded_body)
FROM unnest(CAST(:ids AS bigint[]), CAST(:days AS date[]), CAST(:titles AS text[]), CAST(:bodies AS text[]),
            CAST(:languages AS text[]), CAST(:folded_titles AS text[]), CAST(:folded_bodies AS text[]))
    AS i (article_id, first_seen_on, title, body, language, folded_title, folded_body)
JOIN core.article a USING (article_id)
ON CONFLICT (article_id, first_seen_on) DO UPDATE SET words = EXCLUDED.words WHERE stored.words <> EXCLUDED.words
"""
