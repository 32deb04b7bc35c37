"""The trained part of topics: a linear layer over the article's embedding and its keyword scores.

Level 1 is one logistic regression per topic, level 2 one multinomial regression over the topics that an article can
mainly be about. training/topics makes the file, whose card is models/topics/README.md.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Floats
from pipeline.tag.topics.signals import SIGNALS

SHIPPED_HEAD = Path(__file__).parents[1] / "models" / "topics" / "head.npz"
EMBEDDING_SCALE, KEYWORD_SCALE = 4.0, 3.0
"""Numbers of an embedding are about 0.05, keyword scores up to 1: so scaled, one regularisation suits both."""


@dataclass(frozen=True, slots=True)
class TopicHead:
    """Weights as they are shipped. Codes are in the order of the columns."""

    keywords: tuple[str, ...]  # codes of the keyword scores that are read, behind the two embeddings
    top: tuple[str, ...]
    top_weights: Floats  # features × topics
    top_offsets: Floats
    thresholds: Mapping[str, float]  # level 1: assigned from this probability on
    below: tuple[str, ...]
    below_weights: Floats
    below_offsets: Floats
    below_threshold: float
    signals: Mapping[str, tuple[float, float]]  # signal → logits added where it speaks for the topic, for others only
    by_words: tuple[float, float, float]  # logit by words alone: offset, per keyword score, if it is the best
    by_words_threshold: float  # assigned by words alone from this probability on

    def top_logits(self, features: Floats) -> dict[str, tuple[float, float]]:
        """Level-1 code → the text's part and the keywords' part of the logit that the article is about it.

        Their sum is the logit, before the publisher's signals. Both include half the offset, so that either speaks
        for a topic where it is above 0.
        """
        behind = len(features) - len(self.keywords)
        by_text = features[:behind] @ self.top_weights[:behind] + self.top_offsets / 2
        by_words = features[behind:] @ self.top_weights[behind:] + self.top_offsets / 2
        return dict(zip(self.top, zip(by_text.tolist(), by_words.tolist(), strict=True), strict=True))

    def below_shares(self, features: Floats) -> dict[str, float]:
        """Level-2 code → probability that it is what the article is mainly about; they add up to at most 1."""
        logits = features @ self.below_weights + self.below_offsets
        powers = np.exp(logits - logits.max())
        return dict(zip(self.below, (powers / powers.sum()).tolist(), strict=True))

    def logit_by_words(self, score: float, *, is_best: bool) -> float:
        """The logit for a language that only keywords read."""
        offset, slope, best = self.by_words
        return offset + slope * score + (best if is_best else 0.0)


def features_of(embedding: Floats, lead: Floats, scores: Mapping[str, float], keywords: Sequence[str]) -> Floats:
    """One article's features: its two embeddings (`Reading`) and the keyword scores of these codes."""
    words = np.array([scores.get(code, 0.0) for code in keywords])
    return np.concatenate([embedding * EMBEDDING_SCALE, lead * EMBEDDING_SCALE, words * KEYWORD_SCALE])


@lru_cache(maxsize=1)
def load_head(path: Path = SHIPPED_HEAD) -> TopicHead:
    """The shipped weights; ConfigError says what is wrong with the file."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            parts: dict[str, Any] = {name: stored[name] for name in stored.files}
        top = _codes(parts["top"])
        offset, slope, best, threshold = parts["other_languages"]
        return TopicHead(
            keywords=_codes(parts["keywords"]),
            top=top,
            top_weights=parts["top_weights"].astype(np.float64),
            top_offsets=parts["top_offsets"].astype(np.float64),
            thresholds=dict(zip(top, parts["thresholds"].tolist(), strict=True)),
            below=_codes(parts["below"]),
            below_weights=parts["below_weights"].astype(np.float64),
            below_offsets=parts["below_offsets"].astype(np.float64),
            below_threshold=float(parts["below_threshold"]),
            signals={name: (float(a), float(b)) for name, (a, b) in zip(SIGNALS, parts["signals"], strict=True)},
            by_words=(float(offset), float(slope), float(best)),
            by_words_threshold=float(threshold),
        )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigError(f"{path} is not the topic model: {error}. Restore it from the release.") from error


def head_digest(path: Path = SHIPPED_HEAD) -> str:
    """A short hash of the file, for `ops.maker`; ConfigError if it is not there."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error}. Restore it from the release.") from error


def _codes(array: Any) -> tuple[str, ...]:
    return tuple(str(code) for code in array)
