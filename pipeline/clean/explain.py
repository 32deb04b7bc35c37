"""Explain one cleaned page: read it a second time and tell, for every field and block, what was found where.

Cleaning itself collects nothing of this, so that it costs a night no time.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.clean import body, titles
from pipeline.clean.charset import decode, repair_mojibake
from pipeline.clean.content import PageContent, PageHints
from pipeline.clean.explain_dates import explain_date
from pipeline.clean.explain_fields import (
    SeenPage,
    explain_addresses,
    explain_agency,
    explain_authors,
    explain_charset,
    explain_flags,
    explain_language,
    explain_section,
    explain_tags,
    explain_title,
)
from pipeline.clean.explain_pieces import final_pieces, plain_pieces
from pipeline.clean.explanation import CHOSEN, Candidate, Explanation, FieldExplanation, unexplained, verdict_field
from pipeline.clean.facts import read_facts
from pipeline.clean.page import parse, unpacked
from pipeline.clean.pieces import Piece
from pipeline.clean.plain_text import read_lines


def explain_page(
    html: bytes, content: PageContent, *, url: str | None = None, hints: PageHints | None = None
) -> Explanation:
    """Where `content`, which `clean_page` made of the same bytes and hints, comes from.

    The same input always gives the same explanation. Of bytes that are no page only the verdict is explained.
    """
    known = hints or PageHints()
    data = unpacked(html)
    if content.charset is None or data is None:
        return unexplained(content)
    decoded = decode(data, known.charset)
    charset = explain_charset(data, decoded, known.charset)
    if content.extractor == "plain_text":
        return _explain_plain(decoded.text, content, known, charset)
    tree = parse(decoded.text)
    if tree is None:
        return unexplained(content)
    stated = read_facts(tree, url)
    shown = titles.title_variants(stated, content.title, known.feed_title)
    taken = body.extract_body(tree, url, stated, shown).pieces  # takes consent dialogs out, as cleaning does
    page = SeenPage(tree, stated, url, known, content)
    pieces = final_pieces(taken, page.lines, shown, known.repeated_lines)
    fields = (
        verdict_field(content),
        explain_title(page),
        explain_authors(page),
        explain_agency(page),
        explain_date(tree, stated, url, known, content.language, content.published),
        explain_section(page),
        explain_tags(page),
        explain_language(stated.html_language, content, known),
        charset,
        *explain_addresses(page),
        _text(content, _with_left(content.extractor_reason, taken, pieces)),
        explain_flags(content),
    )
    return Explanation(fields, pieces)


def _explain_plain(text: str, content: PageContent, known: PageHints, charset: FieldExplanation) -> Explanation:
    title = FieldExplanation(
        "title", content.title, content.title_method, "the first line, if it has a headline's shape"
    )
    published = content.published
    date = FieldExplanation(
        "published",
        published.as_printed.isoformat(" ") if published else None,
        published.method if published else None,
        f"confidence {published.confidence:g}" if published else "a text without markup has the date of its feed only",
        (Candidate("feed", published.as_printed.isoformat(" "), CHOSEN),) if published else (),
    )
    fields = (
        verdict_field(content),
        title,
        date,
        explain_language(None, content, known),
        charset,
        _text(content, content.extractor_reason),
        explain_flags(content),
    )
    return Explanation(fields, _plain_pieces(text, content))


def _plain_pieces(text: str, content: PageContent) -> tuple[Piece, ...]:
    kept = content.text.split("\n") if content.text else []
    return plain_pieces(read_lines(repair_mojibake(text)), kept, content.title)


def _with_left(reason: str | None, taken: Sequence[Piece], pieces: Sequence[Piece]) -> str | None:
    """The reason, which counts the blocks before lines are taken off, with how many were left."""
    counted = f"{sum(piece.is_kept for piece in taken)} of {len(taken)} blocks"
    left = f"{sum(piece.is_kept for piece in pieces)} of them left after headline, residue and repeats"
    return reason.replace(counted, f"{counted} chosen, {left}", 1) if reason else None


def _text(content: PageContent, why: str | None) -> FieldExplanation:
    count = content.text.count("\n") + 1 if content.text else 0
    value = f"{content.word_count:,} words in {count:,} paragraph{'s' if count != 1 else ''}" if count else None
    return FieldExplanation("text", value, content.extractor, why)
