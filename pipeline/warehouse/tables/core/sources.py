"""Outlets, what was learnt of them, and their feeds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from pipeline.warehouse.tables.base import at, metadata, surrogate, text

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
    text(
        "example", "As it stood in the newest article that taught it; as compared, once one that had it is taken down."
    ),
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
