"""How `mm clean` shows pages: as objects for programs, as text for a person, with a bar while one waits."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline.clean.cli.targets import Target
from pipeline.clean.content import PageContent
from pipeline.clean.explain_text import as_text, console
from pipeline.clean.explanation import Explanation
from pipeline.shown import for_terminal

_PROGRESS_AFTER_S = 2.0
Page = TypeVar("Page")


def as_object(target: Target, content: PageContent) -> dict[str, Any]:
    """What `--jsonl` prints; times in ISO 8601 on the page's own clock, with its offset."""
    published, judgement = content.published, content.judgement
    return {
        "id": target.id,
        "url": content.canonical_url if target.url is None else target.url,
        "title": content.title,
        "text": content.text,
        "authors": list(content.authors),
        "published_at": published.as_printed.isoformat() if published else None,
        "published_precision": published.precision if published else "none",
        "language": content.language,
        "quality": judgement.quality,
        "reasons": list(judgement.reasons),
        "is_paywalled": content.is_paywalled,
        "verdict": judgement.verdict,
        "verdict_reason": judgement.reason,
        "verdict_detail": judgement.detail,
        "canonical_url": content.canonical_url,
        "section": content.section,
        "tags": list(content.publisher_tags),
        "description": content.description,
        "image_url": content.image_url,
        "site_name": content.site_name,
        "word_count": content.word_count,
        "language_score": content.language_score,
        "published_method": published.method if published else None,
        "published_confidence": published.confidence if published else None,
        "title_method": content.title_method,
        "extractor": content.extractor,
        "charset": content.charset,
        "agency": content.agency,
        "is_live_blog": content.is_live_blog,
        "is_opinion": content.is_opinion,
        "is_sponsored": content.is_sponsored,
        "authors_method": content.authors_method,
        "section_method": content.section_method,
        "tags_method": content.tags_method,
        "extractor_reason": content.extractor_reason,
    }


def with_progress(pages: Iterable[Page], total: int) -> Iterator[Page]:
    """Pass pages on; a bar on standard error once it has taken two seconds, if somebody looks."""
    errors = Console(stderr=True)
    columns = (TextColumn("cleaning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    progress: Progress | None = None
    try:
        for done, page in enumerate(pages, 1):
            if progress is None and errors.is_terminal and time.monotonic() - started > _PROGRESS_AFTER_S:
                progress = Progress(*columns, console=errors, transient=True)
                progress.start()
                progress.add_task("", total=total)
            if progress is not None:
                progress.update(progress.task_ids[0], completed=done)
            yield page
    finally:
        if progress is not None:
            progress.stop()


def print_page(target: Target, content: PageContent) -> None:
    """For a person: title, one line of facts, one of judgement, the paragraphs."""
    out = Console()
    _print_head(out, target, content)
    for paragraph in content.text.split("\n"):
        out.print()
        out.print(Text(for_terminal(paragraph)))
    out.print()


def print_explanation(target: Target, content: PageContent, explanation: Explanation) -> None:
    """For a person: the same head, then where each field came from and what was dropped."""
    out = console()
    _print_head(out, target, content)
    out.print()
    out.print(as_text(explanation))
    out.print()


def _print_head(out: Console, target: Target, content: PageContent) -> None:
    published, judgement = content.published, content.judgement
    out.rule(Text(for_terminal(target.id), style="dim"), align="left")
    out.print(Text(for_terminal(content.title or "(no title)"), style="bold"))
    when = published.as_printed.isoformat(" ", "minutes") if published and published.precision != "day" else ""
    day = published.printed_on.isoformat() if published and not when else ""
    facts = [", ".join(content.authors), when or day, content.language or "", f"{content.word_count} words"]
    out.print(Text(for_terminal(" · ".join(f for f in facts if f)), style="dim"))
    verdict = f"{judgement.verdict}, quality {judgement.quality:.2f}"
    why = f": {', '.join(judgement.reasons)}" if judgement.reasons else ""
    detail = f" ({judgement.detail})" if judgement.detail else ""
    out.print(Text(for_terminal(f"{verdict}{why}{detail}"), style="green" if judgement.verdict == "ok" else "yellow"))
