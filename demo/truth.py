"""What is true of every URL that the newsroom's feeds and sitemaps list, and how a first nightly should end it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from demo.newsroom import Article, Item, Newsroom
from demo.outlets import BY_SLUG, OUTLETS
from demo.section_names import section_name
from demo.stories import Entity


@dataclass(frozen=True, slots=True)
class Text:
    """One version of an article as a reader sees it."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageTruth:
    """One listed URL.

    `outcome` is what a first nightly makes of it: loaded, duplicate (another address of an article that is
    loaded), same_entry (differs from `alias_of` only by tracking parameters, so it is the same entry),
    refused (discovery takes no front page as an article, so there is no entry), quarantined, gone, skipped,
    or failed-or-carried. `reason` is a value of pipeline.errors.Reason where the
    case decides it. The text fields are those of the article as it stands now and are empty without one.
    """

    url: str
    source_key: str
    outcome: str
    reason: str | None
    case: str  # plain, or what is odd about it
    final_url: str | None = None  # the article's own address
    alias_of: str | None = None
    title: str | None = None
    paragraphs: tuple[str, ...] = ()
    standfirst: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None  # UTC; as exactly as the page tells it
    printed_precision: str | None = None  # second; or day: then 00:00 UTC of the calendar day the page prints
    modified_at: datetime | None = None
    language: str | None = None
    topic: str | None = None
    section: str | None = None  # as printed
    entities: tuple[Entity, ...] = ()
    is_paywalled: bool = False
    copy_of: str | None = None  # URL of the original in another outlet
    is_exact_copy: bool = False
    before: Text | None = None  # of an article whose edit stands now
    after: Text | None = None


def truth(today: date, port: int) -> list[PageTruth]:
    """One PageTruth per distinct listed URL, in the order of outlets and feeds."""
    return newsroom_truth(Newsroom(today, port))


def newsroom_truth(newsroom: Newsroom) -> list[PageTruth]:
    """The truth of a newsroom that is already there."""
    found: dict[str, PageTruth] = {}
    for outlet in OUTLETS:
        for feed in outlet.feeds:
            if feed.html_on_wednesdays and newsroom.today.weekday() == 2:
                continue
            for item in newsroom.items(outlet, feed):
                found.setdefault(item.url, _page(newsroom, outlet.slug, item))
    return list(found.values())


def truth_json(newsroom: Newsroom) -> bytes:
    """The truth as JSON: a list with one object per listed URL."""
    rows = [dataclasses.asdict(page) for page in newsroom_truth(newsroom)]
    return json.dumps(rows, ensure_ascii=False, indent=1, default=datetime.isoformat).encode()


def _page(newsroom: Newsroom, source: str, item: Item) -> PageTruth:
    if item.article is not None:
        outcome, reason = _outcome(item, item.article)
        page = _article_page(newsroom, source, item, item.article)
        return dataclasses.replace(page, outcome=outcome, reason=reason)
    if item.trouble is None:
        raise ValueError(f"{item.url} is listed but is neither an article nor a trouble")
    return PageTruth(item.url, source, item.trouble.expected, item.trouble.reason, item.trouble.kind)


def _outcome(item: Item, article: Article) -> tuple[str, str | None]:
    if item.twin == "tracking":
        return "same_entry", None
    if item.twin == "print":
        return "duplicate", "same_article"
    if article.delivery == "paywall":
        return "quarantined", "paywall"
    return "loaded", "stored"


def _article_page(newsroom: Newsroom, source: str, item: Item, article: Article) -> PageTruth:
    own = newsroom.url(article.outlet, article.path)
    return PageTruth(
        url=item.url,
        source_key=source,
        outcome="",
        reason=None,
        case=_case(item, article),
        final_url=own,
        alias_of=own if item.twin in ("tracking", "print") else None,
        title=article.headline,
        paragraphs=article.visible_paragraphs,
        standfirst=article.standfirst,
        authors=article.byline,
        published_at=_as_printed(article),
        printed_precision=BY_SLUG[article.outlet].printed_precision,
        modified_at=article.modified_at,
        language=article.language,
        topic=article.topic,
        section=section_name(article.language, article.section),
        entities=article.entities,
        is_paywalled=article.delivery == "paywall",
        copy_of=newsroom.url(*article.copy_of) if article.copy_of else None,
        is_exact_copy=article.is_exact_copy,
        before=_text(article.earlier),
        after=_text(article if article.earlier else None),
    )


def _as_printed(article: Article) -> datetime:
    outlet = BY_SLUG[article.outlet]
    if outlet.printed_precision == "day":
        printed_on = article.published_at.astimezone(outlet.zone).date()
        return datetime.combine(printed_on, time(0), tzinfo=UTC)
    return article.published_at


def _case(item: Item, article: Article) -> str:
    if item.twin is not None:
        return {"tracking": "tracking_twin", "print": "print_twin", "short_link": "redirect_chain"}[item.twin]
    return "plain" if article.delivery in ("tracking_twins", "print_twin") else article.delivery


def _text(article: Article | None) -> Text | None:
    return Text(article.headline, article.visible_paragraphs) if article else None
