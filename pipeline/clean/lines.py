"""From extracted text to the article's paragraphs: headline, byline and residue lines taken off.

Rules look at whole lines only, and the broad ones only near the ends, so that prose is never cut inside.
The words are data: residue.yml.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.clean.tables import load_table
from pipeline.folding import fold_name, fold_words

_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MARKUP = re.compile(
    r"</?(?:a|b|i|p|br|div|span|em|strong|blockquote|img|iframe|script|figure)\b[^<>]{0,500}>", re.IGNORECASE
)
_MARK_RUN = re.compile("([\u0300-\u036f]{30})[\u0300-\u036f]+")
"""Normalising takes time by the square of such a run; no script sets more than a few marks on a letter."""
_CODE = re.compile(r"""[{}\[\]<>;=\\"]""")
_SENTENCE_END = re.compile(r"""[.!?…。！？؟۔।][\s"'”’»)\]]*$""")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
_POINTER_MARK = re.compile(r"[:：|>»–—-]")
_QUOTES = ("“", "„", "«", '"', "‘", "»", "「")
_DIGITS = re.compile(r"\d+")

_BYLINE = re.compile(
    r"(by|von|par|por|di|da|door|av|af|przez|автор|текст|بقلم|کاتب|تحریر|oleh|yazan)[\s:]+\S.{1,110}", re.IGNORECASE
)
_CLOCK_END = re.compile(r"\b[ap]\.\s?m\.$", re.IGNORECASE)
_DATELINE_WORDS = re.compile(
    r"\b(published|updated|posted|modified|veröffentlicht|aktualisiert|stand|publié|mis à jour|publicado|actualizado|"
    r"atualizado|pubblicato|aggiornato|gepubliceerd|opublikowano|опубликовано|обновлено|نشر|تحديث|شائع|اپ ڈیٹ)\b",
    re.IGNORECASE,
)
_CLOCK_OR_DATE = re.compile(r"\d{1,2}[:.h]\d{2}|\b\d{4}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|[٠-٩۰-۹]{4}|\d{4}年")
EDGE_LINES = 10
"""How near the end broad rules reach: chosen by looking at real pages, not fitted."""
POINTER_WORDS = 30
_REPEAT_CHARS = 40
"""Links to other articles are one headline long; longer lines are prose that happens to begin alike."""


@dataclass(frozen=True, slots=True)
class Residue:
    """The tables of residue.yml, folded."""

    whole: frozenset[str]
    pointer: tuple[str, ...]
    edge: frozenset[str]
    edge_words: int  # of the longest
    block: frozenset[str]


@lru_cache(maxsize=1)
def residue() -> Residue:
    """Load the tables once per process."""
    raw = load_table("residue.yml")
    whole = frozenset(fold_words(line) for lines in raw["whole"].values() for line in lines)
    edge = frozenset(fold_words(line) for line in raw["edge"])
    return Residue(
        whole=whole,
        pointer=tuple(sorted({fold_words(line) for line in raw["pointer"]})),
        edge=edge,
        edge_words=max(len(start.split()) for start in edge),
        block=frozenset(fold_words(line) for line in raw["block"]),
    )


def tidy(text: str) -> list[str]:
    """Lines in NFC with single spaces, without control characters, markup and embedded data; none empty."""
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFC", _MARK_RUN.sub(r"\1", text)))
    lines = (_SPACES.sub(" ", _MARKUP.sub(" ", line) if "<" in line else line).strip() for line in bare.split("\n"))
    return [line for line in lines if any(ch.isalnum() for ch in line) and not _is_code(line)]


def article_lines(lines: list[str], titles: list[str], repeated: frozenset[str] = frozenset()) -> list[str]:
    """The body: without headline, byline and residue, and without a paragraph that stood before.

    `repeated` are lines, folded by `fold_words`, that the outlet sets under many of its articles.
    """
    return [line for line, why in sifted(lines, titles, repeated) if why is None]


def sifted(lines: list[str], titles: list[str], repeated: frozenset[str] = frozenset()) -> list[tuple[str, str | None]]:
    """Every line, and why it is not the article's; None for those that are."""
    reasons: list[str | None] = [None] * len(lines)
    left = list(range(len(lines)))
    for why, sieve in _sieves(titles, repeated):
        kept = sieve([lines[number] for number in left])
        still = _places(kept, [lines[number] for number in left])
        for place, number in enumerate(left):
            if place not in still:
                reasons[number] = why
        left = [number for place, number in enumerate(left) if place in still]
    return list(zip(lines, reasons, strict=True))


def _sieves(titles: list[str], repeated: frozenset[str]) -> list[tuple[str, Callable[[list[str]], list[str]]]]:
    return [
        ("headline, byline or date", lambda lines: _without_top(lines, titles)),
        ("a closing block of links", _without_blocks),
        ("residue", lambda lines: [line for line in lines if not _is_residue(line)]),
        (
            "repeated by this site",
            lambda lines: [line for line in lines if not (repeated and fold_words(line) in repeated)],
        ),
        ("residue at the ends", _without_edges),
        ("said before", _without_repeats),
    ]


def _places(kept: list[str], lines: list[str]) -> set[int]:
    """Where the kept lines stand; what a sieve gives is in the order of what it got."""
    found: set[int] = set()
    place = 0
    for line in kept:
        while lines[place] != line:
            place += 1
        found.add(place)
        place += 1
    return found


def first_headline(lines: list[str]) -> tuple[str | None, list[str]]:
    """Of plain text: the first line if it has the shape of a headline, and the lines after it."""
    if (
        lines
        and len(lines) > 1
        and count_words(lines[0]) <= 40
        and len(lines[0]) <= 250
        and not lines[0].endswith((".", "。", "۔"))
    ):
        return lines[0], lines[1:]
    return None, lines


def count_words(text: str) -> int:
    """Words of the text; in scripts without spaces, two characters count as one."""
    wide = len(_WIDE.findall(text))
    return len(_WORD.findall(_WIDE.sub(" ", text))) + wide // 2 if wide else len(_WORD.findall(text))


def is_sentence(line: str) -> bool:
    """Ends as sentences end; headlines, links and labels do not."""
    return bool(_SENTENCE_END.search(line))


def furniture(line: str, words: int) -> tuple[bool, bool, bool]:
    """Whether a line is residue wherever it stands, points to another article, or is residue near an end.

    The same rules as `article_lines` goes by, for those who weigh lines rather than drop them.
    """
    folded = fold_words(line)
    is_residue = folded in residue().whole or folded in residue().block or not (folded or _DIGITS.search(line))
    if words > POINTER_WORDS:
        return is_residue, False, False
    return is_residue, _points_elsewhere(line), _begins_as_edge(line, folded)


def _is_code(line: str) -> bool:
    return len(line) > 60 and len(_CODE.findall(line)) > 0.12 * len(line)


def _is_residue(line: str) -> bool:
    if len(line) > 400:
        return False
    folded = fold_words(line)
    if folded in residue().whole or (not folded and not _DIGITS.search(line)):
        return True
    return _points_elsewhere(line)


def _points_elsewhere(line: str) -> bool:
    if not _POINTER_MARK.search(line[:60]) or count_words(line) > POINTER_WORDS:
        return False
    head = fold_words(_POINTER_MARK.split(line.lstrip("-–—>» [("), maxsplit=1)[0])
    return head in residue().pointer


def _without_top(lines: list[str], titles: list[str]) -> list[str]:
    """Drop the headline and what stands above it, then byline, date and reading time."""
    start = 0
    wanted = {fold_name(t) for t in titles} - {""}
    for index, line in enumerate(lines[:4]):
        if _is_headline(fold_name(line), wanted):
            start = index + 1
        elif count_words(line) > 30:
            break
    rest = lines[start:]
    dropped = 0
    while dropped < 4 and len(rest) > 1 and _is_top_furniture(rest[0]):
        rest, dropped = rest[1:], dropped + 1
    # Below a standfirst they are not the first lines.
    rest = [n for index, n in enumerate(rest) if not (0 < index < 3 and (_is_byline(n) or _is_dateline(n)))] or rest
    return rest if rest else lines


def _is_byline(line: str) -> bool:
    """`Von Mira Tannhoff · Stand: 22. November`, `Por Ana Paz y Eva Tun | martes 17 de noviembre de 2026, 1:15 a.m.`"""
    most = 20 if _CLOCK_OR_DATE.search(line) else 14
    return count_words(line) <= most and not _closes(line) and bool(_BYLINE.fullmatch(line))


def _is_dateline(line: str) -> bool:
    """Hardly more than the time of publication or change."""
    if count_words(line) > 14 or _closes(line) or not _CLOCK_OR_DATE.search(line):
        return False
    return bool(_DATELINE_WORDS.search(line)) or _is_only_date(line)


def _closes(line: str) -> bool:
    """Ends as sentences do; the dots of a clock (`1:15 a.m.`) end none."""
    return is_sentence(line) and not _CLOCK_END.search(line)


def _is_headline(line: str, wanted: set[str]) -> bool:
    if not line:
        return False
    # A title with the site's name behind it, or one cut short, still is the headline.
    return any(
        line == t
        or (
            len(line) > 20 and (t.startswith(line) or (line.startswith(t) and len(t) > 0.7 * len(line) and len(t) > 20))
        )
        for t in wanted
    )


def _is_top_furniture(line: str) -> bool:
    if _is_byline(line) or _is_dateline(line):
        return True
    return count_words(line) <= 14 and not is_sentence(line) and _is_residue(line)


def _is_only_date(line: str) -> bool:
    """Hardly anything but a date: at least a third of its words are numbers and it is short."""
    words = _WORD.findall(line)
    return len(words) <= 9 and 3 * sum(any(ch.isdigit() for ch in w) for w in words) >= len(words)


def _without_blocks(lines: list[str]) -> list[str]:
    """Cut a closing block of links: its heading, then nothing but short lines to the end."""
    tail_start = max(1, len(lines) - 40)
    for index in range(tail_start, len(lines)):
        if len(lines[index]) < 60 and fold_words(lines[index]) in residue().block:
            after = lines[index + 1 :]
            if sum(is_sentence(line) and count_words(line) > 20 for line in after) == 0:
                return lines[:index]
    return lines


def _without_edges(lines: list[str]) -> list[str]:
    kept = list(lines)
    for index in range(min(3, len(kept)) - 1, -1, -1):
        if len(kept) > 1 and _is_edge(kept[index]):
            del kept[index]
    lowest = max(1, len(kept) - min(EDGE_LINES, max(3, len(kept) // 2)))
    for index in range(len(kept) - 1, lowest - 1, -1):
        if _is_edge(kept[index]) or (index == len(kept) - 1 and _is_dangling(kept[index])):
            del kept[index]
    return kept


def _is_edge(line: str) -> bool:
    return count_words(line) <= POINTER_WORDS and _begins_as_edge(line, fold_words(line))


def _begins_as_edge(line: str, folded: str) -> bool:
    if line.startswith(_QUOTES):
        return False
    if line.startswith("©") or ("@" in line and count_words(line) <= 8 and not is_sentence(line)):
        return True
    starts = _first_words(folded, residue().edge_words)
    return any(start in residue().edge and (len(start) > 6 or ":" in line[: len(start) + 3]) for start in starts)


def _first_words(folded: str, most: int) -> Iterator[str]:
    """The first word, the first two, … up to so many."""
    end = -1
    for _ in range(most):
        end = folded.find(" ", end + 1)
        if end < 0:
            yield folded
            return
        yield folded[:end]


def _is_dangling(line: str) -> bool:
    """A last line of up to three words that ends nothing: a label whose content was left out."""
    return count_words(line) <= 3 and line.rstrip().endswith((":", "|", "»", ">", "…"))


def _without_repeats(lines: list[str]) -> list[str]:
    """Without long lines said before, but for a refrain: one that stands three times or more, each time alone."""
    counts = Counter(line for line in lines if len(line) > _REPEAT_CHARS)
    seen: set[str] = set()
    kept: list[str] = []
    for line in lines:
        if line in seen and (counts[line] <= 2 or line == kept[-1]):
            continue
        if counts[line]:
            seen.add(line)
        kept.append(line)
    return kept
