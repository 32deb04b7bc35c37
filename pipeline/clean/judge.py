"""Whether what was read is an article: quality from 0 to 1, named reasons, and the verdict.

What speaks against a page is found by walls.py (paywalls, consent, errors), listings.py (indexes, galleries),
machine_text.py (boilerplate, damaged letters) and here (cut-off and short texts), and weighed here.
benchmarks/judgement.py measures it on labelled pages.
"""

from __future__ import annotations

import re

from pipeline.clean import linked_data, listings, machine_text, walls
from pipeline.clean.content import OK, QUARANTINED, Judgement
from pipeline.clean.evidence import Evidence
from pipeline.clean.finding import Finding
from pipeline.clean.kinds import Kinds
from pipeline.clean.phrases import garbage
from pipeline.clean.quality import base_quality
from pipeline.clean.walls import STUB_WORDS
from pipeline.errors import Reason
from pipeline.folding import fold_words

SHORT_WORDS = 20
"""Under this there is no article: the shortest gold text of 574 real pages has 53 words. Nearly all of
them are English; lower, because briefs are shorter and some languages say the same in fewer words (not measured)."""
BRIEF_WORDS = 80
"""Under this a text may still be a brief, but loses quality."""
SHORT_SHARE = 0.15
SHORT_FOR_SOURCE_WORDS = 100
"""Under this share of what the source usually writes, and under this many words, something is likely to be missing:
half of a paper's articles are longer than the median, and one in a hundred briefs is shorter than a seventh of it."""
_CUT_OFF = re.compile(r"(…|\.\.\.|\[…\]|\[\.\.\.\.\]|\(…\))\s*$")
_WEIGHT = {
    Reason.EMPTY: 1.0, Reason.ERROR_PAGE: 0.9, Reason.CONSENT_WALL: 0.9,
    Reason.INDEX_PAGE: 0.8, Reason.BOILERPLATE: 0.8, Reason.WRONG_CHARSET: 0.7, Reason.TOO_SHORT: 0.7,
    Reason.GALLERY: 0.6, Reason.PAYWALL: 0.6, Reason.TEASER: 0.6, Reason.SHORT_FOR_SOURCE: 0.5, Reason.LIVE_BLOG: 0.5,
}  # fmt: skip
"""What a reason takes from the quality where it holds in full."""
_QUARANTINE_FROM = 0.5
"""A reason quarantines from this strength on; below, it only lowers the quality."""
_QUARANTINED_QUALITY = 0.4
"""No page that is quarantined has more, so that a threshold on quality alone never lets one through."""


def judge(page: Evidence, kinds: Kinds, *, paywalled: str | None) -> Judgement:
    """Weigh the article's lines against everything that is known of the page.

    Quality is the base (quality.py) times `1 - weight × strength` of every finding.
    """
    if page.words == 0:
        asks = page.tree is not None and walls.page_asks_consent(page.tree)
        reason = Reason.CONSENT_WALL if asks else Reason.EMPTY
        found = walls.error_page(page) or Finding(reason, 1.0, "no text was found on the page")
        return _verdict([found], 0.0, kinds.notes())
    findings = [
        machine_text.damaged(page),
        walls.error_page(page),
        walls.consent_wall(page),
        listings.index_page(page),
        listings.gallery(page, kinds),
        machine_text.boilerplate(page),
        Finding(Reason.LIVE_BLOG, 0.3, kinds.live_blog) if kinds.live_blog else None,
        _cut_off(page, paywalled),
        _short(page),
        _short_for_source(page),
    ]
    said = (f"paywalled: {paywalled}",) if paywalled else ()
    return _verdict([f for f in findings if f], base_quality(page), (*said, *kinds.notes()))


def _verdict(findings: list[Finding], quality: float, said: tuple[str, ...]) -> Judgement:
    for finding in findings:
        quality *= 1 - _WEIGHT[finding.reason] * finding.strength
    ordered = sorted(findings, key=lambda f: -f.strength)
    fatal = next((f for f in ordered if f.strength >= _QUARANTINE_FROM), None)
    reasons = tuple(dict.fromkeys(f.reason.value for f in ordered))
    notes = tuple(dict.fromkeys((*(f"{f.reason.value}: {f.detail}" for f in ordered), *said)))
    if fatal is None:
        return Judgement(round(quality, 3), reasons, OK, None, None, notes)
    low = round(min(quality, _QUARANTINED_QUALITY), 3)
    return Judgement(low, reasons, QUARANTINED, fatal.reason.value, fatal.detail, notes)


def _cut_off(page: Evidence, paywalled: str | None) -> Finding | None:
    """A stub: behind a paywall, cut off at the end, pointing elsewhere, or only the page's summary."""
    words = page.words
    if words >= STUB_WORDS:
        return None
    if paywalled and not walls.is_whole(page):
        return Finding(Reason.PAYWALL, 0.9, f"behind a paywall ({paywalled}), {words} words in front of it")
    is_brief = words < BRIEF_WORDS
    last = fold_words(page.lines[-1])
    if any(last == p or last.endswith(f" {p}") for p in garbage()["continues"]) and len(last.split()) <= 12:
        return Finding(Reason.TEASER, 0.8 if is_brief else 0.4, f"{words} words, then {last!r}")
    ends_open = bool(_CUT_OFF.search(page.lines[-1]))
    if ends_open and is_brief:
        return Finding(Reason.TEASER, 0.8, f"{words} words, cut off in the middle")
    if is_brief and _is_only_summary(page):
        return Finding(Reason.TEASER, 0.6, f"the text is only the page's summary, {words} words")
    return Finding(Reason.TEASER, 0.3, f"{words} words, cut off at the end") if ends_open else None


def _is_only_summary(page: Evidence) -> bool:
    stated = page.facts.first("og:description", "description") or linked_data.string(
        page.facts.article.get("description")
    )
    summary = fold_words(stated or "")
    length = len(summary.split())
    return length >= 8 and len(page.folded.split()) <= 1.3 * length and summary[:60] in page.folded


def _short(page: Evidence) -> Finding | None:
    words = page.words
    if words < SHORT_WORDS:
        return Finding(Reason.TOO_SHORT, 0.8, f"{words} words, at least {SHORT_WORDS} are an article")
    if words < BRIEF_WORDS and not page.facts.is_article():
        return Finding(Reason.TOO_SHORT, 0.4 * (BRIEF_WORDS - words) / BRIEF_WORDS, f"{words} words")
    return None


def _short_for_source(page: Evidence) -> Finding | None:
    """Lowers the quality, never quarantines: every paper has its one-line briefs."""
    usual = page.hints.median_words
    if not usual or page.words >= min(SHORT_FOR_SOURCE_WORDS, SHORT_SHARE * usual):
        return None
    return Finding(Reason.SHORT_FOR_SOURCE, 0.4, f"{page.words} words where the source usually writes {usual}")
