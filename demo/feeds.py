"""Feeds and sitemaps as bytes: RSS 2.0, Atom, JSON Feed, sitemaps (index, gzip, news tags)."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from demo.newsroom import Item, Newsroom
from demo.outlets import FeedSpec, Outlet
from demo.section_names import section_name

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
ATOM = "http://www.w3.org/2005/Atom"
CREATOR = "http://purl.org/dc/elements/1.1/"
# lxml takes None for the default namespace; its stubs do not know.
_SITEMAP_NAMES: Any = {None: SITEMAP}
_NEWS_NAMES: Any = {None: SITEMAP, "news": NEWS}
_ATOM_NAMES: Any = {None: ATOM}


def feed_bytes(newsroom: Newsroom, outlet: Outlet, feed: FeedSpec) -> tuple[bytes, str]:
    """The body and content type of one feed as it stands now."""
    items = newsroom.items(outlet, feed)
    if feed.kind == "rss":
        return _rss(newsroom, outlet, feed, items), "application/rss+xml; charset=utf-8"
    if feed.kind == "atom":
        return _atom(newsroom, outlet, feed, items), "application/atom+xml; charset=utf-8"
    if feed.kind == "json_feed":
        return _json_feed(newsroom, outlet, feed, items), "application/feed+json; charset=utf-8"
    if feed.scope == "news":
        return _news_sitemap(outlet, items), "application/xml; charset=utf-8"
    return _sitemap_index(newsroom, outlet, items), "application/xml; charset=utf-8"


def day_sitemap(newsroom: Newsroom, outlet: Outlet, day: date) -> bytes | None:
    """One day's sitemap, gzipped: what the sitemap index leads to. None when that day is not listed."""
    items = [i for i in newsroom.items(outlet, outlet.feeds[0]) if i.published_at.date() == day]
    if not items:
        return None
    root = etree.Element(f"{{{SITEMAP}}}urlset", nsmap=_SITEMAP_NAMES)
    for item in items:
        entry = etree.SubElement(root, f"{{{SITEMAP}}}url")
        etree.SubElement(entry, f"{{{SITEMAP}}}loc").text = item.url
        etree.SubElement(entry, f"{{{SITEMAP}}}lastmod").text = _w3c(item.modified_at, outlet)
    return gzip.compress(_xml(root), compresslevel=6, mtime=0)


def _rss(newsroom: Newsroom, outlet: Outlet, feed: FeedSpec, items: tuple[Item, ...]) -> bytes:
    root = etree.Element("rss", version="2.0", nsmap={"dc": CREATOR, "atom": ATOM})
    channel = etree.SubElement(root, "channel")
    _texts(channel, title=outlet.name, link=newsroom.url(outlet.slug, "/"), description=outlet.tagline)
    _texts(channel, language=outlet.locale.replace("_", "-").lower(), ttl="30")
    own = newsroom.url(outlet.slug, feed.path)
    etree.SubElement(channel, f"{{{ATOM}}}link", href=own, rel="self", type="application/rss+xml")
    if items:
        _texts(channel, lastBuildDate=_rfc822(max(i.modified_at for i in items), outlet))
    for item in items:
        entry = etree.SubElement(channel, "item")
        _texts(entry, title=item.title, link=item.url, pubDate=_rfc822(item.published_at, outlet))
        etree.SubElement(entry, "guid", isPermaLink="false").text = _guid(outlet, item)
        if item.summary:
            _texts(entry, description=item.summary)
        if item.article is not None:
            _texts(entry, category=section_name(outlet.language, item.article.section))
            for name in item.article.byline:
                etree.SubElement(entry, f"{{{CREATOR}}}creator").text = name
    return _xml(root)


def _atom(newsroom: Newsroom, outlet: Outlet, feed: FeedSpec, items: tuple[Item, ...]) -> bytes:
    root = etree.Element(f"{{{ATOM}}}feed", nsmap=_ATOM_NAMES)
    updated = max((i.modified_at for i in items), default=newsroom.as_of)
    _atom_texts(root, title=outlet.name, id=newsroom.url(outlet.slug, "/"), updated=_w3c(updated, outlet))
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=newsroom.url(outlet.slug, feed.path))
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    _atom_texts(author, name=outlet.name)
    for item in items:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        _atom_texts(entry, id=_guid(outlet, item), title=item.title)
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type="text/html", href=item.url)
        _atom_texts(entry, published=_w3c(item.published_at, outlet), updated=_w3c(item.modified_at, outlet))
        if item.summary:
            _atom_texts(entry, summary=item.summary)
        if item.article is not None:
            for name in item.article.byline:
                _atom_texts(etree.SubElement(entry, f"{{{ATOM}}}author"), name=name)
            etree.SubElement(entry, f"{{{ATOM}}}category", term=section_name(outlet.language, item.article.section))
    return _xml(root)


def _json_feed(newsroom: Newsroom, outlet: Outlet, feed: FeedSpec, items: tuple[Item, ...]) -> bytes:
    listed = [
        {
            "id": _guid(outlet, item),
            "url": item.url,
            "title": item.title,
            "summary": item.summary,
            "date_published": _w3c(item.published_at, outlet),
            "date_modified": _w3c(item.modified_at, outlet),
            "authors": [{"name": name} for name in (item.article.byline if item.article else ())],
            "tags": [section_name(outlet.language, item.article.section)] if item.article else [],
        }
        for item in items
    ]
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": newsroom.url(outlet.slug, "/"),
        "feed_url": newsroom.url(outlet.slug, feed.path),
        "language": outlet.language,
        "items": listed,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _news_sitemap(outlet: Outlet, items: tuple[Item, ...]) -> bytes:
    root = etree.Element(f"{{{SITEMAP}}}urlset", nsmap=_NEWS_NAMES)
    for item in items:
        entry = etree.SubElement(root, f"{{{SITEMAP}}}url")
        etree.SubElement(entry, f"{{{SITEMAP}}}loc").text = item.url
        news = etree.SubElement(entry, f"{{{NEWS}}}news")
        publication = etree.SubElement(news, f"{{{NEWS}}}publication")
        etree.SubElement(publication, f"{{{NEWS}}}name").text = outlet.name
        etree.SubElement(publication, f"{{{NEWS}}}language").text = outlet.language
        etree.SubElement(news, f"{{{NEWS}}}publication_date").text = _w3c(item.published_at, outlet)
        etree.SubElement(news, f"{{{NEWS}}}title").text = item.title
    return _xml(root)


def _sitemap_index(newsroom: Newsroom, outlet: Outlet, items: tuple[Item, ...]) -> bytes:
    root = etree.Element(f"{{{SITEMAP}}}sitemapindex", nsmap=_SITEMAP_NAMES)
    for day in sorted({item.published_at.date() for item in items}, reverse=True):
        newest = max(item.modified_at for item in items if item.published_at.date() == day)
        entry = etree.SubElement(root, f"{{{SITEMAP}}}sitemap")
        etree.SubElement(entry, f"{{{SITEMAP}}}loc").text = newsroom.url(outlet.slug, f"/sitemap-{day}.xml.gz")
        etree.SubElement(entry, f"{{{SITEMAP}}}lastmod").text = _w3c(newest, outlet)
    return _xml(root)


def _guid(outlet: Outlet, item: Item) -> str:
    if item.article is None:
        return item.url
    return f"{outlet.slug}:{item.article.number}{':' + item.url.rpartition('?')[2] if item.twin else ''}"


def _texts(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text


def _atom_texts(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _rfc822(moment: datetime, outlet: Outlet) -> str:
    return format_datetime(moment.astimezone(outlet.zone))


def _w3c(moment: datetime, outlet: Outlet) -> str:
    return moment.astimezone(outlet.zone).isoformat()


def _xml(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
