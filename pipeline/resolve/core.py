"""The pure core: cleaned pages and what the warehouse knew in, one resolution per page out.

The result depends on the set of pages and on the frozen context only, not on batches or the order of rows.
Why the rules are as they are: docs/decisions/0007-identity-and-load.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline import urls
from pipeline.errors import Reason
from pipeline.identity import END, STORE, Outcome, Outlets, Version, compare, replacement_refused
from pipeline.records import KnownArticle, KnownText, Resolution, SourceProfile, State
from pipeline.resolve.canonical import believed_links, plausible_link
from pipeline.resolve.grouping import Group, group_pages
from pipeline.resolve.looks import Look
from pipeline.resolve.same_text import Holder, copies, holders_by_text, other_addresses

_SAME_ARTICLE = Outcome(END, State.DUPLICATE, Reason.SAME_ARTICLE, None)


@dataclass(frozen=True, slots=True)
class _Context:
    """What holds for all pages of one call."""

    known: Mapping[str, KnownArticle]  # by address key
    links: Mapping[int, str]  # believed canonical links, by entry id
    owners: Mapping[str, str]  # address key → key of the article it leads to, for addresses new to the warehouse
    outlets: Outlets
    clean_maker: str
    tag_maker: str


def resolve(
    looks: Sequence[Look],
    known: Iterable[KnownArticle],
    texts: Iterable[KnownText],
    profiles: Iterable[SourceProfile],
    *,
    clean_maker: str,
    tag_maker: str,
) -> list[Resolution]:
    """One resolution per page, ordered by entry id.

    `clean_maker` and `tag_maker` are the digests of the versions this run works with.
    """
    every = list(known)
    forbidden = {article.address_key for article in every if article.is_tombstoned}
    by_address = {article.address_key: article for article in every if not article.is_tombstoned}
    refusals = {look.entry_id: refusal for look in looks if (refusal := _refusal(look, forbidden)) is not None}
    fit = [look for look in looks if look.entry_id not in refusals]
    links = believed_links(fit, by_address)
    groups = group_pages(fit, by_address, links)
    holders = holders_by_text(groups, texts)
    merged = other_addresses(groups, holders)
    copy_of = copies(groups, holders, merged)
    owners = _owners(groups, merged, by_address, links)
    context = _Context(by_address, links, owners, Outlets(profiles), clean_maker, tag_maker)
    twins: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        if group.key in merged:
            twins[merged[group.key].key].append(group)

    found = [_refused(look, refusals[look.entry_id], context) for look in looks if look.entry_id in refusals]
    in_run = {group.key for group in groups}
    for group in groups:
        if group.key not in merged:
            found += _article(group, twins[group.key], copy_of.get(group.key), context)
        elif merged[group.key].key not in in_run:
            found += _another_address(group, merged[group.key], context)
    return sorted(found, key=lambda r: (r.entry_id, r.batch))


Refusal = tuple[State, Reason, str | None]


def _refusal(look: Look, forbidden: Set[str]) -> Refusal | None:
    """State, reason and detail of a page that is no article, or one that was taken down; None if it may be stored."""
    if forbidden and not forbidden.isdisjoint(_all_addresses(look)):
        return State.DROPPED, Reason.TAKEN_DOWN, "one of its addresses was taken down"
    if look.verdict != "ok":
        return State(look.verdict), Reason(look.verdict_reason or "no reason given"), look.verdict_detail
    # Outlets send readers of withdrawn articles to their front page; its text must not become an edit.
    if urlsplit(look.final_address).path == "/" and urlsplit(look.url).path != "/":
        return State.QUARANTINED, Reason.INDEX_PAGE, "redirected to the front page"
    return None


def _all_addresses(look: Look) -> Iterator[str]:
    """Keys of every address the page has or claims, believed or not."""
    yield urls.url_key(look.url)
    yield urls.url_key(look.final_address)
    if (link := plausible_link(look)) is not None:
        yield urls.url_key(link)


def _refused(look: Look, refusal: Refusal, context: _Context) -> Resolution:
    state, reason, detail = refusal
    final = look.final_address
    article = context.known.get(urls.url_key(final)) or context.known.get(urls.url_key(look.url))
    group = Group(
        article.url_key if article else urls.url_key(final), article.url if article else final, article, [look]
    )
    held = context.known.get(urls.url_key(look.url))
    if held is not None and not held.is_tombstoned:
        return _replacement_refused(look, held, context, reason, detail)
    return _row(look, group, Outcome(END, state, reason, None), context, detail=detail)


def _replacement_refused(
    look: Look, article: KnownArticle, context: _Context, reason: Reason, detail: str | None
) -> Resolution:
    """A known article's address that showed no article this time: what is stored stays, and is looked at again."""
    why = f"{reason.value}: {detail}" if detail else reason.value
    kept = f"{why}; revision {article.revision_no} of {article.fetched_at:%Y-%m-%d %H:%M} UTC stays"
    group = Group(article.url_key, article.url, article, [look])
    return _row(look, group, replacement_refused(reason), context, detail=kept)


def _article(group: Group, twins: Sequence[Group], copy_of: str | None, context: _Context) -> list[Resolution]:
    """The rows of one article: the page that stores it, and the other addresses it was met at."""
    storing = group.storing
    outcome = _outcome(group, storing, context)
    everywhere = [*group.looks, *(look for twin in twins for look in twin.looks)]
    detail = _what_was_worse(storing, group) if outcome.reason is Reason.WORSE_REPLACEMENT else None
    rows = [_row(storing, group, outcome, context, detail=detail, addresses_of=everywhere, copy_of=copy_of)]
    for look in everywhere:
        if look is not storing:
            how = "shares an address with" if look in group.looks else "has the text of"
            rows.append(_row(look, group, _SAME_ARTICLE, context, detail=f"{how} {storing.url}"))
    return rows


def _what_was_worse(look: Look, group: Group) -> str | None:
    known = group.known
    if known is None:
        return None
    wall = " behind a paywall" if look.is_paywalled and not known.is_paywalled else ""
    return f"{look.word_count} words{wall} instead of {known.word_count}; revision {known.revision_no} stays"


def _another_address(group: Group, holder: Holder, context: _Context) -> list[Resolution]:
    """Pages whose text the warehouse has from the same outlet, of an article that this run did not look at."""
    article = Group(holder.key, holder.url, None, group.looks)
    first, detail = group.looks[0], f"has the text of {holder.url}"
    rows = [_row(first, article, _SAME_ARTICLE, context, detail=detail, addresses_of=group.looks, holder=holder)]
    return rows + [
        _row(look, article, _SAME_ARTICLE, context, detail=detail, holder=holder) for look in group.looks[1:]
    ]


def _outcome(group: Group, storing: Look, context: _Context) -> Outcome:
    known = group.known
    seen = Version(
        title=storing.title,
        text_sha256=storing.text_sha256,
        page_sha256=storing.page_sha256,
        fetched_at=storing.fetched_at,
        clean_maker=context.clean_maker,
        tag_maker=context.tag_maker,
        word_count=storing.word_count,
        is_paywalled=storing.is_paywalled,
        hints_digest=storing.hints_digest,
    )
    if known is None:
        return compare(seen, None)
    current = Version(
        title=known.title,
        text_sha256=known.text_sha256,
        page_sha256=known.page_sha256,
        fetched_at=known.fetched_at,
        clean_maker=known.clean_maker,
        tag_maker=known.tag_maker,
        word_count=known.word_count,
        is_paywalled=known.is_paywalled,
        hints_digest=known.hints_digest,
    )
    return compare(seen, current)


def _row(
    look: Look,
    group: Group,
    outcome: Outcome,
    context: _Context,
    *,
    detail: str | None = None,
    addresses_of: Sequence[Look] = (),
    copy_of: str | None = None,
    holder: Holder | None = None,
) -> Resolution:
    addresses = {
        key: found
        for key, found in _addresses(addresses_of, context.links).items()
        if context.owners.get(key) == group.key
    }
    known_revision = group.known.revision_no if group.known else 0
    return Resolution(
        entry_id=look.entry_id,
        batch=look.batch,
        article_key=group.key,
        first_seen_at=holder.first_seen_at if holder else group.first_seen_at,
        action=outcome.action,
        state=outcome.state,
        reason=outcome.reason,
        detail=detail,
        cause=outcome.cause,
        revision_no=known_revision + 1 if outcome.action == STORE else known_revision or None,
        address_urls=tuple(url for url, _ in addresses.values()),
        address_kinds=tuple(kind for _, kind in addresses.values()),
        copy_of_key=copy_of if outcome.action != END else None,
        article_url=group.url,
        source_key=group.known.source_key
        if group.known
        else context.outlets.source_of(group.url, group.looks[0].source_key),
    )


def _owners(
    groups: Sequence[Group], merged: Mapping[str, Holder], known: Mapping[str, KnownArticle], links: Mapping[int, str]
) -> dict[str, str]:
    """The article each new address leads to. Where pages of two articles show one, it is the earlier's."""
    owners: dict[str, str] = {}
    for group in sorted(groups, key=lambda g: (g.known is None, g.rank)):
        article_key = merged[group.key].key if group.key in merged else group.key
        for key in _addresses(group.looks, links):
            if key not in known:
                owners.setdefault(key, article_key)
    return owners


def _addresses(looks: Sequence[Look], links: Mapping[int, str]) -> dict[str, tuple[str, str]]:
    """Address key → address and kind, of all addresses of these pages."""
    found: dict[str, tuple[str, str]] = {}
    for look in looks:
        found.setdefault(urls.url_key(look.url), (look.url, "listed"))
    for look in looks:
        found.setdefault(urls.url_key(look.final_address), (look.final_address, "final"))
    for look in looks:
        if (link := links.get(look.entry_id)) is not None:
            found.setdefault(urls.url_key(link), (link, "canonical"))
    return found
