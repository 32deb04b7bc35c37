"""Pages into articles: which pages of a run, and which articles of the warehouse, share an address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline import urls
from pipeline.records import KnownArticle
from pipeline.resolve.looks import Look


@dataclass(slots=True)
class Group:
    """One article of the run: its pages, and what the warehouse knows of it."""

    key: str  # url_key of the article
    url: str
    known: KnownArticle | None
    looks: list[Look] = field(default_factory=list)

    @property
    def first_seen_at(self) -> datetime:
        """The article's: the warehouse's, else that of its earliest page."""
        return self.known.first_seen_at if self.known else min(look.first_seen_at for look in self.looks)

    @property
    def rank(self) -> tuple[datetime, str]:
        """Which of two articles came first."""
        return (self.first_seen_at, self.key)

    @property
    def storing(self) -> Look:
        """The page whose content is the article's.

        If pages of one article differ in their text, the page at the article's own address is right (a print or
        AMP page is not), then the newest fetch. Of the pages with that text, the earliest stores.
        """
        best = min(
            self.looks, key=lambda k: (urls.url_key(k.final_address) != self.key, -k.fetched_at.timestamp(), k.order)
        )
        return min((k for k in self.looks if k.text_sha256 == best.text_sha256), key=lambda k: k.order)


def group_pages(looks: Sequence[Look], known: Mapping[str, KnownArticle], links: Mapping[int, str]) -> list[Group]:
    """One group per article, ordered by key.

    A page belongs to the article known at its final address; else to the earliest article known at any address
    it shares with others (listed, believed canonical), so identity survives a new URL; else to a new article,
    whose key is the believed canonical link or the final address.
    """
    sets = _AddressSets()
    for look in looks:
        _join_addresses(sets, look, known, links.get(look.entry_id))
    components: dict[str, list[Look]] = defaultdict(list)
    for look in sorted(looks, key=lambda k: k.order):
        components[sets.root(_node(urls.url_key(look.final_address), known))].append(look)
    articles = {article.url_key: article for article in known.values()}
    held = _articles_by_component(sets, articles)
    groups: dict[str, Group] = {}
    for root, members in components.items():
        new_key, new_url = _new_identity(members, links)
        for look in members:
            at_final = known.get(urls.url_key(look.final_address))
            article = at_final or held.get(root)
            key, url = (article.url_key, article.url) if article else (new_key, new_url)
            groups.setdefault(key, Group(key, url, article)).looks.append(look)
    return [groups[key] for key in sorted(groups)]


def _join_addresses(sets: _AddressSets, look: Look, known: Mapping[str, KnownArticle], link: str | None) -> None:
    """The page's addresses lead to one article, unless the warehouse says that they lead to two."""
    final_key, listed_key = urls.url_key(look.final_address), urls.url_key(look.url)
    own = known.get(final_key)
    _join(sets, final_key, listed_key, own, known)
    if link is not None:
        _join(sets, final_key, urls.url_key(link), own or known.get(listed_key), known)


def _join(
    sets: _AddressSets, final_key: str, other_key: str, own: KnownArticle | None, known: Mapping[str, KnownArticle]
) -> None:
    other = known.get(other_key)
    if own is None or other is None or own.url_key == other.url_key:
        sets.join(_node(final_key, known), _node(other_key, known))


def _node(address_key: str, known: Mapping[str, KnownArticle]) -> str:
    """All addresses of a known article are one node."""
    article = known.get(address_key)
    return f"article {article.url_key}" if article else address_key


def _articles_by_component(sets: _AddressSets, articles: Mapping[str, KnownArticle]) -> dict[str, KnownArticle]:
    """The earliest known article of each connected set of addresses."""
    held: dict[str, KnownArticle] = {}
    for article in sorted(articles.values(), key=lambda a: (a.first_seen_at, a.url_key)):
        node = f"article {article.url_key}"
        if node in sets:
            held.setdefault(sets.root(node), article)
    return held


def _new_identity(members: Sequence[Look], links: Mapping[int, str]) -> tuple[str, str]:
    """Key and address of an article never seen before."""
    first = min(members, key=lambda k: (k.entry_id not in links, k.order))
    url = links.get(first.entry_id) or first.final_address
    return urls.url_key(url), url


class _AddressSets:
    """Disjoint sets of addresses (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def __contains__(self, node: str) -> bool:
        return node in self._parent

    def root(self, node: str) -> str:
        self._parent.setdefault(node, node)
        path = list(self._upwards(node))
        for step in path:
            self._parent[step] = path[-1]
        return path[-1]

    def join(self, one: str, other: str) -> None:
        """Put both in one set. The smaller name becomes the root, so the order of joins does not matter."""
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first

    def _upwards(self, node: str) -> Iterator[str]:
        yield node
        while self._parent[node] != node:
            node = self._parent[node]
            yield node
