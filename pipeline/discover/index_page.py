"""HTML index pages (front pages, section pages) as a list of articles, for outlets that offer no feed. Pure.

A link is taken for an article's if enough speaks for it. Points: the page's JSON-LD lists it (3); it stands in a
heading or holds one (2); it stands in an `<article>` (2); its text is as long as a headline (2, or 1 if short); its
address looks like an article's, with a date, a long number or a long slug (2, or 1 for a shorter slug); three or more
links of this page stand in elements of the same names and classes (1). `ENOUGH` points take it. Links of navigation,
header and footer, sidebars, forms and running text count only if JSON-LD lists them. Links that cannot be articles are
never taken: another registrable domain, the page itself, front and section pages, files, tag and author pages, shops;
nor is one whose text has fewer than three words, unless it stands in a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree

from pipeline.discover.html_tree import HtmlPage, linked_data, read_html, text_of
from pipeline.discover.items import FeedItem, ParsedFeed, clean_title, parse_date
from pipeline.errors import Reason, Skip
from pipeline.urls import MAX_URL_CHARS, absolute, host_of, is_home_or_section, registrable_domain, url_key

ENOUGH = 4
"""Measured on the demo's front and section pages: docs/decisions/0011-finding-sources.md."""
MAX_BYTES = 10_000_000
"""Larger pages are refused, as for articles; the largest of 574 real pages has 2.9 MB."""
MAX_ANCHORS = 20_000
MAX_ITEMS = 1_000
"""No front page leads to more articles; what does is an archive, and its newest come first."""

_LISTED, _HEADING, _ARTICLE, _REPEATED = 3, 2, 2, 1
_REPEATS = 3
_LONG_WORDS, _SHORT_WORDS = 5, 3
_SIGNS_PER_WORD = 3  # of a script without spaces: ten Chinese or Japanese characters say what three words do
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_CLOSED_TAGS = frozenset({"nav", "footer", "aside", "form", "header", "select", "noscript", "template", "dialog"})
_CLOSED_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "menu", "menubar", "dialog"})
_CLOSED_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|navigation|navbar|menu|footer|breadcrumbs?|sidebar|cookies?|consent|social|share|sharing"
    r"|tags|pagination|pager|advert|advertisement|sponsored|newsletter|login|toolbar|masthead)(?=$|[\s_-])",
    re.IGNORECASE,
)
_OTHER_SCHEME = re.compile(r"\s*(?!https?:)[a-z][a-z0-9+.-]{1,15}:(?!\d)", re.IGNORECASE)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|avif|ico|css|js|json|xml|rss|atom|pdf|docx?|xlsx?|pptx?|zip|gz|mp[34]|m4a|wav|ogg"
    r"|webm|mov|epub|apk|ics)$",
    re.IGNORECASE,
)
_NO_ARTICLE = frozenset({
    "abo", "about", "about-us", "account", "advertise", "advertising", "archive", "archives", "auteur",
    "auteurs", "author", "authors", "autor", "autoren", "bio", "bios", "careers", "categories", "category",
    "comment", "comments", "community", "contact", "contacts", "contributor", "contributors", "cookie-policy",
    "cookies", "coupons", "datenschutz", "discuss", "faq", "faqs", "feed", "feeds", "forum", "forums", "help",
    "impressum", "jobs", "kontakt", "login", "member", "members", "newsletter", "newsletters", "page",
    "partners", "people", "podcasts", "print", "privacy", "privacy-policy", "profile", "profiles", "register",
    "rss", "search", "share", "shop", "sign-in", "signin", "sitemap", "staff", "store", "subscribe",
    "subscription", "suche", "tag", "tags", "terms", "topic", "topics", "user", "users",
})  # fmt: skip
_NO_ARTICLE_HOSTS = frozenset({
    "account", "accounts", "ads", "advertise", "careers", "forum", "forums", "help", "jobs", "login", "my",
    "shop", "store", "subscribe", "support",
})  # fmt: skip
_PROSE = frozenset({"p", "li", "td", "dd", "blockquote", "figcaption"})
_PROSE_CHARS = 80
"""A link with this much other text around it in one paragraph is a reference, not a teaser."""
_DATE_IN_PATH = re.compile(
    r"(?:^|[/_-])(?:19|20)\d\d[/_-]?(?:[01]\d|[a-z]{3})(?:[/_-]?[0-3]\d)?(?=$|[/_.-])", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"\d{5,}")
_HEX_ID = re.compile(r"(?=\w*\d)[0-9a-f]{8,}|(?=\w*\d)(?=\w*[a-z])[0-9a-z]{10,}")


@dataclass(frozen=True, slots=True)
class LinkRule:
    """How a source narrows what is taken of its index page; None means no narrowing."""

    include: str | None = None  # regular expression that an article's address must match somewhere
    exclude: str | None = None  # regular expression that it must not match
    within: str | None = None  # XPath of the elements whose links count


NO_RULE = LinkRule()


@dataclass(slots=True)
class _Link:
    """All links of a page to one address, taken together."""

    url: str
    place: int
    is_listed: bool = False
    is_open: bool = False  # at least one of them is outside navigation and the like
    has_heading: bool = False
    has_article: bool = False
    shapes: set[str] = field(default_factory=set)
    titles: list[tuple[bool, str]] = field(default_factory=list)
    published_at: datetime | None = None


def parse_index_page(
    body: bytes, *, base: str, content_type: str | None = None, rule: LinkRule = NO_RULE
) -> ParsedFeed:
    """The articles a page links to, in its order, with the link's text as title; kind `index_page`.

    Never raises for what the bytes hold. Reason `not_a_feed` if no link looks like an article's, `too_large` for a
    page over 10 MB or of more than 1,000 articles, `broken_feed` if the page could not be read to its end.
    """
    if len(body) > MAX_BYTES:
        detail = f"a page of {len(body)} bytes; at most {MAX_BYTES}"
        return ParsedFeed("index_page", reason=Reason.TOO_LARGE, detail=detail)
    page = read_html(body, content_type)
    if page.root is None:
        return ParsedFeed("index_page", reason=Reason.BROKEN_FEED, detail=page.trouble or "an empty page")
    links = _links(page, base, rule)
    repeats = Counter(shape for link in links if link.is_open for shape in link.shapes)
    taken = [link for link in links if _points(link, repeats) >= ENOUGH]
    items = tuple(FeedItem(link.url, _title(link), link.published_at) for link in taken[:MAX_ITEMS])
    if not items:
        detail = f"none of the page's {len(links)} links looks like an article's"
        return ParsedFeed("index_page", reason=Reason.NOT_A_FEED, detail=detail)
    if len(taken) > MAX_ITEMS:
        detail = f"more than {MAX_ITEMS} articles on one page; the rest was left out"
        return ParsedFeed("index_page", items, reason=Reason.TOO_LARGE, detail=detail)
    if page.trouble is not None:
        return ParsedFeed("index_page", items, reason=Reason.BROKEN_FEED, detail=page.trouble)
    return ParsedFeed("index_page", items)


def _links(page: HtmlPage, base: str, rule: LinkRule) -> list[_Link]:
    """The addresses that may be articles, each once, in the page's order."""
    base = page.base(base)
    fits = _Fits(base, rule)
    found: dict[str, _Link] = {}
    for url, title in _listed(page):
        if (address := fits.address(url)) is not None:
            link = found.setdefault(url_key(address), _Link(address, len(found)))
            link.is_listed = True
            link.titles += [(True, title)] if title else []
    within = set(page.xpath(rule.within)) if rule.within else None
    for anchor in _anchors(page, within):
        if (address := fits.address(anchor.href)) is None:
            continue
        link = found.setdefault(url_key(address), _Link(address, len(found)))
        if within is None and anchor.is_closed:
            continue
        link.is_open = True
        link.has_heading |= anchor.in_heading
        link.has_article |= anchor.in_article
        link.shapes.add(anchor.shape)
        link.titles += [(anchor.in_heading, anchor.text)] if anchor.text else []
        link.published_at = link.published_at or anchor.published_at
    return sorted(found.values(), key=lambda link: link.place)


class _Fits:
    """Which links may be articles by their address alone."""

    def __init__(self, base: str, rule: LinkRule) -> None:
        self._base = base
        self._domain = registrable_domain(host_of(base))
        self._own = _key_or_none(base)
        self._include = re.compile(rule.include) if rule.include else None
        self._exclude = re.compile(rule.exclude) if rule.exclude else None

    def address(self, href: str) -> str | None:
        """The link in normal form, or None."""
        if len(href) > 2 * MAX_URL_CHARS or href.lstrip()[:1] in ("", "#") or _OTHER_SCHEME.match(href):
            return None  # javascript:, mailto:, tel:, data: … and jumps within the page
        try:
            url = absolute(href, self._base)
        except Skip:
            return None
        if registrable_domain(host_of(url)) != self._domain or _key_or_none(url) == self._own:
            return None
        if self._exclude is not None and self._exclude.search(url):
            return None
        if self._include is not None:
            return url if self._include.search(url) else None  # the operator knows the site better than we do
        return None if is_home_or_section(url) or _is_other_page(url) else url


def _is_other_page(url: str) -> bool:
    parts = urlsplit(url)
    segments = [segment.lower() for segment in parts.path.split("/") if segment]
    if not segments and not _LONG_NUMBER.search(parts.query):
        return True  # the front page of another host, whatever its parameters
    if parts.netloc.split(".")[0] in _NO_ARTICLE_HOSTS or _FILE.search(parts.path):
        return True
    return any(segment in _NO_ARTICLE for segment in segments)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """One `<a href>` and where it stands."""

    href: str
    text: str
    is_closed: bool
    in_heading: bool
    in_article: bool
    shape: str
    published_at: datetime | None


def _anchors(page: HtmlPage, within: set[etree._Element] | None) -> Iterator[_Anchor]:
    """The page's links, read once from top to bottom, so that deep nesting costs nothing extra."""
    closed = headings = chosen = count = 0
    articles: list[etree._Element] = []
    for event, element in etree.iterwalk(page.root, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        step = 1 if event == "start" else -1
        closed += step if _is_closed(element, tag, bool(articles)) else 0
        headings += step if tag in _HEADINGS else 0
        chosen += step if within and element in within else 0
        if tag == "article" and step == 1:
            articles.append(element)
        elif tag == "article" and articles and articles[-1] is element:
            articles.pop()
        if tag != "a" or step != 1 or not element.get("href") or (within is not None and not chosen):
            continue
        count += 1
        if count > MAX_ANCHORS:
            return
        inner = next((child for child in element.iter(*_HEADINGS)), None)
        text = text_of(inner if inner is not None else element) or element.get("aria-label") or element.get("title")
        date = _date_of(articles[-1]) if articles else None
        in_heading = headings > 0 or inner is not None
        yield _Anchor(
            href=element.get("href") or "",
            text=text or "",
            is_closed=closed > 0 or (not in_heading and _is_in_prose(element, text or "")),
            in_heading=in_heading,
            in_article=bool(articles),
            shape=_shape(element),
            published_at=date,
        )


def _is_in_prose(anchor: etree._Element, text: str) -> bool:
    """True for a link inside running text."""
    around: etree._Element | None = anchor.getparent()
    for _ in range(3):
        if around is None or around.tag in _PROSE:
            break
        around = around.getparent()
    if around is None or around.tag not in _PROSE:
        return False
    if around.tag != "p" and next(around.iter("p", "div", "img", "h2", "h3", "h4"), None) is not None:
        return False  # a list's teaser with its own picture and summary
    return len(text_of(around)) - len(text) > _PROSE_CHARS


def _is_closed(element: etree._Element, tag: str, in_article: bool) -> bool:
    """True for what holds the site's furniture. The header of an `<article>` holds its headline."""
    if tag in _CLOSED_TAGS:
        return not (tag == "header" and in_article)
    if tag in ("body", "html", "main", "article", "a") or tag in _HEADINGS:
        return False
    if (element.get("role") or "").lower() in _CLOSED_ROLES:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
    return names != " " and bool(_CLOSED_NAME.search(names))


def _shape(element: etree._Element) -> str:
    """Names and classes of the link and the three elements around it: teasers of one list share them."""
    parts: list[str] = []
    node: etree._Element | None = element
    for _ in range(4):
        if node is None or not isinstance(node.tag, str) or node.tag == "body":
            break
        parts.append(f"{node.tag}.{(node.get('class') or '')[:80]}")
        node = node.getparent()
    return ">".join(parts)


def _date_of(article: etree._Element) -> datetime | None:
    """The only date an `<article>` prints; None if there are several, since one may be another's."""
    dates = {stamp for time in article.iter("time") if (stamp := time.get("datetime"))}
    return parse_date(dates.pop()) if len(dates) == 1 else None


def _points(link: _Link, repeats: Counter[str]) -> int:
    if not link.is_open and not link.is_listed:
        return 0
    words = _text_points(_title(link) or "")
    if words == 0 and not link.is_listed and not link.has_heading:
        return 0
    points = _address_points(link.url) + words
    points += _LISTED if link.is_listed else 0
    points += _HEADING if link.has_heading else 0
    points += _ARTICLE if link.has_article else 0
    return points + (_REPEATED if any(repeats[shape] >= _REPEATS for shape in link.shapes) else 0)


def _address_points(url: str) -> int:
    parts = urlsplit(url)
    last = next((segment for segment in reversed(parts.path.split("/")) if segment), "")
    whole = f"{parts.path}?{parts.query}"
    words = len([word for word in re.split(r"[-_+]|%20", last) if word])
    if _DATE_IN_PATH.search(parts.path) or _LONG_NUMBER.search(whole) or _HEX_ID.search(last) or words >= 4:
        return 2
    return 1 if words >= 3 or re.search(r"\d", parts.query) else 0


def _text_points(text: str) -> int:
    unspaced = len(_UNSPACED.findall(text))
    words = len(_WORD.findall(_UNSPACED.sub(" ", text))) + unspaced // _SIGNS_PER_WORD
    return 2 if words >= _LONG_WORDS else 1 if words >= _SHORT_WORDS else 0


def _title(link: _Link) -> str | None:
    """The text in a heading before other text, then the longest: "Comments (12)" is no title."""
    best = max(link.titles, key=lambda title: (title[0], len(title[1])), default=(False, ""))
    return clean_title(best[1], is_markup=False)


def _listed(page: HtmlPage) -> Iterator[tuple[str, str | None]]:
    """Address and name of what the page's JSON-LD gives as an ItemList."""
    for thing in linked_data(page):
        kinds = thing.get("@type")
        elements = thing.get("itemListElement")
        if "ItemList" not in (kinds if isinstance(kinds, list) else [kinds]) or not isinstance(elements, list):
            continue
        for element in elements[:MAX_ITEMS]:
            inner = element.get("item", element) if isinstance(element, dict) else element
            if isinstance(inner, str):
                yield inner, None
            elif isinstance(inner, dict):
                url = next((inner[n] for n in ("url", "@id") if isinstance(inner.get(n), str)), None)
                name = next((inner[n] for n in ("headline", "name") if isinstance(inner.get(n), str)), None)
                if url:
                    yield url, name


def _key_or_none(url: str) -> str | None:
    try:
        return url_key(url)
    except Skip:
        return None
