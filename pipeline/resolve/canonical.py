"""Which canonical links are believed.

Publishers get `rel=canonical` wrong in known ways: every page points to the front page, to its section, to the
first article of the day, or to the agency the text came from. So a link is believed only on the same registrable
domain, when it is no page of links, and when all that claim to be that address look like one article: the same
text, or the same headline over a slightly different text (print and AMP pages).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pipeline import urls
from pipeline.errors import Skip
from pipeline.identity import domain_of
from pipeline.records import KnownArticle
from pipeline.resolve.looks import Look

Claim = tuple[str, str | None]
"""Text hash and folded headline of something that says it is the article at an address."""


def believed_links(looks: Sequence[Look], known: Mapping[str, KnownArticle]) -> dict[int, str]:
    """Entry id → canonical address in normal form, for the pages whose link is believed.

    `known` maps address keys to articles: what the warehouse holds at that address is a claim as well, so a page
    that is unlike it does not become its next revision.
    """
    links = {look.entry_id: link for look in looks if (link := plausible_link(look)) is not None}
    claims: dict[str, set[Claim]] = defaultdict(set)
    for look in looks:
        if look.entry_id in links:
            claims[urls.url_key(links[look.entry_id])].add(_claim(look.text_sha256, look.title))
        claims[urls.url_key(look.final_address)].add(_claim(look.text_sha256, look.title))
    for key, article in known.items():
        if key in claims:
            claims[key].add(_claim(article.text_sha256, article.title))
    return {entry_id: link for entry_id, link in links.items() if _one_article(claims[urls.url_key(link)])}


def plausible_link(look: Look) -> str | None:
    """The page's canonical link in normal form, if it is on the same registrable domain and no page of links."""
    if look.canonical_url is None:
        return None
    final = look.final_address
    try:
        link = urls.absolute(look.canonical_url, final)
    except Skip:
        return None
    if domain_of(link) != domain_of(final) or urls.is_home_or_section(link):
        return None
    return link


def _claim(text_sha256: str, title: str | None) -> Claim:
    return text_sha256, " ".join(title.casefold().split()) if title else None


def _one_article(claims: Iterable[Claim]) -> bool:
    texts, titles = {text for text, _ in claims}, {title for _, title in claims}
    return len(texts) == 1 or (len(titles) == 1 and None not in titles)
