"""Words folded to compare them. `fold` and `fold_letters`: the one rule for entity keys, aliases and search for names.

Letters of every alphabet stay; accents of Latin, Greek and Cyrillic, Arabic vowel signs and the tatweel go.
`fold_words` and `fold_name` are coarser, for lines and titles of pages: cleaning compares by them, and what the
warehouse learns of an outlet is kept in them.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]")
# Letters that Unicode does not decompose, as people without such a keyboard write them.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
# Vowel signs of Indic and other scripts are no word characters to `re`, but parts of words.
_SIGNS = "".join(ch for ch in map(chr, range(0x0300, 0x20F1)) if unicodedata.category(ch) in ("Mn", "Mc"))
_BETWEEN = re.compile(rf"(?:[^\w{_SIGNS}]|_)+")
_ALL_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_NOT_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower case without accents and with single spaces: "António  Guterres" gives "antonio guterres".

    Punctuation becomes a space, so "Al-Qaeda" equals "al Qaeda"; apostrophes and dots go without one, so "U.N."
    equals "UN". A name made only of signs keeps them: no two names may fold to nothing.
    """
    bare = fold_letters(text)
    words = _BETWEEN.sub(" ", re.sub(r"['’ʼ`.]", "", bare)).strip()
    return words or " ".join(bare.split())


def fold_letters(text: str) -> str:
    """Lower case without accents; punctuation and spaces stay. For search, whose parser cuts words itself."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", _MARKS.sub("", marked)).casefold().translate(_PLAIN)


def entity_key(kind: str, name: str) -> str:
    """The natural key of an entity: kind and folded canonical name, "PER:antonio guterres"."""
    return f"{kind}:{fold(name)}"


def fold_words(text: str) -> str:
    """Words one space apart, without case, accents, digits and punctuation: `ANZEIGE: 3` → `anzeige`."""
    return _NOT_LETTERS.sub(" ", _without_marks(text)).strip()


def fold_name(text: str) -> str:
    """Letters and digits only, without case and accents: `José  Díaz-Gil` → `josediazgil`."""
    return _NOT_WORD.sub("", _without_marks(text))


def _without_marks(text: str) -> str:
    folded = text.casefold()
    if folded.isascii():
        return folded
    # Composed again: the parts of 「で」 and 「한」 are no words of their own.
    return unicodedata.normalize("NFC", _ALL_MARKS.sub("", unicodedata.normalize("NFKD", folded)))
