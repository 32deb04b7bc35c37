"""The short texts beside a headline: kickers above it, labels and bylines below it.

A label there speaks of this article. The same word in a menu, an advertising slot or a box of related links does
not, so these are left out, and only what stands within a few words of the headline is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from pipeline.clean.hidden import hides
from pipeline.clean.phrases import MAX_LABEL_CHARS

_SKIPPED_TAGS = frozenset(
    ("nav", "script", "style", "noscript", "template", "svg", "form", "aside", "footer", "select", "iframe", "button",
     "figure", "table")
)  # fmt: skip
_NOT_OF_THE_ARTICLE = re.compile(
    r"(^|[\s_-])(nav|navbar|navigation|menu|submenu|megamenu|header-?links|ticker|breaking|related|recirc|teaser|promo|"
    r"ads?|advert|adslot|dfp|gpt|banner|comments?|share|social|newsletter|most-?read|trending|sidebar|footer|hidden|modal|"
    r"sponsored-?(links?|slideshow|posts?)|outbrain|taboola)([\s_-]|$)"
)
_LABEL_NAME = re.compile(
    r"(label|kicker|eyebrow|overline|topline|dachzeile|badge|flag|flash|rubric|rubrik|category|categor|section|"
    r"sponsor|advertorial|commercial|partner|disclosure|paid|tag)"
)
_BEFORE_CHARS = 160
"""Text above the headline that is read, from the headline upwards: a breadcrumb and a kicker."""
_AFTER_CHARS = 400
"""Text below it: standfirst, byline, date and labels."""
_MENU_LINKS = 7
"""A list of more links than a breadcrumb has is a menu."""
_LEVELS = 6
_LEAVES = 100
"""Elements looked at in one box: labels stand among few."""


@dataclass(frozen=True, slots=True)
class HeadlineLabel:
    """One short text near the headline."""

    text: str
    is_named_label: bool  # its element or the one around it is called label, kicker, badge, category …
    is_linked: bool  # it is a link


def labels_near(headline: HtmlElement | None) -> list[HeadlineLabel]:
    """Short texts beside the headline, nearest first, those above before those below."""
    if headline is None:
        return []
    return [
        *_read(_siblings(headline, before=True), _BEFORE_CHARS),
        *_read(_siblings(headline, before=False), _AFTER_CHARS),
    ]


def _siblings(headline: HtmlElement, *, before: bool) -> Iterator[HtmlElement]:
    """Elements above (or below) the headline, those of its own box first, then those of the boxes around it."""
    element = headline
    for _ in range(_LEVELS):
        parent = element.getparent()
        if parent is None or element.tag == "body":
            return
        yield from element.itersiblings(preceding=before)
        element = parent


def _read(elements: Iterator[HtmlElement], limit: int) -> Iterator[HeadlineLabel]:
    left = limit
    for element in elements:
        if not isinstance(element.tag, str) or _is_foreign(element):
            continue
        text = _text(element, limit + 1)
        if not text:
            continue
        if len(text) <= limit and len(element.findall(".//a")) < _MENU_LINKS:
            yield from _leaves(element)
        left -= len(text)
        if left <= 0:
            return


def _leaves(element: HtmlElement) -> Iterator[HeadlineLabel]:
    """Every short text of an element by itself, and the element's whole text if that is short."""
    whole = _text(element, MAX_LABEL_CHARS + 1)
    if len(whole) <= MAX_LABEL_CHARS and element.find(".//nav") is None:
        yield HeadlineLabel(whole, _is_named(element), element.tag == "a" or element.find(".//a") is not None)
    if element.tag == "p" and len(whole) > MAX_LABEL_CHARS:
        return  # a sentence, whatever is set off in it
    for inner in islice(element.iterdescendants(), _LEAVES):
        if not isinstance(inner.tag, str) or inner.tag in _SKIPPED_TAGS or len(inner) > 2:
            continue
        text = _text(inner, MAX_LABEL_CHARS + 1)
        if text and text != whole and len(text) <= MAX_LABEL_CHARS and not _is_inside_foreign(inner, element):
            yield HeadlineLabel(text, _is_named(inner), inner.tag == "a")


def _is_inside_foreign(inner: HtmlElement, top: HtmlElement) -> bool:
    for element in (inner, *inner.iterancestors()):
        if element is top:
            return False
        if _is_foreign(element):
            return True
    return False


def _is_foreign(element: HtmlElement) -> bool:
    return element.tag in _SKIPPED_TAGS or hides(element) or bool(_NOT_OF_THE_ARTICLE.search(_marks(element)))


def _is_named(element: HtmlElement) -> bool:
    parent = element.getparent()
    return bool(_LABEL_NAME.search(_marks(element)) or (parent is not None and _LABEL_NAME.search(_marks(parent))))


def _marks(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}".lower()


def _text(element: HtmlElement, limit: int) -> str:
    """One line; of a longer text only the beginning, which is longer than `limit`."""
    parts: list[str] = []
    length = 0
    for text in element.itertext():
        stripped = text.strip() if isinstance(text, str) else ""
        if stripped:
            parts.append(stripped)
            length += len(stripped)
            if length > limit:
                break
    return " ".join(" ".join(parts).split())
