"""What news in general means: embeddings of some hundred articles about everything, which shipped with the project.

A few examples show what a topic is, the background what it is not: only beside it can one tell how near is near.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Floats
from pipeline.tag.ner.model import SHIPPED, digest_of

BACKGROUND = Path(__file__).resolve().parents[1] / "models" / "topics" / "background.npz"
"""Made by training/topics/background.py from invented news of about 110 countries."""


@lru_cache(maxsize=1)
def load_background() -> Floats:
    """Articles × 384, each of length 1. Raises ConfigError if the file is missing or another encoder made it."""
    try:
        with np.load(BACKGROUND, allow_pickle=False) as stored:
            embeddings, encoder = stored["embeddings"].astype(np.float64), str(stored["encoder"])
    except (OSError, KeyError, ValueError) as error:
        raise ConfigError(f"{BACKGROUND} cannot be read ({error}); restore it from the repository") from error
    if encoder != digest_of(SHIPPED):
        raise ConfigError(
            f"{BACKGROUND} was made by another encoder; make it again: python -m training.topics.background"
        )
    found: Floats = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return found
