"""Load one batch of a run: one transaction that may be cut off anywhere and done again.

Inside it every load goes the same way — makers, languages, articles, authors, entities, topics, facts, addresses,
entries — and in key order within each, so loads at the same time wait for each other but do not deadlock. If they
do all the same, `db.in_transaction` starts the whole transaction again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from pipeline.errors import Reason, Retryable
from pipeline.identity import Version
from pipeline.log import event
from pipeline.records import AliasOrigin, Maker, StageCounts, State, TopicLabel
from pipeline.warehouse import db, schema
from pipeline.warehouse.events import move
from pipeline.warehouse.load import articles, dimensions, rows
from pipeline.warehouse.load.articles import Written
from pipeline.warehouse.load.batch import Batch, Columns, read_batch, refuse
from pipeline.warehouse.load.copying import copy_frame
from pipeline.warehouse.load.embeddings import add_embeddings
from pipeline.warehouse.load.facts import content_digests
from pipeline.warehouse.load.searched import write_search_rows
from pipeline.warehouse.makers import ensure_makers
from pipeline.warehouse.tombstones import hold_off_takedowns, tombstones_among

_PLACE = ("article_id", "first_seen_on")
_FACTS = {
    "core.article_author": ("article_id", "position", "author_id"),
    "core.mention": (
        *_PLACE, "start_offset", "end_offset", "entity_id", "named_entity_id", "surface", "score", "method", "role",
        "is_in_title",
    ),
    "core.article_entity": (
        *_PLACE, "entity_id", "mention_count", "first_offset", "salience", "is_in_title", "score", "role",
    ),
    "core.article_topic": (*_PLACE, "topic_id", "score"),
}  # fmt: skip


def load_batch(
    run_key: str,
    name: str,
    *,
    clean_maker: Maker,
    tag_maker: Maker,
    topics: Sequence[TopicLabel],
    now: datetime | None = None,
) -> StageCounts:
    """Load batch `name` of a run: its articles, their facts and addresses, and the ends of its entries.

    Reads `clean/<name>`, `resolve/resolution`, `tag/<name>.{mention,topic,embedding}`, `link/entities`,
    `link/established.mention` and `link/moved` of the run.
    Loading it again changes no row; what is equal by digest is not written. `rows_out` counts articles
    written, `reasons` the entries by how they end. `topics` is the taxonomy; `now` stands in `loaded_at`.
    What was taken down (by address or by bytes) is not loaded, whatever the files say; its entry ends with that.
    Raises `Retryable` if the database stays away or something was taken down at this moment, and what `read_batch`
    raises.
    """
    batch = _without_taken_down(read_batch(run_key, name))
    now = now or datetime.now(UTC)
    digests = content_digests(batch, [clean_maker.digest, tag_maker.digest])
    with ThreadPoolExecutor(1) as beside:  # the server is busy with the words of the articles meanwhile
        load = _Load(
            run_key=run_key,
            batch=batch,
            articles=rows.article_columns(batch.stored, digests, run_key, now),
            versions=rows.versions_of(batch.stored, clean_maker.digest, tag_maker.digest),
            ahead=beside.submit(rows.prepare_facts, batch, batch.stored["article_key"]),
            clean_maker=clean_maker,
            tag_maker=tag_maker,
            topics=topics,
            now=now,
        )
        schema.make_missing_partitions(load.articles["first_seen_on"])
        counts = db.in_transaction(load.write)
    event("batch_loaded", run=run_key, batch=name, pages=counts.rows_in, articles=counts.rows_out)
    return counts


@dataclass(frozen=True, slots=True)
class _Load:
    """What one load works from; nothing in it changes, so the transaction may run again."""

    run_key: str
    batch: Batch
    articles: Columns
    versions: Mapping[str, Version]
    ahead: Future[rows.Facts]  # of all stored articles, which is what most batches need
    clean_maker: Maker
    tag_maker: Maker
    topics: Sequence[TopicLabel]
    now: datetime

    def write(self, connection: Connection) -> StageCounts:
        """The transaction."""
        hold_off_takedowns(connection)
        if _taken_down(connection, self.batch.pages):
            raise Retryable(Reason.TAKEN_DOWN, "an article of the batch was taken down meanwhile; run the task again")
        makers = ensure_makers(connection, [self.clean_maker, self.tag_maker], self.now) if self.versions else {}
        written = self._write_articles(connection, makers)
        self._write_facts(connection, written, makers)
        articles.add_addresses(connection, rows.address_rows(self.batch.pages))
        moves = list(rows.move_rows(self.batch.pages, written))
        move(connection, moves, from_states=[State.FETCHED], run_key=self.run_key, at=self.now)
        changed = sum(article.has_changed for article in written.values())
        reasons = dict(sorted(Counter(str(m.reason) for m in moves).items()))
        return StageCounts(rows_in=len(self.batch.pages["entry_id"]), rows_out=changed, reasons=reasons)

    def _write_articles(self, connection: Connection, makers: Mapping[str, int]) -> dict[str, Written]:
        if not self.versions:
            return {}
        dimensions.ensure_languages(connection, (code for code in self.articles["language"] if code is not None))
        clean_maker_id = makers[self.clean_maker.digest]
        sources = dimensions.source_ids(connection, self.articles["source_key"])
        columns = self.articles | {
            "source_id": [sources[key] for key in self.articles["source_key"]],
            "clean_maker_id": [clean_maker_id] * len(self.versions),
            "tag_maker_id": [makers[self.tag_maker.digest]] * len(self.versions),
        }
        written = articles.write_articles(connection, columns, self.versions)
        started_at = _started_at(connection, self.run_key) or self.now
        revisions = rows.revision_rows(self.batch.stored, written, clean_maker_id, self.run_key, started_at)
        articles.add_revisions(connection, revisions)
        write_search_rows(connection, self.batch.stored, written)
        return written

    def _write_facts(self, connection: Connection, written: Mapping[str, Written], makers: Mapping[str, int]) -> None:
        """Replace the facts of the changed articles as sets."""
        changed = [key for key, article in written.items() if article.has_changed]
        if not changed:
            return
        facts = self.ahead.result() if len(changed) == len(written) else rows.prepare_facts(self.batch, changed)
        author_ids = dimensions.ensure_authors(connection, facts.names)
        entity_ids = dimensions.ensure_entities(connection, facts.entities)
        used = {key: entity_ids.standing[key] for key in facts.article_entities["entity_key"].unique()}
        if len(set(used.values())) < len(used):  # two were merged into one since link saw them
            facts = rows.prepare_facts(rows.with_merged(self.batch, entity_ids.standing), changed)
        dimensions.ensure_aliases(connection, _alias_ids(facts.aliases, entity_ids))
        topic_ids = dimensions.ensure_topics(connection, self.topics)
        frames = {
            "core.article_author": rows.identified(facts.bylines, "name_key", "author_id", author_ids),
            "core.mention": rows.identified(
                rows.identified(facts.mentions, "entity_key", "entity_id", entity_ids.standing),
                "named_key",
                "named_entity_id",
                entity_ids.own,
            ),
            "core.article_entity": rows.identified(
                facts.article_entities, "entity_key", "entity_id", entity_ids.standing
            ),
            "core.article_topic": rows.identified(facts.topics, "code", "topic_id", topic_ids),
        }
        articles.clear_facts(connection, [written[key] for key in changed if not written[key].is_new])
        places = rows.places_of(self.batch.stored["article_key"], written)
        for table, columns in _FACTS.items():
            copy_frame(connection, table, columns, rows.placed(frames[table], places))
        add_embeddings(connection, rows.embedding_rows(self.batch, written, makers[self.tag_maker.digest]))


def _alias_ids(aliases: Iterable[tuple[str, str, str]], ids: dimensions.EntityIds) -> Iterator[tuple[int, str, str]]:
    """An acronym is evidence of the entity that the article names; whatever was decided of it may be withdrawn."""
    for key, alias, origin in aliases:
        yield (ids.own if origin == AliasOrigin.ACRONYM else ids.standing)[key], alias, origin


def _without_taken_down(batch: Batch) -> Batch:
    with db.reading() as connection:
        rows = _taken_down(connection, batch.pages)
    return refuse(batch, rows) if rows else batch


def _taken_down(connection: Connection, pages: Columns) -> list[int]:
    """Numbers of the pages that are to be stored, or to lead to an article, and were taken down."""
    found = tombstones_among(connection, {*pages["article_key"], *pages["url_key"]}, pages["page_sha256"])
    keys = zip(pages["article_key"], pages["url_key"], pages["page_sha256"], pages["reason"], strict=True)
    return [
        row
        for row, (article_key, listed_key, sha256, reason) in enumerate(keys)
        if reason != Reason.TAKEN_DOWN and found.forbid(article_key, listed_key, sha256=sha256)
    ]


def _started_at(connection: Connection, run_key: str) -> datetime | None:
    statement = text("SELECT started_at FROM ops.run WHERE run_key = :run_key")
    found: datetime | None = connection.scalar(statement, {"run_key": run_key})
    return found
