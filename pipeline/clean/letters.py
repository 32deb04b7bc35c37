"""Do letters stand as often as in real text? What tells two encodings of one script, or of two scripts, apart.

Read in the wrong encoding, Greek turns into Cyrillic and KOI8 into other Cyrillic: letters all, in words, of one
script. But no language writes them so: its dozen commonest letters are six of ten in any text, and hardly four of
ten when each letter stands for another.
"""

from __future__ import annotations

import re
import unicodedata

_COMMON = {
    "\u0370-\u03ff\u1f00-\u1fff": "αοιετσςνηυρκπ",
    "\u0400-\u052f": "оеаинтсрвлкм",
    "\u0590-\u05ff": "יוהלארתבשמנם",
    "\u0600-\u06ff": "اليمونرتبهدیکہےي",
    "\u0e00-\u0e7f": "ารนกอเงมย\u0e48\u0e49วี\u0e31ลดตส\u0e34",
}
"""By script, the commonest letters of its main languages together (of Arabic: Arabic, Persian and Urdu)."""
_OF_SCRIPT = [(re.compile(f"[{letters}]"), frozenset(common)) for letters, common in _COMMON.items()]
_ENOUGH = 100
"""Letters that a share is taken of: a headline has too few to tell."""
MIN_COMMON_SHARE = 0.6
"""Of the stories in tests/clean/world_news.py the right encodings give 0.70 to 0.84, the wrong ones 0.03 to 0.76,
nearly all under 0.6; those over it are caught by their capitals or by signs inside words."""
_MIXED = re.compile("[A-Za-z\u00c0-\u024f][\u0370-\u06ff]|[\u0370-\u06ff][A-Za-z\u00c0-\u024f]")


def are_usual(text: str) -> bool:
    """False if the letters of the text's main script, other than Latin, do not stand as in a language.

    True for too little text and for scripts of which no table is kept.
    """
    main, common = max(((pattern.findall(text), common) for pattern, common in _OF_SCRIPT), key=lambda x: len(x[0]))
    if len(main) < _ENOUGH:
        return True
    decomposed = unicodedata.normalize("NFD", "".join(main).lower())
    bare = [ch for ch in decomposed if ch >= "\u0e00" or not unicodedata.combining(ch)]  # Thai writes its vowels so
    return sum(ch in common for ch in bare) >= MIN_COMMON_SHARE * len(bare)


def mixed_words(text: str) -> int:
    """How often a Latin letter stands beside a Greek, Cyrillic, Hebrew or Arabic one: hardly ever in real text."""
    return len(_MIXED.findall(text))
