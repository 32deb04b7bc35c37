"""One batch of archived pages: cleaned in guarded workers, one row per page whatever happens to it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pipeline import frames
from pipeline.clean.archive import read_page
from pipeline.clean.content import PageContent, PageHints, unread
from pipeline.clean.protocol import Ask
from pipeline.clean.version import hints_digest
from pipeline.clean.workers import Workers
from pipeline.errors import Quarantine, Skip
from pipeline.identity import Outlets, final_address, in_force
from pipeline.log import event
from pipeline.records import ArchivedPage, CleanedPage, SourceProfile, StageCounts
from pipeline.settings import Settings, get_settings


def clean_batch(
    pages_uri: str, profiles_uri: str | None, out_uri: str, *, processes: int = 1, settings: Settings | None = None
) -> StageCounts:
    """Clean the `ArchivedPage` rows of `pages_uri` into `CleanedPage` rows of `out_uri`, in the same order.

    Every page gives a row; garbage, timeouts and crashes are rows with a verdict and a reason. Counts are by
    verdict reason, `ok` for what is fit to load. The same bytes and profiles give the same rows.
    """
    known = settings or get_settings()
    pages = frames.read_records(pages_uri, ArchivedPage)
    outlets = publishers(pages, frames.read_records(profiles_uri, SourceProfile) if profiles_uri else [])
    hints = [page_hints(page, profile) for page, profile in zip(pages, outlets, strict=True)]
    with Workers(processes, page_timeout_s=known.page_timeout_s, page_memory_mb=known.page_memory_mb) as workers:
        contents = workers.clean(_asks(pages, hints, known.max_page_bytes))
        rows = [_row(*of_page) for of_page in zip(pages, contents, hints, strict=True)]
    frames.write_records(out_uri, rows, CleanedPage)
    reasons = Counter(row.verdict_reason or row.verdict for row in rows)
    event("cleaned", pages=len(pages), **dict(sorted(reasons.items())))
    return StageCounts(rows_in=len(pages), rows_out=len(rows), reasons=dict(reasons))


def publishers(pages: Sequence[ArchivedPage], profiles: Sequence[SourceProfile]) -> list[SourceProfile | None]:
    """For each page, the profile of the outlet that published it, as `resolve` will name it by the address.

    A feed may list other outlets' articles: these have their own outlet's name, furniture and way of writing dates,
    not the feed's. Known articles are learnt from by that outlet, too.
    """
    outlets = Outlets(profiles)
    by_key = {profile.source_key: profile for profile in profiles}
    return [by_key.get(outlets.source_of(final_address(p.url, p.final_url), p.source_key)) for p in pages]


def _asks(pages: Sequence[ArchivedPage], hints: Sequence[PageHints], max_bytes: int) -> Iterator[Ask | PageContent]:
    """What the workers are to do; for a page that cannot be read from the archive, the outcome at once."""
    for page, known in zip(pages, hints, strict=True):
        try:
            body = read_page(page, max_bytes)
        except (Quarantine, Skip) as error:
            yield unread(error)
            continue
        yield Ask(body, page.final_url or page.url, known)


def page_hints(page: ArchivedPage, profile: SourceProfile | None) -> PageHints:
    """What the archive knows of a page, and what is known of the outlet that published it."""
    seen = page.first_seen_at
    return PageHints(
        content_type=page.content_type or _type_of_name(page.url),
        charset=page.charset,
        feed_title=page.feed_title,
        feed_published_at=page.feed_published_at,
        fetched_at=page.fetched_at,
        language=profile.language if profile else None,
        time_zone=profile.time_zone if profile else None,
        site_name=profile.name if profile else None,
        median_words=profile.median_words if profile else None,
        country=profile.country if profile else None,
        repeated_lines=in_force(profile.repeated_lines, profile.repeated_since, seen) if profile else frozenset(),
        title_suffixes=in_force(profile.title_suffixes, profile.suffixes_since, seen) if profile else frozenset(),
        date_order=profile.date_order if profile else None,
    )


def _type_of_name(url: str) -> str | None:
    return "text/plain" if urlsplit(url).path.lower().endswith(".txt") else None


def _row(page: ArchivedPage, content: PageContent, hints: PageHints) -> CleanedPage:
    verdict = content.judgement
    published = content.published
    return CleanedPage(
        entry_id=page.entry_id,
        page_id=page.page_id,
        url_key=page.url_key,
        url=page.url,
        final_url=page.final_url,
        source_key=page.source_key,
        inflow=page.inflow,
        first_seen_at=page.first_seen_at,
        fetched_at=page.fetched_at,
        page_sha256=page.sha256,
        canonical_url=content.canonical_url,
        title=content.title,
        text=content.text,
        text_sha256=hashlib.sha256(content.text.encode()).hexdigest(),
        word_count=content.word_count,
        authors=content.authors,
        section=content.section,
        publisher_tags=content.publisher_tags,
        description=content.description,
        image_url=content.image_url,
        language=content.language,
        language_score=content.language_score,
        published_at=published.at if published else None,
        published_precision=published.precision if published else "none",
        published_method=published.method if published else None,
        published_confidence=published.confidence if published else None,
        quality=verdict.quality,
        reasons=verdict.reasons,
        is_paywalled=content.is_paywalled,
        verdict=verdict.verdict,
        verdict_reason=verdict.reason,
        verdict_detail=verdict.detail,
        is_live_blog=content.is_live_blog,
        is_opinion=content.is_opinion,
        is_sponsored=content.is_sponsored,
        agency=content.agency,
        title_method=content.title_method,
        authors_method=content.authors_method,
        section_method=content.section_method,
        tags_method=content.tags_method,
        extractor=content.extractor,
        extractor_reason=content.extractor_reason,
        date_order=content.date_order,
        hints_digest=hints_digest(hints.site_name, hints.repeated_lines, hints.title_suffixes),
    )
