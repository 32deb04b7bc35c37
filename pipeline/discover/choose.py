"""Which of an outlet's feeds to collect from, and why each was taken or left out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.discover.find import Finding, FoundFeed
from pipeline.sources.registry import address_identity

STALE_AFTER = timedelta(days=60)
"""A feed without anything newer is given up, or of a yearly event."""
MIN_GAIN = 0.1
"""Of a feed's items, the share that the feeds taken before must lack: below, it only adds polls."""
MIN_PAGE_LINKS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """One feed, whether it is proposed, and why (not); `gain_count` is what it lists that no feed before it does."""

    feed: FoundFeed
    is_taken: bool
    why: str
    gain_count: int = 0


def choose(finding: Finding, now: datetime, known: dict[str, str]) -> list[Verdict]:
    """A verdict on every feed found: taken ones first, those that bring most in front.

    `known` gives the key of the source that has a feed already, by `address_identity`. Feeds come before sitemaps of
    news, those before sitemaps of the whole site, and the front page itself is the last resort.
    """
    choice = _Choice(now, known)
    for feed in sorted(finding.feeds, key=_order):
        choice.judge(feed)
    if finding.index_page is not None:
        choice.judge_page(finding.index_page)
    return sorted(choice.verdicts, key=lambda verdict: not verdict.is_taken)


class _Choice:
    def __init__(self, now: datetime, known: dict[str, str]) -> None:
        self._now = now
        self._known = known
        self._taken: list[FoundFeed] = []
        self._owner: str | None = None  # a source that has a feed of this outlet already
        self.verdicts: list[Verdict] = []

    def judge(self, feed: FoundFeed) -> None:
        reason = self._against(feed)
        gain = self._gain(feed)
        if reason is None:
            self._taken.append(feed)
            self.verdicts.append(Verdict(feed, True, _for(feed, gain, is_first=len(self._taken) == 1), gain))
        else:
            self.verdicts.append(Verdict(feed, False, reason, gain))

    def judge_page(self, page: FoundFeed) -> None:
        count = page.probe.item_count
        if not page.probe.is_working or count < MIN_PAGE_LINKS:
            why = f"too few links of the page look like articles ({count})" if page.probe.is_working else _broken(page)
            self.verdicts.append(Verdict(page, False, why))
        elif self._taken:
            self.verdicts.append(Verdict(page, False, "feeds tell more, and cost the outlet less", self._gain(page)))
        elif key := self._known.get(address_identity(page.url)):
            self.verdicts.append(Verdict(page, False, f"source {key} reads it already"))
        elif self._owner is not None:
            self.verdicts.append(Verdict(page, False, f"source {self._owner} has this outlet's feeds already"))
        else:
            why = f"no feed brings its news, but {count} links of the page look like articles"
            self.verdicts.append(Verdict(page, True, why, count))

    def _against(self, feed: FoundFeed) -> str | None:
        probe = feed.probe
        if key := self._known.get(address_identity(feed.url)):
            self._owner = key
            return f"source {key} has it already"
        if not probe.is_working:
            return _broken(feed)
        if _is_of_comments(feed):
            return "lists readers' comments"
        if probe.newest_at is not None and probe.newest_at < self._now - STALE_AFTER:
            return f"nothing new since {probe.newest_at:%-d %B %Y}"
        if self._taken and probe.own_count == 0:
            return "all its links lead to other sites"
        if feed.kind == "sitemap" and probe.dated_by is None:
            return "a sitemap without dates: it would bring every page of the site, however old"
        if feed.kind == "sitemap" and probe.dated_by == "modified" and self._taken:
            return "lists pages of every kind and age; the feeds bring the news among them"
        return self._inside(feed)

    def _inside(self, feed: FoundFeed) -> str | None:
        size = len(feed.probe.keys)
        for other in self._taken:
            if feed.probe.keys == other.probe.keys:
                return f"lists the same {size} items as {other.url}"
        gain = self._gain(feed)
        if not self._taken or gain >= max(1, MIN_GAIN * size):
            return None
        holder = max(self._taken, key=lambda other: len(other.probe.keys & feed.probe.keys))
        inside = len(holder.probe.keys & feed.probe.keys)
        if inside == size:
            return f"all its {size} items are in {holder.url}"
        return f"only {gain} of its {size} items are not in the feeds above"

    def _gain(self, feed: FoundFeed) -> int:
        seen: frozenset[str] = frozenset().union(*(other.probe.keys for other in self._taken))
        return len(feed.probe.keys - seen)


def _order(feed: FoundFeed) -> tuple[int, int, bool]:
    """Feeds, sitemaps of news, other sitemaps; of each the one given, then the longest, an index after its child."""
    rank = 0 if feed.kind != "sitemap" else 1 if feed.probe.dated_by == "published" else 2
    length = -feed.probe.item_count if feed.found_by != "given" else -10_000_000
    return rank, length, feed.probe.kind == "sitemap_index"


def _for(feed: FoundFeed, gain: int, *, is_first: bool) -> str:
    if feed.kind == "sitemap" and feed.probe.dated_by == "modified":
        return "the outlet has no feed that works; only addresses changed of late are collected"
    if feed.kind == "sitemap" and not is_first:
        return f"a sitemap of news; {_items(gain)} that the feeds above lack"
    if is_first:
        return "brings most" if feed.found_by != "given" else "the one you gave"
    return f"{_items(gain)} that the feeds above lack"


def _broken(feed: FoundFeed) -> str:
    return ": ".join(filter(None, (feed.probe.reason, feed.probe.detail))) or "lists nothing"


def _is_of_comments(feed: FoundFeed) -> bool:
    words = f"{feed.url} {feed.title or ''} {feed.facts.name or ''}".lower()
    return any(word in words for word in ("comment", "kommentar", "comentario", "commentaire", "commenti"))


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"
