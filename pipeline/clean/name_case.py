"""Names in capitals or small letters, written as names are: `RONALD MCDONALD-O'BRIEN` → `Ronald McDonald-O'Brien`."""

from __future__ import annotations

import re

from pipeline.clean.byline_words import byline_words
from pipeline.folding import fold_name

_PIECE = re.compile(r"[^\W\d_]+")
_MAC = frozenset(("macdonald", "macleod", "macgregor", "macpherson", "macarthur", "macintyre", "macmillan", "macneil"))
_SMALL = ("d", "de", "al", "el", "ul", "as", "ad", "an", "ar", "ash")
"""Pieces before a hyphen or apostrophe that stay small inside a name: `Omar al-Bashir`."""


def in_name_case(name: str) -> str:
    """The name with capitals where names have them; mixed case is left as it is, word by word.

    `Jean DUPONT` and `KIM Min-jun` print the family name in capitals; words of one or two letters are initials.
    """
    words = name.split()
    if len(words) == 1:
        return name
    shouted = [w for w in words if w.isupper() and len(_PIECE.sub("", w)) < len(w) - 2]
    if shouted:
        turkish = any(ch in name for ch in "İĞŞ")
        return " ".join(
            _cased(w, turkish=turkish, is_first=index == 0)
            if w in shouted or (w.isupper() and index and fold_name(w) in byline_words().particles and len(w) > 1)
            else w
            for index, w in enumerate(words)
        )
    if len(words) in (2, 3) and name.islower() and fold_name(words[0]) in byline_words().given_names:
        return " ".join(_cased(w, turkish=False, is_first=index == 0) for index, w in enumerate(words))
    return name


def _cased(word: str, *, turkish: bool, is_first: bool) -> str:
    if not is_first and fold_name(word) in byline_words().particles:
        return word.lower()
    pieces = list(_PIECE.finditer(word))
    parts: list[str] = []
    at = 0
    for number, match in enumerate(pieces):
        parts.append(word[at : match.start()])
        piece = match.group()
        stays_small = len(pieces) > 1 and number == 0 and not is_first and piece.lower() in _SMALL
        parts.append(piece.lower() if stays_small else _capitalised(piece, turkish=turkish))
        at = match.end()
    return "".join([*parts, word[at:]])


def _capitalised(piece: str, *, turkish: bool) -> str:
    rest = piece[1:]
    lower = (rest.replace("I", "ı").replace("İ", "i") if turkish else rest).lower()
    if piece[:2].lower() == "mc" and len(piece) > 3:
        return f"Mc{piece[2].upper()}{lower[2:]}"
    if piece.lower() in _MAC:
        return f"Mac{piece[3].upper()}{lower[3:]}"
    return piece[0].upper() + lower
