"""Rules of identity and time that more than one stage needs, each in one place.

What a second look at an article means (`compare`), whose article an address is (`Outlets`), and how long a text
must be before the same words mean the same article. Nothing here touches clock, network, files or database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import Reason, Skip
from pipeline.records import Cause, SourceProfile, State
from pipeline.urls import host_of, normalize, registrable_domain

MIN_TEXT_WORDS = 50
"""Shorter texts ("Read the full story in our app") are the same in articles that are not."""

STORE, RETAG, END = "store", "retag", "end"
"""Values of `Resolution.action`."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article: what it says, the bytes it was read from, and what read and tagged it."""

    title: str | None
    text_sha256: str
    page_sha256: str
    fetched_at: datetime
    clean_maker: str  # digest
    tag_maker: str  # digest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done with a version, and how its entry ends."""

    action: str  # store, retag or end
    state: State
    reason: Reason
    cause: Cause | None  # of the revision, when it is stored


_NEW = Outcome(STORE, State.LOADED, Reason.STORED, Cause.NEW)
_SAME = Outcome(END, State.UNCHANGED, Reason.SAME_CONTENT, None)
_OLDER = Outcome(END, State.UNCHANGED, Reason.SUPERSEDED, None)
_RETAG = Outcome(RETAG, State.LOADED, Reason.REPROCESSED, None)
_REPROCESSED = Outcome(STORE, State.LOADED, Reason.REPROCESSED, Cause.REPROCESSED)
_EDITED = Outcome(STORE, State.LOADED, Reason.EDITED, Cause.PUBLISHER_EDIT)


def compare(seen: Version, known: Version | None) -> Outcome:
    """What the version just seen is to the article's current one.

    Only other words from a newer fetch, read by the same cleaning version, are a publisher's edit; other words
    from the same bytes or by another cleaning version are ours. A page older than the current version never
    replaces it.
    """
    if known is None:
        return _NEW
    same_words = (seen.text_sha256, seen.title) == (known.text_sha256, known.title)
    if same_words and (seen.clean_maker, seen.tag_maker) == (known.clean_maker, known.tag_maker):
        return _SAME
    same_bytes = seen.page_sha256 == known.page_sha256
    if seen.fetched_at <= known.fetched_at and not same_bytes:
        return _OLDER
    if same_words:
        return _RETAG
    return _REPROCESSED if same_bytes or seen.clean_maker != known.clean_maker else _EDITED


def final_address(listed_url: str, final_url: str) -> str:
    """The address the bytes came from, in normal form; the listed one if what the server named is no address."""
    try:
        return normalize(final_url)
    except Skip:
        return listed_url


def domain_of(url: str) -> str:
    """Registrable domain of an address; for a file of a drop folder, the folder's name."""
    return registrable_domain(host_of(url))


class Outlets:
    """Whose article an address is: the source whose domain published it, not the feed that listed it."""

    def __init__(self, profiles: Iterable[SourceProfile]) -> None:
        self._by_domain: dict[str, list[SourceProfile]] = {}
        for profile in sorted(profiles, key=lambda p: p.source_key):
            self._by_domain.setdefault(profile.domain, []).append(profile)

    def source_of(self, url: str, listed_by: str) -> str:
        """Key of the outlet. Where sources share a domain: the listing one, else the one whose front page is on
        the same host, else the first by key. An address on nobody's domain belongs to the source that listed it."""
        owners = self._by_domain.get(domain_of(url), [])
        if not owners or any(p.source_key == listed_by for p in owners):
            return listed_by
        host = host_of(url).removeprefix("www.")
        same_host = [p for p in owners if host_of(p.homepage).removeprefix("www.") == host]
        return (same_host or owners)[0].source_key
