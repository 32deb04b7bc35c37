"""Text that no journalist wrote: legal pages, cookie tables, unfilled templates, code, damaged letters."""

from __future__ import annotations

import re

from pipeline.clean.charset import MAX_LOST_SHARE, lost_share
from pipeline.clean.evidence import Evidence
from pipeline.clean.finding import Finding
from pipeline.clean.phrases import garbage, says
from pipeline.errors import Reason
from pipeline.folding import fold_words

BOILERPLATE_WORDS = 250
"""Legal and technical lines make a page only where the text is short; long ones may be about the law."""
BOILERPLATE_SHARE = 0.6
COOKIE_SHARE = 0.03
COOKIE_PHRASES = 5
"""So many different phrases of cookie notices, making so much of the text, are a cookie table; articles about cookies
use two or three of them, recipes one."""
_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,80}\}\}|\{%[^%\n]{1,80}%\}|<%[^%\n]{1,80}%>|\$\{[\w.]{1,40}\}|%%\w{2,40}%%|\[\[[A-Z_]{3,40}\]\]|"
    r"\[object Object\]|(?<!\w)%(?:\d+\$)?[sd](?!\w)|\bundefined undefined\b"
)
_SCRIPT = re.compile(
    r"\bfunction\s*\(|\bwindow\.\w|\bdocument\.\w|\"\s*:\s*[\[{\"]|\bvar \w+\s*=|=>\s*\{|\bgoogletag\b|;\s*\}|@media\b|"
    r"!important|\bconsole\.log\b"
)
SCRIPT_SHARE = 0.5
"""Of the characters, so many stand in lines that are code and no sentence: then the text is code. Articles about
programming hold code, too, but more prose."""
PLACEHOLDERS = 2
FILLER_PHRASES = 2
_FILLER = ("lorem ipsum", "dolor sit amet", "consectetur adipiscing", "sed do eiusmod", "ut labore et dolore")
_ODD_LATIN = re.compile(r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_MOJIBAKE = re.compile(
    r"[\u00c2\u00c3][\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf]|\u00e2\u20ac|\u00ef\u00bf\u00bd|"
    r"[\u00d0\u00d1][\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf\u0452-\u045f]|[\u00d8\u00d9][\u0080-\u009f\u00a1-\u00aa\u00ac-\u00ba]"
)
"""UTF-8 of Latin, Cyrillic and Arabic letters and of quotes, read byte by byte; not what can stand before a quote."""
_LOST_APOSTROPHE = re.compile(r"(?<=[a-z])\u00e2(?=(?:s|t|re|ve|ll|d|m)\b)")
"""`weâve`: the rest of the apostrophe's bytes are gone. Only in English; `când` and `grâce` are words."""
ODD_LATIN_SHARE = 0.5
"""Letters with accents among the letters of a text: French has 4 %, Icelandic 15 %, Cyrillic or Arabic read as
Latin nearly 100 %."""
MOJIBAKE_SHARE = 0.01
"""Of the letters, so many begin a pair that is another encoding's bytes."""


def damaged(page: Evidence) -> Finding | None:
    """Letters that were lost or read in the wrong encoding and could not be repaired."""
    text = "".join(page.lines)
    share = lost_share(text)
    if share > MAX_LOST_SHARE / 10:
        strength = min(1.0, share / (2 * MAX_LOST_SHARE))
        return Finding(Reason.WRONG_CHARSET, strength, f"{share:.1%} of the characters could not be read")
    if text.isascii():
        return None
    letters = sum(map(str.isalpha, text)) or 1
    odd = len(_ODD_LATIN.findall(text)) / letters
    if odd > ODD_LATIN_SHARE:
        return Finding(Reason.WRONG_CHARSET, 1.0, f"{odd:.0%} of the letters are accented Latin ones")
    pairs = len(_MOJIBAKE.findall(text))
    if (page.facts.html_language or "").startswith("en"):
        pairs += len(_LOST_APOSTROPHE.findall(text))
    if pairs >= 3:
        strength = min(1.0, 0.2 + pairs / letters / (2 * MOJIBAKE_SHARE))
        return Finding(Reason.WRONG_CHARSET, strength, f"{pairs} pairs of characters are bytes of another encoding")
    return None


def boilerplate(page: Evidence) -> Finding | None:
    """A legal page, a cookie table, an unfilled template, filler or code instead of an article."""
    return (
        _legal_page(page) or _unfilled(page) or _filler(page) or _script(page) or _cookies(page) or _legal_lines(page)
    )


def _legal_page(page: Evidence) -> Finding | None:
    """Terms, privacy, imprint, by its headline or the last step of its address; articles about such say they are."""
    if page.facts.article or "article:published_time" in page.facts.meta:
        return None
    whole = garbage()["legal_title"]
    titled = next(
        (t for t in map(fold_words, page.titles) if t in whole or any(t.endswith(f" {p}") for p in whole)), None
    )
    if titled and len(titled.split()) <= 8:
        return Finding(Reason.BOILERPLATE, 0.9, f"a legal page: {titled!r}")
    if page.steps[1:] and page.steps[-1] in whole:
        return Finding(Reason.BOILERPLATE, 0.9, f"a legal page's address: {page.steps[-1]!r}")
    return None


def _unfilled(page: Evidence) -> Finding | None:
    title = _PLACEHOLDER.search(page.title or "")
    lines = [line for line in _loose(page) if _PLACEHOLDER.search(line)]
    if title and page.words < BOILERPLATE_WORDS:
        return Finding(Reason.BOILERPLATE, 0.9, f"the title is an unfilled template: {title.group()!r}")
    if len(lines) >= PLACEHOLDERS:
        share = sum(map(len, lines)) / sum(map(len, page.lines))
        return Finding(Reason.BOILERPLATE, min(0.9, 0.2 + share), f"{len(lines)} lines hold unfilled templates")
    return None


def _loose(page: Evidence) -> list[str]:
    """Lines that are no prose."""
    return [line for line, (_, prose) in zip(page.lines, page.measured, strict=True) if not prose]


def _filler(page: Evidence) -> Finding | None:
    said = [p for p in _FILLER if f" {p} " in page.folded]
    if len(said) < FILLER_PHRASES:
        return None
    lines = [line for line in page.lines if any(p in fold_words(line) for p in _FILLER)]
    share = sum(map(len, lines)) / sum(map(len, page.lines))
    return Finding(Reason.BOILERPLATE, min(0.9, 0.3 + share), f"filler text: {said[0]!r}")


def _script(page: Evidence) -> Finding | None:
    lines = [line for line in _loose(page) if _SCRIPT.search(line)]
    share = sum(map(len, lines)) / max(1, sum(map(len, page.lines)))
    if share <= SCRIPT_SHARE:
        return None
    return Finding(Reason.BOILERPLATE, 0.9, f"{share:.0%} of the text is code")


def _cookies(page: Evidence) -> Finding | None:
    if " cookie" not in page.folded:
        return None
    hits = [p for p in garbage()["cookie_table"] if f" {p} " in page.folded]
    share = sum(page.folded.count(f" {p} ") for p in hits) / max(1, page.words)
    if len(hits) >= COOKIE_PHRASES and share >= COOKIE_SHARE:
        return Finding(Reason.BOILERPLATE, 0.8, f"a cookie table: {len(hits)} phrases make {share:.0%} of the text")
    return None


def _legal_lines(page: Evidence) -> Finding | None:
    if page.words >= BOILERPLATE_WORDS:
        return None
    folded = [f" {fold_words(line)} " for line in page.lines]
    legal = [line for line in folded if says(line, garbage()["boilerplate"])]
    share = sum(map(len, legal)) / max(1, sum(map(len, folded)))
    if share > BOILERPLATE_SHARE:
        detail = f"{share:.0%} of {page.words} words stand in legal or technical lines"
        return Finding(Reason.BOILERPLATE, 0.9, detail)
    return None
