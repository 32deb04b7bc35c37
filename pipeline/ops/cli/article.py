"""How an article's fields are told: each with where it was found, the text with which reading won and why."""

from __future__ import annotations

from typing import Any

FOUND_FIELDS = {
    "title": "title_method",
    "authors": "authors_method",
    "section": "section_method",
    "publisher_tags": "tags_method",
    "published_at": "published_method",
}
"""Field → the column that says where it was found."""

METHODS = {
    "h1": "the page's heading",
    "json_ld": "the page's JSON-LD",
    "og": "its Open Graph tags",
    "meta": "its meta tags",
    "twitter": "its Twitter tags",
    "title_tag": "its <title>",
    "feed": "the feed's item",
    "first_line": "the first line of its text",
    "microdata": "an element marked as author by microdata",
    "rel": "a link marked as the author's",
    "byline": "its byline",
    "printed": "a printed “By …”",
    "dateline": "the dateline of its text",
    "breadcrumb": "its breadcrumbs",
    "rel_tag": "its links to tags",
    "time_element": "a <time> element",
    "url": "the address",
    "text": "its printed text",
    "relative": "a printed age, as in “3 days ago”",
    "state": "data in its scripts",
    "modified": "the date of its last change",
}
"""Every method that cleaning writes, in words; one that is not here is told by its name."""

_KINDS = {
    "is_live_blog": "live blog",
    "is_opinion": "opinion",
    "is_sponsored": "sponsored",
    "is_paywalled": "for subscribers",
}


def field_told(article: dict[str, Any], name: str) -> str | None:
    """`Mira Tannhoff — from the page's JSON-LD`; None if there is no such field."""
    value, method = article[name], article[FOUND_FIELDS[name]]
    if value in (None, ""):
        return None
    shown = str(value)
    if name == "published_at":
        shown += f" (to the {article['published_precision']}, trusted {article['published_confidence'] or 0:.2f})"
    return f"{shown} — from {METHODS.get(method, method)}" if method else shown


def text_told(article: dict[str, Any]) -> str | None:
    """`by precision: longest of three`; None for what was cleaned before that was kept."""
    if article["extractor"] is None:
        return None
    why = f": {article['extractor_reason']}" if article["extractor_reason"] else ""
    return f"by {article['extractor']}{why}"


def kind_told(article: dict[str, Any]) -> str:
    """What the page says it is, `opinion, for subscribers`; empty for plain news."""
    return ", ".join(told for flag, told in _KINDS.items() if article[flag])
