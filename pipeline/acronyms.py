"""Whether letters abbreviate a name: WHO, the World Health Organization; D4CC, Doctors for Camp Closure.

The one rule for what a single article says (`tag`) and for what carries over to others (`link`).
"""

from __future__ import annotations

import re

from pipeline.folding import fold

_ACRONYM = re.compile(r"(?:[^\W\d_]\.?[&\d-]?){2,9}s?")
_DIGITS = re.compile(r"\d")


def is_acronym(surface: str) -> bool:
    """Two to nine letters, most of them capitals: WHO, U.N., UNHCR, MoD, D4CC."""
    if " " in surface or not _ACRONYM.fullmatch(surface):
        return False
    letters = [ch for ch in surface if ch.isalpha()]
    return len(letters) > 1 and sum(ch.isupper() for ch in letters) * 2 > len(letters)


def abbreviates(short: str, name: str) -> bool:
    """True if the letters of `short` stand in `name` in order, most at the beginning of words.

    This is what brackets between the two need besides; letters alone would fit too many names.
    """
    words = fold(name).split()
    letters = _DIGITS.sub("", fold(short).replace(" ", ""))
    if not is_acronym(short) or len(words) < 2 or len(letters) < 2 or not words[0].startswith(letters[0]):
        return False
    initials = iter("".join(word[0] for word in words))
    if all(letter in initials for letter in letters):
        return True
    starts = {word[0] for word in words}
    return sum(letter in starts for letter in letters) * 2 > len(letters) and _in_order(letters, "".join(words))


def _in_order(letters: str, name: str) -> bool:
    characters = iter(name)
    return all(letter in characters for letter in letters)
