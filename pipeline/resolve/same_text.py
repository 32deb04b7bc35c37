"""The same text elsewhere: on the same domain it is another address of the article, on another one a copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.identity import MIN_TEXT_WORDS, domain_of
from pipeline.records import KnownText
from pipeline.resolve.grouping import Group


@dataclass(frozen=True, slots=True, order=True)
class Holder:
    """An article that has a certain text; sorts known before new, then by first sighting and key."""

    is_new: bool
    first_seen_at: datetime
    key: str
    domain: str
    url: str

    @property
    def rank(self) -> tuple[datetime, str]:
        """Which of two articles came first."""
        return (self.first_seen_at, self.key)


def holders_by_text(groups: Sequence[Group], texts: Iterable[KnownText]) -> dict[str, list[Holder]]:
    """Text hash → the articles that have it, of this run and of the last 30 days; each article once."""
    found: dict[str, dict[str, Holder]] = defaultdict(dict)
    for group in groups:
        if group.storing.word_count >= MIN_TEXT_WORDS:
            holder = Holder(group.known is None, group.first_seen_at, group.key, domain_of(group.url), group.url)
            found[group.storing.text_sha256][group.key] = holder
    for text in texts:
        if text.text_sha256 in found:
            holder = Holder(False, text.first_seen_at, text.url_key, text.domain, text.url)
            found[text.text_sha256].setdefault(text.url_key, holder)
    return {text: sorted(by_key.values()) for text, by_key in found.items()}


def other_addresses(groups: Sequence[Group], holders: Mapping[str, Sequence[Holder]]) -> dict[str, Holder]:
    """Key of each new article that is none of its own → the article of the same domain that has its text."""
    merged = {}
    for group in groups:
        domain = domain_of(group.url)
        same = [h for h in holders.get(group.storing.text_sha256, ()) if h.domain == domain]
        if group.known is None and same and same[0].key != group.key:
            merged[group.key] = same[0]
    return merged


def copies(
    groups: Sequence[Group], holders: Mapping[str, Sequence[Holder]], merged: Mapping[str, Holder]
) -> dict[str, str]:
    """Key of each article that is a copy → key of the earliest article of another domain with its text."""
    found = {}
    for group in groups:
        domain = domain_of(group.url)
        elsewhere = [
            h for h in holders.get(group.storing.text_sha256, ()) if h.domain != domain and h.key not in merged
        ]
        if elsewhere and (first := min(elsewhere, key=lambda h: h.rank)).rank < group.rank:
            found[group.key] = first.key
    return found
