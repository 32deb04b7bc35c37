"""One text in, everything tagging says of it out. Pure: the same text and context give the same tags."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.tag.interfaces import EntityRecogniser, LanguageTagger, TagContext, Tags, TopicScorer
from pipeline.tag.language import RuleLanguageTagger
from pipeline.tag.rules.recogniser import RuleRecogniser
from pipeline.tag.topics import KeywordTopicScorer


@dataclass(frozen=True, slots=True)
class Tagger:
    """The three parts in force. A trained model takes the place of a rule here and nowhere else."""

    language: LanguageTagger = field(default_factory=RuleLanguageTagger)
    entities: EntityRecogniser = field(default_factory=RuleRecogniser)
    topics: TopicScorer = field(default_factory=KeywordTopicScorer)

    def tag(self, text: str, *, title: str | None, language: str | None, context: TagContext) -> Tags:
        """Tags of a text taken as it is; `language` (ISO 639-1) spares finding it out."""
        found = language or self.language.language_of(text or title or "")
        return Tags(
            language=found,
            mentions=tuple(self.entities.mentions(text, title=title, language=found, context=context)),
            topics=tuple(self.topics.topics(text, title=title, language=found, context=context)),
        )


DEFAULT_TAGGER = Tagger()
"""The rules of this version."""

MODEL_VERSION = "rules-1"
"""Names the recognisers in force, for `ops.maker`; a model's version stands here once one is used."""


def tag_text(text: str, *, title: str | None, language: str | None, context: TagContext) -> Tags:
    """Language, entities and topics of one text; offsets are code points of `text` as given."""
    return DEFAULT_TAGGER.tag(text, title=title, language=language, context=context)
