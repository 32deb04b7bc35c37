"""The text of a parsed page: trafilatura in precision mode, and a second opinion where that yields little.

Measured on 574 real pages (docs/decisions/0005-cleaning.md): precision mode beats default and recall mode on
two of three sets and loses whole articles on the third; recall mode finds those, but keeps neighbours elsewhere.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.facts import PageFacts

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it logs every odd page; we give reasons instead
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_CONSENT = (
    "onetrust", "cookie-consent", "cookieconsent", "cookie-banner", "cookiebanner", "cookie-notice", "cookie-law",
    "cybotcookiebot", "didomi", "qc-cmp", "sp_message_container", "usercentrics", "gdpr-consent", "consent-banner",
    "truste", "borlabs-cookie", "cmplz-", "iubenda-cs", "fc-consent-root", "ot-sdk-",
)  # fmt: skip
"""Class and id beginnings of the consent tools that newspapers embed; their text is never the article's."""
_COMMENTS = frozenset(
    (
        "comentarios",
        "comentários",
        "commentaires",
        "kommentare",
        "kommentarbereich",
        "kommentarer",
        "commenti",
        "reacties",
    )
)
"""Readers' comments by the names that other languages give them; trafilatura knows the English ones."""
_DISTRUST_SHARE = 0.6
"""Precision mode is doubted when it kept less than this share of the page's paragraph text."""
_LITTLE_CHARS = 500
"""Shorter articles are rare enough to be read a second time."""
_SECOND_WINS = 2.5
"""Another reading wins when it is this much longer; below that the extra text is mostly neighbours: on 574
pages 2.5 to 3.3 are best (mean F1 0.9405), 2.0 gives 0.9402, 1.25 gives 0.9376."""
_MODES: dict[str, dict[str, bool]] = {
    "precision": {"favor_precision": True},
    "recall": {"favor_recall": True},
    "balanced": {},
}


@dataclass(frozen=True, slots=True)
class Body:
    """The page's text as one reading of it gives it, and which reading that is."""

    text: str
    extractor: str  # precision, recall, balanced, json_ld, none


def extract_body(tree: HtmlElement, url: str | None, facts: PageFacts) -> Body:
    """Read the article's text. The tree is not changed, except that consent dialogs and comments are taken out."""
    _prune(tree)
    first = _read(tree, url, "precision")
    best = Body(first, "precision") if first else Body("", "none")
    enough = max(_LITTLE_CHARS, _DISTRUST_SHARE * paragraph_chars(tree))
    for mode in ("recall", "balanced"):
        if len(best.text) < enough:
            other = _read(tree, url, mode)
            if len(other) > _SECOND_WINS * len(first) and len(other) > len(best.text):
                best = Body(other, mode)
    stated = _stated_body(facts)
    if len(stated) > max(400, 2 * len(first), 0.8 * len(best.text)) or len(stated) > max(400, 2 * len(best.text)):
        best = Body(stated, "json_ld")
    return best


def paragraph_chars(tree: HtmlElement) -> int:
    """Characters in paragraphs that look like prose: over 80 long and less than a third of it links."""
    total = 0
    for paragraph in tree.iter("p"):
        length = len("".join(t for t in paragraph.itertext() if isinstance(t, str)).strip())
        if length > 80 and _link_chars(paragraph) * 3 < length:
            total += length
    return total


def _link_chars(element: HtmlElement) -> int:
    return sum(len(t) for link in element.iter("a") for t in link.itertext() if isinstance(t, str))


def _read(tree: HtmlElement, url: str | None, mode: str) -> str:
    document = trafilatura.bare_extraction(tree, url=url, include_comments=False, with_metadata=False, **_MODES[mode])
    return (document.text or "") if document is not None else ""


def _stated_body(facts: PageFacts) -> str:
    raw = facts.article.get("articleBody")
    if not isinstance(raw, str):
        return ""
    paragraphs = raw.replace("</p>", "\n").replace("<br", "\n<br").replace("\r", "\n").split("\n")
    return "\n".join(p for p in map(linked_data.plain, paragraphs) if p)


def _prune(tree: HtmlElement) -> None:
    for element in [e for e in tree.iter("div", "section", "aside", "dialog", "ul", "ol") if _is_never_text(e)]:
        parent = element.getparent()
        if parent is not None:
            element.drop_tree()


def _is_never_text(element: HtmlElement) -> bool:
    marks = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return any(mark.startswith(_CONSENT) or mark in _COMMENTS for mark in marks)
