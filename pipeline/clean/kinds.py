"""What kind of piece a page says it carries: opinion, paid, a live blog, a gallery; each with what shows it.

Only where the page says so of itself: by JSON-LD, its section, its address, its template, a label beside its
headline, or the first words of its title. Tags and the words of the text do not count, and neither do labels of
advertising slots and related links. The words are data: kinds.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.clean import linked_data, phrases
from pipeline.clean.evidence import Evidence
from pipeline.clean.headline_labels import HeadlineLabel, labels_near
from pipeline.clean.section import breadcrumb
from pipeline.folding import fold_words

_SECTION_TAGS = (
    "article:section", "article.section", "section", "sections", "og:article:section", "og:section",
    "parsely-section", "sailthru.section", "article:section_name", "dc.subject", "cxenseparse:recs:category",
    "article:category", "category", "article:genre", "genre", "tax:genres", "content-type", "contenttype",
    "content_type", "article:content_type", "page_type", "pagetype", "page.content.type", "article:type", "og:type",
)  # fmt: skip
"""Meta tags by which publishers name section or kind."""
_TEMPLATE = re.compile(
    r"(?:category|section|post-type|type|node--type|page-node-type|format|single|pillar|content)--?(.+)"
)
"""Class names of a template: `category-opinion` and `format-gallery` (WordPress), `node--type-commentary` (Drupal)."""
_PAID_STEP = re.compile(r"brand ?voice$")
"""Forbes puts the advertiser's name in front: `/sites/acmebrandvoice/`."""
_LAYOUT = frozenset(("column", "columns"))
"""What a class name says of the page's layout, not of the piece."""
_TITLE_PARTS = re.compile(r"\s*[|｜:：【】\[\]］［«»]\s*|\s+[-–—·•]\s+")
_CLOCK = re.compile(
    r"\W*(?:[01]?\d|2[0-3])"
    r"(?:[:.h][0-5]\d(?::[0-5]\d)?\s*(?:[ap]\.?\s?m\.?|uhr|h|hrs|ist|gmt|bst|utc|c?est|c?edt|et|pt|cet|wib|msk)?"
    r"|\s*(?:[ap]\.?\s?m\.?|uhr|h))"
    r"(?:\s*\(?[A-Z]{2,4}\)?)?\W*(?=$|[–—:|-])",
    re.IGNORECASE,
)
"""A clock time that is a whole line or begins one and is set off: the head of a post."""
_AD_MARK = re.compile(r"(?<!\w)#(?:ad|sponsored|anzeige|werbung|publicidad|publi)\b", re.IGNORECASE)
POSTS = 2
"""Posts under clock times that, with a title or address that says live, make a live blog."""
MANY_POSTS = 5
"""As many entries of the page's own markup called live blog posts as no box beside an article shows."""
_DISCLOSURE_WORDS = 60


@dataclass(frozen=True, slots=True)
class Kinds:
    """What shows that a page is of a kind; None where nothing does."""

    live_blog: str | None = None
    opinion: str | None = None
    sponsored: str | None = None
    gallery: str | None = None
    subscribers: str | None = None  # a label or section says that the piece is for subscribers

    def notes(self) -> tuple[str, ...]:
        """One line per kind the page is of, with what shows it."""
        shown = (("live_blog", self.live_blog), ("opinion", self.opinion), ("sponsored", self.sponsored))
        return tuple(f"{kind}: {evidence}" for kind, evidence in shown if evidence)


def kinds_of(page: Evidence) -> Kinds:
    """Read every sign of a page once. A page may be of several kinds: a paid gallery, a live blog of opinion."""
    said = _Said(page, tuple(dict.fromkeys(_sections(page))), tuple(labels_near(page.headline)))
    return Kinds(
        live_blog=_live_blog(page),
        opinion=_opinion(said),
        sponsored=_sponsored(said),
        gallery=_gallery(page),
        subscribers=_subscribers(said),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A page, what it names as its sections and genres, and the labels beside its headline."""

    page: Evidence
    sections: tuple[str, ...]
    near: tuple[HeadlineLabel, ...]


def _opinion(said: _Said) -> str | None:
    found = _by_type(said.page, "OpinionNewsArticle") or _named(said, "opinion")
    if found:
        return found
    persons = phrases.kinds()["opinion"]["person"]
    person = next((n.text for n in said.near if any(fold_words(n.text).endswith(p) for p in persons)), None)
    return f"byline {person!r}" if person else None


def _sponsored(said: _Said) -> str | None:
    found = _by_type(said.page, "AdvertiserContentArticle") or _named(said, "sponsored")
    if found:
        return found
    slots = phrases.kinds()["sponsored"]["slot"]
    marked = (n.text for n in said.near if n.is_named_label and not n.is_linked and fold_words(n.text) in slots)
    if label := next(marked, None):
        return f"label {label!r} beside the headline"
    for author in (
        *said.page.facts.meta.get("author", ()),
        *linked_data.strings(said.page.facts.article.get("author")),
    ):
        parts = [fold_words(part) for part in _TITLE_PARTS.split(author)]
        if len(parts) > 1 and (slots | phrases.labels("sponsored", None, sections=False)) & set(parts):
            return f"author's line {author!r}"
    return _disclosed(said.page)


def _disclosed(page: Evidence) -> str | None:
    """The first or last lines, or the summary, say that somebody paid."""
    summary = page.facts.first("og:description", "description") or ""
    ends = [*page.lines[:2], *page.lines[-3:], summary, linked_data.string(page.facts.article.get("description")) or ""]
    for line in ends:
        if len(line.split()) > _DISCLOSURE_WORDS:
            continue
        said = phrases.says(f" {fold_words(line)} ", phrases.kinds()["sponsored"]["disclosure"])
        mark = _AD_MARK.search(line)
        if said or mark:
            return f"it says {said or (mark.group() if mark else '')!r}"
    return None


def _subscribers(said: _Said) -> str | None:
    wanted = phrases.kinds()["paywalled"]["label"]
    section = next((s for s in said.sections if fold_words(s) in wanted), None)
    if section:
        return f"section {section!r}"
    label = next((n.text for n in said.near if fold_words(n.text) in wanted and not n.is_linked), None)
    return f"label {label!r} beside the headline" if label else None


def _named(said: _Said, kind: str) -> str | None:
    """The page's section, address, template, title or a label beside its headline names the kind."""
    page = said.page
    wide = phrases.labels(kind, page.facts.html_language, sections=True)
    narrow = phrases.labels(kind, page.facts.html_language, sections=False)
    if section := next((s for s in said.sections if phrases.names_kind(s, wide)), None):
        return f"section {section!r}"
    if step := next((s for s in page.steps[:-1] if s in wide or (kind == "sponsored" and _PAID_STEP.search(s))), None):
        return f"address step {step!r}"
    if template := _template(page, narrow):
        return f"template {template!r}"
    if part := next((p for title in page.titles for p in _title_ends(title) if fold_words(p) in narrow), None):
        return f"title part {part!r}"
    labels = (n.text for n in said.near if not re.search(r"\d", n.text) and phrases.names_kind(n.text, narrow))
    label = next(labels, None)
    return f"label {label!r} beside the headline" if label else None


def _title_ends(title: str) -> list[str]:
    """The first part of a title and those behind the headline: `Opinion: …`, `… | Editorial | The Guardian`."""
    parts = [part for part in _TITLE_PARTS.split(title) if part]
    return [] if len(parts) < 2 else [parts[0], *parts[2:], *parts[1:2][: len(parts) > 2]]


def _sections(page: Evidence) -> Iterator[str]:
    """What the page names as its section or genre: JSON-LD, meta tags, the steps of the breadcrumb but the headline."""
    for key in ("articleSection", "genre"):
        yield from linked_data.strings(page.facts.article.get(key))
    for name in _SECTION_TAGS:
        yield from page.facts.meta.get(name, ())
    for node in page.facts.nodes:
        if "BreadcrumbList" in linked_data.types(node):
            yield from (name for name in breadcrumb(node) if name not in page.titles)


def _template(page: Evidence, wanted: frozenset[str]) -> str | None:
    for name in sorted(page.classes):
        match = _TEMPLATE.fullmatch(name)
        if match and (named := fold_words(match[1])) in wanted and named not in _LAYOUT:
            return name
    return None


def _by_type(page: Evidence, *types: str) -> str | None:
    found = next((t for t in linked_data.types(page.facts.article) if t in types), None)
    return f"JSON-LD {found}" if found and _is_of_this_page(page.facts.article, page) else None


def _gallery(page: Evidence) -> str | None:
    found = _by_type(page, "ImageGallery", "MediaGallery")
    stated = fold_words(page.facts.first("og:type") or "")
    wide = phrases.labels("gallery", None, sections=True)
    if found or stated in wide:
        return found or f"og:type {stated!r}"
    if step := next((s for s in page.steps[:-1] if s in wide), None):
        return f"address step {step!r}"
    narrow = phrases.labels("gallery", None, sections=False)
    if template := _template(page, narrow):
        return f"template {template!r}"
    part = next((p for title in page.titles for p in _title_ends(title)[:1] if fold_words(p) in narrow), None)
    return f"title part {part!r}" if part else None


def _live_blog(page: Evidence) -> str | None:
    """Said outright by schema, og:type or template; else two of: title, address, posts under clock times."""
    if outright := _said_to_be_live(page):
        return outright
    signs = [sign for sign in (_live_title(page), _live_address(page)) if sign]
    if len(signs) == 1 and (posts := _live_posts(page)):  # posts alone are a timetable
        signs.append(posts)
    return ", ".join(signs) if len(signs) == 2 else None


def _said_to_be_live(page: Evidence) -> str | None:
    for node in (page.facts.article, *page.facts.nodes):
        if "LiveBlogPosting" in linked_data.types(node) and _is_of_this_page(node, page):
            return "JSON-LD LiveBlogPosting"
    stated = [v for name in ("og:type", *_SECTION_TAGS) for v in page.facts.meta.get(name, ())]
    kind = next((v for v in stated if fold_words(v).replace(" ", "") in ("liveblog", "liveticker", "newsblog")), None)
    return f"page type {kind!r}" if kind else None


def _is_of_this_page(node: linked_data.Node, page: Evidence) -> bool:
    """Pages list other articles as nodes; one without a headline stands for its page."""
    headline = fold_words(linked_data.string(node.get("headline")) or linked_data.string(node.get("name")) or "")
    shown = [t for t in (page.facts.first("og:title"), *page.facts.headings, page.facts.title_tag) if t]
    return not headline or not shown or any(headline in fold_words(t) or fold_words(t) in headline for t in shown)


def _live_title(page: Evidence) -> str | None:
    tables = phrases.kinds()["live_blog"]
    for title in page.titles:
        if said := phrases.says(f" {fold_words(title)} ", tables["title"]):
            return f"title says {said!r}"
        parts = [part for part in _TITLE_PARTS.split(title) if part]
        if len(parts) > 1 and fold_words(parts[0]) in tables["lead"]:
            return f"title begins {parts[0]!r}"
    return None


def _live_address(page: Evidence) -> str | None:
    tables = phrases.kinds()["live_blog"]
    if step := next((s for s in page.steps[1:-1] if s in tables["step"]), None):
        return f"address step {step!r}"
    last = page.steps[-1] if page.steps else ""
    said = next((p for p in tables["step"] if " " in p or len(p) > 6 if f" {p} " in f" {last} "), None)
    return f"address says {said!r}" if said else None


def _live_posts(page: Evidence) -> str | None:
    heads = sum(1 for line in page.lines if _CLOCK.match(line))
    if heads >= POSTS:
        return f"{heads} posts under clock times"
    if page.tree is None:
        return None
    marked = page.tree.xpath(
        "count(//*[contains(@class,'liveblog') or contains(@class,'live-blog') or contains(@class,'liveticker')]"
        "[self::article or self::li or self::section or self::div][.//time])"
    )
    return f"{marked:.0f} marked posts" if isinstance(marked, float) and marked >= MANY_POSTS else None
