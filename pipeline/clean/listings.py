"""Pages that list: fronts, sections, archives and picture galleries, whose text is made of pieces of other articles."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.evidence import Evidence
from pipeline.clean.facts import canonical_url
from pipeline.clean.finding import Finding
from pipeline.clean.kinds import Kinds
from pipeline.clean.lines import count_words
from pipeline.errors import Reason
from pipeline.folding import fold_words
from pipeline.urls import is_home_or_section

TEASERS = 5
"""Headlines that link to other pages of the site, each with its summary: fewer stand as related stories in articles."""
TEASER_SHARE = 0.5
"""Of the text's words, so many are summaries of other pages: then the text is a list. Articles have next to none."""
FEW_TEASERS = 3
NEARLY_ALL = 0.9
"""A small section has few teasers, but nothing else."""
SOLID_WORDS = 45
"""A paragraph of this length is no teaser; two of them, and the page is read as an article with a list in it."""
REPEATED_SHARE = 0.25
"""Of the lines, so many are the same few labels over and over (`Course`, `Read more`): cards."""
GALLERY_PROSE = 60
"""Words in whole sentences; a gallery with fewer has nothing to load."""
MANY_PICTURES = 20
"""A page with this many pictures and hardly a sentence is a gallery, whatever it calls itself."""
_CARD_ELEMENTS = 60
"""A teaser's box has a handful; one with more is a whole column of the page."""
_ARCHIVES = frozenset(
    ("archive", "category", "tag", "author", "search-results", "post-type-archive", "blog", "date", "home")
)
"""Class names that WordPress gives body on pages of links; an article's body has `single`."""
_LIST_TYPES = frozenset(("CollectionPage", "SearchResultsPage"))


def index_page(page: Evidence) -> Finding | None:
    """The page lists other pages: by its address, its template, its teasers, or as it consists of links."""
    return _by_address(page) or _by_template(page) or _by_teasers(page) or _by_labels(page) or _by_links(page)


def _by_address(page: Evidence) -> Finding | None:
    """A home or section page by its address; one whose teasers are whole sentences looks like prose otherwise."""
    if page.facts.is_article():
        return None
    if page.url is None:  # a page from a file; its own claim counts if the text is no article's
        claim = canonical_url(page.facts)
        is_index = claim is not None and is_home_or_section(claim) and _solid(page) < 2
    else:
        is_index = is_home_or_section(page.url)
    return (
        None
        if not is_index
        else Finding(Reason.INDEX_PAGE, 0.9, "a section's address, and the page does not call itself an article")
    )


def _by_template(page: Evidence) -> Finding | None:
    """WordPress and schema.org say that a page is an archive; blogs mark those as og:type article, too."""
    if page.facts.article or "single" in page.classes or "single-post" in page.classes or _solid(page) > 2:
        return None
    marks = page.classes & _ARCHIVES
    types = {t for node in page.facts.nodes for t in linked_data.types(node)} & _LIST_TYPES
    if "archive" in marks and len(marks) > 1:
        return Finding(Reason.INDEX_PAGE, 0.9, f"template {' '.join(sorted(marks))!r}")
    if types:
        return Finding(Reason.INDEX_PAGE, 0.8, f"JSON-LD {', '.join(sorted(types))} and no article")
    return None


def _by_teasers(page: Evidence) -> Finding | None:
    """Most of the text stands under headlines that link to other pages of the site."""
    if page.tree is None or page.facts.is_article() or _solid(page) >= 2 or not page.words:
        return None
    summaries = _summaries(page.tree, page.url or page.facts.base_url or "")
    own = [words for line, (words, _) in zip(page.lines, page.measured, strict=True) if fold_words(line) in summaries]
    share = sum(own) / page.words
    if (len(own) >= TEASERS and share >= TEASER_SHARE) or (len(own) >= FEW_TEASERS and share >= NEARLY_ALL):
        return Finding(Reason.INDEX_PAGE, 0.9, f"{len(own)} teasers make {share:.0%} of the text")
    return None


def _summaries(tree: HtmlElement, url: str) -> set[str]:
    """Folded paragraphs that stand in one box with a linked headline, and these headlines."""
    found: set[str] = set()
    for heading in tree.iter("h2", "h3", "h4"):
        parent = heading.getparent()
        link = next(heading.iter("a"), parent if parent is not None and parent.tag == "a" else None)
        if link is None or parent is None or not _is_on_site(link.get("href"), url):
            continue
        box = parent.getparent() if parent.tag == "a" or len(parent) == 1 else parent
        if box is None or next(islice(box.iter("h2", "h3", "h4"), 1, None), None) is not None:
            continue  # the headline and its text stand side by side with others
        parts = list(islice(box.iterdescendants(), _CARD_ELEMENTS + 1))
        if len(parts) <= _CARD_ELEMENTS:
            texts = (" ".join(t for t in part.itertext() if isinstance(t, str)) for part in parts)
            found.update(fold_words(text) for text in texts)
    return found - {""}


def _is_on_site(href: str | None, url: str) -> bool:
    if not href or href.startswith("#"):
        return False
    try:
        return urlsplit(urljoin(url, href)).hostname == urlsplit(url).hostname
    except ValueError:
        return False


def _by_labels(page: Evidence) -> Finding | None:
    """The same short labels over and over, under a section's address: a page of cards."""
    if page.url is None or not is_home_or_section(page.url) or len(page.lines) < 8:
        return None
    short = Counter(line for line in page.lines if count_words(line) <= 3)
    repeated = sum(n for n in short.values() if n >= 4)
    if repeated < REPEATED_SHARE * len(page.lines) or _solid(page) >= 2:
        return None
    return Finding(
        Reason.INDEX_PAGE, 0.7, f"a section's address; {repeated} of {len(page.lines)} lines are card labels"
    )


def _by_links(page: Evidence) -> Finding | None:
    """Many lines, hardly a sentence among them, and a page that consists of links."""
    if len(page.lines) < 8:
        return None
    prose = page.prose_words / page.words
    if prose > 0.35 or page.words / len(page.lines) > 25:
        return None
    linked = _linked_share(page.tree) if page.tree is not None else 0.0
    if linked < 0.5 or (page.facts.is_article() and prose > 0.1):
        return None
    detail = f"{len(page.lines)} lines, {prose:.0%} prose, {linked:.0%} of the page is links"
    return Finding(Reason.INDEX_PAGE, 0.9, detail)


def _solid(page: Evidence) -> int:
    return sum(1 for words, prose in page.measured if prose and words >= SOLID_WORDS)


def _linked_share(tree: HtmlElement) -> float:
    body = tree.find("body")
    if body is None:
        return 0.0
    total = sum(len(t.strip()) for t in body.itertext() if isinstance(t, str))
    scripts = sum(len(t) for e in body.iter("script", "style", "noscript") for t in e.itertext() if isinstance(t, str))
    linked = sum(len(t.strip()) for a in body.iter("a") for t in a.itertext() if isinstance(t, str))
    return linked / max(1, total - scripts)


def gallery(page: Evidence, kinds: Kinds) -> Finding | None:
    """Pictures with captions. Lowers the quality; with hardly any sentence there is no article."""
    pictures = _pictures(page.tree) if kinds.gallery or _lacks_prose(page) else 0
    is_bare = page.prose_words < GALLERY_PROSE
    if kinds.gallery:
        return Finding(
            Reason.GALLERY, 0.8 if is_bare and pictures else 0.3, f"{kinds.gallery}, {page.prose_words} words of prose"
        )
    if pictures >= MANY_PICTURES and not page.facts.article:
        return Finding(Reason.GALLERY, 0.8, f"{pictures} pictures and {page.prose_words} words of prose")
    return None


def _lacks_prose(page: Evidence) -> bool:
    return page.prose_words < min(GALLERY_PROSE, 0.1 * page.words)


def _pictures(tree: HtmlElement | None) -> int:
    return 0 if tree is None else sum(1 for _ in tree.iter("img"))
