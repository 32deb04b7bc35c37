"""Articles: as they stand now, their addresses, versions and authors; and what of them was taken down."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from pipeline.warehouse.tables.base import (
    SURE,
    at,
    metadata,
    of_article,
    on,
    partition_day,
    partitioned,
    surrogate,
    text,
)


def _says(name: str, comment: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=sql("false"), comment=comment)


language = Table(
    "language",
    metadata,
    text("language", "ISO 639-1 (or 639-3 where there is none).", primary_key=True),
    text("name", "English name (CLDR)."),
    schema="core",
    comment="One row per language met.",
)

author = Table(
    "author",
    metadata,
    surrogate("author_id"),
    text("name_key", "Natural key: folded name.", unique=True),
    text("name", "Name as first seen."),
    schema="core",
    comment="One row per author name. Two people of one name are one row.",
)

article = Table(
    "article",
    metadata,
    surrogate("article_id"),
    text("url_key", "Natural key: hash of the address that identifies the article.", unique=True),
    on("first_seen_on", "UTC day of first_seen_at; copied to all facts as partition key."),
    Column(
        "source_id",
        BigInteger,
        ForeignKey("core.source.source_id"),
        nullable=False,
        comment="Outlet whose domain published it.",
    ),
    text("url", "The address that identifies it."),
    Column("revision_no", Integer, nullable=False, comment="Current revision."),
    text("title", "Headline of the current revision.", null=True),
    text("language", "Language of the text.", ForeignKey("core.language.language"), null=True),
    at("published_at", "When the publisher says it was published.", null=True),
    text("published_precision", "second, minute, hour, day, month, year or none."),
    text("published_method", "Where the date was found.", null=True),
    Column("published_confidence", Float, comment=SURE),
    at("first_seen_at", "When a poll first listed it."),
    at("fetched_at", "When the bytes of the current revision arrived."),
    at("loaded_at", "When its content last changed in the warehouse."),
    text("section", "Section as the publisher names it.", null=True),
    Column("publisher_tags", ARRAY(Text), nullable=False, comment="Tags as the publisher gives them."),
    text("description", "Summary as the publisher gives it.", null=True),
    text("image_url", "Lead image.", null=True),
    Column("word_count", Integer, nullable=False, comment="Words of the text, by white space."),
    Column("quality", Float, nullable=False, comment="Trust in the extraction, 0 to 1."),
    Column("quality_reasons", ARRAY(Text), nullable=False, comment="What lowered it."),
    Column("is_paywalled", Boolean, nullable=False, comment="The page says that only subscribers may read it."),
    _says("is_live_blog", "The page says that it is a live blog: many short posts, added to while it runs."),
    _says("is_opinion", "The page says that it is opinion: comment, leader, column, letter."),
    _says("is_sponsored", "The page says that somebody paid for it."),
    text("agency", "News agency that the byline or dateline names; never an author.", null=True),
    text(
        "title_method",
        "Where the headline was found: h1, json_ld, og, twitter, title_tag, feed, first_line.",
        null=True,
    ),
    text("authors_method", "Where the authors were found; null if there are none.", null=True),
    text("section_method", "Where the section was found; null if there is none.", null=True),
    text("tags_method", "Where the publisher's tags were found; null if there are none.", null=True),
    text("extractor", "Which reading of the page gave the text; null before cleaning version 2.", null=True),
    text("extractor_reason", "Why that reading won over the others.", null=True),
    text("date_order", "day_first or month_first, where dates on the page show which the outlet writes.", null=True),
    Column(
        "hints_digest",
        Text,
        nullable=False,
        server_default="",
        comment="Hash of what was known of the outlet and can change text or title (its name, its learnt habits).",
    ),
    text("text_sha256", "Hash of the current text."),
    text("copy_of_key", "url_key of the earliest article of another outlet with exactly this text.", null=True),
    text("content_digest", "Hash of content and makers; equal means nothing to load."),
    Column(
        "clean_maker_id",
        BigInteger,
        ForeignKey("ops.maker.maker_id"),
        nullable=False,
        comment="Version that cleaned it.",
    ),
    Column(
        "tag_maker_id",
        BigInteger,
        ForeignKey("ops.maker.maker_id"),
        nullable=False,
        comment="Version that tagged it.",
    ),
    text("run_key", "Run that last changed it."),
    Index("ix_article_published_at", "published_at"),
    Index("ix_article_first_seen_on", "first_seen_on"),
    Index("ix_article_source_id_first_seen_on", "source_id", "first_seen_on"),
    Index("ix_article_text_sha256", "text_sha256"),
    Index("ix_article_url", "url", postgresql_using="hash"),
    schema="core",
    comment="One row per article as it stands now.",
)

article_url = Table(
    "article_url",
    metadata,
    text("url_key", "Natural key: hash of the address.", primary_key=True),
    Column(
        "article_id",
        BigInteger,
        ForeignKey("core.article.article_id"),
        nullable=False,
        index=True,
        comment="The article it leads to.",
    ),
    text("url", "The address."),
    text("kind", "listed, final or canonical."),
    at("added_at", "When it was first known to lead there: fetched_at of the page that showed it."),
    Index("ix_article_url_url", "url", postgresql_using="hash"),
    schema="core",
    comment="One row per address of an article.",
)

article_revision = partitioned(
    Table(
        "article_revision",
        metadata,
        of_article(),
        partition_day(),
        Column("revision_no", Integer, nullable=False, comment="1, 2, 3 …"),
        text("cause", "new, publisher_edit, reprocessed or repaired."),
        at(
            "recorded_at",
            "When the warehouse could have known it: fetched_at of its page, or start of the run that reprocessed it.",
        ),
        text("title", "Headline.", null=True),
        text("text", "Text, NFC; paragraphs divided by one line feed. Offsets count its code points."),
        text("text_sha256", "Hash of the text."),
        Column("word_count", Integer, nullable=False, comment="Words, by white space."),
        Column("page_id", BigInteger, nullable=False, comment="The archived page it was made from (raw.page)."),
        text("page_sha256", "Hash of that page's body."),
        Column(
            "maker_id",
            BigInteger,
            ForeignKey("ops.maker.maker_id"),
            nullable=False,
            comment="Version that cleaned it.",
        ),
        text("run_key", "Run that made it."),
        PrimaryKeyConstraint("article_id", "revision_no", "first_seen_on"),
        schema="core",
        comment="One row per version of an article ever seen.",
    ),
    "first_seen_on",
)

article_author = Table(
    "article_author",
    metadata,
    of_article(),
    Column("position", SmallInteger, nullable=False, comment="Place in the byline, from 1."),
    Column(
        "author_id",
        BigInteger,
        ForeignKey("core.author.author_id"),
        nullable=False,
        index=True,
        comment="The author.",
    ),
    PrimaryKeyConstraint("article_id", "position"),
    schema="core",
    comment="One row per author of an article, in the order of the byline.",
)

tombstone = Table(
    "tombstone",
    metadata,
    surrogate("tombstone_id"),
    text("url_key", "Address that is never collected again.", null=True, unique=True),
    text("sha256", "Bytes (of the body as unpacked) that are never kept again.", null=True, unique=True),
    text("reason", "Why it was taken down, in the operator's words."),
    at("at", "When."),
    schema="core",
    comment="One row per address or body taken down. Keeps no address and no text, only hashes.",
)
