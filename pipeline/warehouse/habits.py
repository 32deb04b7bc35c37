"""What an outlet repeats, found in its own articles: lines it appends, names it sets beside its headlines.

Pure: texts and titles in, habits out. A line that is repeated is not furniture because it is repeated: outlets put
the same paragraph of background into every piece on a running story. Furniture stands under articles that have
nothing else in common, so that is what is asked (`_tell_different_stories`). Why these thresholds, and what they
were measured on: docs/decisions/0016-what-outlets-repeat.md.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.folding import fold_name, fold_words

REPEATED_LINE, TITLE_SUFFIX = "repeated_line", "title_suffix"
"""Values of `Habit.kind` and `core.source_pattern.kind`."""

MIN_LOOKED_AT = 10
"""Fewer articles cannot show that those with a line differ from each other as much as from the rest."""

MIN_ARTICLES = 4
"""Articles that must show a habit; two or three are a series, a follow-up or an accident."""

LINE_SHARE = 0.1
"""Of the articles looked at, those that must have a line: what stands in fewer is worth little when dropped."""

NEARLY_ALL = 2 / 3
"""A line in more of the articles than this is furniture whatever they are about: too few are left to compare with."""

MOST_ALIKE = 1.3
"""How much more alike articles with the line may be than they are to those without it. In 2,225 articles of one real
outlet that is 1.0 for articles drawn at random (1.35 or less in 95 of 100 draws of five), and 2.6 for articles on one
running story (over 1.55 in 95 of 100; over 1.1 where all others are on the same field). A refused line comes again
the next night, under more articles; prose once learnt is gone for 90 days: so rather too strict. `benchmarks.habits`
measures what comes of it."""

SAME_STORY = 0.5
"""Share of words in common from which two texts are one piece, updated or sent twice, and count once."""

PROSE_WORDS = 12
"""A longer line must also stand in one place: a box is put where the template has it, background where it fits."""

SAME_PLACE, SAME_PLACE_SHARE = 4, 0.8
"""So many paragraphs in a row, counted from the first or the last, must hold it in that share of the articles."""

SUFFIX_SHARE = 0.5
"""Of the titles found by one method, those that must end alike. An outlet's name stands on all of them, a column or a
speaker (`… – Petrova`) on some."""

_MIN_WEIGHT, _MAX_WORDS = 12, 120
"""Letters of a line at least (a wide one counts twice), so that "Background" and "No." stay; words of it at most."""

_FEW_WORDS = 4
"""A line of so few words may differ in its numbers ("5 min read"); in a longer one they are what it says."""

_MAX_SUFFIX_CHARS = 40
_DIGITS = re.compile(r"\d+")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]")  # scripts without spaces
_LAST = re.compile(r"\s+(?:[|–—·•»›«‹~/\\-]+|::)\s+|\s*[|｜∣＿_]\s*|\s*：\s*")
_FIRST = re.compile(r"\s*[|｜∣]\s*|\s+[·•»›]\s+")
"""Before a headline, dashes and colons divide what is said, and only bars and bullets a name from it."""


@dataclass(frozen=True, slots=True)
class Habit:
    """One thing an outlet repeats."""

    kind: str  # REPEATED_LINE or TITLE_SUFFIX
    value: str  # a line by `fold_words`, a name by `fold_name`
    example: str  # as it stood in the last article that has it
    article_count: int  # articles that have it, updates and second printings not counted
    looked_at: int


def repeated_lines(texts: Sequence[str]) -> list[Habit]:
    """The lines (whole paragraphs) that stand in at least `MIN_ARTICLES` and `LINE_SHARE` of these texts of one
    outlet, which tell different stories. The texts come in order of age: the newest gives the example."""
    distinct = [[_read(line) for line in text.split("\n")] for text in dict.fromkeys(texts)]
    if len(distinct) < MIN_LOOKED_AT:
        return []
    needed = max(MIN_ARTICLES, math.ceil(LINE_SHARE * len(distinct)))
    holders = {key: found for key, found in _holders(distinct).items() if len(found) >= needed}
    if not holders:
        return []
    likeness = _likeness([_telling_words(lines, holders.keys()) for lines in distinct])
    habits: dict[str, Habit] = {}
    for key, found in sorted(holders.items()):
        places = _without_updates(sorted(found), likeness)
        if len(places) < needed or not _stands_in_one_place(key, [distinct[place] for place in places]):
            continue
        if _tell_different_stories(places, likeness):
            known = habits.get(key.folded)
            if known is None or known.article_count < len(places):
                example = next(line.text for line in distinct[max(found)] if line.key == key)
                habits[key.folded] = Habit(REPEATED_LINE, key.folded, example, len(places), len(distinct))
    return list(habits.values())


def title_suffixes(titles: Iterable[tuple[str, str | None]]) -> list[Habit]:
    """What at least `MIN_ARTICLES` and `SUFFIX_SHARE` of the titles (given with the method that found each) end or
    begin with behind a separator. Counted by method: a name may stand in every <title> and in no h1."""
    by_method: dict[str, dict[str, None]] = defaultdict(dict)
    for title, method in titles:
        by_method[method or ""][title] = None
    habits: dict[str, Habit] = {}
    for method in sorted(by_method):
        shown: dict[str, list[str]] = defaultdict(list)
        for title in by_method[method]:
            for part in _beside(title):
                shown[fold_name(part)].append(part)
        for value, parts in sorted(shown.items()):
            if len(parts) >= max(MIN_ARTICLES, SUFFIX_SHARE * len(by_method[method])):
                habits.setdefault(value, Habit(TITLE_SUFFIX, value, parts[-1], len(parts), len(by_method[method])))
    return [habits[value] for value in sorted(habits)]


class _Key(NamedTuple):
    """A line as it is compared here: folded, and its numbers where they are part of what it says."""

    folded: str
    numbers: str


class _Line(NamedTuple):
    """One paragraph, folded once."""

    text: str
    folded: str
    key: _Key | None  # None for what is too short or too long to be learnt


def _read(line: str) -> _Line:
    folded = fold_words(line)
    weight = len(folded) if folded.isascii() else len(folded) + len(_WIDE.findall(folded))
    words = folded.count(" ") + 1
    if weight < _MIN_WEIGHT or words > _MAX_WORDS:
        return _Line(line, folded, None)
    return _Line(line, folded, _Key(folded, " ".join(_DIGITS.findall(line)) if words > _FEW_WORDS else ""))


def _holders(texts: Sequence[Sequence[_Line]]) -> dict[_Key, set[int]]:
    """Line → the texts that have it."""
    found: dict[_Key, set[int]] = defaultdict(set)
    for place, lines in enumerate(texts):
        for line in lines:
            if line.key is not None:
                found[line.key].add(place)
    return found


def _telling_words(lines: Sequence[_Line], without: Collection[_Key]) -> set[str]:
    """The words of four letters or more outside these lines; pairs of characters in scripts without spaces."""
    found: set[str] = set()
    for line in lines:
        if line.key in without:
            continue
        is_plain = line.folded.isascii()
        for word in line.folded.split():
            if not is_plain and _WIDE.search(word):
                found |= {word[n : n + 2] for n in range(len(word) - 1)}
            elif len(word) >= 4:
                found.add(word)
    return found


def _stands_in_one_place(key: _Key, texts: Sequence[Sequence[_Line]]) -> bool:
    """True for short lines, and for longer ones that nearly all texts have at the same height."""
    if key.folded.count(" ") < PROSE_WORDS:
        return True
    heights = [next(n for n, line in enumerate(lines) if line.key == key) for lines in texts]
    depths = [next(n for n, line in enumerate(reversed(lines)) if line.key == key) for lines in texts]
    needed = SAME_PLACE_SHARE * len(texts)
    return any(
        sum(n <= m < n + SAME_PLACE for m in from_end) >= needed for from_end in (heights, depths) for n in from_end
    )


Likeness = npt.NDArray[np.float64]
"""Texts × texts: share of the words of both that both have (Jaccard), from 0 to 1."""


def _likeness(words: Sequence[set[str]]) -> Likeness:
    """Words that stand in more than half of the texts are the language's, not a story's, and left out."""
    counts = Counter(word for own in words for word in own)
    common = {word for word, count in counts.items() if count > len(words) / 2}
    shared_words = (word for word, count in counts.items() if count > 1 and word not in common)
    columns = {word: n for n, word in enumerate(shared_words)}
    lengths = np.array([len(own - common) for own in words], dtype=np.float64)
    has = np.zeros((len(words), len(columns)), dtype=np.float32)
    for row, own in enumerate(words):
        has[row, [columns[word] for word in own if word in columns]] = 1.0
    shared = (has @ has.T).astype(np.float64)
    either = lengths[:, None] + lengths[None, :] - shared
    likeness: Likeness = shared / np.maximum(either, 1.0)
    return likeness


def _without_updates(places: Sequence[int], likeness: Likeness) -> list[int]:
    """One text of each piece."""
    kept: list[int] = []
    for place in places:
        if not kept or likeness[place, kept].max() < SAME_STORY:
            kept.append(place)
    return kept


def _tell_different_stories(places: Sequence[int], likeness: Likeness) -> bool:
    """True if these texts are hardly more alike than they are to the rest."""
    if len(places) > NEARLY_ALL * len(likeness):
        return True
    rest = np.setdiff1d(np.arange(len(likeness)), places)
    here = np.array(places)
    own = likeness[np.ix_(here, here)]
    inside = (own.sum() - own.trace()) / (len(places) * (len(places) - 1))
    return bool(inside <= MOST_ALIKE * likeness[np.ix_(here, rest)].mean())


def _beside(title: str) -> Iterable[str]:
    """What stands behind the last separator of a title, and before the first, if it may be a name."""
    last = next(reversed(list(_LAST.finditer(title))), None)
    first = _FIRST.search(title)
    parts = [title[last.end() :]] if last and last.start() else []
    parts += [title[: first.start()]] if first and first.start() else []
    return dict.fromkeys(p for part in parts if len(fold_name(p := part.strip())) > 2 and len(p) <= _MAX_SUFFIX_CHARS)
