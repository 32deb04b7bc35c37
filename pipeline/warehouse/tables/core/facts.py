"""What articles are about: the entities and topics, and where each article names them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
)

from pipeline.warehouse.tables.base import SURE, at, metadata, on, partitioned, surrogate, text

entity = Table(
    "entity",
    metadata,
    surrogate("entity_id"),
    text("entity_key", "Natural key: kind and folded canonical name.", unique=True),
    text("kind", "PER, ORG or LOC."),
    text("name", "Canonical name."),
    text("qid", "Wikidata id, where it can be sourced.", null=True),
    text("country", "ISO 3166-1 alpha-2, where known.", null=True),
    Column("latitude", Float, comment="Degrees north, where it is a place."),
    Column("longitude", Float, comment="Degrees east, where it is a place."),
    Column(
        "merged_into",
        BigInteger,
        ForeignKey("core.entity.entity_id"),
        comment="The entity this one was merged into.",
    ),
    at("first_seen_at", "first_seen_at of the earliest article that names it."),
    schema="core",
    comment="One row per person, organisation or place ever named.",
)

entity_alias = Table(
    "entity_alias",
    metadata,
    Column("entity_id", BigInteger, ForeignKey("core.entity.entity_id"), nullable=False, comment="The entity."),
    text("alias", "Folded surface."),
    text("origin", "curated or text."),
    PrimaryKeyConstraint("entity_id", "alias"),
    Index("ix_entity_alias_alias", "alias"),
    schema="core",
    comment="One row per way an entity is written.",
)

mention = partitioned(
    Table(
        "mention",
        metadata,
        Column(
            "article_id",
            BigInteger,
            ForeignKey("core.article.article_id"),
            nullable=False,
            comment="The article.",
        ),
        on("first_seen_on", "Partition key, copied from the article."),
        Column("start_offset", Integer, nullable=False, comment="First code point in the current text."),
        Column("end_offset", Integer, nullable=False, comment="Code point after the last."),
        Column(
            "entity_id",
            BigInteger,
            ForeignKey("core.entity.entity_id"),
            nullable=False,
            comment="The entity named.",
        ),
        text("surface", "The words as they stand there."),
        Column("score", Float, nullable=False, comment=SURE),
        PrimaryKeyConstraint("article_id", "start_offset", "end_offset", "first_seen_on"),
        schema="core",
        comment="One row per place in an article's current text that names an entity.",
    ),
    "first_seen_on",
)

article_entity = partitioned(
    Table(
        "article_entity",
        metadata,
        Column(
            "article_id",
            BigInteger,
            ForeignKey("core.article.article_id"),
            nullable=False,
            comment="The article.",
        ),
        on("first_seen_on", "Partition key, copied from the article."),
        Column(
            "entity_id",
            BigInteger,
            ForeignKey("core.entity.entity_id"),
            nullable=False,
            comment="The entity.",
        ),
        Column("mention_count", Integer, nullable=False, comment="Mentions in the text."),
        Column("first_offset", Integer, nullable=False, comment="Offset of the first mention."),
        Column("salience", Float, nullable=False, comment="How much the article is about it, 0 to 1."),
        Column("is_in_title", Boolean, nullable=False, comment="The headline names it."),
        Column("score", Float, nullable=False, comment="Best score of its mentions, 0 to 1."),
        PrimaryKeyConstraint("article_id", "entity_id", "first_seen_on"),
        Index("ix_article_entity_entity_id_first_seen_on", "entity_id", "first_seen_on"),
        schema="core",
        comment="One row per entity named in an article's current text.",
    ),
    "first_seen_on",
)

topic = Table(
    "topic",
    metadata,
    Column("topic_id", BigInteger, Identity(), primary_key=True, comment="Private key."),
    text("code", "Natural key: IPTC Media Topic, like medtop:11000000.", unique=True),
    text("label", "English label."),
    Column("level", SmallInteger, nullable=False, comment="1 is the top."),
    text("parent_code", "Code of the topic above.", null=True),
    schema="core",
    comment="One row per topic of the taxonomy.",
)

article_topic = partitioned(
    Table(
        "article_topic",
        metadata,
        Column(
            "article_id",
            BigInteger,
            ForeignKey("core.article.article_id"),
            nullable=False,
            comment="The article.",
        ),
        on("first_seen_on", "Partition key, copied from the article."),
        Column("topic_id", BigInteger, ForeignKey("core.topic.topic_id"), nullable=False, comment="The topic."),
        Column("score", Float, nullable=False, comment=SURE),
        PrimaryKeyConstraint("article_id", "topic_id", "first_seen_on"),
        Index("ix_article_topic_topic_id_first_seen_on", "topic_id", "first_seen_on"),
        schema="core",
        comment="One row per topic of an article.",
    ),
    "first_seen_on",
)
