"""A text's names by a model: the text in windows, a tag for each word, spans with a calibrated score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.records import MentionMethod
from pipeline.tag.interfaces import Floats, NameSpan
from pipeline.tag.ner.model import NameModel
from pipeline.tag.ner.pieces import Pieces, pieces_of
from pipeline.tag.ner.tags import decode, spans_of

MAX_CHARS = 120_000
"""Names are looked for in this many code points of a text, 20,000 words: longer ones are no articles, and the time
that one may take is bounded (4 s)."""
_BATCH = 8
"""Windows at once: more need memory and win nothing on one core."""


@dataclass(frozen=True, slots=True)
class Read:
    """What the model says of one text. Embeddings have length 1, or are None where the model gives none."""

    spans: tuple[NameSpan, ...]
    embedding: Floats | None  # mean over the windows, by their pieces
    lead: Floats | None  # of the first window


@dataclass(frozen=True, slots=True)
class ModelSpans:
    """A model that finds names, put to whole texts."""

    model: NameModel

    def spans(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """For each text its spans, which do not overlap, in the order of the text."""
        return [self.read(text).spans for text in texts]

    def read(self, text: str) -> Read:
        """Spans and embeddings of a text, in one pass over it."""
        shown = readable(text[:MAX_CHARS])
        pieces = pieces_of(self.model.tokenizer, shown)
        if not len(pieces.ids):
            return Read((), None, None)
        edges = list(windows(shown, pieces, self.model.longest - 2))
        scores, weights, meanings = [], [], []
        for first in range(0, len(edges), _BATCH):
            some = edges[first : first + _BATCH]
            outputs = self.model.run([pieces.ids[a:b] for a, b in some], [pieces.shapes[a:b] for a, b in some])
            scores += [output.scores for output in outputs]
            meanings += [output.embedding for output in outputs if output.embedding is not None]
            weights += [b - a for a, b in some]
        lines = np.searchsorted(np.flatnonzero([ch == "\n" for ch in shown]), pieces.starts)
        found = [s for edge, rows in zip(edges, scores, strict=True) for s in self._spans(pieces, lines, edge, rows)]
        return Read(tuple(found), _mean(meanings, weights), meanings[0] if meanings else None)

    def _spans(
        self, pieces: Pieces, lines: npt.NDArray[np.int64], edge: tuple[int, int], rows: Floats
    ) -> Iterator[NameSpan]:
        """Spans of a window; none reaches over the end of a line, where a paragraph, headline or signature ends."""
        inside = slice(*edge)
        firsts = pieces.firsts[inside]
        words = pieces.words[inside][firsts]
        by_word = rows[firsts]
        breaks = np.flatnonzero(np.diff(lines[words])) + 1
        for part, scores in zip(np.split(words, breaks), np.split(by_word, breaks), strict=True):
            path = decode(scores, self.model.tags)
            for span in spans_of(path, scores, self.model.tags):
                start, end = int(pieces.starts[part[span.first]]), int(pieces.ends[part[span.last - 1]])
                score = calibrated(span.score, span.kind, self.model)
                yield NameSpan(start, end, span.kind, round(score, 4), MentionMethod.MODEL)


def readable(text: str) -> str:
    """The text with every lone surrogate, which no tokenizer takes, replaced; offsets stay."""
    if text.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in text):
        return text
    return "".join("\ufffd" if "\ud800" <= ch <= "\udfff" else ch for ch in text)


def windows(text: str, pieces: Pieces, size: int) -> Iterator[tuple[int, int]]:
    """First and last piece (exclusive) of windows of at most `size`.

    Cut at the end of a line, else of a sentence, else of a word.
    """
    begins = np.flatnonzero(pieces.firsts)
    lines, sentences = _edges(text, pieces, begins)
    first, total = 0, len(pieces.ids)
    while first < total:
        if total - first <= size:
            yield first, total
            return
        cut = (
            _cut(lines, first, size // 2, size)
            or _cut(sentences, first, size // 2, size)
            or _cut(begins, first, 1, size)
        )
        cut = cut or size  # one word of more pieces than a window holds
        yield first, first + cut
        first += cut


def _cut(edges: npt.NDArray[np.int64], first: int, least: int, most: int) -> int:
    """The last edge between `least` and `most` pieces behind `first`, counted from there; 0 if there is none."""
    at = int(np.searchsorted(edges, first + most, side="right")) - 1
    return int(edges[at]) - first if at >= 0 and edges[at] - first >= least else 0


def _edges(
    text: str, pieces: Pieces, begins: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pieces that begin a line, and pieces that begin a sentence."""
    lines, sentences = [], []
    for piece in begins[1:]:
        word = int(pieces.words[piece])
        before = text[pieces.ends[word - 1] : pieces.starts[word]]
        if "\n" in before:
            lines.append(piece)
        elif before and text[pieces.ends[word - 1] - 1] in '.!?"”':
            sentences.append(piece)
    return np.array(lines, dtype=np.int64), np.array(sentences, dtype=np.int64)


def calibrated(score: float, kind: str, model: NameModel) -> float:
    """The share of spans of this kind and raw score that are right, by the model's calibration."""
    line = model.calibration.get(kind)
    if line is None:
        return score
    slope, offset = line
    score = min(max(score, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(slope * math.log(score / (1 - score)) + offset)))


def _mean(meanings: list[Floats], weights: list[int]) -> Floats | None:
    if not meanings:
        return None
    mean: Floats = np.average(np.stack(meanings), axis=0, weights=np.array(weights, dtype=np.float64))
    length = float(np.linalg.norm(mean))
    return mean / length if length else mean
