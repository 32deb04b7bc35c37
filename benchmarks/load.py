"""Loading a night beside a bare COPY of the same rows into the same tables, with the same indexes and keys.

Run `python -m benchmarks.load`. Both sides start from an empty `core` on one embedded Postgres of their own and
take turns. Load reads the night's Parquet files, joins them, looks up and inserts dimensions, computes digests,
salience and the search index, and moves the entries; the bare side has the finished rows in memory and COPYs them,
with ids and search index as load made them, in transactions of the same size. The fastest round of each side
counts: what else the machine does only ever adds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.own_home import own_home

RESULTS = Path(__file__).resolve().parent / "results"
GOAL = 0.6
"""Articles per second beside a bare COPY, at least."""
BATCH = 200
RUN_KEY = "20261120T0200Z-nightly"
NIGHT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WORDS, MENTIONS = 600, 25
"""Of one article: a long news text with as many names as one has."""

_BY_ARTICLE = f"(article_id - 1) / {BATCH}"
# Everything load inserts into, in the order of the foreign keys: the batch a row belongs to (what articles point to
# goes with the first), and its order. Changing the states of entries is load's alone.
COPIED = {
    "core.language": ("0", "language"),
    "ops.maker": ("0", "maker_id"),
    "core.author": ("0", "author_id"),
    "core.entity": ("0", "entity_id"),
    "core.entity_alias": ("0", "entity_id, alias"),
    "core.topic": ("0", "topic_id"),
    "core.article": (_BY_ARTICLE, "article_id"),
    "core.article_url": (_BY_ARTICLE, "url_key"),
    "core.article_revision": (_BY_ARTICLE, "article_id"),
    "core.article_search": (_BY_ARTICLE, "article_id"),
    "core.article_author": (_BY_ARTICLE, "article_id, position"),
    "core.mention": (_BY_ARTICLE, "article_id, start_offset"),
    "core.article_entity": (_BY_ARTICLE, "article_id, entity_id"),
    "core.article_topic": (_BY_ARTICLE, "article_id, topic_id"),
    "core.article_embedding": (_BY_ARTICLE, "article_id"),
    "ops.entry_event": (f"entry_id / {BATCH}", "event_id"),
}
Rows = list[Sequence[object]]


def write_night(articles: int) -> list[str]:
    """The files of a night with that many new articles, up to load; returns the names of its batches."""
    from pipeline import frames, landing
    from pipeline.link.batch import LinkFiles, link_run
    from pipeline.records import ArticleEmbedding, CleanedPage, Mention, TopicScore
    from pipeline.resolve import resolve_run
    from pipeline.warehouse.context import freeze_context

    rng = random.Random(20261120)
    vocabulary = [_word(rng) for _ in range(30_000)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]  # Zipf's law, about
    names = [f"{_word(rng).title()} {_word(rng).title()}" for _ in range(4_000)]
    keys = [f"PER:{name.casefold()}" for name in names]
    batches = []
    for start in range(0, articles, BATCH):
        name = f"{start // BATCH:03}"
        pages, mentions, topics, embeddings = [], [], [], []
        for n in range(start, min(start + BATCH, articles)):
            chosen = [min(int(rng.paretovariate(0.7)), len(names)) - 1 for _ in range(MENTIONS)]
            page, spans = _article(n, rng.choices(vocabulary, weights, k=WORDS), [names[c] for c in chosen])
            pages.append(page)
            mentions += [
                Mention(
                    page.url_key, at, at + len(names[c]), names[c], "PER", names[c], keys[c],
                    None, None, None, None, 0.8, at < 60, "model", None, None, None,
                )
                for c, at in zip(chosen, spans, strict=True)
            ]  # fmt: skip
            topics += [TopicScore(page.url_key, f"medtop:{1 + (n + t) % 17:02}000000", 1, 0.5) for t in range(2)]
            embeddings.append(ArticleEmbedding(page.url_key, "meaning", _embedding(rng)))
        frames.write_records(landing.run_uri(RUN_KEY, "clean", f"{name}.parquet"), pages, CleanedPage)
        frames.write_records(landing.run_uri(RUN_KEY, "tag", f"{name}.mention.parquet"), mentions, Mention)
        frames.write_records(landing.run_uri(RUN_KEY, "tag", f"{name}.topic.parquet"), topics, TopicScore)
        frames.write_records(landing.run_uri(RUN_KEY, "tag", f"{name}.embedding.parquet"), embeddings, ArticleEmbedding)
        batches.append(name)
    tagged = [landing.run_uri(RUN_KEY, "tag", f"{name}.mention.parquet") for name in batches]
    link_run(LinkFiles(tagged, (), None, None, None), landing.uri("runs", RUN_KEY, "link"))
    freeze_context(RUN_KEY, [])
    clean, tag = _makers()
    resolve_run(RUN_KEY, landing.list_uris(landing.uri("runs", RUN_KEY, "clean")), clean, tag)
    return batches


def empty(articles: int) -> None:
    """Back to a warehouse that holds the night's entries, fetched, and nothing of `core` but the source."""
    from sqlalchemy import text

    from pipeline.warehouse import db

    with db.engine("owner").begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(COPIED)}, core.source, raw.entry RESTART IDENTITY CASCADE"))
        connection.execute(
            text(
                "INSERT INTO core.source (source_key, name, homepage, domain, added_at, config_digest)"
                " VALUES ('tribune', 'Tribune', 'https://tribune.example/', 'tribune.example', :at, 'd')"
            ),
            {"at": NIGHT},
        )
        connection.execute(
            text(
                "INSERT INTO raw.entry (entry_id, url_key, url, host, source_key, first_seen_at, state, reason,"
                " state_at, claimed_by)"
                " SELECT n, md5(n::text), 'https://tribune.example/' || n, 'tribune.example', 'tribune', :at,"
                " 'fetched', 'stored', :at, :run FROM generate_series(0, :last) AS n"
            ),
            {"at": NIGHT, "run": RUN_KEY, "last": articles - 1},
        )
        connection.execute(text("ANALYZE raw.entry"))


def load(batches: list[str]) -> float:
    """Seconds to load all batches, one after the other, in this process."""
    from pipeline.warehouse.load import TopicLabel, load_batch

    clean, tag = _makers()
    topics = [TopicLabel(f"medtop:{n:02}000000", f"topic {n}", 1, None) for n in range(1, 18)]
    started = time.perf_counter()
    for name in batches:
        load_batch(RUN_KEY, name, clean_maker=clean, tag_maker=tag, topics=topics)
    return time.perf_counter() - started


def dump(batches: int) -> list[dict[str, tuple[str, Rows]]]:
    """What load wrote, batch by batch: table → columns and rows, as Python values and in the order of the key."""
    import psycopg

    from pipeline.warehouse import db

    parts: list[dict[str, tuple[str, Rows]]] = [{} for _ in range(batches)]
    with psycopg.connect(db.url_for("owner", "postgresql")) as connection:
        for table, (batch, order) in COPIED.items():
            schema, name = table.split(".")
            found = connection.execute(
                "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position), string_agg("
                " CASE WHEN data_type = 'tsvector' THEN column_name || '::text' ELSE quote_ident(column_name) END, ', '"
                " ORDER BY ordinal_position)"
                " FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
                (schema, name),
            ).fetchone()
            assert found is not None
            columns, values = found
            for batch_no, *row in connection.execute(f"SELECT {batch}, {values} FROM {table} ORDER BY {order}"):
                parts[batch_no].setdefault(table, (columns, []))[1].append(row)
    return parts


def bare_copy(parts: list[dict[str, tuple[str, Rows]]]) -> float:
    """Seconds to COPY the same rows, one transaction per batch as load has it."""
    import psycopg

    from pipeline.warehouse import db

    started = time.perf_counter()
    with psycopg.connect(db.url_for("loader", "postgresql")) as connection:
        for part in parts:
            for table, (columns, rows) in part.items():
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            connection.commit()
    return time.perf_counter() - started


def main(argv: list[str] | None = None) -> int:
    """Measure, print a table, write benchmarks/results/load.json; 1 if the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args(argv)
    with own_home():
        batches = write_night(given.articles)
        empty(given.articles)
        load(batches[:2])  # imports and caches
        empty(given.articles)
        load(batches)
        rows = dump(len(batches))
        loads, copies = [], []
        for round_no in range(given.rounds):
            for side in ("load", "copy") if round_no % 2 == 0 else ("copy", "load"):
                empty(given.articles)
                if side == "load":
                    loads.append(load(batches))
                else:
                    copies.append(bare_copy(rows))
    ratio = min(copies) / min(loads)
    _show(given.articles, loads, copies, ratio)
    RESULTS.mkdir(exist_ok=True)
    result = {
        "articles": given.articles,
        "load_s": loads,
        "bare_copy_s": copies,
        "ratio": round(ratio, 3),
        "goal": GOAL,
    }
    (RESULTS / "load.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0 if ratio >= GOAL else 1


def _show(articles: int, loads: list[float], copies: list[float], ratio: float) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Loading {articles:,} new articles with {MENTIONS} mentions each", title_justify="left")
    for column in ("", "seconds (fastest)", "articles/s", "rounds"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds in (("load", loads), ("bare COPY", copies)):
        best = min(seconds)
        table.add_row(name, f"{best:.2f}", f"{articles / best:,.0f}", "  ".join(f"{s:.2f}" for s in seconds))
    console = Console()
    console.print(table)
    verdict = "reached" if ratio >= GOAL else "missed"
    console.print(f"load runs at {ratio:.2f} × bare COPY; goal ≥ {GOAL}: {verdict}")


def _makers():  # type: ignore[no-untyped-def]
    from pipeline.records import Maker

    return Maker("clean", "0", "0", "0", "clean digest"), Maker("tag", "0", "0", "0", "tag digest")


def _embedding(rng: random.Random):  # type: ignore[no-untyped-def]
    from pipeline.records import EMBEDDING_WIDTH, Embedding

    return Embedding(tuple(rng.gauss(0, EMBEDDING_WIDTH**-0.5) for _ in range(EMBEDDING_WIDTH)))


def _word(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiouéü") for _ in range(rng.randint(1, 4)))


def _article(n: int, words: list[str], names: list[str]):  # type: ignore[no-untyped-def]
    """A cleaned page, and where each name stands in its text."""
    from pipeline import urls
    from pipeline.records import CleanedPage

    step, parts, spans, length = WORDS // len(names), [], [], 0
    for i, name in enumerate(names):
        before = " ".join(words[i * step : (i + 1) * step]) + (" " if i else "\n")
        spans.append(length + len(before))
        parts += [before, name, " "]
        length += len(before) + len(name) + 1
    text = "".join(parts).rstrip()
    url = f"https://tribune.example/2026/11/19/{n:06}-harbour-story"
    seen_at = NIGHT - timedelta(hours=1, seconds=n % 40_000)
    page = CleanedPage(
        entry_id=n, page_id=n, url_key=urls.url_key(url), url=url, final_url=url, source_key="tribune", inflow="new",
        first_seen_at=seen_at, fetched_at=NIGHT, page_sha256=hashlib.sha256(url.encode()).hexdigest(),
        canonical_url=url, title=" ".join(words[:9]).title(), text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(), word_count=len(text.split()),
        authors=(f"Author {n % 60}", f"Author {n % 7}"), section="News", publisher_tags=("one", "two"),
        description=" ".join(words[9:40]), image_url=f"{url}.jpg", language="en", language_score=0.99,
        published_at=seen_at, published_precision="second", published_method="json_ld", published_confidence=0.95,
        quality=0.9, reasons=(), is_paywalled=False, verdict="ok", verdict_reason=None, verdict_detail=None,
        is_live_blog=False, is_opinion=False, is_sponsored=False, agency=None, title_method="h1",
        authors_method="json_ld", section_method="json_ld", tags_method="json_ld", extractor="precision",
        extractor_reason=None, date_order=None, hints_digest="",
    )  # fmt: skip
    return page, spans


if __name__ == "__main__":
    sys.exit(main())
