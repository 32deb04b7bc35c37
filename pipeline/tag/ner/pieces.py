"""A text as the encoder reads it: word pieces with their offsets, and how each word is written.

The encoder's vocabulary knows no capitals, so how a word is written goes in beside it, as one of SHAPES. A word is what
lies between spaces and signs ("U.S." is four words: U, a full stop, S, a full stop): the smallest thing that can be
tagged, so that every span begins and ends at a word's edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

_KINDS_OF_WRITING = 9
SHAPES = 2 * _KINDS_OF_WRITING
"""Ways a word may be written, each with a space before it or glued to what stands there; 0 is for what is no word."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces of a text in its order, without the marks that begin and end a window.

    `ids`, `shapes` and `words` have one number per piece, `starts` and `ends` one per word (code points of the text).
    """

    ids: npt.NDArray[np.int64]
    shapes: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]  # the word that the piece belongs to
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    @property
    def firsts(self) -> npt.NDArray[np.bool_]:
        """Whether a piece is the first of its word: only those carry a tag."""
        firsts = np.ones(len(self.words), dtype=bool)
        firsts[1:] = self.words[1:] != self.words[:-1]
        return firsts


@lru_cache(maxsize=4)
def tokenizer_of(path: Path) -> Tokenizer:
    """The tokenizer in a file, without the padding and cutting that it may have been saved with."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def pieces_of(tokenizer: Tokenizer, text: str) -> Pieces:
    """All pieces of a text; empty arrays for an empty one."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    numbers = [-1 if w is None else w for w in encoded.word_ids]
    ids, offsets = encoded.ids, encoded.offsets  # each asking copies the whole list
    kept = [i for i, w in enumerate(numbers) if w >= 0]
    words: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    last = -1
    for i in kept:
        start, end = offsets[i]
        if numbers[i] != last:
            last = numbers[i]
            starts.append(start)
            ends.append(end)
        else:
            ends[-1] = max(ends[-1], end)
        words.append(len(starts) - 1)
    shapes = [shape_of(text, start, end) for start, end in zip(starts, ends, strict=True)]
    whole = np.int64
    return Pieces(
        ids=np.array([ids[i] for i in kept], dtype=whole),
        shapes=np.array([shapes[w] for w in words], dtype=whole),
        words=np.array(words, dtype=whole),
        starts=np.array(starts, dtype=whole),
        ends=np.array(ends, dtype=whole),
    )


def shape_of(text: str, start: int, end: int) -> int:
    """How the word is written, as a number below SHAPES."""
    glued = start > 0 and not text[start - 1].isspace()
    return _writing(text[start:end]) + (_KINDS_OF_WRITING if glued else 0)


def _writing(word: str) -> int:
    if word.isdigit():
        return 6
    if not any(ch.isalnum() for ch in word):
        return 7
    if word.islower():
        return 1
    if word.isupper():
        return 4 if len(word) == 1 else 3
    if word.istitle():
        return 2
    return 5 if any(ch.isupper() for ch in word) else 8
