"""News agencies named by bylines and datelines, under one name each; the names are data: agencies.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pipeline.clean.tables import load_table
from pipeline.clean.wide_names import WIDE
from pipeline.folding import fold_name

_SPLIT = re.compile(
    r"\s*(?:[,;|/()（）\[\]【】·•+&،、=]|\s[-–—]\s|\s+(?:and|und|et|y|e|with|mit|avec|con|via|و)\s+)\s*"
)
_BY = re.compile(
    r"^(?:(?:with )?inputs? from|by|von|par|por|di|da|mit|with|avec|source|quelle|fuente|fonte|kaynak|"
    r"via|©|\(c\)|källa|kilde|bron|źródło|"
    r"источник|المصدر|منبع|来源|來源|출처)[\s:：]+|^(?:the|die|la|l['’]|agencia|agenzia|agence|agência)\s+",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\s+(?:staff(?: writers?)?|bureau|desk|news agency|news|newswire|service|agency|editorial|correspondents?|in \S+|"
    r"and agencies|inputs?|material|feed)$",
    re.IGNORECASE,
)
_PARENS = re.compile(r"[(（\[【/]\s*([^()（）\[\]【】/]{2,60}(?:/[^()（）\[\]【】/\s]{2,12})?)\s*[)）\]】/]")
_BEHIND_PARENS = re.compile(r"\s*(?:[-–—−:：.]|$)")
_PLACE_EQUALS = re.compile(r"[(\[【]\s*[^=()\[\]]{1,14}=\s*([^=()\[\]【】]{2,14})[)\]】]")
_BY_DASH = re.compile(r"^[^.!?()]{2,60}[-–—]\s*([^\s.,:][^.,:()]{1,24})\s*[.:,]")
_WIRE = re.compile(r"^[【\[(（「]?\s*(\S{2,5}?)(?:记者|記者)?[^，。,]{0,24}[电電][】\])）」]?")
_WIRE_BEHIND = re.compile(r"^【([^】]{2,20})】")
_CLOSING = re.compile(r"[(（]([^()（）]{2,40})[)）]\s*\.?$")
_SENTENCE_BEFORE = re.compile(r"[.!?。](?:\s+\S+){4,}$")
_DATELINE_CHARS = 110
"""How far into the first paragraph a dateline reaches: place, date, agency."""


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Canonical names by folded form, and by exact form where case counts."""
    raw = load_table("agencies.yml")
    folded: dict[str, str] = {}
    exact: dict[str, str] = {}
    for name, forms in raw.items():
        for form in map(str, forms):
            if len(form) <= 4 and form.isascii():
                exact[form] = str(name)
            else:
                folded[fold_name(form)] = str(name)
    return folded, exact


def is_agency(text: str) -> bool:
    """The whole text names an agency: `Reuters Staff`, `AFP`, `Agencies`."""
    return _one(text) is not None


def agency_in(texts: list[str], outlet: set[str]) -> str | None:
    """The first agency that stands as a part of its own in byline texts; the outlet itself does not count."""
    for text in texts:
        for part in (text, *_SPLIT.split(text)):
            name = _one(part)
            if name and not _is_outlet(name, outlet):
                return name
    return None


def agency_of_text(paragraphs: Sequence[str], outlet: set[str]) -> str | None:
    """The agency of the dateline, `KYIV, Nov 23 (AFP) -`, or of the closing mark, `(dpa)`, `— Reuters`.

    An agency only quoted, `the Associated Press (AP) reported`, does not count.
    """
    if not paragraphs:
        return None
    candidates = [c for line in paragraphs[:2] for c in _datelines(line[:_DATELINE_CHARS])]
    candidates += [line for line in paragraphs[-2:] if len(line) <= 40]
    closing = _CLOSING.search(paragraphs[-1][-60:])
    candidates += [closing.group(1)] if closing else []
    return agency_in(candidates, outlet)


def _datelines(head: str) -> list[str]:
    found = []
    for match in _PARENS.finditer(head):
        before = head[: match.start()].strip()
        follows = not before or bool(_BEHIND_PARENS.match(head, match.end()))
        if follows and not _is_spelled_out(before, match.group(1)) and not _SENTENCE_BEFORE.search(before):
            found.append(match.group(1))
            if WIDE.search(head):
                found.append(match.group(1).split()[-1])  # `[東京 23日 ロイター]`
    found += [match.group(1) for match in _PLACE_EQUALS.finditer(head[:60])]
    dashed = _BY_DASH.match(head)
    found += [dashed.group(1)] if dashed else []
    return [*found, *_east_asian(head)]


def _is_spelled_out(before: str, mark: str) -> bool:
    """`Artificial general intelligence (AGI)`: the words before the mark are what it stands for."""
    words = before.split()
    initials = "".join(word[0] for word in words[-len(mark) :]).casefold()
    return initials == mark.casefold() or is_agency(before) or any(is_agency(" ".join(words[-n:])) for n in (2, 3))


def _east_asian(head: str) -> list[str]:
    """`新华社北京11月23日电`, `【ソウル共同】`: the agency stands at an end of the mark, without a space."""
    found = []
    wire = _WIRE.match(head[:60])
    if wire:
        found += [wire.group(1)[:length] for length in range(len(wire.group(1)), 1, -1)]
        found += [head.lstrip("【[(（「 ")[:length] for length in (5, 4, 3, 2)]
    bracket = _WIRE_BEHIND.match(head)
    if bracket:
        mark = bracket.group(1)
        found += [mark[-length:] for length in range(min(6, len(mark)), 1, -1)]
    return found


def _one(text: str) -> str | None:
    """The canonical name, where the text is an agency's name and nothing else."""
    if len(text) > 60:
        return None
    bare = text.strip(" .,:;-–—*\"'“”()[]/©")
    folded, exact = _tables()
    for _ in range(3):
        name = exact.get(bare) or (folded.get(fold_name(bare)) if len(bare) > 1 else None)
        if name:
            return name
        shorter = _BY.sub("", _OFFICE.sub("", bare)).strip()
        if shorter == bare:
            return None
        bare = shorter
    return None


def _is_outlet(name: str, outlet: set[str]) -> bool:
    folded, exact = _tables()
    forms = {form for form, canonical in folded.items() if canonical == name}
    forms |= {fold_name(form) for form, canonical in exact.items() if canonical == name}
    return bool(forms & outlet)
