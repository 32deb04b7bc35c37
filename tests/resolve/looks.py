"""Short forms for what resolve reads; everything not named is an ordinary article of 20 November 2026."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.identity import domain_of
from pipeline.records import KnownArticle, KnownText, Resolution, SourceProfile
from pipeline.resolve import resolve
from pipeline.resolve.looks import Look
from pipeline.urls import url_key

SEEN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
FETCHED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC) + timedelta(days=1)
CLEAN, TAG = "clean-1", "tag-1"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def look(entry_id: int, url: str, text: str | None = None, **given: Any) -> Look:
    text = text if text is not None else f"text of {url}"
    fields: dict[str, Any] = {
        "batch": "000",
        "entry_id": entry_id,
        "url": url,
        "final_url": url,
        "source_key": "tribune",
        "first_seen_at": SEEN + timedelta(minutes=entry_id),
        "fetched_at": FETCHED + timedelta(seconds=entry_id),
        "page_sha256": sha(f"page {url} {text}"),
        "canonical_url": None,
        "title": f"Headline over {text}",
        "text_sha256": sha(text),
        "word_count": 300,
        "is_paywalled": False,
        "hints_digest": "nothing learnt",
        "verdict": "ok",
        "verdict_reason": None,
        "verdict_detail": None,
    }
    return Look(**(fields | given))


def known(url: str, text: str, *, address: str | None = None, **given: Any) -> KnownArticle:
    fields: dict[str, Any] = {
        "url_key": url_key(url),
        "address_key": url_key(address or url),
        "source_key": "tribune",
        "first_seen_at": SEEN - timedelta(days=2),
        "revision_no": 1,
        "title": f"Headline over {text}",
        "text_sha256": sha(text),
        "page_sha256": sha(f"older page {url} {text}"),
        "fetched_at": FETCHED - timedelta(days=2),
        "clean_maker": CLEAN,
        "tag_maker": TAG,
        "is_tombstoned": False,
        "url": url,
        "word_count": 300,
        "is_paywalled": False,
        "hints_digest": "nothing learnt",
    }
    return KnownArticle(**(fields | given))


def known_text(url: str, text: str, first_seen_at: datetime = SEEN - timedelta(days=2)) -> KnownText:
    return KnownText(sha(text), domain_of(url), url_key(url), url, first_seen_at)


def profile(source_key: str, homepage: str) -> SourceProfile:
    return SourceProfile(
        source_key, source_key.title(), homepage, "GB", "en", "Europe/London", 420, 900, domain_of(homepage)
    )


PROFILES = [profile("courier", "https://www.courier.example/"), profile("tribune", "https://tribune.example/")]


def resolved(
    looks: list[Look], articles: list[KnownArticle] | None = None, texts: list[KnownText] | None = None
) -> dict[int, Resolution]:
    """Resolutions by entry id."""
    rows = resolve(looks, articles or [], texts or [], PROFILES, clean_maker=CLEAN, tag_maker=TAG)
    return {row.entry_id: row for row in rows}
