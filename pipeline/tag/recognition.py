"""Who and what a text names: by the model in the language it reads, by rules in all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.tag.interfaces import EntityMention, Reading, TagContext
from pipeline.tag.ner.spans import MAX_CHARS
from pipeline.tag.reader import is_read_by_model
from pipeline.tag.rules.recogniser import RuleRecogniser
from pipeline.tag.who.article import mentions_of


@dataclass(frozen=True, slots=True)
class NameRecogniser:
    """The `EntityRecogniser` in force."""

    others: RuleRecogniser = field(default_factory=RuleRecogniser)

    def mentions(
        self, text: str, *, title: str | None, language: str | None, context: TagContext, reading: Reading
    ) -> Sequence[EntityMention]:
        """Mentions in the order of the text, without overlap; of English, none beyond MAX_CHARS."""
        if not is_read_by_model(language):
            return self.others.mentions(text, title=title, language=language, context=context)
        return mentions_of(
            text[:MAX_CHARS],  # what the model does not read, nothing is said of
            list(reading.spans),
            title=title,
            title_spans=list(reading.title_spans),
            language=language,
            context=context,
        )
