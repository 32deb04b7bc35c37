"""What goes into the cleaning of one page besides its bytes, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from pipeline.errors import MonitorError, Skip

OK = "ok"
QUARANTINED = "quarantined"
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PageHints:
    """What is known of a page from outside: its headers, its feed, its source. Everything may be missing."""

    content_type: str | None = None  # header as sent
    charset: str | None = None  # from the header
    feed_title: str | None = None
    feed_published_at: datetime | None = None
    fetched_at: datetime | None = None  # no date later than a day after this is believed
    language: str | None = None  # ISO 639-1, what the source mostly writes
    time_zone: str | None = None  # IANA, of times the page prints without one
    site_name: str | None = None  # the outlet's name, for suffixes of titles and for authors that are none
    median_words: int | None = None  # usual length of this source's articles
    country: str | None = None  # ISO 3166-1 alpha-2 of the source
    repeated_lines: frozenset[str] = frozenset()  # folded lines that stand in many articles of this source
    title_suffixes: frozenset[str] = frozenset()  # folded names that the source sets behind its headlines
    date_order: str | None = None  # day_first or month_first, as the source's other dates show


@dataclass(frozen=True, slots=True)
class PublishedAt:
    """When the page says it was published.

    `at` is UTC. With precision `day` it is 00:00 UTC of the calendar day the page prints, so that the day
    never shifts; with a finer precision it is the moment itself.
    """

    at: datetime
    precision: str  # second, minute, hour, day, month
    method: str  # json_ld, meta, time_element, url, feed, text, state, modified, relative
    confidence: float  # 0 to 1
    offset_minutes: int = 0  # of the clock the page goes by, so that its own day can be shown

    @property
    def as_printed(self) -> datetime:
        """The same moment on the page's own clock."""
        return self.at.astimezone(timezone(timedelta(minutes=self.offset_minutes)))

    @property
    def printed_on(self) -> date:
        """The calendar day a reader of the page sees."""
        return self.as_printed.date()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the page is fit to load, and what speaks against it."""

    quality: float  # 0 to 1
    reasons: tuple[str, ...]  # Reason values, the weightiest first
    verdict: str  # ok, quarantined, skipped
    reason: str | None  # of a verdict other than ok
    detail: str | None
    notes: tuple[str, ...] = ()  # what shows each reason and each kind: `opinion: section 'Meinung'`


@dataclass(frozen=True, slots=True)
class PageContent:
    """The article on one page. The text is there for quarantined pages too, so that a person can judge."""

    title: str | None
    text: str  # NFC; paragraphs divided by one "\\n"; "" if there is none
    word_count: int
    authors: tuple[str, ...]
    section: str | None
    publisher_tags: tuple[str, ...]
    canonical_url: str | None  # absolute, as the page claims it; `resolve` decides whether to believe it
    description: str | None
    image_url: str | None
    site_name: str | None
    language: str | None  # ISO 639-1, of the text
    language_score: float | None  # 0 to 1
    published: PublishedAt | None
    is_paywalled: bool
    judgement: Judgement
    title_method: str | None  # h1, json_ld, og, twitter, title_tag, feed, first_line
    extractor: str  # strict, loose, readability: the reading that equals the text; blocks, json_ld, plain_text, none
    charset: str | None  # the encoding the bytes were read in
    extractor_reason: str | None = None  # why that reading won, in a few words
    authors_method: str | None = None
    section_method: str | None = None
    tags_method: str | None = None
    agency: str | None = None  # news agency that the byline or dateline names
    is_live_blog: bool = False
    is_opinion: bool = False
    is_sponsored: bool = False
    date_order: str | None = None  # day_first or month_first, where a date on the page shows it


def without_content(reason: str, detail: str, verdict: str = QUARANTINED) -> PageContent:
    """A page that could not be read at all, with the reason why."""
    return PageContent(
        title=None,
        text="",
        word_count=0,
        authors=(),
        section=None,
        publisher_tags=(),
        canonical_url=None,
        description=None,
        image_url=None,
        site_name=None,
        language=None,
        language_score=None,
        published=None,
        is_paywalled=False,
        judgement=Judgement(0.0, (reason,), verdict, reason, detail),
        title_method=None,
        extractor="none",
        charset=None,
    )


def unread(error: MonitorError) -> PageContent:
    """A page whose bytes could not be had: skipped by rule or quarantined, with the error's reason."""
    detail = str(error).removeprefix(f"{error.reason.value}: ")
    return without_content(error.reason.value, detail, SKIPPED if isinstance(error, Skip) else QUARANTINED)
