"""Schema `core`: normalised facts and dimensions.

Natural keys are the identity; surrogate bigints are private. Foreign keys point only to the slim, unpartitioned
`core.article` and to dimensions, so that partitions can be dropped and attached.
"""

from pipeline.warehouse.tables.core.articles import (
    article,
    article_author,
    article_revision,
    article_url,
    author,
    language,
    tombstone,
)
from pipeline.warehouse.tables.core.facts import (
    article_entity,
    article_topic,
    entity,
    entity_alias,
    entity_decision,
    mention,
    topic,
)
from pipeline.warehouse.tables.core.meaning import article_embedding
from pipeline.warehouse.tables.core.search import article_search
from pipeline.warehouse.tables.core.sources import feed, source, source_pattern

__all__ = [
    "article",
    "article_author",
    "article_embedding",
    "article_entity",
    "article_revision",
    "article_search",
    "article_topic",
    "article_url",
    "author",
    "entity",
    "entity_alias",
    "entity_decision",
    "feed",
    "language",
    "mention",
    "source",
    "source_pattern",
    "tombstone",
    "topic",
]
