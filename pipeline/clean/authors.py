"""Who wrote the article: where a page says so, most trusted first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.facts import PageFacts, site_name
from pipeline.clean.folding import fold_name
from pipeline.clean.linked_data import plain
from pipeline.clean.people import people_in

_META_NAMES = (
    "author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "citation_author", "og:article:author", "article:author_name", "cxenseparse:author", "creator",
)  # fmt: skip
_BYLINE_MARK = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|writer|autor|auteur|yazar|contributor)s?(?:[-_]?(?:names?|link|info|text))?"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_BYLINE = re.compile(
    r"bio|about|comment|avatar|image|img|related|sidebar|follow|social|card__text|footer|more", re.IGNORECASE
)
_PRINTED_BY = re.compile(r"^(?:(?:written|reported|words)\s+)?(?:by|von|par|por|بقلم|تحریر|автор)[\s:]", re.IGNORECASE)
_ASIDE = re.compile(r"comment|caption|credit|related|teaser|sidebar|footer", re.IGNORECASE)
_MARKED_TAGS = ("a", "span", "div", "p", "address", "li", "cite", "strong", "h3", "h4", "h5")
_MAX_SCANNED = 1_500
"""Elements looked at for a printed `By …`; it stands near the headline."""
MAX_AUTHORS = 12
"""More names than this are a list of staff, not a byline."""


def choose_authors(tree: HtmlElement, facts: PageFacts, outlet: str | None) -> tuple[str, ...]:
    """The people named as authors, as printed, in order, without repeats; from the first source that has any."""
    names = (site_name(facts), outlet, linked_data.string(facts.article.get("publisher")))
    not_people = {fold_name(name) for name in names if name}
    for raw in _stated(tree, facts):
        people = people_in(raw, not_people)
        if people:
            return people[:MAX_AUTHORS]
    return ()


def _stated(tree: HtmlElement, facts: PageFacts) -> Iterator[list[str]]:
    yield _named(facts.article.get("author"), facts) or _named(facts.article.get("creator"), facts)
    for name in _META_NAMES:
        yield list(facts.meta.get(name, ()))
    yield from _by_mark(tree)
    yield _by_words(tree)


def _named(value: object, facts: PageFacts) -> list[str]:
    """Names in an `author` value; a node that only refers (`@id`) is looked up on the page."""
    items = value if isinstance(value, list) else [value]
    names: list[str] = []
    for item in items:
        if isinstance(item, dict) and "name" not in item and "@id" in item:
            item = next((n for n in facts.nodes if n.get("@id") == item["@id"] and "name" in n), item)
        if isinstance(item, dict) and "Organization" in " ".join(linked_data.types(item)):
            continue
        names.extend(linked_data.strings(item))
    return names


def _by_mark(tree: HtmlElement) -> Iterator[list[str]]:
    """Elements marked as author or byline: itemprop and rel first, then class names."""
    by_class: list[HtmlElement] = []
    by_rel: list[HtmlElement] = []
    for element in tree.iter(*_MARKED_TAGS):
        wanted = "author" in (element.get("rel") or "").split() or element.get("itemprop") == "author"
        mark = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('data-testid') or ''}"
        if not wanted and not (_BYLINE_MARK.search(mark) and not _NOT_BYLINE.search(mark)):
            continue
        if 3 <= len(_own_text(element)) <= 120 and not _is_in_comments(element):
            (by_rel if wanted else by_class).append(element)
        if len(by_rel) + len(by_class) > 20:
            break
    yield _first_group(by_rel)
    yield _first_group(by_class)


def _by_words(tree: HtmlElement) -> list[str]:
    """A short text that begins with `By` or the like and stands for itself, whatever its element is called."""
    for count, element in enumerate(tree.iter("p", "span", "div", "h4", "h5", "h6", "address")):
        if count > _MAX_SCANNED:
            break
        own = (element.text or "").strip()
        if own and _PRINTED_BY.match(f"{own} ") and len(element) <= 3 and not _is_aside(element):
            text = _own_text(element)
            if 6 <= len(text) <= 60 and len(text.split()) >= 3:
                return [text]
    return []


def _first_group(elements: list[HtmlElement]) -> list[str]:
    """The first and its neighbour under the same parent; later ones are authors of other articles."""
    if not elements:
        return []
    parent = elements[0].getparent()
    return list(dict.fromkeys(_own_text(e) for e in elements if e is elements[0] or e.getparent() is parent))


def _is_in_comments(element: HtmlElement) -> bool:
    return any("comment" in (outer.get("class") or "").lower() for outer in element.iterancestors())


def _is_aside(element: HtmlElement) -> bool:
    """Captions, footers and comments have names in them that are not the author's."""
    outer = [element, *element.iterancestors()]
    return any(
        e.tag in ("figure", "figcaption", "footer", "aside", "nav") or _ASIDE.search(e.get("class") or "")
        for e in outer
    )


def _own_text(element: HtmlElement) -> str:
    named = next((e for e in element.iter() if isinstance(e.tag, str) and e.get("itemprop") == "name"), None)
    source = named if named is not None else element
    text = (source.get("content") or "") if named is not None else ""
    return plain(text or " ".join(t for t in source.itertext() if isinstance(t, str)))
