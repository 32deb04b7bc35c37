"""One text in, everything tagging says of it out. Pure: the same text and context give the same tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.tag.interfaces import EntityRecogniser, LanguageTagger, TagContext, Tags, TopicScorer
from pipeline.tag.language import RuleLanguageTagger
from pipeline.tag.ner.model import SHIPPED, digest_of, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.recognition import NameRecogniser
from pipeline.tag.topics import KeywordTopicScorer


@dataclass(frozen=True, slots=True)
class Tagger:
    """The three parts in force. A trained model takes the place of a rule here and nowhere else."""

    entities: EntityRecogniser
    language: LanguageTagger = field(default_factory=RuleLanguageTagger)
    topics: TopicScorer = field(default_factory=KeywordTopicScorer)

    def tag(self, text: str, *, title: str | None, language: str | None, context: TagContext) -> Tags:
        """Tags of a text taken as it is; `language` (ISO 639-1) spares finding it out."""
        found = language or self.language.language_of(text or title or "")
        return Tags(
            language=found,
            mentions=tuple(self.entities.mentions(text, title=title, language=found, context=context)),
            topics=tuple(self.topics.topics(text, title=title, language=found, context=context)),
        )


@lru_cache(maxsize=2)
def tagger_with(names: Path = SHIPPED) -> Tagger:
    """The tagger whose names are found by the model in this folder; loaded once per process."""
    return Tagger(NameRecogniser(ModelSpans(load(names))))


def model_version(names: Path = SHIPPED) -> str:
    """Names the models in force, for `ops.maker`."""
    return f"names-{digest_of(names)}"


def tag_text(text: str, *, title: str | None, language: str | None, context: TagContext, names: Path = SHIPPED) -> Tags:
    """Language, entities and topics of one text; offsets are code points of `text` as given."""
    return tagger_with(names).tag(text, title=title, language=language, context=context)
