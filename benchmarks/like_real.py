"""Rows that look like the embeddings of real texts, and what says whether they do.

A made row is a point between a real text and one of its ten nearest, plus noise shaped like the differences between
such neighbours; one in five is a near copy of another. The noise is as large as makes the similarities of a made set
equal those of a real one of the same size.
"""

from __future__ import annotations

import json
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

TEXTS = Path(__file__).resolve().parents[1].parent / "shared" / "topics" / "bbc.zip"
NEIGHBOURS, NOISE, COPIES, COPY_NOISE = 10, 0.58, 5, 0.12
_WANTED = 10
Floats = npt.NDArray[np.float64]


def real_embeddings(texts: int) -> Floats:
    """Of so many texts, drawn at random, always the same."""
    from pipeline.tag.ner.model import SHIPPED, load
    from pipeline.tag.ner.spans import ModelSpans

    with zipfile.ZipFile(TEXTS) as packed, packed.open("bbc.jsonl") as lines:
        found = [json.loads(line)["text"] for line in lines]
    random.Random(6).shuffle(found)
    model = ModelSpans(load(SHIPPED))
    read = (model.read(text).embedding for text in found[:texts])
    return np.array([embedding for embedding in read if embedding is not None])


@dataclass(frozen=True, slots=True)
class Alike:
    """How alike the texts of a set are: the 5th, 50th and 95th of 100 of each."""

    any_two: list[float]
    nearest: list[float]
    tenth: list[float]

    @classmethod
    def of(cls, embeddings: Floats) -> Alike:
        """Of every pair, and of each text to its nearest and tenth nearest."""
        cosines = embeddings @ embeddings.T
        np.fill_diagonal(cosines, -1)
        ordered = np.sort(cosines, axis=1)[:, ::-1]
        pairs = cosines[np.triu_indices(len(cosines), 1)]
        return cls(*(np.percentile(v, (5, 50, 95)).round(3).tolist() for v in (pairs, ordered[:, 0], ordered[:, 9])))


@dataclass(frozen=True, slots=True)
class Halved:
    """What two-byte numbers lose beside the four bytes of `vector`."""

    mean_difference: float  # of the cosine of two texts
    same_ten: float  # share of the ten nearest that are the ten nearest still

    @classmethod
    def of(cls, embeddings: Floats) -> Halved:
        """Over all texts."""
        whole, half = (embeddings.astype(kind).astype(np.float64) for kind in (np.float32, np.float16))
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        cosines = [whole @ whole.T, half @ half.T]
        for each in cosines:
            np.fill_diagonal(each, -1)
        nearest = [np.argsort(-each, axis=1)[:, :_WANTED] for each in cosines]
        same = [len({*a} & {*b}) / _WANTED for a, b in zip(*nearest, strict=True)]
        return cls(float(np.abs(cosines[0] - cosines[1]).mean()), float(np.mean(same)))


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes rows that look like the real ones."""

    real: Floats
    near: npt.NDArray[np.int64]  # by text: its nearest
    shape: Floats  # turns independent noise into that of differences between neighbours

    @classmethod
    def from_real(cls, real: Floats) -> Maker:
        """Learns the neighbours and how they differ."""
        cosines = real @ real.T
        np.fill_diagonal(cosines, -1)
        near = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS]
        apart = (real[:, None, :] - real[near]).reshape(-1, real.shape[1])
        sizes, axes = np.linalg.eigh(apart.T @ apart / len(apart))
        return cls(real, near, (axes * np.sqrt(np.clip(sizes, 0, None))).T)

    def rows(self, count: int, rng: np.random.Generator) -> Floats:
        """So many, of length 1; the copies stand last."""
        copies = count // COPIES
        first = rng.integers(0, len(self.real), count - copies)
        second = self.near[first, rng.integers(0, NEIGHBOURS, len(first))]
        between = rng.random((len(first), 1))
        made = self.real[first] + between * (self.real[second] - self.real[first]) + NOISE * self._noise(first, rng)
        copied = rng.integers(0, len(made), copies)
        made = np.concatenate([made, made[copied] + COPY_NOISE * self._noise(copied, rng)])
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made

    def _noise(self, like: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
        noise: Floats = rng.normal(size=(len(like), self.real.shape[1])) @ self.shape
        return noise
