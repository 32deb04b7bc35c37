"""What became of a feed that fails or moved: its new address, another feed in its place, or nothing to do yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from pipeline.discover.choose import choose
from pipeline.discover.find import FoundFeed, find_feeds
from pipeline.discover.index_page import LinkRule
from pipeline.discover.probe import Probe, probe
from pipeline.errors import Reason
from pipeline.http import Client
from pipeline.settings import Settings
from pipeline.sources.registry import address_identity
from pipeline.urls import host_of, registrable_domain

_LASTING = frozenset(
    {
        Reason.NOT_FOUND, Reason.GONE, Reason.NOT_A_FEED, Reason.BAD_REDIRECT, Reason.REDIRECT_LOOP,
        Reason.CLIENT_ERROR, Reason.BROKEN_FEED, Reason.UNSUPPORTED_TYPE,
    }
)  # fmt: skip
"""Troubles that waiting does not mend, so that another feed is looked for. A name that does not resolve any more and a
host that is down look alike for us: after `UNREACHABLE_DAYS` in a row a feed counts as gone too."""
UNREACHABLE_DAYS = 7


@dataclass(frozen=True, slots=True)
class AskedFeed:
    """One configured feed to look into, and what the warehouse knows of it."""

    url: str
    kind: str
    links: LinkRule | None = None
    moved_to: str | None = None  # as its polls saw
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found: `fine`, `moved` or `replaced` with the feed that should stand there, or `wait` or `lost`."""

    asked: AskedFeed
    verdict: str
    why: str
    probe: Probe
    url: str | None = None
    kind: str | None = None


async def diagnose(
    client: Client, feeds: Sequence[AskedFeed], homepage: str, now: datetime, settings: Settings
) -> list[Diagnosis]:
    """Look at feeds of one source now; those that are gone are looked for on its front page, once for all."""
    found = [await _look(client, feed, homepage, now, settings) for feed in feeds]
    lost = [diagnosis for diagnosis in found if diagnosis.verdict == "lost"]
    if not lost:
        return found
    configured = {address_identity(feed.url) for feed in feeds}
    offers = await _offers(client, homepage, now, settings, configured, [d.probe for d in found if d.probe.is_working])
    for place, diagnosis in enumerate(found):
        if diagnosis.verdict != "lost":
            continue
        offer = _nearest(diagnosis.asked, offers)
        if offer is not None:
            offers.remove(offer)
            found[place] = _replaced(diagnosis, offer)
    return found


async def _look(client: Client, feed: AskedFeed, homepage: str, now: datetime, settings: Settings) -> Diagnosis:
    seen = await probe(client, feed.url, homepage, now, settings, feed.links)
    moved_to = seen.moved_to
    if not seen.is_working and feed.moved_to is not None and feed.moved_to != moved_to:
        again = await probe(client, feed.moved_to, homepage, now, settings, feed.links)
        if again.is_working:
            seen, moved_to = again, again.moved_to or feed.moved_to
    if seen.is_working and moved_to is not None and moved_to != feed.url:
        return Diagnosis(feed, "moved", _moved(feed.url, moved_to), seen, moved_to, _kind(seen))
    if seen.is_working:
        return Diagnosis(feed, "fine", "works", seen)
    told = ": ".join(filter(None, (seen.reason, seen.detail))) or "lists nothing"
    if _is_lasting(seen, feed, now):
        return Diagnosis(feed, "lost", told, seen)
    return Diagnosis(feed, "wait", f"{told}; this may pass by itself", seen)


def _is_lasting(seen: Probe, feed: AskedFeed, now: datetime) -> bool:
    if seen.reason in _LASTING or (seen.reason is None and seen.item_count == 0):
        return True
    is_away = seen.reason in (Reason.UNREACHABLE, Reason.ROBOTS_UNAVAILABLE, Reason.TIMEOUT, Reason.TLS_ERROR)
    return is_away and feed.failing_since is not None and (now - feed.failing_since).days >= UNREACHABLE_DAYS


async def _offers(
    client: Client,
    homepage: str,
    now: datetime,
    settings: Settings,
    configured: Collection[str],
    working: Sequence[Probe],
) -> list[FoundFeed]:
    """Feeds the front page offers now that bring something the feeds that still work do not."""
    finding = await find_feeds(client, homepage, now, settings)
    known = dict.fromkeys(configured, "itself")
    seen: frozenset[str] = frozenset().union(*(probe.keys for probe in working))
    taken = [verdict.feed for verdict in choose(finding, now, known) if verdict.is_taken]
    return [feed for feed in taken if feed.probe.keys - seen]


def _nearest(lost: AskedFeed, offers: Sequence[FoundFeed]) -> FoundFeed | None:
    """The offer whose address reads most like the lost one; a sitemap for a sitemap, if there is choice."""

    def likeness(offer: FoundFeed) -> tuple[bool, float]:
        same_sort = (offer.kind == "sitemap") == (lost.kind == "sitemap")
        return same_sort, SequenceMatcher(None, lost.url, offer.url).ratio()

    return max(offers, key=likeness, default=None)


def _replaced(lost: Diagnosis, offer: FoundFeed) -> Diagnosis:
    why = f"{lost.why}; {offer.found_by}: {offer.kind} of {offer.probe.item_count} items"
    return Diagnosis(lost.asked, "replaced", why, offer.probe, offer.url, offer.kind)


def _moved(old: str, new: str) -> str:
    if registrable_domain(host_of(old)) != registrable_domain(host_of(new)):
        return f"moved for good, to another domain: look at {new} before you believe it"
    return "moved for good"


def _kind(seen: Probe) -> str | None:
    return "sitemap" if seen.kind == "sitemap_index" else seen.kind
