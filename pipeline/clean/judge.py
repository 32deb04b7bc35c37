"""Whether what was read is an article: quality from 0 to 1, named reasons, and the verdict.

Thresholds are checked against 574 real article pages: none of their verdicts may be wrong by rule
(tests/clean/test_real_pages.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from lxml.html import HtmlElement
from ruamel.yaml import YAML

from pipeline.clean import linked_data
from pipeline.clean.charset import MAX_LOST_SHARE, lost_share
from pipeline.clean.content import OK, QUARANTINED, Judgement
from pipeline.clean.facts import PageFacts
from pipeline.clean.folding import fold_words
from pipeline.clean.lines import count_words, is_sentence
from pipeline.errors import Reason
from pipeline.urls import is_home_or_section

SHORT_WORDS = 20
"""Under this there is no article: the shortest gold text of 574 real pages has 53 words. Nearly all of
them are English; lower, because briefs are shorter and some languages say the same in fewer words (not measured)."""
BRIEF_WORDS = 80
"""Under this a text may still be a brief, but loses quality."""
STUB_WORDS = 170
"""What a paywall lets through: the first one to three paragraphs. A paywalled text longer than this is kept."""
ERROR_WORDS = 120
CONSENT_WORDS = 350
"""Error pages and consent walls are short; an article about cookies is longer than this."""
BOILERPLATE_WORDS = 250
_LOCKED = re.compile(r"locked|metered|premium|paid|subscri|abo\b|payant|plus", re.IGNORECASE)
_CUT_OFF = re.compile(r"(…|\.\.\.|\[…\]|\[\.\.\.\]|\(…\))\s*$")
_WEIGHT = {
    Reason.EMPTY: 1.0, Reason.NOT_TEXT: 1.0, Reason.ERROR_PAGE: 0.9, Reason.CONSENT_WALL: 0.9,
    Reason.INDEX_PAGE: 0.8, Reason.BOILERPLATE: 0.8, Reason.WRONG_CHARSET: 0.7, Reason.TOO_SHORT: 0.7,
    Reason.PAYWALL: 0.6, Reason.TEASER: 0.6,
}  # fmt: skip
"""What a reason takes from the quality where it holds in full."""
_QUARANTINE_FROM = 0.5
"""A reason quarantines from this strength on; below, it only lowers the quality."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, how strongly it holds (0 to 1), and what shows it."""

    reason: Reason
    strength: float
    detail: str


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[str, ...]]:
    raw = YAML(typ="safe").load(files("pipeline.clean").joinpath("garbage.yml").read_text(encoding="utf-8"))
    return {kind: tuple(sorted({fold_words(phrase) for phrase in phrases} - {""})) for kind, phrases in raw.items()}


def judge(
    lines: list[str],
    facts: PageFacts,
    tree: HtmlElement | None,
    title: str | None,
    *,
    paywalled: bool,
    url: str | None = None,
) -> Judgement:
    """Weigh the article's lines against everything that is known of the page."""
    words = sum(count_words(line) for line in lines)
    if words == 0:
        reason = Reason.CONSENT_WALL if tree is not None and _page_asks_consent(tree) else Reason.EMPTY
        found = _error(lines, words, facts, title) or Finding(reason, 1.0, "no text was found on the page")
        return _verdict([found], 0.0)
    folded = f" {fold_words(' '.join(lines))} "
    findings = [
        _damaged(lines),
        _error(lines, words, facts, title),
        _consent(folded, words),
        _section(url, facts) or _index(lines, words, facts, tree),
        _boilerplate(lines, words),
        _cut_off(lines, words, facts, folded, paywalled=paywalled),
        _short(words, facts),
    ]
    return _verdict([f for f in findings if f], _base_quality(lines, words, facts, title))


def is_paywalled(facts: PageFacts, lines: list[str], tree: HtmlElement | None) -> bool:
    """The page says that not everybody may read all of it: schema.org, content tier, or a lock with a short text."""
    if _is_locked_by_schema(facts):
        return True
    tier = facts.first(
        "article:content_tier",
        "content_tier",
        "og:article:content_tier",
        "og:content_tier",
        "paywall",
        "cxenseparse:paywall",
    )
    if tier and (_LOCKED.search(tier) or tier.lower() in ("true", "yes", "1")):
        return True
    if sum(count_words(line) for line in lines) >= STUB_WORDS:
        return False
    return _says(f" {fold_words(' '.join(lines))} ", "paywall") or (tree is not None and _has_wall(tree))


def _is_locked_by_schema(facts: PageFacts) -> bool:
    """schema.org isAccessibleForFree is false for the article or a part of it; related articles do not count."""
    parts = facts.article.get("hasPart")
    own = [facts.article, *(parts if isinstance(parts, list) else [parts])] if facts.article else facts.nodes
    flags = [node.get("isAccessibleForFree") for node in own if isinstance(node, dict)]
    return any(flag is False or str(flag).rpartition("/")[2].strip().lower() in ("false", "no") for flag in flags)


def _verdict(findings: list[Finding], quality: float) -> Judgement:
    for finding in findings:
        quality *= 1 - _WEIGHT.get(finding.reason, 0.5) * finding.strength
    ordered = sorted(findings, key=lambda f: -f.strength)
    fatal = next((f for f in ordered if f.strength >= _QUARANTINE_FROM), None)
    reasons = tuple(dict.fromkeys(f.reason.value for f in ordered))
    if fatal is None:
        return Judgement(round(quality, 3), reasons, OK, None, None)
    return Judgement(round(min(quality, 0.4), 3), reasons, QUARANTINED, fatal.reason.value, fatal.detail)


def _base_quality(lines: list[str], words: int, facts: PageFacts, title: str | None) -> float:
    """Length, prose rather than labels, a title, and a page that calls itself an article."""
    length = min(1.0, words / 200)
    prose = sum(count_words(line) for line in lines if is_sentence(line)) / words
    return 0.35 * length + 0.35 * prose + 0.15 * bool(title) + 0.15 * facts.is_article()


def _damaged(lines: list[str]) -> Finding | None:
    share = lost_share("".join(lines))
    if share <= MAX_LOST_SHARE / 10:
        return None
    return Finding(
        Reason.WRONG_CHARSET, min(1.0, share / (2 * MAX_LOST_SHARE)), f"{share:.1%} of the characters could not be read"
    )


def _error(lines: list[str], words: int, facts: PageFacts, title: str | None) -> Finding | None:
    if words > ERROR_WORDS:
        return None
    names = [fold_words(t) for t in (title, facts.title_tag, *facts.headings[:2]) if t]
    codes = [
        t
        for t in (title, facts.title_tag, *facts.headings[:2])
        if t and re.search(r"\b(40[0134]|410|429|50[0234])\b", t)
    ]
    titled = next((p for p in _phrases()["error_title"] for n in names if _leads(n, p)), None)
    said = next((p for p in _phrases()["error_text"] if f" {p} " in f" {fold_words(' '.join(lines))} "), None)
    if titled and (said or words <= 60 or codes):
        return Finding(Reason.ERROR_PAGE, 1.0, f"title says {titled!r}, {words} words")
    if said and words <= 60 and not facts.is_article():
        return Finding(Reason.ERROR_PAGE, 0.9, f"text says {said!r}, {words} words")
    if codes and words <= 60 and not facts.is_article():
        return Finding(Reason.ERROR_PAGE, 0.9, f"title {codes[0][:60]!r}, {words} words")
    return None


def _leads(name: str, phrase: str) -> bool:
    """The title is the phrase, or begins or ends with it; one-word phrases must be the whole title."""
    if " " not in phrase and phrase.isascii():
        return name == phrase
    return (
        name == phrase
        or name.startswith(f"{phrase} ")
        or name.endswith(f" {phrase}")
        or (not phrase.isascii() and phrase in name)
        or (f" {phrase} " in f" {name} " and len(name.split()) <= 8)
    )


def _consent(folded: str, words: int) -> Finding | None:
    if words > CONSENT_WORDS:
        return None
    hits = {p for p in _phrases()["consent"] if f" {p} " in folded or (not p.isascii() and p in folded)}
    density = sum(folded.count(p) for p in hits) / words
    if len(hits) >= 3 and density > 0.03:
        return Finding(Reason.CONSENT_WALL, 1.0, f"{len(hits)} consent phrases in {words} words")
    return None


def _page_asks_consent(tree: HtmlElement) -> bool:
    page = fold_words(
        " ".join(t for t in tree.itertext("p", "div", "span", "button", "h1", "h2") if isinstance(t, str))[:20_000]
    )
    return _consent(f" {page} ", min(max(1, len(page.split())), CONSENT_WORDS)) is not None


def _section(url: str | None, facts: PageFacts) -> Finding | None:
    """A home or section page by its address; one whose teasers are whole sentences looks like prose otherwise."""
    if url is None or facts.is_article() or not is_home_or_section(url):
        return None
    return Finding(Reason.INDEX_PAGE, 0.9, "a section's address, and the page does not call itself an article")


def _index(lines: list[str], words: int, facts: PageFacts, tree: HtmlElement | None) -> Finding | None:
    """Many lines, hardly a sentence among them, and a page that consists of links."""
    if len(lines) < 8:
        return None
    prose = sum(count_words(line) for line in lines if is_sentence(line) and count_words(line) >= 12) / words
    if prose > 0.35 or words / len(lines) > 25:
        return None
    linked = _linked_share(tree) if tree is not None else 0.0
    if linked < 0.5 or (facts.is_article() and prose > 0.1):
        return None
    return Finding(Reason.INDEX_PAGE, 0.9, f"{len(lines)} lines, {prose:.0%} prose, {linked:.0%} of the page is links")


def _linked_share(tree: HtmlElement) -> float:
    body = tree.find("body")
    if body is None:
        return 0.0
    total = sum(len(t.strip()) for t in body.itertext() if isinstance(t, str))
    scripts = sum(len(t) for e in body.iter("script", "style", "noscript") for t in e.itertext() if isinstance(t, str))
    linked = sum(len(t.strip()) for a in body.iter("a") for t in a.itertext() if isinstance(t, str))
    return linked / max(1, total - scripts)


def _boilerplate(lines: list[str], words: int) -> Finding | None:
    if words >= BOILERPLATE_WORDS:
        return None
    folded = [f" {fold_words(line)} " for line in lines]
    legal = [line for line in folded if any(f" {p} " in line for p in _phrases()["boilerplate"])]
    share = sum(len(line) for line in legal) / max(1, sum(map(len, folded)))
    if share > 0.6:
        return Finding(Reason.BOILERPLATE, 0.9, f"{share:.0%} of {words} words stand in legal or technical lines")
    return None


def _cut_off(lines: list[str], words: int, facts: PageFacts, folded: str, *, paywalled: bool) -> Finding | None:
    if words >= STUB_WORDS:
        return None
    if paywalled:
        return Finding(Reason.PAYWALL, 0.9, f"behind a paywall, {words} words in front of it")
    ends_open = bool(_CUT_OFF.search(lines[-1]))
    summary = fold_words(
        facts.first("og:description", "description") or linked_data.string(facts.article.get("description")) or ""
    )
    only_summary = (
        len(summary.split()) >= 8 and len(folded.split()) <= 1.3 * len(summary.split()) and summary[:60] in folded
    )
    if ends_open and words < BRIEF_WORDS:
        return Finding(Reason.TEASER, 0.8, f"{words} words, cut off in the middle")
    if only_summary and words < BRIEF_WORDS:
        return Finding(Reason.TEASER, 0.6, f"the text is only the page's summary, {words} words")
    return Finding(Reason.TEASER, 0.3, f"{words} words, cut off at the end") if ends_open else None


def _short(words: int, facts: PageFacts) -> Finding | None:
    if words < SHORT_WORDS:
        return Finding(Reason.TOO_SHORT, 0.8, f"{words} words, at least {SHORT_WORDS} are an article")
    if words < BRIEF_WORDS and not facts.is_article():
        return Finding(Reason.TOO_SHORT, 0.4 * (BRIEF_WORDS - words) / BRIEF_WORDS, f"{words} words")
    return None


def _says(folded: str, kind: str) -> bool:
    return any(f" {p} " in folded or (not p.isascii() and p in folded) for p in _phrases()[kind])


def _has_wall(tree: HtmlElement) -> bool:
    """An element that calls itself a paywall and shows something."""
    for element in tree.iter("div", "section", "aside", "form"):
        marks = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
        if re.search(
            r"(^|[\s_-])(paywall|regwall|subscription-wall|subscriber-only|piano-(offer|container)|tp-modal)([\s_-]|$)",
            marks,
        ):
            return sum(len(t.strip()) for t in element.itertext() if isinstance(t, str)) > 20
    return False
