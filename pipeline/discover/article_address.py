"""Which addresses on an index page may be articles', by the address alone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.errors import Skip
from pipeline.urls import MAX_URL_CHARS, absolute, host_of, is_home_or_section, registrable_domain, url_key

_OTHER_SCHEME = re.compile(r"\s*(?!https?:)[a-z][a-z0-9+.-]{1,15}:(?!\d)", re.IGNORECASE)
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


class ArticleAddresses:
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


def address_points(url: str) -> int:
    """2 for an address with a date, a long number or a long slug; 1 for a shorter slug or a number; 0 for others."""
    parts = urlsplit(url)
    last = next((segment for segment in reversed(parts.path.split("/")) if segment), "")
    whole = f"{parts.path}?{parts.query}"
    words = len([word for word in re.split(r"[-_+]|%20", last) if word])
    if _DATE_IN_PATH.search(parts.path) or _LONG_NUMBER.search(whole) or _HEX_ID.search(last) or words >= 4:
        return 2
    return 1 if words >= 3 or re.search(r"\d", parts.query) else 0


def _key_or_none(url: str) -> str | None:
    try:
        return url_key(url)
    except Skip:
        return None
