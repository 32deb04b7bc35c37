"""Tags of words and the spans they spell: which sequences are possible, the likeliest of them, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

KINDS = ("PER", "ORG", "LOC", "NORP", "EVENT", "WORK")
TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BIES"))
"""Begin, inside, end, or the single word of a name of each kind, and outside."""
_NEVER = -1e9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Words `first` to `last` (exclusive) name something; `score` is the mean probability of their tags."""

    first: int
    last: int
    kind: str
    score: float


@lru_cache(maxsize=4)
def transitions(tags: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    """What may follow what (0, else very low), what may begin and what may end.

    By BIES where there is S-. Else as BIO in either reading: I- may also begin a name, as it does where B- only parts
    neighbours (IOB1). Labels that say no place (I- alone) may follow each other.
    """
    bies = any(t[:2] == "S-" for t in tags)
    if not any(t[:2] == "B-" for t in tags):
        free = np.zeros(len(tags))
        return np.zeros((len(tags), len(tags))), free, free
    allowed = np.full((len(tags), len(tags)), _NEVER)
    for i, a in enumerate(tags):
        for j, b in enumerate(tags):
            if _follows(a, b, bies=bies):
                allowed[i, j] = 0.0
    begins = np.array([_NEVER if bies and t[0] in "IE" else 0.0 for t in tags])
    ends = np.array([_NEVER if bies and t[0] in "BI" else 0.0 for t in tags])
    return allowed, begins, ends


def _follows(a: str, b: str, *, bies: bool) -> bool:
    if b[0] in "IE" and bies:
        return a[0] in "BI" and a[2:] == b[2:]
    return not (bies and a[0] in "BI")


def decode(scores: Floats, tags: tuple[str, ...] = TAGS) -> list[int]:
    """The likeliest possible sequence of tags (Viterbi); `scores` are log-probabilities, words × tags."""
    if not len(scores):
        return []
    allowed, begins, ends = transitions(tags)
    best = scores[0] + begins
    back = np.zeros((len(scores), len(tags)), dtype=np.int16)
    for i in range(1, len(scores)):
        step = best[:, None] + allowed
        back[i] = step.argmax(0)
        best = step[back[i], np.arange(len(tags))] + scores[i]
    path = [int((best + ends).argmax())]
    for i in range(len(scores) - 1, 0, -1):
        path.append(int(back[i, path[-1]]))
    return path[::-1]


def spans_of(path: list[int], scores: Floats, tags: tuple[str, ...] = TAGS) -> list[WordSpan]:
    """Spans that a sequence of tags spells."""
    found: list[WordSpan] = []
    first = 0
    while first < len(path):
        tag = tags[path[first]]
        if tag == "O":
            first += 1
            continue
        last = first + 1
        while last < len(path) and tags[path[last]][0] in "IE" and tags[path[last]][2:] == tag[2:] and tag[0] != "S":
            last += 1
            if tags[path[last - 1]][0] == "E":
                break
        chosen = [scores[i, path[i]] for i in range(first, last)]
        found.append(WordSpan(first, last, tag[2:], float(np.exp(np.mean(chosen)))))
        first = last
    return found
