"""One article through the encoder, once: where it names something, and what it means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.tag.interfaces import NameSpan, Reading
from pipeline.tag.ner.spans import ModelSpans

_NAMES_IN = frozenset({"en"})
"""Languages whose names the model has learnt; a text too short to tell its language is taken for one of them."""
_MEANING_CHARS = 8_000
"""So much is read of a text in another language, for its embedding alone: 1,200 words say what it is about."""


def is_read_by_model(language: str | None) -> bool:
    """The model finds names in this language (ISO 639-1)."""
    return language is None or language in _NAMES_IN


@dataclass(frozen=True, slots=True)
class ArticleReader:
    """The `Reader` in force. Where the user's own model finds the names, ours still gives the embedding, in a pass of
    its own: topics and "similar articles" are made for it."""

    names: ModelSpans
    encoder: ModelSpans  # the same object where one pass serves both

    def read(self, text: str, *, title: str | None, language: str | None) -> Reading:
        """Title and text read as one: the first paragraph tells who the headline means, and the headline it."""
        lead = f"{title}\n" if title else ""
        if not is_read_by_model(language):
            meant = self.encoder.read(lead + text[:_MEANING_CHARS])
            return Reading(embedding=meant.embedding, lead=meant.lead)
        found = self.names.read(lead + text)
        meant = found if self.names is self.encoder else self.encoder.read(lead + text)
        title_spans, spans = _parted(found.spans, len(lead))
        return Reading(title_spans, spans, meant.embedding, meant.lead)


def _parted(found: tuple[NameSpan, ...], lead: int) -> tuple[tuple[NameSpan, ...], tuple[NameSpan, ...]]:
    """Spans of title and text, each from its own beginning; `lead` is the length of the title and its line end."""
    inside = (s for s in found if s.start >= lead)
    shifted = tuple(replace(s, start=s.start - lead, end=s.end - lead) for s in inside)
    return tuple(s for s in found if s.end < lead), shifted
