"""What moves between stages: one frozen dataclass per kind of row.

A batch is a pandas DataFrame (Parquet on disk) whose columns are exactly the fields of one of these classes;
`pipeline.frames` converts and checks. Times are timezone-aware UTC. Offsets count Unicode code points of the
article's text exactly as stored (NFC).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType


class State(StrEnum):
    """Where an entry (one URL) stands. `raw.entry.state` is the `to_state` of its last event."""

    NEW = "new"  # discovered, never claimed
    REOPENED = "reopened"  # an operator or a changed file asks for another look
    CARRIED = "carried"  # claimed before, not finished, the next run takes it up
    CLAIMED = "claimed"  # belongs to a running run
    FETCHED = "fetched"  # bytes are in the archive
    LOADED = "loaded"  # its article is in the warehouse
    UNCHANGED = "unchanged"  # looked at again, nothing new
    DUPLICATE = "duplicate"  # another address of an article that is in the warehouse
    QUARANTINED = "quarantined"  # bytes kept, not fit to load
    SKIPPED = "skipped"  # left out by rule
    GONE = "gone"  # 404 or 410
    FAILED = "failed"  # given up after several runs
    DROPPED = "dropped"  # an operator let go of it


TERMINAL = frozenset(
    {
        State.LOADED,
        State.UNCHANGED,
        State.DUPLICATE,
        State.QUARANTINED,
        State.SKIPPED,
        State.GONE,
        State.FAILED,
        State.DROPPED,
    }
)
"""States that end an entry's way through one run. `carried` is the only other way out of a run."""


class Cause(StrEnum):
    """Why a revision exists."""

    NEW = "new"
    PUBLISHER_EDIT = "publisher_edit"
    REPROCESSED = "reprocessed"
    REPAIRED = "repaired"


class Kind(StrEnum):
    """Kinds of entity."""

    PER = "PER"  # a person, also an invented one
    ORG = "ORG"  # a company, agency, party, team, band, outlet, armed group
    LOC = "LOC"  # a country, city, region, river, named building
    NORP = "NORP"  # a nationality, an ethnic, religious or political group
    EVENT = "EVENT"  # a war, tournament, festival, storm with a name
    WORK = "WORK"  # the title of a book, film, song, programme


class MentionMethod(StrEnum):
    """What found a mention; the score means most for `model`, least for `shape`."""

    MODEL = "model"  # the trained recogniser; the score is calibrated
    RULES = "rules"  # word lists and surroundings, for languages that the model does not read
    GAZETTEER = "gazetteer"  # a name known beforehand, in a script without capitals
    ESTABLISHED = "established"  # named in this night's articles in a language that the model reads


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a run's work, small enough for XCom: where its file lies and what to call it in the UI."""

    name: str  # "000"; names the files of this part in every stage
    label: str  # "3 hosts, 45 URLs"
    uri: str  # the Parquet file to read
    rows: int


@dataclass(frozen=True, slots=True)
class ClaimedEntry:
    """One URL that a run has claimed: a row of `claim/<shard>.parquet`."""

    entry_id: int
    url_key: str
    url: str
    host: str
    source_key: str  # the source whose feed listed it first
    inflow: str  # Reason: new, carried, reopened, rechecked, backfilled
    first_seen_at: datetime
    attempt: int  # runs that have claimed it, this one included
    feed_title: str | None
    feed_published_at: datetime | None
    etag: str | None  # of the last archived fetch, for the conditional GET
    last_modified: str | None
    page_id: int | None  # archived bytes to use instead of the network (replay of a night, quarantine retry)


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """One page whose bytes are in the archive and wait to be cleaned: a row of `pages/<batch>.parquet`."""

    entry_id: int
    page_id: int
    url_key: str
    url: str  # as listed
    final_url: str  # after redirects
    source_key: str
    inflow: str
    first_seen_at: datetime
    fetched_at: datetime
    content_type: str | None  # header as sent
    charset: str | None  # from the header
    sha256: str
    warc_uri: str
    warc_offset: int
    warc_length: int
    feed_title: str | None
    feed_published_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """What a run knows of one source, frozen at its start: a row of `context/sources.parquet`."""

    source_key: str
    name: str
    homepage: str
    country: str | None  # ISO 3166 alpha-2
    language: str | None  # ISO 639-1, what the source says it mostly writes
    time_zone: str | None  # IANA, of what it prints
    median_words: int | None  # of its last 200 articles
    article_count: int
    domain: str  # registrable domain of its front page; what is published there is this outlet's
    repeated_lines: tuple[str, ...] = ()  # lines that stand in many of its articles, by `fold_words`, learnt
    repeated_since: tuple[datetime, ...] = ()  # when each was learnt (`identity.in_force` says which pages it is for)
    title_suffixes: tuple[str, ...] = ()  # names it sets behind or before its headlines, by `fold_name`, learnt
    suffixes_since: tuple[datetime, ...] = ()  # when each was learnt
    date_order: str | None = None  # day_first or month_first: how its numeric dates are written, learnt


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """One page after cleaning, garbage included: a row of `clean/<batch>.parquet`.

    `verdict` is `ok`, or the state the entry is to end in (`quarantined`, `skipped`) with its reason.
    """

    entry_id: int
    page_id: int
    url_key: str
    url: str
    final_url: str
    source_key: str
    inflow: str
    first_seen_at: datetime
    fetched_at: datetime
    page_sha256: str
    canonical_url: str | None
    title: str | None
    text: str  # NFC; paragraphs divided by one "\n"; "" if there is none
    text_sha256: str
    word_count: int
    authors: tuple[str, ...]
    section: str | None
    publisher_tags: tuple[str, ...]
    description: str | None
    image_url: str | None
    language: str | None  # ISO 639-1 of the text
    language_score: float | None
    published_at: datetime | None
    published_precision: str  # second, minute, hour, day, month, year, none
    published_method: str | None  # json_ld, meta, time_element, feed, url, text, sitemap …
    published_confidence: float | None
    quality: float  # 0 to 1
    reasons: tuple[str, ...]  # Reason values that lowered the quality
    is_paywalled: bool
    verdict: str
    verdict_reason: str | None
    verdict_detail: str | None
    is_live_blog: bool
    is_opinion: bool
    is_sponsored: bool
    agency: str | None  # news agency that the byline or dateline names; never an author
    title_method: str | None  # h1, json_ld, og …: where each field was found; null where there is none
    authors_method: str | None
    section_method: str | None
    tags_method: str | None
    extractor: str  # which reading of the page won
    extractor_reason: str | None  # and why, in a few words
    date_order: str | None  # day_first or month_first, where the page's dates show it
    hints_digest: str  # of what was known of the outlet and can change text or title


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """One article that the warehouse held when the run froze its context: `context/articles.parquet`."""

    url_key: str  # natural key of the article
    address_key: str  # url_key of one of its addresses; one row per address
    source_key: str
    first_seen_at: datetime
    revision_no: int
    title: str | None
    text_sha256: str
    page_sha256: str
    fetched_at: datetime
    clean_maker: str  # digest
    tag_maker: str  # digest
    is_tombstoned: bool
    url: str  # the address that identifies it
    word_count: int
    is_paywalled: bool
    hints_digest: str  # of what was known of the outlet when it was cleaned


@dataclass(frozen=True, slots=True)
class KnownText:
    """One text of the last 30 days, by the earliest article of each domain that has it now:
    a row of `context/texts.parquet`. Texts too short to tell articles apart are left out."""

    text_sha256: str
    domain: str  # registrable domain of the article's address
    url_key: str  # natural key of the article
    url: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one cleaned page is: a row of `resolve/resolution.parquet`.

    `action`: `store` (new article or revision; goes on to tag), `retag` (same text, another tag version),
    or `end` (entry ends in `state`; nothing to load but its addresses).
    """

    entry_id: int
    batch: str
    article_key: str  # url_key of the article
    first_seen_at: datetime  # the article's, not this sighting's
    action: str
    state: str  # State the entry ends in once loaded
    reason: str
    detail: str | None
    cause: str | None  # Cause, when action is store
    revision_no: int | None
    address_urls: tuple[str, ...]  # addresses new to the article, normal form; on one row per article and run
    address_kinds: tuple[str, ...]  # listed, final, canonical; same length
    copy_of_key: str | None  # url_key of the earliest article elsewhere with exactly this text
    article_url: str  # the address that identifies the article
    source_key: str  # the outlet whose domain published it


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text that names an entity: a row of `tag/<batch>.mention.parquet`."""

    article_key: str
    start: int
    end: int  # exclusive; text[start:end] == surface
    surface: str
    kind: str  # Kind
    name: str  # canonical name within the article ("Khurram Dastgir" for "Dastgir")
    entity_key: str  # kind + folded canonical name, before `link` joins across articles
    qid: str | None  # Wikidata
    country: str | None  # ISO 3166 alpha-2, where known
    latitude: float | None
    longitude: float | None
    score: float  # 0 to 1
    in_title: bool
    method: str  # MentionMethod
    role: str | None  # title or office beside the name: "former foreign minister"
    geonames_id: int | None
    population: int | None  # of the place, as GeoNames has it


@dataclass(frozen=True, slots=True)
class TopicScore:
    """One topic of one article: a row of `tag/<batch>.topic.parquet`."""

    article_key: str
    code: str  # medtop:11000000
    level: int  # 1 is the top
    score: float  # 0 to 1


EMBEDDING_WIDTH = 384
"""Numbers of an embedding: as wide as the encoder that ships."""

ENCODER_LANGUAGES = frozenset({"en"})
"""ISO 639-1 of what the encoder has learnt: of two texts in another language it hardly knows which are alike."""

Embedding = NewType("Embedding", tuple[float, ...])
"""`EMBEDDING_WIDTH` numbers of length 1, each rounded to what two bytes hold (IEEE half precision)."""


@dataclass(frozen=True, slots=True)
class ArticleEmbedding:
    """What one article means: a row of `tag/<batch>.embedding.parquet`. An article without words has none."""

    article_key: str
    model: str  # which encoder made it; embeddings of two encoders say nothing of each other
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class TopicLabel:
    """One topic of the taxonomy, as `core.topic` has it: a row of `tag/<batch>.taxonomy.parquet`.

    The whole taxonomy that the batch was tagged with: the user may change it before the batch is loaded.
    """

    code: str  # medtop:11000000
    label: str
    level: int  # 1 is the top
    parent: str | None  # code of the topic above
    qid: str | None = None  # the same in Wikidata


class AliasOrigin(StrEnum):
    """How it is known that an entity is written so."""

    TEXT = "text"  # an article writes it so; by itself no evidence in another article
    ACRONYM = "acronym"  # an article introduced it: "Lake Wildlife Service (LWS)"
    CURATED = "curated"  # an analyst decided it


@dataclass(frozen=True, slots=True)
class KnownEntity:
    """One entity that the warehouse held when the run froze its context: a row of `context/entities.parquet`.

    A row more for each acronym that an article introduced for it. Decisions are not in it: see `EntityDecision`.
    """

    entity_key: str
    alias: str  # folded: its name, or the acronym
    kind: str
    name: str
    qid: str | None
    country: str | None
    is_acronym: bool


class DecisionAction(StrEnum):
    """What an analyst can decide about an entity."""

    MERGE = "merge"  # one entity is another
    ALIAS = "alias"  # what is named so is the entity, whether or not it has been met yet
    SPLIT = "split"  # what is written so is another entity, everywhere or in some articles


@dataclass(frozen=True, slots=True)
class EntityDecision:
    """One decision in force about who is who: a row of `context/decisions.parquet`."""

    decision_key: str  # 12 hexadecimal digits, of what was decided and when
    action: str  # DecisionAction
    entity_key: str  # what it is about: the entity merged or split; for an alias, kind + folded alias
    into_key: str  # what it is, or what the way of writing stands for
    into_name: str  # name of `into_key`, for a warehouse that has not met it
    surface: str | None  # split: the way of writing; alias: as the analyst wrote it
    article_keys: tuple[str, ...]  # split: in these articles only; empty means in all
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class LinkedEntity:
    """One name of the run after joining across articles: a row of `link/entities.parquet`.

    Name, place and the like are those of the entity `local_key` itself, even where evidence says that it is another.
    Every `named_key` and `entity_key`, and every key of `MovedMention`, has a row whose `local_key` it is, even if no
    mention has it.
    """

    local_key: str  # entity_key as `tag` wrote it
    named_key: str  # the entity that the texts speak of, on evidence alone
    entity_key: str  # the entity to load under: `named_key` after the merges and aliases that analysts decided
    kind: str
    name: str
    qid: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    geonames_id: int | None
    population: int | None
    surfaces: tuple[str, ...]  # how it was written, most frequent first
    acronyms: tuple[str, ...]  # folded; those that an article of the run introduced for it


@dataclass(frozen=True, slots=True)
class MovedMention:
    """One mention that a split takes to another entity than its name's: a row of `link/moved.parquet`."""

    article_key: str
    start: int
    end: int
    entity_key: str  # the entity to load under


@dataclass(frozen=True, slots=True)
class Maker:
    """The versions that made a derived row."""

    stage: str
    code_version: str
    model_version: str
    settings_digest: str
    digest: str  # of the four above; natural key of ops.maker


@dataclass(frozen=True, slots=True)
class StageCounts:
    """What one part of a stage did; goes to `ops.stage_part` and, small, into XCom."""

    rows_in: int
    rows_out: int
    reasons: dict[str, int]


def first_seen_on(first_seen_at: datetime) -> date:
    """The partition day of an article: the UTC date of its first sighting, set once and copied."""
    return first_seen_at.date()
