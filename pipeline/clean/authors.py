"""Who wrote the article: where a page says so, most trusted first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.agencies import agency_in, agency_of_text
from pipeline.clean.facts import PageFacts, outlet_names
from pipeline.clean.linked_data import plain
from pipeline.clean.people import people_in
from pipeline.clean.wide_names import reporters_of

_META_NAMES = (
    "author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator",
    "citation_author", "og:article:author", "article:author_name", "cxenseparse:author", "creator", "og:author",
    "dc.contributor", "authors", "mediator_author", "shareaholic:article_author_name", "byline",
)  # fmt: skip
_WRITTEN_BY = re.compile(
    r"written|author|by$|verfasst|geschrieben|écrit|ecrit|rédigé|escrito|scritto|geschreven|skriv|kirjoit|napisa|"
    r"написан|автор|yazan|yazar|ditulis|oleh|كتب|نوشته|작성자|執筆|作者|撰写|γράφ|συντάκ|scris|szerző|viết",
    re.IGNORECASE,
)
"""The label that WordPress plugins set beside the author's name in twitter:label1, in the site's language."""
_BYLINE_MARK = re.compile(
    r"(?:^|[\s_-])(?:by-?line|author|writer|autor|auteur|yazar|contributor|reporter|journalist|penulis|byl|redaktor|"
    r"forfatter|skribent|kirjoittaja|toimittaja|szerzo|avtor|firma|"
    r"muhabir|giornalista|periodista|redacteur|novinar|wartawan|tacgia|tac-gia)(?:e[ns]?|in)?s?"
    r"(?:[-_]{0,2}(?:names?|link|info|text|list|block|item|content|title|meta|container|wrapper))?(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_BYLINE = re.compile(
    r"bio|about|comment|avatar|image|img|related|sidebar|follow|social|card__text|footer|more|headline-hidden|teaser",
    re.IGNORECASE,
)
_PRINTED_BY = re.compile(
    r"^\W{0,3}(?:(?:written|reported|words|article|text|story|report)\s+)?(?:by|von|par|por|door|af|av|oleh|di|autor(?:a|in)?|auteur|"
    r"autore|автор|текст|بقلم|كتب|كتبت|تحریر|نویسنده|द्वारा|โดย|"
    r"yazan|pisze|piše|szerző|kirjoittaja|γράφει|penulis|tác giả|écrit par|rédigé par|escrito por|scritto da|a cura di|"
    r"geschreven door|skrevet af|skrevet av|skriven av|автори|מאת|लेखक|रिपोर्ट|napsal|nga)(?:[\s:]|$)",
    re.IGNORECASE,
)
_PRINTED_WIDE = re.compile(
    r"^[【（(\[]?\s*(?:本[报報刊网網]|特[约約派]|[实實]習?)?(?:记者|記者|作者|撰文|文／|文/|取材・文)|[\uac00-\ud7af]{2,4}\s*(?:선임|인턴|객원|전문)?(?:기자|특파원)(?:\s|$|=)"
)
_ASIDE = re.compile(r"comment|caption|credit|related|teaser|sidebar|footer", re.IGNORECASE)
_MARKED_TAGS = ("a", "span", "div", "p", "address", "li", "cite", "strong", "h3", "h4", "h5")
_BLOCKS = frozenset(("div", "p", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "section", "time", "dd", "td"))
_MAX_SCANNED = 1_500
"""Elements looked at for a printed `By …`; it stands near the headline."""
_MAX_TEXT = 160
"""Characters of a byline; what is longer, is a wrapper around more than that."""
_MAX_PRINTED = 3
"""Prose that begins with `By` is passed over, but not for long."""
MAX_AUTHORS = 12
"""More names than this are a list of staff, not a byline."""


@dataclass(frozen=True, slots=True)
class Authorship:
    """The people named as authors, as printed, in order, without repeats; and the agency the byline names."""

    people: tuple[str, ...]
    method: str | None  # json_ld, meta, microdata, rel, byline, printed, dateline; None without people
    agency: str | None  # canonical name, see agencies.yml


def choose_authors(
    tree: HtmlElement, facts: PageFacts, url: str | None, outlet: str | None, paragraphs: Sequence[str] = ()
) -> Authorship:
    """Read the byline from the first source that names a person, last the dateline of the text.

    Organisations, desks and the outlet itself are never people; agencies are given as such, from any source read
    on the way.
    """
    names = outlet_names(facts, url, outlet)
    agency = agency_in(stated_organisations(facts), names)
    for method, raw in byline_sources(tree, facts):
        agency = agency or agency_in(raw, names)
        people = people_in(raw, names)
        if people:
            return Authorship(people[:MAX_AUTHORS], method, agency or agency_of_text(paragraphs, names))
    agency = agency or agency_of_text(paragraphs, names)
    reporters = people_in(reporters_of(paragraphs[0]), names) if paragraphs else ()
    return Authorship(reporters, "dateline" if reporters else None, agency)


def byline_sources(tree: HtmlElement, facts: PageFacts) -> Iterator[tuple[str, list[str]]]:
    """Where a page may name its authors, the most trusted first: the method and the texts as they stand; some empty."""
    yield "json_ld", _named(facts.article.get("author"), facts) or _named(facts.article.get("creator"), facts)
    for name in _META_NAMES:
        yield "meta", list(facts.meta.get(name, ()))
    for number in ("1", "2"):
        if _WRITTEN_BY.search(facts.first(f"twitter:label{number}") or ""):
            yield "meta", list(facts.meta.get(f"twitter:data{number}", ()))
    yield from _by_mark(tree)
    for text in _by_words(tree):
        yield "printed", [text]


def _named(value: object, facts: PageFacts) -> list[str]:
    """Names in an `author` value; a node that only refers (`@id`) is looked up on the page."""
    items = value if isinstance(value, list) else [value]
    names: list[str] = []
    for item in items:
        node = _looked_up(item, facts)
        if not (isinstance(node, dict) and "Organization" in " ".join(linked_data.types(node))):
            names.extend(linked_data.strings(node))
    return names


def stated_organisations(facts: PageFacts) -> list[str]:
    """Names of the organisations among the JSON-LD authors and providers: agencies are declared there."""
    found: list[str] = []
    for key in ("author", "creator", "sourceOrganization", "provider"):
        value = facts.article.get(key)
        for item in value if isinstance(value, list) else [value]:
            node = _looked_up(item, facts)
            if isinstance(node, dict) and "Organization" in " ".join(linked_data.types(node)):
                found.extend(linked_data.strings(node))
    return found


def _looked_up(item: object, facts: PageFacts) -> object:
    if isinstance(item, dict) and "name" not in item and "@id" in item:
        return next((n for n in facts.nodes if n.get("@id") == item["@id"] and "name" in n), item)
    return item


def _by_mark(tree: HtmlElement) -> Iterator[tuple[str, list[str]]]:
    """Elements marked as author or byline: itemprop and rel first, then class names; up to three groups each."""
    found: dict[str, list[tuple[HtmlElement, str]]] = {"microdata": [], "rel": [], "byline": []}
    for element in tree.iter(*_MARKED_TAGS):
        if element.get("itemprop") == "author":
            kind = "microdata"
        elif "author" in (element.get("rel") or "").split():
            kind = "rel"
        elif _is_byline(element.get("class"), element.get("id"), element.get("data-testid")):
            kind = "byline"
        else:
            continue
        text = _own_text(element)
        if 3 <= len(text) <= _MAX_TEXT and not _is_in_comments(element):
            found[kind].append((element, text))
        if sum(map(len, found.values())) > 20:
            break
    for kind, marked in found.items():
        for group in _groups(marked)[:3]:
            yield kind, group


@lru_cache(maxsize=8192)
def _is_byline(*marks: str | None) -> bool:
    """Class, id and test id say byline or author. Cached: the pages of a night share their templates."""
    mark = " ".join(filter(None, marks))
    return bool(_BYLINE_MARK.search(mark)) and not _NOT_BYLINE.search(mark)


def _by_words(tree: HtmlElement) -> Iterator[str]:
    """Up to three short texts that begin with `By` or the like and stand alone, whatever their element is called."""
    found = 0
    for count, element in enumerate(
        tree.iter("p", "span", "div", "h2", "h3", "h4", "h5", "h6", "address", "em", "strong")
    ):
        if count > _MAX_SCANNED or found == _MAX_PRINTED:
            break
        own = (element.text or "").strip()
        if not own or len(element) > 4:
            continue
        is_wide = bool(_PRINTED_WIDE.search(own))
        if (is_wide or _PRINTED_BY.match(own)) and not _is_aside(element):
            text = _own_text(element)
            if 4 <= len(text) <= (60 if is_wide else 110) and (is_wide or 3 <= len(text.split()) <= 14):
                found += 1
                yield text


def _groups(marked: list[tuple[HtmlElement, str]]) -> list[list[str]]:
    """Texts of marked elements under one parent; the first group is this article's, later ones may be others'."""
    groups: dict[HtmlElement, dict[str, None]] = {}
    for element, text in marked:
        groups.setdefault(element.getparent(), {})[text] = None
    return [list(texts) for texts in groups.values()]


def _is_in_comments(element: HtmlElement) -> bool:
    return any(
        "comment" in (outer.get("class") or "").lower() for outer in element.iterancestors() if outer.tag not in _PAGE
    )


_PAGE = frozenset(("body", "html", "main", "article", "header"))
"""Tags that hold the article itself, whatever their class says of comments."""


def _is_aside(element: HtmlElement) -> bool:
    """Captions, footers and comments have names in them that are not the author's."""
    outer = [element, *(e for e in element.iterancestors() if e.tag not in _PAGE)]
    return any(
        e.tag in ("figure", "figcaption", "footer", "aside", "nav") or _ASIDE.search(e.get("class") or "")
        for e in outer
    )


def _own_text(element: HtmlElement) -> str:
    """The element's text, blocks on lines of their own, so that a role below the name does not run into it.

    Where there is more than `_MAX_TEXT`, what is given is cut, but longer than that.
    """
    named = next((e for e in element.iter() if isinstance(e.tag, str) and e.get("itemprop") == "name"), None)
    source = named if named is not None else element
    content = source.get("content") if named is not None else None
    if content:
        return plain(content)
    return "\n".join(line for text in _beginning(source).split("\n") if (line := plain(text)))


def _beginning(element: HtmlElement) -> str:
    """The pieces up to the one with which the printed characters are too many for a byline."""
    pieces: list[str] = []
    printed = 0
    for piece in _pieces(element):
        pieces.append(piece)
        printed += sum(map(len, plain(piece).split()))
        if printed > _MAX_TEXT:
            break
    return "".join(pieces)


def _pieces(element: HtmlElement) -> Iterator[str]:
    edge = "\n" if element.tag in _BLOCKS else " "
    yield edge
    if isinstance(element.tag, str) and element.tag not in ("script", "style"):
        yield element.text or ""
        for inner in element:
            yield from _pieces(inner)
            yield inner.tail or ""
    yield edge
