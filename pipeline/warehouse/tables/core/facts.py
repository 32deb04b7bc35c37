"""What articles are about: the entities and topics, and where each article names them."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
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
    Text,
)

from pipeline.warehouse.tables.base import (
    SURE,
    at,
    metadata,
    of_article,
    partition_day,
    partitioned,
    surrogate,
    text,
)

entity = Table(
    "entity",
    metadata,
    surrogate("entity_id"),
    text("entity_key", "Natural key: kind and folded canonical name.", unique=True),
    text(
        "kind",
        "PER person, ORG organisation, LOC place, NORP nationality or religious or political group, EVENT event with a name, WORK title of a book, film, song or programme.",
    ),
    text("name", "Canonical name."),
    text("qid", "Wikidata id, where it can be sourced.", null=True),
    text("country", "ISO 3166-1 alpha-2, where known.", null=True),
    Column("latitude", Float, comment="Degrees north, where it is a place."),
    Column("longitude", Float, comment="Degrees east, where it is a place."),
    Column("geonames_id", BigInteger, comment="GeoNames id of the place most of its mentions mean, where known."),
    Column("population", BigInteger, comment="Inhabitants of that place, as GeoNames has it."),
    Column(
        "merged_into",
        BigInteger,
        ForeignKey("core.entity.entity_id"),
        comment="The entity that stands for this one, by what analysts decided (core.entity_decision); null: itself.",
    ),
    at("first_seen_at", "first_seen_at of the earliest article that names it."),
    schema="core",
    comment="One row per person, organisation, place, group, event or work ever named, or named by a decision.",
)

entity_alias = Table(
    "entity_alias",
    metadata,
    Column("entity_id", BigInteger, ForeignKey("core.entity.entity_id"), nullable=False, comment="The entity."),
    text("alias", "Folded surface."),
    text(
        "origin",
        "text: an article writes it so. acronym: an article introduced it in brackets. curated: an analyst decided it.",
    ),
    PrimaryKeyConstraint("entity_id", "alias", "origin"),
    Index("ix_entity_alias_alias", "alias"),
    schema="core",
    comment="One row per way an entity is written and where that is known from.",
)

entity_decision = Table(
    "entity_decision",
    metadata,
    surrogate("decision_id"),
    text("decision_key", "Natural key: 12 hexadecimal digits, of what was decided and when.", unique=True),
    text(
        "action",
        "merge: entity_key is into_key. alias: whatever is named surface is into_key. split: what is written surface is into_key.",
    ),
    text("entity_key", "The entity merged or split; for an alias, kind and folded alias."),
    text("into_key", "The entity that it is, or that the way of writing stands for."),
    text("into_name", "Name of that entity."),
    text("surface", "The way of writing, of a split or an alias.", null=True),
    Column(
        "article_keys", ARRAY(Text), nullable=False, comment="A split in these articles only (url_key); empty: in all."
    ),
    text("reason", "Why, in the analyst's words."),
    text("decided_by", "Who."),
    at("decided_at", "When."),
    at("withdrawn_at", "When it was taken back; null: in force.", null=True),
    text("withdrawn_by", "Who took it back.", null=True),
    text("withdrawn_reason", "Why it was taken back.", null=True),
    schema="core",
    comment="One row per decision of an analyst about who is who. Never deleted or changed, only withdrawn, once.",
)

mention = partitioned(
    Table(
        "mention",
        metadata,
        of_article(),
        partition_day(),
        Column("start_offset", Integer, nullable=False, comment="First code point in the current text."),
        Column("end_offset", Integer, nullable=False, comment="Code point after the last."),
        Column(
            "entity_id",
            BigInteger,
            ForeignKey("core.entity.entity_id"),
            nullable=False,
            comment="The entity named, after what analysts decided.",
        ),
        Column(
            "named_entity_id",
            BigInteger,
            ForeignKey("core.entity.entity_id"),
            nullable=False,
            comment="The entity that the articles speak of on evidence alone. Decisions are applied to this one, so withdrawing them gives it back.",
        ),
        text("surface", "The words as they stand there."),
        Column(
            "score",
            Float,
            nullable=False,
            comment="How sure that this is a name of its kind, 0 to 1. method says what the score means.",
        ),
        text(
            "method",
            "What found it. model: the trained recogniser, score calibrated. rules: word lists and surroundings. gazetteer: a name known beforehand. established: named in the same night's English articles, 0.7 of the score there.",
        ),
        text("role", "Title or office that stands beside the name there: former foreign minister.", null=True),
        Column("is_in_title", Boolean, nullable=False, comment="The headline names the entity too."),
        PrimaryKeyConstraint("article_id", "start_offset", "end_offset", "first_seen_on"),
        Index("ix_mention_entity_id", "entity_id"),
        Index("ix_mention_named_entity_id", "named_entity_id"),
        schema="core",
        comment="One row per place in an article's current text that names an entity.",
    ),
    "first_seen_on",
)

article_entity = partitioned(
    Table(
        "article_entity",
        metadata,
        of_article(),
        partition_day(),
        Column(
            "entity_id",
            BigInteger,
            ForeignKey("core.entity.entity_id"),
            nullable=False,
            comment="The entity.",
        ),
        Column("mention_count", Integer, nullable=False, comment="Mentions in the text."),
        Column("first_offset", Integer, nullable=False, comment="Offset of the first mention."),
        Column(
            "salience",
            Float,
            nullable=False,
            comment="How much the article is about it, 0 to 1: 0.4 if the headline names it, plus 0.3 × how early the first mention stands (1 at the start, 0 at the end), plus 0.3 × its mentions as a share of the most mentioned entity's.",
        ),
        Column("is_in_title", Boolean, nullable=False, comment="The headline names it."),
        Column("score", Float, nullable=False, comment="Best score of its mentions, 0 to 1."),
        text(
            "role", "The role that most of its mentions there carry; the first in the alphabet of several.", null=True
        ),
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
    text("qid", "The same topic in Wikidata, where known: https://www.wikidata.org/wiki/<qid>.", null=True),
    schema="core",
    comment="One row per topic of the taxonomy.",
)

article_topic = partitioned(
    Table(
        "article_topic",
        metadata,
        of_article(),
        partition_day(),
        Column("topic_id", BigInteger, ForeignKey("core.topic.topic_id"), nullable=False, comment="The topic."),
        Column("score", Float, nullable=False, comment=SURE),
        PrimaryKeyConstraint("article_id", "topic_id", "first_seen_on"),
        Index("ix_article_topic_topic_id_first_seen_on", "topic_id", "first_seen_on"),
        schema="core",
        comment="One row per topic of an article.",
    ),
    "first_seen_on",
)
