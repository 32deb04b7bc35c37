"""One text in, everything tagging says of it out. Pure: the same text and context give the same tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.tag.interfaces import EntityRecogniser, LanguageTagger, Reader, TagContext, Tags, TopicScorer
from pipeline.tag.language import RuleLanguageTagger
from pipeline.tag.ner.model import SHIPPED, digest_of, encoder_digest, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.reader import ArticleReader
from pipeline.tag.recognition import NameRecogniser
from pipeline.tag.topics.head import head_digest
from pipeline.tag.topics.own import OwnTopics
from pipeline.tag.topics.scorer import ArticleTopics


@dataclass(frozen=True, slots=True)
class Tagger:
    """The parts in force. A trained model takes the place of a rule here and nowhere else."""

    reader: Reader
    entities: EntityRecogniser = field(default_factory=NameRecogniser)
    language: LanguageTagger = field(default_factory=RuleLanguageTagger)
    topics: TopicScorer = field(default_factory=ArticleTopics)
    own_topics: TopicScorer = field(default_factory=OwnTopics)

    def tag(self, text: str, *, title: str | None, language: str | None, context: TagContext) -> Tags:
        """Tags of a text taken as it is; `language` (ISO 639-1) spares finding it out."""
        found = language or self.language.language_of(text or title or "")
        reading = self.reader.read(text, title=title, language=found)
        entities = self.entities
        scored = [
            topic
            for scorer in (self.topics, self.own_topics)
            for topic in scorer.topics(text, title=title, language=found, context=context, reading=reading)
        ]
        return Tags(
            language=found,
            mentions=tuple(entities.mentions(text, title=title, language=found, context=context, reading=reading)),
            topics=tuple(sorted(scored, key=lambda topic: -topic.score)),
            embedding=None if reading.embedding is None else tuple(reading.embedding.tolist()),
        )


@lru_cache(maxsize=2)
def tagger_with(names: Path = SHIPPED) -> Tagger:
    """The tagger whose names are found by the model in this folder; loaded once per process."""
    encoder = ModelSpans(load(SHIPPED))
    return Tagger(ArticleReader(encoder if names == SHIPPED else ModelSpans(load(names)), encoder))


def model_version(names: Path = SHIPPED) -> str:
    """Names the models in force, for `ops.maker`: what finds names, and what makes embeddings where that is another."""
    own = digest_of(SHIPPED)
    found = f"names-{own}" if names == SHIPPED else f"names-{digest_of(names)} meaning-{own}"
    return f"{found} topics-{head_digest()}"


def encoder_version() -> str:
    """Names the encoder that makes embeddings: only those of one version can be compared."""
    return f"meaning-{encoder_digest()}"


def tag_text(text: str, *, title: str | None, language: str | None, context: TagContext, names: Path = SHIPPED) -> Tags:
    """Language, entities and topics of one text; offsets are code points of `text` as given."""
    return tagger_with(names).tag(text, title=title, language=language, context=context)
