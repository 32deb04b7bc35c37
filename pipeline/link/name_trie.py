"""Many names looked for in a text at once: one pass over its words, however many names there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.folding import fold

_ELIDED = r"(?:qu|[ldjmnstc])['’](?=[^\W_])"
_WORD = re.compile(rf"\b{_ELIDED}|[^\W_](?:[^\W_]|['’ʼ`.](?=[^\W_]))*|&")
"""Words as `fold` cuts them: O'Brien and U.N. are one; the article of "l'ONU" stands by itself, and so does "&", which
names of firms have and two people side by side do not."""
_GAPS = frozenset({"", " ", "\u00a0", "-", ". ", " - "})
"""What may stand between two words of one name: "Jean-Luc", "John F. Kennedy"."""
_SENTENCE_END = re.compile(r"(?:^|[.!?:…»”\"\n])[\s«„“\"'(–—-]*$")
_LOOK_BACK = 12
"""Code points before a word in which the end of a sentence is looked for."""


@dataclass(frozen=True, slots=True)
class FoundName:
    """One place in a text where a name stands."""

    start: int
    end: int  # exclusive
    name: str  # folded
    opens_sentence: bool  # its capital may be due to its place


@dataclass(slots=True)
class _Node:
    onward: dict[str, _Node] = field(default_factory=dict)
    name: str | None = None  # that ends here


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    folded: str
    is_capital: bool


class NameTrie:
    """Names by their words, found as `fold` of them.

    Case and accents do not count, but the first and last word need a capital.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._root = _Node()
        for name in sorted(names):
            folded = fold(name)
            # As it is written, "Côte d'Ivoire" has an elided article; in capitals it has not.
            self._add((fold(word) for word in _WORD.findall(name)), folded)
            self._add(folded.split(), folded)

    def _add(self, words: Iterable[str], name: str) -> None:
        node = self._root
        for word in words:
            node = node.onward.setdefault(word, _Node())
        node.name = name

    def find(self, text: str) -> Iterator[FoundName]:
        """The longest names from the left, which do not overlap."""
        if not self._root.onward:
            return
        words = [_word(match) for match in _WORD.finditer(text)]
        place = 0
        while place < len(words):
            last = self._longest(text, words, place)
            if last is None:
                place += 1
                continue
            start, end = words[place].start, words[last[0]].end
            before = text[max(0, start - _LOOK_BACK) : start]
            yield FoundName(start, end, last[1], start == 0 or _SENTENCE_END.search(before) is not None)
            place = last[0] + 1

    def _longest(self, text: str, words: list[_Word], first: int) -> tuple[int, str] | None:
        """Number of the last word of the longest name that starts here, and the name."""
        node, found = self._root, None
        if words[first].folded not in node.onward or not words[first].is_capital:
            return None
        for place in range(first, len(words)):
            word = words[place]
            if place > first and text[words[place - 1].end : word.start] not in _GAPS:
                break
            onward = node.onward.get(word.folded)
            if onward is None:
                break
            node = onward
            if node.name is not None and word.is_capital:
                found = (place, node.name)
        return found


def _word(match: re.Match[str]) -> _Word:
    surface = match.group()
    return _Word(match.start(), match.end(), fold(surface), surface[0].isupper())
