"""Tag one batch of cleaned pages: Parquet in, Parquet out, the same rows every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from pipeline import __version__, landing
from pipeline.folding import entity_key
from pipeline.frames import read_records, write_records
from pipeline.log import event
from pipeline.records import (
    ArticleEmbedding,
    CleanedPage,
    Embedding,
    Maker,
    Mention,
    Resolution,
    SourceProfile,
    StageCounts,
    TopicScore,
)
from pipeline.settings import Settings
from pipeline.tag.interfaces import EntityMention, TagContext, Tags
from pipeline.tag.lexicon import ENTITY_FOLDER
from pipeline.tag.ner.hub import folder_of
from pipeline.tag.ner.model import SHIPPED
from pipeline.tag.tagger import encoder_version, model_version, tag_text
from pipeline.tag.topics.background import BACKGROUND
from pipeline.tag.topics.taxonomy import TAXONOMY_FOLDER

_ACTIONS = frozenset({"store", "retag"})


def tag_batch(
    clean_uri: str, resolution_uri: str, sources_uri: str | None, out_prefix: str, names: Path = SHIPPED
) -> StageCounts:
    """Write `<out_prefix>.{mention,topic,embedding}.parquet` for the pages that go on to load.

    Only entries of this batch whose resolution says `store` or `retag` are tagged; `sources_uri` (the run's
    SourceProfile rows) tells an outlet's country, which decides between places of one name. Rows are in the order
    of article key, then offset or score; counts are articles in and mentions plus topics out. `names` is the folder
    of the model that finds names. An article has one embedding, or none if it has no words.
    """
    articles = _articles(read_records(clean_uri, CleanedPage), read_records(resolution_uri, Resolution))
    countries = _countries(sources_uri)
    mentions: list[Mention] = []
    topics: list[TopicScore] = []
    embeddings: list[ArticleEmbedding] = []
    untagged = 0
    for resolution, page in articles:
        key = resolution.article_key
        tags = tag_page(page, countries.get(resolution.source_key), names)
        mentions += mention_rows(key, tags)
        assigned = list(topic_rows(key, tags))
        topics += assigned
        embeddings += embedding_rows(key, tags)
        untagged += not assigned
    write_records(f"{out_prefix}.mention.parquet", mentions, Mention)
    write_records(f"{out_prefix}.topic.parquet", topics, TopicScore)
    write_records(f"{out_prefix}.embedding.parquet", embeddings, ArticleEmbedding)
    counts = StageCounts(len(articles), len(mentions) + len(topics), {"no_topic": untagged} if untagged else {})
    event("tagged", out=out_prefix, articles=counts.rows_in, mentions=len(mentions), topics=len(topics))
    return counts


def tag_page(page: CleanedPage, source_country: str | None, names: Path = SHIPPED) -> Tags:
    """The tags of one cleaned page."""
    context = TagContext(source_country, page.section, page.publisher_tags, page.url)
    return tag_text(page.text, title=page.title, language=page.language, context=context, names=names)


def mention_rows(article_key: str, tags: Tags) -> list[Mention]:
    """The mentions of one article as rows, by offset."""
    return [mention_row(article_key, mention) for mention in tags.mentions]


def mention_row(article_key: str, m: EntityMention) -> Mention:
    """One mention of an article as a row."""
    return Mention(
        article_key=article_key,
        start=m.start,
        end=m.end,
        surface=m.surface,
        kind=m.kind,
        name=m.name,
        entity_key=entity_key(m.kind, m.name),
        qid=m.qid,
        country=m.country,
        latitude=m.latitude,
        longitude=m.longitude,
        score=m.score,
        in_title=m.in_title,
        method=m.method,
        role=m.role,
        geonames_id=m.geonames_id,
        population=m.population,
    )


def topic_rows(article_key: str, tags: Tags) -> Iterator[TopicScore]:
    """The assigned topics of one article as rows, by falling score; none if no topic reaches the threshold."""
    for topic in tags.topics:
        if topic.is_assigned:
            yield TopicScore(article_key, topic.code, topic.level, topic.score)


def embedding_rows(article_key: str, tags: Tags) -> Iterator[ArticleEmbedding]:
    """The embedding of one article as a row; none if it has no words.

    Rounded here, not by the database: what is compared, hashed and stored are the same numbers.
    """
    if tags.embedding is not None:
        rounded = np.asarray(tags.embedding).astype(np.float16).tolist()
        yield ArticleEmbedding(article_key, encoder_version(), Embedding(tuple(rounded)))


def _articles(pages: Iterable[CleanedPage], resolutions: Iterable[Resolution]) -> list[tuple[Resolution, CleanedPage]]:
    chosen = {r.entry_id: r for r in resolutions if r.action in _ACTIONS}
    pairs = ((chosen[page.entry_id], page) for page in pages if page.entry_id in chosen)
    return sorted(pairs, key=lambda pair: (pair[0].article_key, pair[1].entry_id))


def _countries(sources_uri: str | None) -> dict[str, str | None]:
    if sources_uri is None or not landing.exists(sources_uri):
        return {}
    return {s.source_key: s.country for s in read_records(sources_uri, SourceProfile)}


def names_model(settings: Settings) -> Path:
    """The folder of the model that finds names: ours, or the one that MM_NER_MODEL names."""
    return folder_of(settings.ner_model, settings.home / "models")


def maker(settings: Settings) -> Maker:
    """The versions that make tags: code, models, and a digest of the word lists, the taxonomy and what
    examples of topics are held against."""
    config = _digest_of_files([*ENTITY_FOLDER.iterdir(), *TAXONOMY_FOLDER.glob("*.y*ml"), BACKGROUND])
    parts = ("tag", __version__, model_version(names_model(settings)), config)
    return Maker(*parts, digest=hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32])


def _digest_of_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in paths if p.is_file() and not p.name.startswith(".")):
        data = path.read_bytes()
        digest.update(f"{path.name}\x1f{len(data)}\x1f".encode())
        digest.update(data)
    return digest.hexdigest()[:16]
