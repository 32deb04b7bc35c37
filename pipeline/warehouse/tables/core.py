"""Schema `core`: normalised facts and dimensions.

Natural keys are the identity; surrogate bigints are private. Foreign keys point only to the slim, unpartitioned
`core.article` and to dimensions, so that partitions can be dropped and attached.
"""

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
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from pipeline.warehouse.tables.base import at, metadata, on, partitioned, surrogate, text

SURE = "0 to 1."


def _says(name: str, comment: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=sql("false"), comment=comment)


source = Table(
    "source",
    metadata,
    surrogate("source_id"),
    text("source_key", "Natural key: the key in its YAML file.", unique=True),
    text("name", "Name of the outlet."),
    text("homepage", "Its front page."),
    text("domain", "Registrable domain of its front page."),
    text("country", "ISO 3166-1 alpha-2.", null=True),
    text("language", "ISO 639-1 of what it mostly writes.", null=True),
    text("time_zone", "IANA zone of the times it prints.", null=True),
    at("added_at", "When it was first configured."),
    at("retired_at", "When its file was removed; null while in force.", null=True),
    text("config_digest", "Hash of the configuration in force."),
    at("verified_at", "When `mm sources check` last passed on the open web.", null=True),
    Column(
        "recheck_hours",
        JSONB,
        comment="Ages in hours at which a known URL is looked at again for edits; null for the default (1, 6, 24, 72, 168).",
    ),
    schema="core",
    comment="One row per outlet ever configured.",
)

source_pattern = Table(
    "source_pattern",
    metadata,
    Column("source_id", BigInteger, ForeignKey("core.source.source_id"), nullable=False, comment="Its outlet."),
    text("kind", "repeated_line or title_suffix."),
    text("value", "What cleaning compares by: a line's words without digits, or a name's letters and digits, folded."),
    text("example", "As it stood in the newest article that taught it."),
    Column("article_count", Integer, nullable=False, comment="Articles that had it when it was learnt."),
    Column("looked_at", Integer, nullable=False, comment="Articles of the outlet that were looked at then."),
    at(
        "learnt_at",
        "Newest fetch of the articles looked at. It holds for pages first seen within 90 days after; a row of its own"
        " says so when it is learnt again.",
    ),
    at(
        "refused_at", "When an operator said that it is wrong: not used, and not learnt again. Null: in use.", null=True
    ),
    PrimaryKeyConstraint("source_id", "kind", "value", "learnt_at"),
    schema="core",
    comment="One row per habit of an outlet and time it was learnt: what cleaning takes off its texts and titles.",
)

feed = Table(
    "feed",
    metadata,
    surrogate("feed_id"),
    Column("source_id", BigInteger, ForeignKey("core.source.source_id"), nullable=False, comment="Its outlet."),
    text("url", "Address of the feed or sitemap, or the folder of a drop folder."),
    text("kind", "rss, atom, json_feed, sitemap, index_page, drop_folder or backfill."),
    at("added_at", "When it was first configured."),
    at("retired_at", "When it was removed; null while in force.", null=True),
    Column("every_minutes", Integer, nullable=False, comment="Minutes between two polls to begin with."),
    at("next_poll_at", "Not polled before this moment.", null=True),
    at("last_polled_at", "Last attempt.", null=True),
    at("last_ok_at", "Last attempt that was answered.", null=True),
    at("last_new_at", "Last poll that brought something new.", null=True),
    Column("failure_count", Integer, nullable=False, server_default=sql("0"), comment="Failures in a row."),
    Column(
        "failure_points",
        Float,
        nullable=False,
        server_default=sql("0"),
        comment="Weighed failures (soft, temporary, hard) not yet made good; many put the feed to rest.",
    ),
    text("last_reason", "Why the last attempt failed (Reason); null after a success.", null=True),
    at(
        "resting_since", "Since when it rests: asked rarely, and reported. Null while it is polled normally.", null=True
    ),
    Column("poll_interval_s", Integer, comment="Seconds between polls as adapted; null until polls have shown a pace."),
    Column(
        "polls_since_audit",
        Integer,
        nullable=False,
        server_default=sql("0"),
        comment="Answers of 304 since its whole body was last seen; after some, the whole is asked for.",
    ),
    Column(
        "has_false_validators",
        Boolean,
        nullable=False,
        server_default=sql("false"),
        comment="True if an audit caught ETag or Last-Modified hiding a changed body: asked without them since.",
    ),
    Column(
        "overflow_count",
        Integer,
        nullable=False,
        server_default=sql("0"),
        comment="Polls of the live feed that listed nothing known before: items may have been missed.",
    ),
    text("moved_to", "Where permanent redirects of the feed lead; `mm sources repair` proposes it.", null=True),
    at("moved_since", "First poll that was redirected there.", null=True),
    text("etag", "For the conditional GET.", null=True),
    text("last_modified", "For the conditional GET.", null=True),
    text("body_sha256", "Hash of the last body.", null=True),
    UniqueConstraint("source_id", "url"),
    schema="core",
    comment="One row per feed, sitemap or drop folder ever configured.",
)

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
    text("title_method", "Where the headline was found: h1, json_ld, og, twitter, title_tag, feed.", null=True),
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
    Column(
        "search",
        TSVECTOR,
        comment="Folded title and text of the current revision; filled by load.",
    ),
    Index("ix_article_published_at", "published_at"),
    Index("ix_article_first_seen_on", "first_seen_on"),
    Index("ix_article_source_id_first_seen_on", "source_id", "first_seen_on"),
    Index("ix_article_text_sha256", "text_sha256"),
    Index("ix_article_search", "search", postgresql_using="gin"),
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
    schema="core",
    comment="One row per address of an article.",
)

article_revision = partitioned(
    Table(
        "article_revision",
        metadata,
        Column(
            "article_id",
            BigInteger,
            ForeignKey("core.article.article_id"),
            nullable=False,
            comment="The article.",
        ),
        on("first_seen_on", "Partition key, copied from the article."),
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
    Column(
        "article_id",
        BigInteger,
        ForeignKey("core.article.article_id"),
        nullable=False,
        comment="The article.",
    ),
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
