"""What the elements around a block are called: classes, ids and tags, read once per element.

Names of classes are English on pages of every language; the groups below are what templates call the parts of a page.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement

_GROUPS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 0 what frames the article
        r"comment|sidebar|side-|related|promo|nav|foot|share|social|newsletter|teaser|recommend|widget|"
        r"(?:^|[_-])ads?(?:$|[_-])|advert|sponsor|banner|cookie|signup|subscri|(?:^|[_-])more|popular|trending|most-|"
        r"read-?next|outbrain|taboola|menu|login|modal|popup|tool|rail|aside|bottom|latest|toc|disqus|reply|"
        r"breadcrumb|skip|hidden|print-|rating|jump",
        # 1 what holds it
        r"article|body|content|entry|story|post(?!er)|text|main|page|blog|news|prose|rich",
        # 2 what goes with it
        r"caption|credit|byline|author|bio|(?:^|[_-])tags?|meta|date|time|kicker|headline|title|image|photo|img|figure|"
        r"gallery|media|video|player|summary|dek|subhead|standfirst|excerpt|lead|intro|quote|tweet|instagram|"
        r"correction|source|disclaimer|copyright|topic|categor|keyword",
        # 3 pictures
        r"caption|credit|photo|image|figure|gallery",
        # 4 appeals
        r"newsletter|sign-?up|subscri|paywall|premium|promo|donat|member|login|register|piano|offer",
        # 5 ways about the site
        r"(?:^|[_-])(?:nav|menu|breadcrumbs?|navigation|navbar|toolbar|tabs?|pagination|pager|toc)",
        # 6 advertising
        r"(?:^|[_-])(?:ads?|advert\w*|adslot|dfp|sponsor\w*|banner|commercial|affiliate)(?:$|[_-])",
        # 7 small print
        r"foot|legal|copyright|disclaimer|cookie|consent|privacy|gdpr",
        # 8 what opens over the page
        r"modal|popup|overlay|tooltip|dropdown|toast|lightbox|rollover|popover|flyout",
        # 9 the body by its name
        r"(?:article|story|post|entry|content|text)[\w-]*(?:body|content|text|copy|main)|"
        r"(?:body|content|text)[_-]?(?:article|copy|text|body)|prose|rich-?text|"
        r"^(?:content|story|article|post|entry|text|body)$",
        # 10 and 11: readability's own two lists (Arc90), for its score of containers
        r"article|body|content|entry|hentry|main|page|pagination|post|text|blog|story",
        r"combx|comment|com-|contact|foot|footer|footnote|masthead|media|meta|outbrain|promo|related|scroll|shoutbox|"
        r"sidebar|sponsor|shopping|tags|tool|widget|nav|share",
        # 12 not shown
        r"(?:^|[_-])(?:hidden|hide|sr-only|screen-reader|visually-?hidden|invisible|is-hidden|d-none)(?:$|[_-])",
    )
)
FRAME, HOLDER, COMPANION, PICTURE, APPEAL, WAYS, ADS, SMALL_PRINT, OVERLAY, BODY, ARC_GOOD, ARC_BAD, HIDDEN = range(13)
_FAR = 50
"""Steps to an ancestor that is not there."""
_DISTANCES = (APPEAL, WAYS, ADS, SMALL_PRINT, OVERLAY, BODY)
_ASIDE_TAGS = frozenset(("nav", "footer", "aside", "form", "dialog", "menu"))
COLUMNS = (
    "depth", "frames", "frame_distance", "holders", "companions", "pictures", "aside_tags", "in_article", "in_figure",
    "in_list", "is_hidden", "appeal_distance", "ways_distance", "ads_distance", "small_print_distance",
    "overlay_distance", "body_distance",
)  # fmt: skip
"""What `marks_of` gives, in this order: counts of ancestors of a kind, steps to the nearest, or 0 and 1."""


@lru_cache(maxsize=65_536)
def groups_of(name: str) -> int:
    """Which groups one class name or id belongs to, as bits. Kept, as sites name their parts alike."""
    return sum(1 << number for number, pattern in enumerate(_GROUPS) if pattern.search(name))


def named_groups(element: HtmlElement) -> int:
    """The groups of all names an element has."""
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}".split()
    bits = 0
    for name in names[:20]:
        bits |= groups_of(name[:80])
    return bits


Marks = tuple[int, ...]
_ROOT: Marks = (0, 0, _FAR, 0, 0, 0, 0, 0, 0, 0, 0, *(_FAR,) * len(_DISTANCES))


def marks_of(element: HtmlElement, known: dict[HtmlElement, Marks]) -> Marks:
    """The marks of an element and all around it (`COLUMNS`); `known` is filled, one dict per page."""
    way = []
    current: HtmlElement | None = element
    while current is not None and current not in known and current.tag != "body":
        way.append(current)
        current = current.getparent()
    marks = known.get(current, _ROOT) if current is not None else _ROOT
    for step in reversed(way):
        marks = known[step] = _inside(step, marks)
    return marks


def _inside(element: HtmlElement, outer: Marks) -> Marks:
    bits, tag = named_groups(element), element.tag
    style = element.get("style")
    # Not hidden.hides: the model is trained with exactly this.
    hidden = (
        bits >> HIDDEN & 1
        or element.get("aria-hidden") == "true"
        or (style is not None and "display:none" in style.replace(" ", "").lower())
    )
    depth, frames, near, holders, companions, pictures, asides, articles, figures, lists, was_hidden, *far = outer
    return (
        depth + 1,
        frames + (bits >> FRAME & 1),
        0 if bits >> FRAME & 1 else min(_FAR, near + 1),
        holders + (bits >> HOLDER & 1),
        companions + (bits >> COMPANION & 1),
        pictures + (bits >> PICTURE & 1),
        asides + (tag in _ASIDE_TAGS),
        articles + (tag in ("article", "main")),
        figures + (tag in ("figure", "figcaption")),
        lists + (tag in ("ul", "ol", "li", "dl")),
        int(bool(hidden) or bool(was_hidden)),
        *(0 if bits >> group & 1 else min(_FAR, steps + 1) for group, steps in zip(_DISTANCES, far, strict=True)),
    )
