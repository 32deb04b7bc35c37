"""Who and what a text names: by the model in the language it reads, by rules in all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.tag.interfaces import EntityMention, NameSpan, SpanFinder, TagContext
from pipeline.tag.ner.spans import MAX_CHARS
from pipeline.tag.rules.recogniser import RuleRecogniser
from pipeline.tag.who.article import mentions_of

READ_BY_MODEL = frozenset({"en"})
"""Languages that the model has learnt; a text too short to tell its language is taken for one of them."""


@dataclass(frozen=True, slots=True)
class NameRecogniser:
    """The `EntityRecogniser` in force."""

    finder: SpanFinder
    others: RuleRecogniser = field(default_factory=RuleRecogniser)

    def mentions(
        self, text: str, *, title: str | None, language: str | None, context: TagContext
    ) -> Sequence[EntityMention]:
        """Mentions in the order of the text, without overlap; of English, none beyond MAX_CHARS."""
        if language is not None and language not in READ_BY_MODEL:
            return self.others.mentions(text, title=title, language=language, context=context)
        text = text[:MAX_CHARS]  # what the model does not read, nothing is said of
        title_spans, spans = _spans(self.finder, title or "", text)
        return mentions_of(text, spans, title=title, title_spans=title_spans, language=language, context=context)


def _spans(finder: SpanFinder, title: str, text: str) -> tuple[list[NameSpan], list[NameSpan]]:
    """Spans of title and text, read as one: the first paragraph tells who the headline means, and the headline it."""
    lead = f"{title}\n" if title else ""
    [found] = finder.spans([lead + text])
    inside = [s for s in found if s.start >= len(lead)]
    shifted = [replace(s, start=s.start - len(lead), end=s.end - len(lead)) for s in inside]
    return [s for s in found if s.end <= len(title)], shifted
