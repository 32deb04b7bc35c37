"""A warehouse full of articles for `benchmarks.search`: made in Postgres, by concatenating paragraphs.

Sentences are those of the news texts in ../shared where these are, else invented ones of a vocabulary that follows
Zipf's law. Half of the articles are English; the others are the same sentences with letters exchanged, so that their
words are as frequent and as long as words are, but foreign to English. One in ten has a language that nothing stems.
What search sees of an article, its vector, is that of its paragraphs put together: a stem that is a word of another
paragraph is kept, so vectors are up to 5 % larger than those that load makes.
"""

from __future__ import annotations

import json
import random
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import psycopg

from pipeline.folding import fold_letters
from pipeline.settings import ROOT
from pipeline.warehouse import db, embedded, schema

LAST_NIGHT = date(2026, 11, 20)
A_NIGHT = 5_000
PARAGRAPHS, SENTENCES = 6_000, 4
"""Paragraphs of a language, and sentences of one: about 85 words."""
_LANGUAGES = ("en", "en", "en", "en", "en", "de", "fr", "es", "ar", "sw")
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهو"
_LETTERS: dict[str, dict[str, str]] = {
    "de": {"a": "e", "e": "a", "o": "ü", "u": "o"},
    "fr": {"a": "é", "e": "a", "s": "r", "r": "s"},
    "es": {"a": "ó", "e": "i", "i": "e"},
    "ar": {chr(code): _ARABIC[(code | 32) % len(_ARABIC)] for code in (*range(65, 91), *range(97, 123))},
    "sw": {"t": "k", "k": "t", "s": "z", "e": "u", "u": "e"},
}


def fill(rows: int) -> None:
    """Put that many articles, with revisions and search rows, into an empty warehouse, 5,000 for each night."""
    nights = [LAST_NIGHT - timedelta(days=n) for n in range(-(-rows // A_NIGHT))]
    with db.engine("owner").begin() as connection:
        schema.ensure_partitions(connection, nights)
    with psycopg.connect(_admin(), autocommit=True) as connection:
        for name, value in (("fsync", "off"), ("full_page_writes", "off"), ("max_wal_size", "'8GB'")):
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")  # the server is thrown away
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(_PREPARE)
        with connection.cursor().copy("COPY bench.paragraph (n, language, words, folded) FROM STDIN") as copy:
            for row in _paragraphs():
                copy.write_row(row)
        connection.execute(_VECTORS)
        connection.execute("VACUUM ANALYZE bench.paragraph")
    half = rows // 2
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_make, ((0, half), (half, rows))))
    with psycopg.connect(_admin(), autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'; DROP SCHEMA bench CASCADE")
        connection.execute("CREATE INDEX ix_article_search_words ON core.article_search USING gin (words)")
        connection.execute("VACUUM ANALYZE core.article, core.article_search")


def _make(numbers: tuple[int, int]) -> None:
    with psycopg.connect(_admin(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign keys to check
        for start in range(numbers[0], numbers[1], 20_000):
            values = {"first": start, "last": min(start + 20_000, numbers[1]) - 1, "night": LAST_NIGHT, "a": A_NIGHT}
            connection.execute(_ARTICLES, values)


def _admin() -> str:
    return embedded.read_cluster().url("postgres", driver="postgresql")


def _paragraphs() -> list[tuple[int, str, str, str]]:
    rng = random.Random(20261120)
    sentences = _real_sentences() or _invented_sentences(rng)
    found = []
    for n in range(PARAGRAPHS * len(_LANGUAGES)):
        language = _LANGUAGES[n % len(_LANGUAGES)]
        words = " ".join(rng.choices(sentences, k=SENTENCES))
        words = words.translate(str.maketrans(_LETTERS.get(language, {})))
        found.append((n, language, words, fold_letters(words)))
    return found


def _real_sentences() -> list[str]:
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        return []
    texts = [json.loads(line)["text"] or "" for line in (shared / "pages" / "gold.jsonl").open(encoding="utf-8")]
    with zipfile.ZipFile(shared / "topics" / "bbc.zip") as archive:
        texts += [json.loads(line)["text"] for line in archive.read("bbc.jsonl").decode().splitlines()]
    dev = shared / "topics" / "masakhanews_en_dev.jsonl"
    texts += [json.loads(line)["text"] for line in dev.open(encoding="utf-8")]
    pieces = (piece for text in texts for piece in re.split(r"(?<=[.!?])\s+|\n", text.replace("\x00", "")))
    return sorted({piece.strip() for piece in pieces if 30 < len(piece) < 400})


def _invented_sentences(rng: random.Random) -> list[str]:
    syllables = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    vocabulary = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(40_000)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    return [" ".join(rng.choices(vocabulary, weights, k=21)) + "." for _ in range(60_000)]


_PREPARE = """
DROP INDEX IF EXISTS core.ix_article_search_words;
CREATE SCHEMA bench;
CREATE TABLE bench.paragraph (n int PRIMARY KEY, language text, words text, folded text, own tsvector, stems tsvector);
INSERT INTO core.language (language, name) VALUES
    ('en', 'English'), ('de', 'German'), ('fr', 'French'), ('es', 'Spanish'), ('ar', 'Arabic'), ('sw', 'Swahili');
INSERT INTO core.source (source_key, name, homepage, domain, added_at, config_digest)
SELECT 'outlet-' || n, 'Outlet ' || n, 'https://outlet-' || n || '.example/', 'outlet-' || n || '.example', now(), 'd'
FROM generate_series(1, 200) AS n;
INSERT INTO ops.maker (stage, code_version, model_version, settings_digest, digest, first_used_at)
VALUES ('clean', '1', '1', '1', '1', now());
"""
_VECTORS = """
UPDATE bench.paragraph SET own = to_tsvector('simple', folded),
    stems = CASE WHEN core.stemming(language) IS NULL THEN ''
    ELSE core.other_stems(to_tsvector(core.stemming(language), words), to_tsvector('simple', folded), language) END
"""
# Article n has 3 to 6 paragraphs of its language (n modulo 10), the beginning of the first as headline, and three
# words of its own: one that a few others have, one in every thousandth article, and one that nothing else has.
_ARTICLES = """
WITH made AS MATERIALIZED (
    SELECT n, language, words, left(words, 60) AS title, folded, own, stems FROM (
        SELECT a.n, min(p.language) AS language,
            string_agg(p.words, E'\\n') || E'\\n' || 'Reported by ' || 'agent' || hashint4(a.n * 3) %% 300000
                || ' kilo' || a.n %% 1000 || ' only' || a.n AS words,
            array_agg(p.own ORDER BY k) AS own, array_agg(p.stems ORDER BY k) AS stems, min(p.folded) AS folded
        FROM generate_series(%(first)s::int, %(last)s) AS a (n)
        CROSS JOIN LATERAL generate_series(1, 3 + (hashint4(a.n) & 3)) AS k
        JOIN bench.paragraph p ON p.n = (abs(hashint8(a.n * 100::bigint + k)::bigint) %% 6000) * 10 + a.n %% 10
        GROUP BY a.n OFFSET 0) AS put_together
), dated AS MATERIALIZED (
    SELECT *, n + 1 AS id, 1 + n %% 200 AS source_id, %(night)s::date - n / %(a)s AS day,
        (%(night)s::date - n / %(a)s)::timestamptz + (n %% %(a)s) * interval '10 seconds' AS at
    FROM made
), article AS (
    INSERT INTO core.article (article_id, url_key, first_seen_on, source_id, url, revision_no, title, language,
        published_at, published_precision, first_seen_at, fetched_at, loaded_at, publisher_tags, description,
        word_count, quality, quality_reasons, is_paywalled, text_sha256, content_digest, clean_maker_id, tag_maker_id,
        run_key)
    SELECT id, md5(n::text), day, source_id, 'https://outlet-' || source_id || '.example/' || n, 1, title, language, at,
        'second', at, at, at, '{news,world}', left(words, 200), 400, 0.9, '{}', false, md5(words), md5(title), 1, 1, 'r'
    FROM dated
), revision AS (
    INSERT INTO core.article_revision (article_id, first_seen_on, revision_no, cause, recorded_at, title, text,
        text_sha256, word_count, page_id, page_sha256, maker_id, run_key)
    SELECT id, day, 1, 'new', at, title, words, md5(words), 400, 1, 'p', 1, 'r' FROM dated
)
INSERT INTO core.article_search (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT id, day, at, source_id, setweight(to_tsvector('simple', left(folded, 60)), 'A')
    || ('''=' || language || ''':1')::tsvector
    || own[1] || own[2] || own[3] || coalesce(own[4], '') || coalesce(own[5], '') || coalesce(own[6], '')
    || to_tsvector('simple', right(words, 45))
    || stems[1] || stems[2] || stems[3] || coalesce(stems[4], '') || coalesce(stems[5], '') || coalesce(stems[6], '')
FROM dated
"""
