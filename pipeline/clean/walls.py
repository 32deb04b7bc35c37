"""What stands in the way of an article: paywalls, consent dialogs, error and robot-check pages."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from pipeline.clean.evidence import Evidence
from pipeline.clean.facts import PageFacts
from pipeline.clean.finding import Finding
from pipeline.clean.hidden import hides
from pipeline.clean.kinds import Kinds
from pipeline.clean.lines import count_words
from pipeline.clean.linked_data import Node
from pipeline.clean.phrases import garbage, says
from pipeline.errors import Reason
from pipeline.folding import fold_words

STUB_WORDS = 170
"""What a paywall lets through: the first one to three paragraphs. A paywalled text longer than this is kept."""
ERROR_WORDS = 120
CONSENT_WORDS = 350
"""Error pages and consent walls are short; an article about cookies is longer than this."""
HELPFUL_ERROR_WORDS = 400
"""An error page that also shows what else there is to read. Only a title that says nothing else counts there."""
_TIERS = (
    "article:content_tier", "content_tier", "og:article:content_tier", "og:content_tier", "paywall",
    "cxenseparse:paywall", "access_level", "article:access", "article:paywall", "subscription-required",
)  # fmt: skip
_LOCKED = re.compile(r"locked|metered|premium|paid|subscri|abo\b|payant|plus", re.IGNORECASE)
_WALL = re.compile(
    r"(?:^|(?<=[\s_-]))(?:paywall|pay-wall|regwall|subscription-wall|subscribe-wall|subscriber-only|article-wall|"
    r"piano-(?:offer|container)|tp-modal|paid-barrier|article-barrier|barrier-page)(?:$|(?=[\s_-]))"
)
_FORM = re.compile("email|newsletter|login|logout")
"""Boxes for signing up and logging in are named after the wall, too, and stand on every page."""
_WALL_CHARS = 800
"""A wall says a few sentences. Elements called paywall that hold more are the article in front of or behind it."""
_SHOWN_CHARS = 20
_WALL_LINES, _WALL_WORDS = 4, 40
"""A wall's last lines in a text, and the words of one: longer lines are prose that mentions subscriptions."""
_CLASS = re.compile(r"\.([\w-]+)")
_CODE = re.compile(r"\b(40[0134]|410|429|50[0234])\b")
_ERROR_TEMPLATES = frozenset(("error404", "error-404", "page-404", "page404", "error-page", "not-found-page"))
"""Class names of body: WordPress writes `error404`."""


def paywall(page: Evidence, kinds: Kinds) -> str | None:
    """What shows that not everybody may read all of the article; None where nothing does.

    schema.org, content tier, a section or label for subscribers, a wall that the page shows; a text cut short
    that asks for a subscription. Where schema.org says that the article is free, a wall is a dialog for later.
    """
    stated = _stated_by_schema(page.facts)
    if "false" in stated or "no" in stated:
        return "JSON-LD or itemprop: not accessible for free"
    tier = page.facts.first(*_TIERS)
    if tier and (_LOCKED.search(tier) or tier.lower() in ("true", "yes", "1")):
        return f"content tier {tier[:40]!r}"
    if kinds.subscribers:
        return kinds.subscribers
    is_stub = page.words < STUB_WORDS
    if is_stub and (said := says(page.folded, garbage()["paywall"])):
        return f"the text says {said!r}"
    return None if "true" in stated or page.tree is None else _wall(page.tree, is_stub=is_stub)


def _stated_by_schema(facts: PageFacts) -> set[str]:
    """isAccessibleForFree of the article and its parts (true, false …); related articles do not count."""
    own = (facts.article, *_parts(facts.article)) if facts.article else facts.nodes
    flags = [node.get("isAccessibleForFree") for node in own]
    flags += facts.meta.get("isaccessibleforfree", ())
    return {str(flag).rpartition("/")[2].strip().lower() for flag in flags if flag is not None}


def _parts(article: Node) -> list[Node]:
    """What schema.org's `hasPart` holds, be it one part or a list."""
    parts = article.get("hasPart")
    return [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]


def _wall(tree: HtmlElement, *, is_stub: bool) -> str | None:
    """An element that calls itself a paywall and asks for a subscription; in front of a stub, its name is enough."""
    for element in tree.iter("div", "section", "aside", "form", "dialog"):
        marks = f"{element.get('id')} {element.get('class')}".lower()
        if not _WALL.search(marks):
            continue
        named = next((name for name in marks.split() if _WALL.search(name) and not _FORM.search(name)), None)
        if named is None or _is_hidden(element):
            continue
        shown = " ".join(" ".join(t for t in element.itertext() if isinstance(t, str)).split())
        asks = len(shown) < _WALL_CHARS and says(f" {fold_words(shown)} ", garbage()["paywall"]) is not None
        if asks or (is_stub and _WALL.fullmatch(named) and len(shown) > _SHOWN_CHARS):
            return f"element {named!r} shows a wall"
    return None


def is_whole(page: Evidence) -> bool:
    """The part that schema.org names as not free (`hasPart` with `cssSelector`) is there, and the text ends in it.

    Then the text is no stub, however short: outlets mark two-sentence briefs as paid, too.
    """
    if page.tree is None or not page.lines:
        return False
    stated = [part.get("cssSelector") for part in _parts(page.facts.article)]
    names = {match[1] for text in stated if isinstance(text, str) and (match := _CLASS.fullmatch(text.strip()))}
    last = fold_words(page.lines[-1])
    for name in sorted(names):
        found = page.tree.find_class(name)
        if any(last in fold_words(" ".join(t for t in e.itertext() if isinstance(t, str))) for e in found):
            return True
    return False


def without_wall(lines: list[str]) -> list[str]:
    """The lines of a paywalled page without what its wall says, which stands at the end."""
    kept = list(lines)
    for place in range(len(kept) - 1, max(0, len(kept) - 1 - _WALL_LINES), -1):
        if count_words(kept[place]) <= _WALL_WORDS and says(f" {fold_words(kept[place])} ", garbage()["paywall"]):
            kept = kept[:place]
    return kept


def _is_hidden(element: HtmlElement) -> bool:
    """It, or an element around it; dialogs that are not open say so by `aria-hidden` only."""
    return any(
        hides(e) or e.get("aria-hidden") == "true" or e.tag in ("script", "template", "noscript")
        for e in (element, *element.iterancestors())
    )


def consent_wall(page: Evidence) -> Finding | None:
    """The text is that of a consent dialog."""
    return _consent(page.folded, page.words)


def page_asks_consent(tree: HtmlElement) -> bool:
    """A page without article text shows a consent dialog."""
    shown = tree.itertext("p", "div", "span", "button", "h1", "h2")
    folded = fold_words(" ".join(t for t in shown if isinstance(t, str))[:20_000])
    return _consent(f" {folded} ", min(max(1, len(folded.split())), CONSENT_WORDS)) is not None


def _consent(folded: str, words: int) -> Finding | None:
    if words > CONSENT_WORDS:
        return None
    hits = {p for p in garbage()["consent"] if f" {p} " in folded or (not p.isascii() and p in folded)}
    density = sum(folded.count(p) for p in hits) / words
    if len(hits) >= 3 and density > 0.03:
        return Finding(Reason.CONSENT_WALL, 1.0, f"{len(hits)} consent phrases in {words} words")
    return None


def error_page(page: Evidence) -> Finding | None:
    """An error or robot-check page that was served as if it were an article."""
    shown = [t for t in (page.title, page.facts.title_tag, *page.facts.headings[:2]) if t]
    if page.words > ERROR_WORDS:
        return _helpful_error(page, shown)
    names = [fold_words(t) for t in shown]
    coded = next((t for t in shown if _CODE.search(t)), None)
    titled = next((p for p in garbage()["error_title"] for n in names if _leads(n, p)), None)
    said = says(page.folded, garbage()["error_text"])
    if titled and (said or page.words <= 60 or coded):
        return Finding(Reason.ERROR_PAGE, 1.0, f"title says {titled!r}, {page.words} words")
    if said and page.words <= 60 and not page.facts.is_article():
        return Finding(Reason.ERROR_PAGE, 0.9, f"text says {said!r}, {page.words} words")
    if coded and page.words <= 60 and not page.facts.is_article():
        return Finding(Reason.ERROR_PAGE, 0.9, f"title {coded[:60]!r}, {page.words} words")
    return _helpful_error(page, shown)


def _helpful_error(page: Evidence, shown: list[str]) -> Finding | None:
    """Longer: its template says so, or a title that is nothing but an error's; never a page that is an article."""
    if page.words > HELPFUL_ERROR_WORDS or page.facts.article or "article:published_time" in page.facts.meta:
        return None
    template = next((name for name in sorted(page.classes) if name in _ERROR_TEMPLATES), None)
    if template:
        return Finding(Reason.ERROR_PAGE, 0.9, f"template {template!r}")
    whole = {fold_words(t) for t in shown} & set(garbage()["error_title"])
    long_enough = sorted(p for p in whole if " " in p or not p.isascii())
    if long_enough:
        return Finding(Reason.ERROR_PAGE, 0.9, f"title is {long_enough[0]!r}, {page.words} words")
    return None


def _leads(name: str, phrase: str) -> bool:
    """The title is the phrase, or begins or ends with it; one-word phrases must be the whole title."""
    if " " not in phrase and phrase.isascii():
        return name == phrase
    return (
        name == phrase
        or name.startswith(f"{phrase} ")
        or name.endswith(f" {phrase}")
        or (not phrase.isascii() and phrase in name)
        or (f" {phrase} " in f" {name} " and len(name.split()) <= 8)
    )
