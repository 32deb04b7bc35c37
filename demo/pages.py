"""HTML pages: each outlet's templates filled from the newsroom. The same newsroom gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.newsroom import Article, Newsroom
from demo.outlets import BY_SLUG, OUTLETS, Outlet
from demo.section_names import section_name
from demo.stories import raw_stories

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A teaser that leads to an article."""

    url: str
    title: str
    summary: str
    section: str
    image: str
    date: str
    byline: tuple[str, ...]
    number: int


def article_page(newsroom: Newsroom, article: Article) -> str:
    """The page of one article in its outlet's design."""
    return _render(newsroom, BY_SLUG[article.outlet], "article", _article_context(newsroom, article))


def print_page(newsroom: Newsroom, article: Article) -> str:
    """The bare print version; its canonical link leads to the article."""
    return _render(newsroom, BY_SLUG[article.outlet], "print", _article_context(newsroom, article), shared=True)


def front_page(newsroom: Newsroom, outlet: Outlet, section: str | None = None) -> str:
    """The home page, or the list of one section."""
    context = {
        "section": section_name(outlet.language, section) if section else None,
        "links": [_link(newsroom, a) for a in newsroom.front(outlet.slug, section)],
        "date_text": _date_text(outlet, newsroom.as_of, "d MMMM yyyy"),
        "canonical": newsroom.url(outlet.slug, outlet.section_path(section) if section else "/"),
    }
    return _render(newsroom, outlet, "front", context)


def notice_page(newsroom: Newsroom, outlet: Outlet, kind: str) -> str:
    """A page in the outlet's dress that holds no article: `soft_404` or `consent_wall`."""
    return _render(newsroom, outlet, kind, {}, shared=True)


def newsroom_page(newsroom: Newsroom) -> str:
    """The index of all outlets on newsroom.localhost."""
    outlets = [
        {
            "outlet": outlet,
            "home": newsroom.url(outlet.slug, "/"),
            "feeds": [(feed, newsroom.url(outlet.slug, feed.path)) for feed in outlet.feeds],
            "articles": len(newsroom.of(outlet.slug)),
            "newest": [_link(newsroom, a) for a in newsroom.of(outlet.slug)[:3]],
            "troubles": [(item.url, item.trouble) for item in newsroom.troubles(outlet.slug)],
        }
        for outlet in OUTLETS
    ]
    template = _ENVIRONMENT.get_template("newsroom.html.jinja")
    return template.render(outlets=outlets, today=newsroom.today, total=len(newsroom.articles))


def sections_of(outlet: Outlet) -> tuple[str, ...]:
    """The outlet's sections in the order of first use."""
    return tuple(dict.fromkeys(story["section"] for story in raw_stories().get(outlet.slug, ())))


def image_svg(number: int) -> str:
    """A drawn landscape in place of a photograph: sky, sun and hills, different for every article."""
    hue, sun, ridge = number % 360, 60 + number % 480, number // 7 % 60
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img">'
        f'<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop stop-color="hsl({hue},45%,46%)"/>'
        f'<stop offset="1" stop-color="hsl({(hue + 40) % 360},70%,84%)"/></linearGradient></defs>'
        '<rect width="640" height="360" fill="url(#s)"/>'
        f'<circle cx="{sun}" cy="{110 + ridge}" r="38" fill="hsl({(hue + 60) % 360},90%,92%)"/>'
        f'<path d="M0 {250 - ridge} Q160 {170 + ridge} 320 {240 - ridge // 2} T640 {220 + ridge // 2} V360 H0Z" '
        f'fill="hsl({(hue + 190) % 360},28%,38%)"/>'
        f'<path d="M0 {300 - ridge // 3} Q200 {240 + ridge} 400 {290 - ridge // 2} T640 {280} V360 H0Z" '
        f'fill="hsl({(hue + 200) % 360},32%,24%)"/></svg>'
    )


def _render(newsroom: Newsroom, outlet: Outlet, name: str, context: dict[str, Any], shared: bool = False) -> str:
    folder = "" if shared else f"{outlet.slug}/"
    template = _ENVIRONMENT.get_template(f"{folder}{name}.html.jinja")
    return template.render(_frame(newsroom, outlet) | context)


def _frame(newsroom: Newsroom, outlet: Outlet) -> dict[str, Any]:
    """What every page of an outlet needs: its name, its navigation, and the year in the footer."""
    return {
        "outlet": outlet,
        "layout": f"{outlet.slug}/layout.html.jinja",
        "home": newsroom.url(outlet.slug, "/"),
        "feed": newsroom.url(outlet.slug, outlet.feeds[0].path),
        "nav": [
            (section_name(outlet.language, section), newsroom.url(outlet.slug, outlet.section_path(section)))
            for section in sections_of(outlet)[:8]
        ],
        "most_read": _most_read(newsroom, outlet),
    }


def _article_context(newsroom: Newsroom, article: Article) -> dict[str, Any]:
    outlet = BY_SLUG[article.outlet]
    url = newsroom.url(outlet.slug, article.path)
    return {
        "a": article,
        "canonical": url,
        "paragraphs": article.visible_paragraphs,
        "paywalled": article.delivery == "paywall",
        "section_name": section_name(outlet.language, article.section),
        "section_url": newsroom.url(outlet.slug, outlet.section_path(article.section)),
        "image": newsroom.url(outlet.slug, f"/img/{article.number}.svg"),
        "date_text": _date_text(outlet, article.published_at),
        "date_iso": article.published_at.astimezone(outlet.zone).isoformat(),
        "was_edited": article.modified_at > article.published_at,
        "modified_text": _date_text(outlet, article.modified_at),
        "modified_iso": article.modified_at.astimezone(outlet.zone).isoformat(),
        "tags": list(dict.fromkeys(e.name for e in article.entities))[:6],
        "related": _related(newsroom, article),
        "declares_utf8": article.delivery != "charset_missing",
        "linked_data": _linked_data(newsroom, article),
    }


def _linked_data(newsroom: Newsroom, article: Article) -> dict[str, Any]:
    """The NewsArticle of schema.org, as the outlets with JSON-LD print it."""
    outlet = BY_SLUG[article.outlet]
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": newsroom.url(outlet.slug, article.path),
        "headline": article.headline,
        "description": article.standfirst,
        "inLanguage": article.language,
        "articleSection": section_name(outlet.language, article.section),
        "datePublished": article.published_at.astimezone(outlet.zone).isoformat(),
        "dateModified": article.modified_at.astimezone(outlet.zone).isoformat(),
        "image": [newsroom.url(outlet.slug, f"/img/{article.number}.svg")],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
    }
    if article.byline:
        described["author"] = [{"@type": "Person", "name": name} for name in article.byline]
    elif article.credit:
        described["author"] = [{"@type": "Organization", "name": article.credit}]
    if article.delivery == "paywall":
        described["isAccessibleForFree"] = False
        described["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".reserve"}
    return described


def _related(newsroom: Newsroom, article: Article) -> list[Link]:
    """Four earlier articles of the outlet: a box that does not change once the article is out."""
    earlier = [
        other
        for other in newsroom.served
        if other.outlet == article.outlet and other.published_at < article.published_at
    ]
    return [_link(newsroom, other.earlier or other) for other in earlier[:4]]


def _most_read(newsroom: Newsroom, outlet: Outlet) -> list[Link]:
    if not outlet.prints_daily_box:
        return []
    return [_link(newsroom, article) for article in newsroom.of(outlet.slug)[:5]]


def _link(newsroom: Newsroom, article: Article) -> Link:
    outlet = BY_SLUG[article.outlet]
    return Link(
        url=newsroom.url(outlet.slug, article.path),
        title=article.headline,
        summary=article.standfirst,
        section=section_name(outlet.language, article.section),
        image=newsroom.url(outlet.slug, f"/img/{article.number}.svg"),
        date=_date_text(outlet, article.published_at),
        byline=article.byline,
        number=article.number,
    )


@lru_cache(maxsize=8192)
def _formatted(locale: str, zone: str, pattern: str, moment: datetime) -> str:
    outlet_zone = next(outlet.zone for outlet in OUTLETS if outlet.time_zone == zone)
    return format_datetime(moment, pattern, tzinfo=outlet_zone, locale=locale)


def _date_text(outlet: Outlet, moment: datetime, pattern: str | None = None) -> str:
    return _formatted(outlet.locale, outlet.time_zone, pattern or outlet.date_format, moment)
