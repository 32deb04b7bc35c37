"""Two foldings for comparing texts that are written alike but not the same."""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_NOT_WORD = re.compile(r"[\W_]+")


def fold_words(text: str) -> str:
    """Words one space apart, without case, accents, digits and punctuation: `ANZEIGE: 3` → `anzeige`."""
    return _NOT_LETTERS.sub(" ", _without_marks(text)).strip()


def fold_name(text: str) -> str:
    """Letters and digits only, without case and accents: `José  Díaz-Gil` → `josediazgil`."""
    return _NOT_WORD.sub("", _without_marks(text))


def _without_marks(text: str) -> str:
    folded = text.casefold()
    return folded if folded.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", folded))
