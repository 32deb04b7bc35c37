"""Rules of identity and time that more than one stage needs, each in one place.

What a second look at an article means (`compare`), whose article an address is (`Outlets`), how long a text must be
before the same words mean the same article, and which pages a learnt habit is for (`in_force`). Nothing here touches
clock, network, files or database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.errors import Reason, Skip
from pipeline.records import Cause, SourceProfile, State
from pipeline.urls import host_of, normalize, registrable_domain

MIN_TEXT_WORDS = 50
"""Shorter texts ("Read the full story in our app") are the same in articles that are not."""

WORSE_SHARE = 0.3
"""A replacement with less than this share of the words is a stub of the article rather than an edit of it: editors
cut paragraphs, walls and broken templates cut bodies. Its bytes stay in the archive, its look is counted."""

PATTERN_DAYS = 90
"""A learnt line or suffix holds so long: once it is taken off, the texts no longer show whether it still stands on the
pages. Then it is learnt again, if it does. Outlets renew what they append with a season or a redesign."""

STORE, RETAG, END = "store", "retag", "end"
"""Values of `Resolution.action`."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article: what it says, the bytes it was read from, what read and tagged it, knowing what."""

    title: str | None
    text_sha256: str
    page_sha256: str
    fetched_at: datetime
    clean_maker: str  # digest
    tag_maker: str  # digest
    word_count: int
    is_paywalled: bool
    hints_digest: str  # of what was known of the outlet and can change text or title


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done with a version, and how its entry ends."""

    action: str  # store, retag or end
    state: State
    reason: Reason
    cause: Cause | None  # of the revision, when it is stored


_EMPTY = frozenset({Reason.EMPTY, Reason.TOO_SHORT, Reason.NOT_TEXT})
_NEW = Outcome(STORE, State.LOADED, Reason.STORED, Cause.NEW)
_SAME = Outcome(END, State.UNCHANGED, Reason.SAME_CONTENT, None)
_OLDER = Outcome(END, State.UNCHANGED, Reason.SUPERSEDED, None)
_WORSE = Outcome(END, State.UNCHANGED, Reason.WORSE_REPLACEMENT, None)
_RETAG = Outcome(RETAG, State.LOADED, Reason.REPROCESSED, None)
_REPROCESSED = Outcome(STORE, State.LOADED, Reason.REPROCESSED, Cause.REPROCESSED)
_EDITED = Outcome(STORE, State.LOADED, Reason.EDITED, Cause.PUBLISHER_EDIT)


def compare(seen: Version, known: Version | None) -> Outcome:
    """What the version just seen is to the article's current one.

    Only other words from a newer fetch, read by the same cleaning version that knew the same of the outlet, are a
    publisher's edit; other words from the same bytes, by another cleaning version or with other knowledge are ours.
    A page older than the current version never replaces it, nor does one that holds only a rest of it (`is_worse`).
    """
    if known is None:
        return _NEW
    same_words = (seen.text_sha256, seen.title) == (known.text_sha256, known.title)
    same_reading = (seen.clean_maker, seen.hints_digest) == (known.clean_maker, known.hints_digest)
    if same_words and same_reading and seen.tag_maker == known.tag_maker:
        return _SAME
    same_bytes = seen.page_sha256 == known.page_sha256
    if seen.fetched_at <= known.fetched_at and not same_bytes:
        return _OLDER
    if same_words:
        return _RETAG
    if not same_bytes and is_worse(seen, known):
        return _WORSE
    return _EDITED if same_reading and not same_bytes else _REPROCESSED


def is_worse(seen: Version, known: Version) -> bool:
    """True if what was seen is a rest of the known text: most words gone, or some gone behind a new paywall.

    A known text of under `MIN_TEXT_WORDS` may shrink as it likes: it is a news in brief, or was a stub itself.
    """
    if known.word_count < MIN_TEXT_WORDS:
        return False
    behind_new_wall = seen.is_paywalled and not known.is_paywalled and seen.word_count < known.word_count
    return behind_new_wall or seen.word_count < WORSE_SHARE * known.word_count


def replacement_refused(reason: Reason) -> Outcome:
    """How the look at a known article ends whose page was no article this time: what is stored stays.

    Without a text it is `empty_replacement`; a wall, an error page and the like are a `worse_replacement`.
    """
    return Outcome(
        END, State.UNCHANGED, Reason.EMPTY_REPLACEMENT if reason in _EMPTY else Reason.WORSE_REPLACEMENT, None
    )


def in_force(values: Sequence[str], since: Sequence[datetime], first_seen_at: datetime) -> frozenset[str]:
    """Those of an outlet's learnt lines (or suffixes) that hold for a page by when it was first seen.

    A page keeps the set it was first cleaned with, on every later look and in every replay: what was learnt after it
    was seen never touches it, so that a line we have learnt to drop is not taken for a line the publisher dropped.
    """
    known = zip(values, since, strict=True)
    return frozenset(v for v, at in known if at < first_seen_at <= at + timedelta(days=PATTERN_DAYS))


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
