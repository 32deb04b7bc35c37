"""Documents as windows of word pieces with a tag each: sentences together as far as a window holds, so names have context."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from pipeline.tag.ner.pieces import Pieces, pieces_of
from pipeline.tag.ner.tags import TAGS
from training.ner.texts import Document, Sentence, curled, headlined, shouted

IGNORED = -100
CLS, SEP, PAD = 101, 102, 0
_NUMBER = {tag: i for i, tag in enumerate(TAGS)}
Array = npt.NDArray[np.int64]


@dataclass(slots=True)
class Window:
    """Pieces between [CLS] and [SEP]; `tags` is IGNORED where nothing is learnt. `origin` says where each word stands."""

    ids: Array
    shapes: Array
    tags: Array
    weight: float
    origin: list[tuple[int, int, int, int]]  # per first piece: piece, sentence, start, end
    document: int


def tagged(pieces: Pieces, sentence: Sentence) -> Array:
    """The tag's number of each word; words that a span's edge cuts belong to the span."""
    numbers = np.zeros(len(pieces.starts), dtype=np.int64)
    for start, end in sentence.unsure:
        numbers[(pieces.starts < end) & (pieces.ends > start)] = IGNORED
    for start, end, kind in sentence.spans:
        inside = np.flatnonzero((pieces.starts < end) & (pieces.ends > start))
        if not len(inside):
            continue
        if len(inside) == 1:
            numbers[inside] = _NUMBER[f"S-{kind}"]
            continue
        numbers[inside] = _NUMBER[f"I-{kind}"]
        numbers[inside[0]], numbers[inside[-1]] = _NUMBER[f"B-{kind}"], _NUMBER[f"E-{kind}"]
    return numbers


def windows_of(documents: Iterable[Document], tokenizer: Tokenizer, size: int, *, weight: float = 1.0,
               varied: random.Random | None = None) -> Iterator[Window]:  # fmt: skip
    """Windows of at most `size` pieces. `varied` sets quotes and capitals differently now and then."""
    for number, document in enumerate(documents):
        parts: list[tuple[int, Pieces, Array]] = []
        length = 2
        for place, sentence in enumerate(document.sentences):
            shown = _varied(sentence, varied) if varied else sentence
            pieces = pieces_of(tokenizer, shown.text)
            for piece in _cut(pieces, tagged(pieces, shown), size - 2):
                if parts and length + len(piece[0].ids) > size:
                    yield _window(parts, weight, number)
                    parts, length = [], 2
                parts.append((place, *piece))
                length += len(piece[0].ids)
        if parts:
            yield _window(parts, weight, number)


def _cut(pieces: Pieces, tags: Array, size: int) -> Iterator[tuple[Pieces, Array]]:
    """A sentence longer than a window, in parts at word edges."""
    while len(pieces.ids) > size:
        word = int(pieces.words[size])
        edge = int(np.searchsorted(pieces.words, word))
        if edge == 0:
            return
        yield _part(pieces, slice(0, edge), slice(0, word)), tags[:word]
        pieces, tags = _part(pieces, slice(edge, None), slice(word, None)), tags[word:]
    yield pieces, tags


def _part(pieces: Pieces, places: slice, words: slice) -> Pieces:
    first = pieces.words[places][:1]
    return Pieces(
        pieces.ids[places], pieces.shapes[places], pieces.words[places] - (first if len(first) else 0),
        pieces.starts[words], pieces.ends[words],
    )  # fmt: skip


def _window(parts: list[tuple[int, Pieces, Array]], weight: float, document: int) -> Window:
    ids, shapes, tags, origin = [CLS], [0], [IGNORED], list[tuple[int, int, int, int]]()
    for place, pieces, numbers in parts:
        for i, first in enumerate(pieces.firsts):
            word = int(pieces.words[i])
            if first:
                origin.append((len(ids), place, int(pieces.starts[word]), int(pieces.ends[word])))
            ids.append(int(pieces.ids[i]))
            shapes.append(int(pieces.shapes[i]))
            tags.append(int(numbers[word]) if first else IGNORED)
    whole = np.int64
    return Window(
        np.array([*ids, SEP], whole), np.array([*shapes, 0], whole), np.array([*tags, IGNORED], whole),
        weight, origin, document,
    )  # fmt: skip


def _varied(sentence: Sentence, rng: random.Random) -> Sentence:
    chance = rng.random()
    if chance < 0.4:
        sentence = curled(sentence, rng)
    chance = rng.random()
    if chance < 0.03:
        return shouted(sentence)
    return headlined(sentence) if chance < 0.06 else sentence
