"""Dates that a reader of the page sees: where they stand, and whether they are of publication or of an update."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo

from lxml.html import HtmlElement

from pipeline.clean.date_text import MAX_CHARS, DateReading, read_date
from pipeline.clean.facts import PageFacts
from pipeline.clean.hidden import hides
from pipeline.clean.page_clock import is_same_day, on_clock_of
from pipeline.folding import fold_name

PUBLISHED, UPDATED = "published", "updated"
MAX_DATES = 60
"""Read per page; archives and live tickers print thousands, an article's own stands among the first."""
_MAX_HEADINGS = 40
_LAST_CHARS = 30_000
"""Behind this much text there are comments and other articles, which would only cost time."""
NEAR_CHARS = 1500
"""Between headline and date there may stand a summary and a caption, not an article."""
_ABOVE_CHARS = 250

_LIKELY = re.compile(r"\d(?:\d{3}|\s?[./-]\s?\d{1,2}\s?[./-]|\d?\s?[年년])")
_PUBLISHED_WORD = re.compile(
    r"publi|posted|pubdate|created|issued|released|veröff|erstellt|pubblic|gepubl|geplaatst|opublik|dodano|"
    r"опубл|создан|дата пуб|yayın|eklenme|giriş|oluştur|đăng|terbit|diterbit|tayang|julkaistu|publicerad|publisert|"
    r"udgivet|zveřej|vydán|megjelen|δημοσ|نشر|منتشر|انتشار|פורסם|प्रकाशित|প্রকাশ|شائع|発行|公開|掲載|配信|发布|發佈|發布|등록|입력|เผยแพร่",
    re.IGNORECASE,
)
_UPDATED_WORD = re.compile(
    r"updat|modif|revised|reviewed|edited|aktuali|aktualiz|actuali|mis[e]? à jour|aggiorn|bijgewerkt|gewijzigd|"
    r"atuali|обновл|измен|güncel|cập nhật|diperbar|päivitetty|uppdat|oppdat|opdat|frissít|atnauj|atjaun|ενημερ|"
    r"تحديث|بروز|به.?روز|עודכן|अपडेट|अद्यतन|আপডেট|হালনাগাদ|اپ ?ڈیٹ|更新|수정|업데이트|อัปเดต|ปรับปรุง",
    re.IGNORECASE,
)
_ROLE = re.compile(f"(?:{_PUBLISHED_WORD.pattern})|(?:{_UPDATED_WORD.pattern})", re.IGNORECASE)
_MARK = re.compile(
    r"date|time|publi|posted|byline|meta|dateline|submitted|created|fecha|datum|tarih|data(?![a-z-])|info|author|ngay",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"comment|related|sidebar|widget|footer|teaser|recommend|popular|most-?(?:read|view)|trending|latest|ticker|"
    r"promo|recirc|read-?(?:more|next)|copyright|calendar|weather|carousel|archive|bio\b|product|caption",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"(?:article|entry|post|story)[\w-]*(?:footer|meta|byline)|elementor-widget[\w-]*|byline|[\w-]*comments?-(?:above|count|link)",
    re.IGNORECASE,
)
"""Names of an article's own parts, which hold words of `_ELSEWHERE` (Elementor calls every part a widget)."""
_ELSEWHERE_TAGS = frozenset(("nav", "footer", "aside", "select", "figcaption", "blockquote", "code", "form"))
_ROOTS = ("html", "body")
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "head", "title", "textarea", "option"))
_STAMP_NAMES = ("datetime", "data-datetime", "data-date", "data-timestamp", "data-time", "data-published", "data-utime")
_STAMPS = frozenset((*_STAMP_NAMES, "itemprop", "title"))
_STAMP_TAGS = frozenset(("time", "abbr", "span", "div", "p", "relative-time", "time-ago", "a", "li", "small", "em"))


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date on the page, with what tells whether it is the article's."""

    reading: DateReading
    role: str | None  # published, updated; None where nothing says which
    method: str  # time_element (its machine-readable value) or text
    is_marked: bool  # by its element or the classes around it
    is_elsewhere: bool  # in a sidebar, a list of other articles, the comments, a footer
    distance: int  # characters of text from the headline to it; negative above the headline
    is_apart: bool  # nothing smaller than the page's body holds both it and the headline

    @property
    def is_near(self) -> bool:
        """It stands where a byline stands, and is no other article's."""
        return not self.is_elsewhere and -_ABOVE_CHARS <= self.distance <= NEAR_CHARS

    @property
    def rank(self) -> int:
        """Smaller is better: how far from the headline, and how little it is marked as the date of publication."""
        far = self.distance if self.distance >= 0 else 50 - 2 * self.distance
        return far + 300 * (not self.is_marked) - 400 * (self.role == PUBLISHED) + 4000 * (self.role == UPDATED)


def printed_dates(tree: HtmlElement, facts: PageFacts, zone: tzinfo, languages: tuple[str, ...]) -> list[PrintedDate]:
    """The first dates of the page, in page order; those within sentences are left out."""
    body = tree.find("body")
    root = tree if body is None else body
    headline = _headline(root, facts)
    around = {root} if headline is None else {headline, *headline.iterancestors()}
    found: list[PrintedDate] = []
    headline_at = 0
    for element, text, position in _candidates(root, headline):
        if element is headline and text is None:
            headline_at = position
        elif len(found) < MAX_DATES:
            for reading, role, method in _readings(element, text, zone, languages):
                found.append(_placed(element, reading, role, method, around, position))
    return [replace(printed, distance=printed.distance - headline_at) for printed in found]


def _candidates(root: HtmlElement, headline: HtmlElement | None) -> Iterator[tuple[HtmlElement, str | None, int]]:
    """Elements with a machine-readable value (no text), texts that may hold a date with the element they stand in,
    and the headline; each with the characters of text before it. One pass without a call per element, as every
    page goes through it."""
    position = 0
    likely = _LIKELY.search
    for element in root.iter():
        tag, text, tail = element.tag, element.text, element.tail
        if element is headline:
            yield element, None, position
        if isinstance(tag, str) and tag not in _UNSEEN:
            if tag in _STAMP_TAGS and element is not headline and not _STAMPS.isdisjoint(element.keys()):
                yield element, None, position
            if text:
                if 5 < len(text) < 400 and likely(text):
                    yield element, text, position
                position += len(text.strip())
        if tail:
            if 5 < len(tail) < 400 and likely(tail):
                yield element.getparent(), tail, position
            position += len(tail.strip())
        if position > _LAST_CHARS:
            return


def _headline(root: HtmlElement, facts: PageFacts) -> HtmlElement | None:
    """The longest heading that the head of the page confirms (the outlet's name is part of its title, too), else the
    first h1."""
    stated = [*facts.meta.get("og:title", ()), facts.title_tag, facts.article.get("headline")]
    titles = [fold_name(t) for t in stated if isinstance(t, str) and t]
    headings = [(e, name) for e in root.iter("h1", "h2") if (name := fold_name("".join(e.itertext())))][:_MAX_HEADINGS]
    shared = [(max((_shared(name, title) for title in titles), default=0), e) for e, name in headings]
    most = max((length for length, _ in shared), default=0)
    likely = [e for length, e in shared if length > 8 and length >= 0.6 * most]
    if likely:
        return min(likely, key=lambda e: e.tag)  # the first h1 among them, else the first h2
    return next((e for e, _ in headings if e.tag == "h1"), None)


def _shared(heading: str, title: str) -> int:
    """Length of the shorter, if the other one contains it."""
    return min(len(heading), len(title)) if heading in title or title in heading else 0


def _readings(
    element: HtmlElement, text: str | None, zone: tzinfo, languages: tuple[str, ...]
) -> Iterator[tuple[DateReading, str | None, str]]:
    """The dates of an element's machine-readable value, or of a text in it, with their roles and method."""
    if text is None:
        stamp = _stamp(element)
        reading = read_date(stamp, zone, languages) if stamp else None
        if reading and reading.precision != "month":
            yield _as_shown(element, reading, zone, languages), _role(element, ""), "time_element"
        return
    line = " ".join(text.split())
    if len(line) > MAX_CHARS:
        return
    parts = [(part, read_date(part, zone, languages)) for part in _by_role(line)]
    if not any(reading for _, reading in parts):
        joined = _joined(element, zone, languages)
        parts = [joined] if joined else []
    for part, reading in parts:
        if reading and _stands_alone(reading, part, element):
            yield reading, _role(element, part), "text"


def _as_shown(element: HtmlElement, stamp: DateReading, zone: tzinfo, languages: tuple[str, ...]) -> DateReading:
    """The machine-readable value on the day that readers see; only what they see, where the two cannot be the same
    (templates keep the day of their making in the value)."""
    text = " ".join(" ".join(element.itertext()).split()) if len(element) <= 4 else ""
    shown = read_date(text, zone, languages) if _LIKELY.search(text) else None
    if shown is None or shown.precision == "month":
        return stamp
    if shown.swapped and shown.day != stamp.day:
        shown = shown.in_other_order()
    return on_clock_of(stamp, shown, zone) if is_same_day(stamp, shown) else shown


def _stamp(element: HtmlElement) -> str | None:
    for name in _STAMP_NAMES:
        value = element.get(name)
        if value and any(c.isdigit() for c in value):
            return str(value)
    if element.tag == "abbr" or "date" in (element.get("itemprop") or "").lower():
        return str(element.get("content") or element.get("title") or "") or None
    return None


def _joined(element: HtmlElement, zone: tzinfo, languages: tuple[str, ...]) -> tuple[str, DateReading] | None:
    """A date whose parts stand apart (`23` `Nov` `2026`), with the text that gives it: the element's, else that of
    the one around it."""
    read = ((text, read_date(text, zone, languages)) for text in _short_texts(element))
    return next(((text, reading) for text, reading in read if reading), None)


def _short_texts(element: HtmlElement) -> Iterator[str]:
    """The text of the element and of the one around it, up to the first that is too long for a date line."""
    for holder in (element, element.getparent()):
        if holder is None or len(holder) > 8:
            return
        text = " ".join(" ".join(holder.itertext()).split())
        if len(text) > 60:
            return
        if len(text) >= 8:
            yield text


def _by_role(text: str) -> Iterator[str]:
    """`Posted 22 May 2026 | Updated 23 May 2026` in two, each part starting at the word for its role."""
    cuts = [match.start() for match in _ROLE.finditer(text)]
    starts = [0, *cuts[1:]] if cuts and cuts[0] < 20 else [0, *cuts]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if text[start:end]:
            yield text[start:end]


def _role(element: HtmlElement, text: str) -> str | None:
    """By the words beside the date, else by the names of the elements around it."""
    parent = element.getparent()
    before = element.getprevious()
    beside = text if _ROLE.search(text) else ""
    if not beside and before is not None and isinstance(before.tag, str) and len(before) < 3:
        beside = f"{''.join(before.itertext())[-40:]} {before.tail or ''}"
    if not _ROLE.search(beside) and parent is not None:
        beside = (parent.text or "")[-40:]
    names = " ".join(filter(None, (element.get("class"), element.get("itemprop"), element.get("id"))))
    outer = f"{parent.get('class') or ''} {parent.get('id') or ''}" if parent is not None else ""
    for words in (beside, names, outer):
        updated, published = _UPDATED_WORD.search(words), _PUBLISHED_WORD.search(words)
        if bool(updated) != bool(published):  # WordPress writes `entry-date published updated` for either
            return UPDATED if updated else PUBLISHED
    return None


def _stands_alone(reading: DateReading, text: str, holder: HtmlElement) -> bool:
    """The line is a date line, not a sentence with a date in it."""
    start, end = reading.span
    rest = sum(c.isalpha() for c in text[:start] + text[end:])
    if rest > (60 if _ROLE.search(text) or _MARK.search(holder.get("class") or "") else 28):
        return False
    paragraph = holder if holder.tag == "p" else next(holder.iterancestors("p"), None)
    return paragraph is None or len("".join(paragraph.itertext()).strip()) <= MAX_CHARS


def looks_like_a_date_line(element: HtmlElement) -> bool:
    """Its tag or its names say that it holds a date."""
    return element.tag == "time" or bool(_MARK.search(f"{element.get('class') or ''} {element.get('id') or ''}"))


def is_of_another_article(element: HtmlElement) -> bool:
    """It, or an element around it, is a sidebar, a list of other articles, the comments, a footer, or hidden."""
    return any(_is_elsewhere(outer) for outer in (element, *element.iterancestors()) if outer.tag not in _ROOTS)


def _placed(
    element: HtmlElement, reading: DateReading, role: str | None, method: str, around: set[HtmlElement], position: int
) -> PrintedDate:
    """Marks and places are looked for up to the smallest element that holds the headline as well."""
    is_marked, is_elsewhere, steps = False, False, 0
    outer: HtmlElement | None = element
    while outer is not None and outer not in around:
        is_marked = is_marked or (steps < 3 and looks_like_a_date_line(outer))
        is_elsewhere = is_elsewhere or _is_elsewhere(outer)
        steps += 1
        outer = outer.getparent()
    is_apart = outer is None or outer.tag in _ROOTS
    return PrintedDate(reading, role, method, is_marked, is_elsewhere, position, is_apart)


def _is_elsewhere(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('itemprop') or ''}"
    others, is_own = _OWN.subn("", names)
    is_other = element.tag in _ELSEWHERE_TAGS and not is_own
    return is_other or bool(_ELSEWHERE.search(others)) or hides(element)
