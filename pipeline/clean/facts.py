"""What a page states about itself: meta tags, links, headings, JSON-LD; read once, used by every field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from pipeline.clean import linked_data
from pipeline.clean.linked_data import Node, plain
from pipeline.folding import fold_name

_MAX_HEADINGS = 10
_DESCRIPTION = ("og:description", "description", "twitter:description", "dc.description")
_IMAGE = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The self-description of one page; texts are one line each, without entities."""

    meta: dict[str, tuple[str, ...]]  # by lower-cased name, property or itemprop, in page order
    title_tag: str | None
    headings: tuple[str, ...]  # h1, in page order, not empty
    nodes: tuple[Node, ...]  # JSON-LD
    article: Node  # the JSON-LD node of the article; {} if there is none
    canonical_href: str | None
    html_language: str | None
    base_url: str | None  # what relative links are relative to

    def first(self, *names: str) -> str | None:
        """The first filled meta tag among `names`, in the order of `names`."""
        return next((values[0] for name in names if (values := self.meta.get(name))), None)

    def is_article(self) -> bool:
        """The page says it is an article, by JSON-LD, og:type or article:published_time."""
        kind = (self.first("og:type") or "").lower()
        return bool(self.article) or "article" in kind or "article:published_time" in self.meta


NO_FACTS = PageFacts({}, None, (), (), {}, None, None, None)
"""Of a text that is no HTML page."""


def read_facts(tree: HtmlElement, url: str | None) -> PageFacts:
    """Collect the facts of a parsed page."""
    meta: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = plain(element.get("content") or "")
        if name and content:
            meta.setdefault(name.strip().lower(), []).append(content)
    title = next((t for e in tree.iter("title") if _in_head(e) and (t := _text(e))), None)
    headings = tuple(t for e in list(tree.iter("h1"))[:_MAX_HEADINGS] if (t := _text(e)))
    found = linked_data.nodes(tree)
    shown = [*headings, *meta.get("og:title", []), title or ""]
    base = next((e.get("href") for e in tree.iter("base") if e.get("href")), None)
    return PageFacts(
        meta={name: tuple(values) for name, values in meta.items()},
        title_tag=title,
        headings=headings,
        nodes=tuple(found),
        article=linked_data.article(found, shown),
        canonical_href=_canonical(tree),
        html_language=(tree.get("lang") or tree.get("xml:lang") or "").strip().lower() or None,
        base_url=joined(url, base) or url,
    )


def canonical_url(facts: PageFacts) -> str | None:
    """The address the page claims as its own: canonical link, else og:url, else JSON-LD; absolute or None."""
    claims = (joined(facts.base_url, claim) for _, claim in canonical_claims(facts))
    return next((absolute for absolute in claims if absolute), None)


def site_name(facts: PageFacts) -> str | None:
    """The outlet's name as the page gives it."""
    name = next((name for _, name in site_name_claims(facts)), None)
    return name.lstrip("@") if name else None


def description(facts: PageFacts) -> str | None:
    """The publisher's summary."""
    return next((text for _, text in description_claims(facts)), None)


def image_url(facts: PageFacts) -> str | None:
    """The lead image, absolute."""
    return joined(facts.base_url, next((link for _, link in image_claims(facts)), None))


def canonical_claims(facts: PageFacts) -> Iterator[tuple[str, str]]:
    """Where the address may stand, the most trusted first, and what stands there; the filled ones only.

    So, too, for the claims below.
    """
    yield from _filled(("link canonical", facts.canonical_href))
    yield from _metas(facts, "og:url")
    yield from _filled(("JSON-LD mainEntityOfPage", linked_data.link(facts.article.get("mainEntityOfPage"))))


def site_name_claims(facts: PageFacts) -> Iterator[tuple[str, str]]:
    """Where the outlet's name may stand."""
    yield from _metas(facts, "og:site_name", "application-name", "apple-mobile-web-app-title")
    yield from _filled(("JSON-LD publisher", linked_data.string(facts.article.get("publisher"))))


def description_claims(facts: PageFacts) -> Iterator[tuple[str, str]]:
    """Where the summary may stand."""
    yield from _metas(facts, *_DESCRIPTION)
    yield from _filled(("JSON-LD description", linked_data.string(facts.article.get("description"))))


def image_claims(facts: PageFacts) -> Iterator[tuple[str, str]]:
    """Where the lead image may stand."""
    yield from _metas(facts, *_IMAGE)
    yield from _filled(("JSON-LD image", linked_data.link(facts.article.get("image"))))


def _metas(facts: PageFacts, *names: str) -> Iterator[tuple[str, str]]:
    return ((f"meta {name}", values[0]) for name in names if (values := facts.meta.get(name)))


def _filled(claim: tuple[str, str | None]) -> Iterator[tuple[str, str]]:
    if claim[1]:
        yield claim[0], claim[1]


def outlet_names(facts: PageFacts, url: str | None, outlet: str | None) -> set[str]:
    """Folded names of the outlet: what page, source and publisher call it, its host and the host's labels."""
    names = {fold_name(n) for n in (site_name(facts), outlet, linked_data.string(facts.article.get("publisher"))) if n}
    address = url or facts.canonical_href or facts.first("og:url") or ""
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    labels = host.split(".")
    names |= {
        fold_name(host),
        fold_name(".".join(labels[-2:])),
        *(label.replace("-", "") for label in labels[:-1] if len(label) > 3),
    }
    return {n for n in names if n}


def _canonical(tree: HtmlElement) -> str | None:
    for element in tree.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split() and element.get("href"):
            return str(element.get("href")).strip()
    return None


def joined(base: str | None, link: str | None) -> str | None:
    """The address that a link on the page leads to; None if that is none of the web."""
    if not link:
        return None
    try:
        absolute = urljoin(base or "", link.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if parts.scheme in ("http", "https") and parts.hostname else None


def _in_head(element: HtmlElement) -> bool:
    return all(parent.tag != "svg" for parent in element.iterancestors())


def _text(element: HtmlElement) -> str:
    parts: list[str] = []
    for text in element.itertext():
        if isinstance(text, str):
            parts.append(text)
        if sum(map(len, parts)) > 1000:
            break
    return plain(" ".join(parts))
