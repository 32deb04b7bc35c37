"""Tagged texts as one HTML page: each text with its mentions marked, then what it names as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

from pipeline.records import Kind, MentionMethod
from pipeline.shown import for_page, page_template
from pipeline.tag.interfaces import ScoredTopic
from pipeline.tag.marked import Paragraph, marked_text, marked_title
from pipeline.tag.output import KIND_WORDS
from pipeline.tag.tagged import NamedEntity, TaggedText, most_named_first

MAX_TEXTS = 100
"""Up to so many texts a page opens at once on a phone; more are for `--jsonl`."""
SHOWN_CHARS = 60_000
"""Of each text so many code points are shown, some 10,000 words: what is longer is no article."""
FAINT = 0.5
"""A mention that is as likely wrong as right is shown fainter."""
_ONE_OF = {
    Kind.PER: "person",
    Kind.ORG: "organisation",
    Kind.LOC: "place",
    Kind.NORP: "group",
    Kind.EVENT: "event",
    Kind.WORK: "work",
}
_FOUND_BY = {
    MentionMethod.MODEL: "the trained model",
    MentionMethod.RULES: "rules",
    MentionMethod.GAZETTEER: "lists of known names",
    MentionMethod.ESTABLISHED: "other articles of the night",
}
_BECAUSE = {
    "text": "what the text means",
    "words": "keywords",
    "section": "the publisher's section",
    "address": "the address",
    "tags": "the publisher's tags",
}


@dataclass(frozen=True, slots=True)
class ShownText:
    """One text as the page shows it. Nothing is escaped yet."""

    number: int  # from 1
    id: str
    title: Paragraph
    problem: str | None
    language: str | None  # ISO 639-1
    language_name: str
    paragraphs: Sequence[Paragraph]
    hidden_chars: int  # code points beyond those shown
    entities: Sequence[NamedEntity]  # those named most first
    topics: Sequence[tuple[ScoredTopic, Sequence[ScoredTopic]]]  # each with those below it
    mention_count: int


def as_html(texts: Sequence[TaggedText], left_out: int = 0) -> str:
    """A whole page without scripts or anything fetched; all that came from the texts is escaped.

    `left_out` is how many more texts there were. The page is for up to MAX_TEXTS, which the caller sees to.
    """
    kinds = Counter(m.kind for tagged in texts for m in tagged.tags.mentions)
    page = page_template("pipeline.tag", "tagged.html.jinja").render(
        texts=[_shown(number, tagged) for number, tagged in enumerate(texts, 1)],
        left_out=left_out,
        kinds=[(str(kind), words, kinds[kind]) for kind, words in KIND_WORDS.items() if kinds[kind]],
        one_of=_ONE_OF,
        found_by=_FOUND_BY,
        because=_BECAUSE,
        country_name=_country_name,
        faint=FAINT,
    )
    return for_page(page)


def _shown(number: int, tagged: TaggedText) -> ShownText:
    item, tags = tagged.item, tagged.tags
    return ShownText(
        number=number,
        id=item.id,
        title=marked_title(" ".join((item.title or "").split()), tagged.entities),
        problem=item.problem,
        language=tags.language,
        language_name=_language_name(tags.language),
        paragraphs=marked_text(item.text, tags.mentions, SHOWN_CHARS),
        hidden_chars=max(0, len(item.text) - SHOWN_CHARS),
        entities=most_named_first(tagged.entities),
        topics=tagged.topics_by_parent,
        mention_count=len(tags.mentions),
    )


def _country_name(code: str) -> str:
    """In English; the code itself where CLDR has no name."""
    return str(_english().territories.get(code, code))


def _language_name(code: str | None) -> str:
    return "language unknown" if code is None else str(_english().languages.get(code, code))


@lru_cache(maxsize=1)
def _english() -> Locale:
    return Locale("en")
