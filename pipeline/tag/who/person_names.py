"""The parts of a person's name, and when two ways of writing may be one person's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.folding import fold
from pipeline.tag.lexicon import load_lexicon

_NICKNAME = re.compile(r"[\"“'‘«(][^\"”'’»)]{2,30}[\"”'’»)]")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?){1,4}")
_ARTICLE = re.compile(r"(?:al|el|ul|ur|ud|as|ad|an|ash|az|ar|at|es|ed)[-‐‑’' ](?=\w{2})", re.IGNORECASE)
_ENDING = re.compile(r"(?:iy|yy|yi|ii|ij|yj)$")


_SHORTENED = 3
"""Letters of a shortened given name: Tim, Ben, Dan."""
_FEMININE = ("a", "e", "ina", "ine", "ella", "elle", "ette", "na", "ne")
"""Daniel and Daniela are two."""


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in parts to compare: folded, initials apart, no Arabic articles; `suffix` is jr, sr, ii, iii or iv."""

    words: tuple[str, ...]
    suffix: str = ""

    @property
    def is_full(self) -> bool:
        """More than one part, so it says which bearer of a name is meant."""
        return len(self.words) > 1

    @property
    def joined(self) -> str:
        """Without the spaces that transliterations set differently: Abdel Rahman, Abdelrahman."""
        return "".join(self.words)

    @property
    def length(self) -> int:
        """Parts written out."""
        return sum(len(word) > 1 for word in self.words)


@lru_cache(maxsize=20_000)
def person_name(surface: str) -> PersonName:
    """The parts of a name as written; never without any."""
    raw = _NICKNAME.sub(" ", surface).replace(",", " ").split() or surface.split()
    suffix = ""
    if len(raw) > 1 and load_lexicon().has("name_suffixes", raw[-1].rstrip(".").lower()):
        suffix = raw.pop().rstrip(".").lower()
    words: list[str] = []
    for index, part in enumerate(raw):
        words.extend(_parts(part, len(raw) > 1 and index < len(raw) - 1 and not surface.isupper()))
    words = _with_mac(words)
    return PersonName(tuple(words) or (fold(surface),), suffix)


def _parts(part: str, may_be_initials: bool) -> list[str]:
    if _INITIALS.fullmatch(part) or (may_be_initials and len(part) == 2 and part.isascii() and part.isupper()):
        return [letter.lower() for letter in part if letter.isalpha()]
    bare = _ARTICLE.sub("", part, count=1) if not part[:1].isupper() or "-" in part[:4] else part
    if bare.lower() in ("al", "el", "ul", "ur") and bare.islower():
        return []
    return [_ENDING.sub("y", word) for word in fold(bare).split()]


def _with_mac(words: list[str]) -> list[str]:
    """ "Mc Donald" is McDonald."""
    merged: list[str] = []
    for word in words:
        if merged and merged[-1] in ("mc", "mac") and len(word) > 2:
            merged[-1] += word
        else:
            merged.append(word)
    return merged


def may_be_one(one: PersonName, other: PersonName) -> bool:
    """True if two full names can be the same person's: equal but for initials, middle names and short given names."""
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return False
    if one.joined == other.joined:
        return True
    short, long = sorted((one.words, other.words), key=len)
    if len(short) < 2:
        return False
    if (
        len(short) < len(long)
        and _written_out(short) >= 2
        and (long[-len(short) :] == short or long[: len(short)] == short)
    ):
        return True
    if not _alike_given(short[0], long[0]):
        return False
    if short[-1] == long[-1]:
        return _in_order(short[1:-1], long[1:-1])
    return len(short) == len(long) and short[:-1] == long[:-1] and len(short[0]) > 1 and _misspelt(short[-1], long[-1])


def _written_out(words: tuple[str, ...]) -> int:
    return sum(len(word) > 1 for word in words)


def _alike_given(one: str, other: str) -> bool:
    """Equal, an initial of it, or its short form by the beginning: Tim, Timothy."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if not long.startswith(short):
        return False
    return len(short) == 1 or (len(short) >= _SHORTENED and long[len(short) :] not in _FEMININE)


def _in_order(some: tuple[str, ...], every: tuple[str, ...]) -> bool:
    """Middle names of the one in those of the other; with equally many, each must fit."""
    left = iter(every)
    return all(any(_alike_given(word, candidate) for candidate in left) for word in some)


def _misspelt(one: str, other: str) -> bool:
    """One letter more, less or other, in a family name of six letters or more: Zelensky, Zelenskyy."""
    short, long = sorted((one, other), key=len)
    if len(short) < 6 or len(long) - len(short) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = short[same + 1 :] if len(short) == len(long) else short[same:]
    return rest == long[same + 1 :]
