"""The publisher's section and tags: candidates with their method, most trusted first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.facts import PageFacts, outlet_names
from pipeline.clean.linked_data import Node, plain
from pipeline.folding import fold_name

_SECTION_META = (
    "article:section", "parsely-section", "og:article:section", "og:section", "sailthru.section", "section",
    "article.section", "cxenseparse:recs:category", "dc.subject", "cxenseparse:section", "itemprop:articlesection",
    "articlesection", "category", "rubrik", "mediator_theme",
)  # fmt: skip
_TAG_META = (
    "article:tag", "news_keywords", "parsely-tags", "sailthru.tags", "keywords", "article.tags", "cxenseparse:tags",
)  # fmt: skip
_BREADCRUMB = "|".join(
    f"//{tag}[contains(@class, 'readcrumb') or contains(@aria-label, 'readcrumb')"
    " or contains(@itemtype, 'BreadcrumbList')]"
    for tag in ("nav", "ol", "ul", "div")
)
_HOME = re.compile(
    r"(?:home(?: ?page)?|main(?: page)?|start(?:seite|page)?|index|front ?page|you are here|accueil|in[ií]cio|portada|"
    r"principal|news|latest(?: news)?|all news|nachrichten|noticias|not[ií]cias|actualités|articles?|blog|"
    r"hem|hjem|forside|etusivu|strona główna|hlavní strana|domov|početna|naslovna|naslovnica|acasă|ana ?sayfa|beranda|"
    r"utama|trang chủ|αρχική|главная|головна|начало|насловна|почетна|главная страница|новости|новини|"
    r"الرئيسية|الصفحة الرئيسية|صفحہ اول|صفحه اصلی|خانه|ראשי|דף הבית|होम|मुख्य पृष्ठ|হোম|প্রচ্ছদ|முகப்பு|หน้าแรก|"
    r"ホーム|トップ|top|首页|首頁|홈|더보기|uncategori[sz]ed|sans catégorie|sin categor[ií]a|sem categoria|allgemein|"
    r"senza categoria|без рубрики|غير مصنف|未分类|未分類|default|none|null|general|other|misc)",
    re.IGNORECASE,
)
_NO_SECTION_STEP = re.compile(
    r"(?:[a-z]{2}(?:[-_][a-z]{2,4})?|news|article|articles|artikel|artículo|articulo|artigo|articolo|story|stories|post|posts|"
    r"blog|blogs|amp|content|contents|node|p|archive|archives|archiv|index|view|read|detail|details|show|web|home|"
    r"video|videos|photo|photos|gallery|galleries|tag|tags|topic|topics|author|authors|category|categories|page|pages|"
    r"eng|rus|ara|arm|spa|fre|ger|ukr|arabic|english|resources|lists|learn|insights|entry|go|blogindex|library|"
    r"noticia|noticias|nachrichten|actualite|actualites|nyheter|nyheder|uutiset|wiadomosci|haber|haberler|berita|"
    r"newsroom|release|releases|press|media|item|id|media-releases|latest|live|all|public|site|www|mobile|print|"
    r"news-\w+|\w*\d\w*|.*\.\w{2,5}|.{31,})",
    re.IGNORECASE,
)
_SPLIT_TAGS = re.compile(r"[,;،、，؛|\n]+|\s#(?=\S)")
_MACHINE_TAG = re.compile(
    r"[a-z][\w-]*:\s?\S|[_@{]|https?:|\w+_\w+$|(?:author|type|section|channel|id)-\w", re.IGNORECASE
)
"""Keys for advertising and templates, not subjects: `displayType: article`, `author-ana-ruiz`, `channel_other`."""
_TAGS_XPATH = "//a[contains(concat(' ', normalize-space(@rel), ' '), ' tag ')]"
MAX_TAGS = 30
"""More keywords than this are stuffed for search engines; the first ones are what editors chose."""
MAX_TAG_CHARS = 60
MAX_SECTION_CHARS = 60
MAX_SECTION_WORDS = 6


@dataclass(frozen=True, slots=True)
class Section:
    """One section name, as printed, and where it stood: json_ld, meta, breadcrumb or url."""

    name: str | None
    method: str | None


@dataclass(frozen=True, slots=True)
class Tags:
    """Keywords in the publisher's order without repeats, and where they stood: json_ld, meta or rel_tag."""

    names: tuple[str, ...]
    method: str | None


def choose_section(
    tree: HtmlElement, facts: PageFacts, url: str | None, title: str | None, outlet: str | None = None
) -> Section:
    """The first candidate that is neither the title nor the outlet's name nor a word like Home or Uncategorized.

    The address is the last resort: its first step, if it is one or more words and leads to a deeper page.
    """
    unwanted = outlet_names(facts, url, outlet) | {fold_name(t) for t in (title, *facts.headings) if t}
    for method, name in section_candidates(tree, facts, url):
        if name.count(",") >= 2:
            name = name.split(",")[0].strip()
        if _is_section(name, unwanted):
            return Section(name, method)
    return Section(None, None)


def choose_tags(
    tree: HtmlElement, facts: PageFacts, url: str | None, section: str | None = None, outlet: str | None = None
) -> Tags:
    """The keywords of the first source that has any, without outlet and section; at most 30, of up to 60 characters."""
    unwanted = outlet_names(facts, url, outlet) | {fold_name(section or ""), ""}
    for method, raw in tag_candidates(tree, facts):
        unique: dict[str, str] = {}
        for text in raw:
            for part in _SPLIT_TAGS.split(text):
                tag = part.strip(" \t\"'“”#[]*·.")
                folded = fold_name(tag)
                if 1 < len(tag) <= MAX_TAG_CHARS and folded not in unwanted and not _MACHINE_TAG.match(tag):
                    unique.setdefault(folded, tag)
        if unique:
            return Tags(tuple(unique.values())[:MAX_TAGS], method)
    return Tags((), None)


def section_candidates(tree: HtmlElement, facts: PageFacts, url: str | None) -> Iterator[tuple[str, str]]:
    """Method and name of everything that may be the section, the most trusted first, unfiltered."""
    for name in linked_data.strings(facts.article.get("articleSection")):
        yield "json_ld", name
    for key in _SECTION_META:
        for name in facts.meta.get(key, ()):
            yield "meta", name
    for node in facts.nodes:
        if "BreadcrumbList" in linked_data.types(node):
            for name in breadcrumb(node):
                yield "breadcrumb", name
    for name in _printed_steps(tree):
        yield "breadcrumb", name
    step = _first_step(url or facts.canonical_href)
    if step:
        yield "url", step


def _is_section(name: str, unwanted: set[str]) -> bool:
    folded = fold_name(name)
    return (
        1 < len(name) <= MAX_SECTION_CHARS
        and len(name.split()) <= MAX_SECTION_WORDS
        and bool(folded)
        and not folded.isdigit()
        and folded not in unwanted
        and not _HOME.fullmatch(name.strip(" ›»/>«"))
        and not name.startswith(("http", "/", "{", "["))
        # A teaser of the headline is no section either.
        and not any(len(folded) > 15 and folded in other for other in unwanted)
    )


def breadcrumb(node: Node) -> list[str]:
    """The names of a BreadcrumbList's steps, in their order; steps that have only an address are left out."""
    items = node.get("itemListElement")
    listed = [item for item in (items if isinstance(items, list) else [items]) if isinstance(item, dict)]
    listed.sort(key=_position)
    names = [linked_data.string(i.get("name")) or linked_data.string(i.get("item")) for i in listed]
    return [name for name in names if name and not name.startswith("http")]


def _position(item: Node) -> float:
    try:
        return float(item.get("position") or 0)
    except (TypeError, ValueError):
        return 0.0


def _printed_steps(tree: HtmlElement) -> list[str]:
    """The links of the first breadcrumb that has any."""
    for element in tree.xpath(_BREADCRUMB)[:3]:
        names = [plain(" ".join(link.itertext())).strip(" ›»/>|") for link in element.iter("a")]
        if any(names):
            return [name for name in names if name]
    return []


def _first_step(url: str | None) -> str | None:
    """`https://valleypost.example/local-sport/rowers-win` → `local sport`."""
    try:
        steps = [unquote(step) for step in urlsplit(url or "").path.split("/") if step]
    except ValueError:
        return None
    for step in steps[:-1][:2]:
        if not _NO_SECTION_STEP.fullmatch(step):
            words = re.split(r"[-_+ ]+", step)
            is_wordlike = len(step) >= 3 and len(words) <= 3 and all(w.isalpha() for w in words if w)
            return " ".join(w for w in words if w) if is_wordlike else None
    return None


def tag_candidates(tree: HtmlElement, facts: PageFacts) -> Iterator[tuple[str, list[str]]]:
    """Method and texts of everything that may hold keywords, the most trusted first, unfiltered; some empty."""
    yield "json_ld", linked_data.strings(facts.article.get("keywords"))
    for key in _TAG_META:
        yield "meta", list(facts.meta.get(key, ()))
    links = tree.xpath(_TAGS_XPATH)[:60]
    yield "rel_tag", [plain(" ".join(link.itertext())) for link in links if "category" not in (link.get("rel") or "")]
