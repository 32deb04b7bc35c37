"""The model: every article and every listed URL of the newsroom as it stands at 02:00 UTC of one day.

Pure: the same day and port give the same newsroom. An article's time of publication never changes, so the
week on show at day D is `(D-7 02:00, D 02:00]` UTC and each weekday's stories stand in it exactly once.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import quote

from demo.outlets import BY_SLUG, OUTLETS, FeedSpec, Outlet
from demo.stories import Entity, Story, stories_of, week_number
from demo.trouble import DELIVERY, TROUBLES, Trouble

NIGHT = time(2, 0, tzinfo=UTC)
"""The hour a day's newsroom is seen at: when the nightly starts."""
_EDITED_AT = time(1, 20, tzinfo=UTC)
"""An edit stands from the next day on, so one nightly sees the text before it and the next the text after."""
DAYS_ON_SHOW = 7
DAYS_SERVED = 28
"""Pages stay up for four weeks: the monitor looks at a URL again up to seven days after it saw it."""
ON_FRONT_PAGE = 30
_EARLY_MINUTES = (5, 18, 31, 44, 57, 70, 83, 96)
_LATE_MINUTES = (6 * 60 + 40, 10 * 60 + 15, 13 * 60 + 50, 17 * 60 + 25, 20 * 60 + 5)


@dataclass(frozen=True, slots=True)
class Article:
    """One article as printed now. `earlier` is the version before an edit that has already happened;
    `later` the version after an edit that is still to come."""

    story_id: str
    outlet: str
    language: str
    topic: str
    section: str
    headline: str
    standfirst: str
    byline: tuple[str, ...]
    credit: str | None  # agency named beside the byline
    paragraphs: tuple[str, ...]
    entities: tuple[Entity, ...]
    published_at: datetime
    modified_at: datetime
    path: str
    number: int  # the id in addresses
    delivery: str = "plain"
    copy_of: tuple[str, str] | None = None  # outlet and path of the original
    is_exact_copy: bool = False
    earlier: Article | None = None
    later: Article | None = None

    @property
    def visible_paragraphs(self) -> tuple[str, ...]:
        """What a reader without a subscription sees."""
        if self.delivery != "paywall":
            return self.paragraphs
        return (" ".join(_sentences(self.paragraphs[0])[:2]),)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a feed or sitemap."""

    url: str
    title: str
    summary: str
    published_at: datetime
    modified_at: datetime
    article: Article | None
    trouble: Trouble | None = None
    twin: str | None = None  # tracking | print | short_link


class Newsroom:
    """The newsroom as it stands at 02:00 UTC of `today`."""

    def __init__(self, today: date, port: int = 8790, base: str = "http://{host}.localhost:{port}") -> None:
        self.today = today
        self.port = port
        self._base = base
        self.as_of = datetime.combine(today, NIGHT)

    def url(self, outlet: str, path: str) -> str:
        """The address of a path of an outlet."""
        return self._base.format(host=outlet, port=self.port) + path

    @cached_property
    def articles(self) -> tuple[Article, ...]:
        """The articles of the seven days on show, newest first."""
        return tuple(a for a in self.served if a.published_at > self.as_of - timedelta(days=DAYS_ON_SHOW))

    @cached_property
    def served(self) -> tuple[Article, ...]:
        """Every article whose page can be opened, newest first; addresses are unique."""
        days = [self.today - timedelta(days=back) for back in range(DAYS_SERVED)]
        found = [self._as_seen_now(article) for day in days for article in _articles_of(day)]
        shown = [article for article in found if article.published_at <= self.as_of]
        return tuple(sorted(shown, key=lambda a: (a.published_at, a.outlet, a.path), reverse=True))

    @cached_property
    def by_path(self) -> dict[tuple[str, str], Article]:
        """Articles by outlet and path."""
        return {(article.outlet, article.path): article for article in self.served}

    def of(self, outlet: str) -> tuple[Article, ...]:
        """The week's articles of one outlet, newest first."""
        return tuple(article for article in self.articles if article.outlet == outlet)

    def front(self, outlet: str, section: str | None = None) -> tuple[Article, ...]:
        """What the front page, or the list of a section, links to; newest first."""
        return tuple(a for a in self.of(outlet) if section in (None, a.section))[:ON_FRONT_PAGE]

    @property
    def week_mark(self) -> str:
        """Monday of this ISO week as digits; names the week's set of troubles."""
        return f"{self._monday:%Y%m%d}"

    @property
    def _monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    def troubles(self, outlet: str) -> tuple[Item, ...]:
        """The outlet's listed URLs that lead to no article."""
        listed_at = datetime.combine(self._monday, time(0, 30), tzinfo=UTC)
        return tuple(
            Item(self.url(outlet, t.path.format(week=self.week_mark)), t.title, "", listed_at, listed_at, None, t)
            for t in TROUBLES
            if t.outlet == outlet
        )

    def items(self, outlet: Outlet, feed: FeedSpec) -> tuple[Item, ...]:
        """What a feed lists now, newest first."""
        if feed.scope == "silent":
            return tuple(item for a in self._before_the_silence(outlet.slug) for item in self._listed(a))
        if feed.scope == "news":
            recent = self.as_of - timedelta(days=2)
            return tuple(i for a in self.of(outlet.slug) if a.published_at > recent for i in self._listed(a))
        if feed.scope == "front":
            return tuple(self._plain(a) for a in self.front(outlet.slug))
        listed = [item for article in self.of(outlet.slug) for item in self._listed(article)]
        everything = [*listed, *self.troubles(outlet.slug)]
        return tuple(sorted(everything, key=lambda item: item.published_at, reverse=True))

    def short_link(self, article: Article) -> str:
        """The path an article with a redirect chain is listed under."""
        return f"/go/{article.number}"

    def _before_the_silence(self, outlet: str) -> list[Article]:
        """Tuesday to Thursday of last week: nothing newer than three days, on any day of this week."""
        first, last = self._monday - timedelta(days=6), self._monday - timedelta(days=4)
        return [a for a in self.served if a.outlet == outlet and first <= a.published_at.date() <= last]

    def _plain(self, article: Article) -> Item:
        return Item(
            self.url(article.outlet, article.path),
            article.headline,
            article.standfirst,
            article.published_at,
            article.modified_at,
            article,
        )

    def _listed(self, article: Article) -> list[Item]:
        plain = self._plain(article)
        if article.delivery == "redirect_chain":
            short = self.url(article.outlet, self.short_link(article))
            return [replace(plain, url=short, twin="short_link")]
        if article.delivery == "tracking_twins":
            marks = ("?utm_source=newsletter&utm_medium=email", "?utm_source=social&utm_campaign=evening")
            return [plain, *(replace(plain, url=plain.url + mark, twin="tracking") for mark in marks)]
        if article.delivery == "print_twin":
            return [plain, replace(plain, url=self.url(article.outlet, f"/print/{article.number}"), twin="print")]
        return [plain]

    def _as_seen_now(self, article: Article) -> Article:
        if article.later is None or article.later.modified_at > self.as_of:
            return article
        return article.later


def _articles_of(day: date) -> list[Article]:
    """Everything published on one UTC day: the outlets' own articles, then what they take from the wire."""
    pairs = [
        (story, _article(outlet, story, day, place))
        for outlet in OUTLETS
        for place, story in enumerate(stories_of(day.weekday(), outlet.slug, week_number(day)))
    ]
    copies = [_reprint(article, story) for story, article in pairs]
    return [article for _, article in pairs] + [copy for copy in copies if copy is not None]


def _article(outlet: Outlet, story: Story, day: date, place: int) -> Article:
    published = _published_at(outlet, day, place)
    number = _number(story.id, day)
    first = Article(
        story_id=story.id,
        outlet=outlet.slug,
        language=story.language,
        topic=story.topic,
        section=story.section,
        headline=story.headline,
        standfirst=story.standfirst,
        byline=story.byline,
        credit=None,
        paragraphs=story.paragraphs,
        entities=story.entities,
        published_at=published,
        modified_at=published,
        path=_path(outlet, story.section, story.headline, number, published),
        number=number,
        delivery=DELIVERY.get((outlet.slug, day.weekday(), place), "plain"),
    )
    return _with_edit(first, story)


def _with_edit(first: Article, story: Story) -> Article:
    if story.edit is None:
        return first
    edited = replace(
        first,
        headline=story.edit.headline,
        paragraphs=tuple(p.replace(story.edit.was, story.edit.now) for p in first.paragraphs),
        modified_at=datetime.combine(first.published_at.date() + timedelta(days=1), _EDITED_AT),
        earlier=first,
    )
    return replace(first, later=edited)


def _reprint(original: Article, story: Story) -> Article | None:
    """The same story in another outlet: exact, or with a new headline, a credit and one sentence cut."""
    if story.reprint is None:
        return None
    outlet = BY_SLUG[story.reprint.by]
    exact = story.reprint.headline is None
    headline = story.reprint.headline or original.headline
    published = original.published_at + timedelta(minutes=25)
    number = _number(f"{story.id}@{outlet.slug}", published.date())
    return replace(
        original,
        outlet=outlet.slug,
        headline=headline,
        byline=() if not exact else original.byline,
        credit="Prairie Wire",
        paragraphs=original.paragraphs if exact else _lightly_edited(original.paragraphs),
        published_at=published,
        modified_at=published,
        path=_path(outlet, _WIRE_SECTION[outlet.slug], headline, number, published),
        section=_WIRE_SECTION[outlet.slug],
        number=number,
        delivery="plain",
        copy_of=(original.outlet, original.path),
        is_exact_copy=exact,
        later=None,
    )


_WIRE_SECTION = {"harbour-ledger": "world", "savannah-daily": "world"}


def _lightly_edited(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    """Credit after the dateline; the last sentence of the longest paragraph with three or more is cut."""
    place, dash, rest = paragraphs[0].partition(" — ")
    edited = [f"{place} (Prairie Wire){dash}{rest}", *paragraphs[1:]]
    candidates = [i for i, p in enumerate(edited) if i and len(_sentences(p)) > 1]
    longest = max(candidates, key=lambda i: len(edited[i]))
    edited[longest] = " ".join(_sentences(edited[longest])[:-1])
    return tuple(edited)


def _sentences(paragraph: str) -> list[str]:
    return re.split(r"(?<=[.!?؟۔])\s+(?=[^a-z])", paragraph)


def _published_at(outlet: Outlet, day: date, place: int) -> datetime:
    """An outlet's first story of a day comes out before 01:50 UTC, the others during the day."""
    shift = OUTLETS.index(outlet)
    minutes = _EARLY_MINUTES[shift] if place == 0 else _LATE_MINUTES[(place - 1) % 5] + 7 * shift
    return datetime.combine(day, time(0), tzinfo=UTC) + timedelta(minutes=minutes)


def _number(name: str, day: date) -> int:
    """A seven-digit id, the same for the same story and day."""
    digest = hashlib.blake2b(f"{name}/{day}".encode(), digest_size=8).digest()
    return 1_000_000 + int.from_bytes(digest) % 9_000_000


def _path(outlet: Outlet, section: str, headline: str, number: int, published: datetime) -> str:
    local = published.astimezone(outlet.zone)
    path = outlet.article_path.format(
        section=section,
        slug=slug(headline),
        id=number,
        year=f"{local:%Y}",
        month=f"{local:%m}",
        day=f"{local:%d}",
    )
    return quote(path)


def slug(headline: str) -> str:
    """`Fähre fällt aus` → `faehre-faellt-aus`; other scripts than Latin keep their letters."""
    text = headline.lower()
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "æ": "ae"}.items():
        text = text.replace(letter, plain)
    if re.search("[a-z]", text):
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"\w+", text))[:80].rstrip("-")
