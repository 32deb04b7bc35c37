"""What the product sees of each text: embeddings, keyword scores, the publisher's signals; kept between runs."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.clean.page import clean_page
from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.ner.model import SHIPPED, digest_of, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.reader import ArticleReader
from pipeline.tag.topics.keywords import KeywordTopicScorer
from training.topics.labelled import digest
from training.topics.texts import SHARED, NewsText


@dataclass(frozen=True, slots=True)
class Seen:
    """One text as the topic model gets it."""

    reading: Reading
    scores: dict[str, float]  # keyword score by code
    context: TagContext  # of pages: section, tags and address; else empty


def seen(texts: Sequence[NewsText], work: Path) -> list[Seen]:
    """Each text through the encoder, the keywords and, for pages, the cleaning; about 0.1 s a text the first time."""
    work.mkdir(parents=True, exist_ok=True)
    readings = work / f"readings-{digest_of(SHIPPED)}.pickle"
    contexts = work / "contexts.pickle"
    known: dict[str, Reading] = _load(readings)
    of_pages: dict[str, TagContext] = _load(contexts)
    encoder = ModelSpans(load(SHIPPED))
    reader = ArticleReader(encoder, encoder)
    for text in texts:
        key = digest(text)
        if key not in known:
            whole = reader.read(text.text, title=text.title, language="en")
            known[key] = Reading(embedding=whole.embedding, lead=whole.lead)
        if text.file and text.id not in of_pages:
            of_pages[text.id] = context_of(text.file, text.url)
    readings.write_bytes(pickle.dumps(known))
    contexts.write_bytes(pickle.dumps(of_pages))
    return [Seen(known[digest(t)], scores_of(t), of_pages.get(t.id, TagContext())) for t in texts]


def scores_of(text: NewsText, language: str = "en") -> dict[str, float]:
    """Keyword scores of a text, by code."""
    scorer = KeywordTopicScorer()
    found = scorer.topics(text.text, title=text.title, language=language, context=TagContext(), reading=Reading())
    return {topic.code: topic.score for topic in found}


def context_of(file: str, url: str | None) -> TagContext:
    """What cleaning finds on a page of ../shared/pages: section, tags, and its address."""
    page = clean_page(gzip.decompress((SHARED / "pages" / file).read_bytes()), url=url)
    return TagContext(section=page.section, publisher_tags=tuple(page.publisher_tags), url=url)


def _load(path: Path) -> dict:  # type: ignore[type-arg]
    return pickle.loads(path.read_bytes()) if path.is_file() else {}  # noqa: S301 (our own file)
