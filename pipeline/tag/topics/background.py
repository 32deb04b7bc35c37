"""What news in general means: embeddings of some hundred articles about everything, which ship with the project.

A few examples show what a topic is, the background what it is not: only beside it can one tell how near is near.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Floats
from pipeline.tag.ner.model import encoder_digest

BACKGROUND = Path(__file__).resolve().parents[1] / "models" / "topics" / "background.npz"
"""Made by training/topics/background.py."""
BROKEN = (EOFError, zipfile.BadZipFile, zlib.error)
"""What numpy raises for a file that is cut off or damaged, beside OSError and ValueError."""


@dataclass(frozen=True, slots=True)
class Background:
    """News in general. Directions are seen from its centre, since from the origin all news lies on one side."""

    directions: Floats  # of invented articles about everything, from their own centre: articles × 384, of length 1
    centre: Floats  # the mean embedding of real news

    def directions_of(self, embeddings: Floats) -> Floats:
        """Where real texts lie, seen from the centre of real news; of length 1."""
        return unit(embeddings - self.centre)


def unit(rows: Floats) -> Floats:
    """Each row with length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Floats = rows / np.where(lengths > 0, lengths, 1.0)
    return scaled


@lru_cache(maxsize=1)
def load_background() -> Background:
    """The one that ships. Raises ConfigError if the file is missing or broken, or another encoder made it."""
    try:
        with np.load(BACKGROUND, allow_pickle=False) as stored:
            embeddings, centre = (stored[name].astype(np.float64) for name in ("embeddings", "centre"))
            encoder = str(stored["encoder"])
    except (OSError, KeyError, ValueError, *BROKEN) as error:
        raise ConfigError(
            f"{BACKGROUND} cannot be read ({type(error).__name__}: {error}); restore it from the repository"
        ) from error
    if encoder != encoder_digest():
        raise ConfigError(
            f"{BACKGROUND} was made by another encoder; make it again: python -m training.topics.background"
        )
    return Background(unit(embeddings - embeddings.mean(0)), centre)
