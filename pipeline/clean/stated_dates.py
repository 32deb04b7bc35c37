"""Dates that a page states to machines: JSON-LD, meta tags, the address, data in its scripts."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.date_text import day_of
from pipeline.clean.facts import PageFacts

_META_NAMES = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "datepublished", "date_published", "publishdate", "publish-date", "publish_date", "published_date",
    "publication_date", "publicationdate", "pubdate", "published_time", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "bt:pubdate", "dc.date.issued", "dcterms.issued", "dcterms.created",
    "dc.date.created", "dc.date", "dcterms.date", "citation_publication_date", "citation_date", "rnews:datepublished",
    "article.published", "article_date_original", "original-publish-date", "datecreated", "date", "release_date",
    "article:publication_date", "article:create_at", "article:created_time", "published_at", "publishtime",
    "apub:time", "dable:published_time", "article:post_date", "creation_date", "displaydate",
)  # fmt: skip
_MODIFIED_NAMES = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "dcterms.modified",
    "dc.date.modified", "lastmod", "last-modified", "revision_date", "article:modified",
)  # fmt: skip
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[/_.-]?(0[1-9]|1[0-2])[/_.-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_URL_SPLIT_DAY = re.compile(r"/((?:19|20)\d{2})/(\d{1,2}|[a-z]{3})/(\d{1,2})(?=/)", re.IGNORECASE)
_URL_MONTH = re.compile(r"/((?:19|20)\d{2})[/-](0[1-9]|1[0-2])(?=/)")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_IN_SCRIPTS = re.compile(
    r"""\\?["'](?:date_?published|publish(?:ed)?_?(?:date|time|at|on)|first_?published(?:_?(?:at|date))?|"""
    r"""publication_?date|date_?time_?published|pub_?date|original_?publish_?date|created_?at)\\?["']\s*:\s*"""
    r"""\\?["']?([^"'\\,}\]\n]{8,40})""",
    re.IGNORECASE,
)
_SCRIPT_CHARS = 400_000


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as a page states it, not yet read."""

    raw: str
    method: str  # json_ld, meta, state
    confidence: float


def stated_dates(facts: PageFacts) -> Iterator[StatedDate]:
    """What the page states as its date of publication, the most trusted first."""
    for raw in linked_data.strings(facts.article.get("datePublished")):
        yield StatedDate(raw, "json_ld", 0.92)
    for name in _META_NAMES:
        for raw in facts.meta.get(name, ()):
            yield StatedDate(raw, "meta", 0.9)
    for node in facts.nodes:
        if node is not facts.article and "WebPage" in linked_data.types(node):
            for raw in linked_data.strings(node.get("datePublished")):
                yield StatedDate(raw, "json_ld", 0.85)
    for raw in linked_data.strings(facts.article.get("dateCreated")):
        yield StatedDate(raw, "json_ld", 0.8)


def modified_dates(facts: PageFacts) -> Iterator[StatedDate]:
    """What the page states as the date of its last change."""
    nodes = [facts.article, *(n for n in facts.nodes if "WebPage" in linked_data.types(n))]
    for node in nodes:
        for raw in linked_data.strings(node.get("dateModified")):
            yield StatedDate(raw, "modified", 0.5)
    for name in _MODIFIED_NAMES:
        for raw in facts.meta.get(name, ()):
            yield StatedDate(raw, "modified", 0.5)


def dates_in_scripts(tree: HtmlElement) -> Iterator[StatedDate]:
    """Dates of publication in the data that scripts carry, broken JSON-LD included; other articles' are among them."""
    left = _SCRIPT_CHARS
    for script in tree.iter("script"):
        text = script.text or ""
        for match in _IN_SCRIPTS.finditer(text[:left]):
            yield StatedDate(match.group(1), "state", 0.5)
        left -= len(text)
        if left <= 0:
            return


def date_in_url(url: str | None) -> datetime | None:
    """The day in an address like `/2026/11/23/` or `-20261123`; None if there is none or it is no date."""
    if not url:
        return None
    split = _URL_SPLIT_DAY.search(url)
    found = split or _URL_DAY.search(url)
    if not found:
        return None
    year, month, day = found.groups()
    number = _MONTHS.get(month.lower()) if month.isalpha() else int(month)
    return day_of(int(year), number or 0, int(day))


def month_in_url(url: str | None) -> datetime | None:
    """The first of the month in an address like `/2026/11/bridge`; None if there is none."""
    found = _URL_MONTH.search(url or "")
    return day_of(int(found.group(1)), int(found.group(2)), 1) if found else None
