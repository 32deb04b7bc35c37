"""Embeddings of examples, kept between processes: reading 500 examples takes seconds, and every task is a process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

from pipeline.log import event
from pipeline.tag.interfaces import Floats
from pipeline.tag.ner.model import SHIPPED, encoder_digest, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.topics.background import BROKEN

WIDTH = 384


def embeddings_of(texts: Sequence[str], folder: Path) -> Floats:
    """A row for each text, as the encoder gives it or as a file in `folder` has kept it: the same numbers.

    A file that cannot be read or written costs time and nothing else.
    """
    if not texts:
        return np.zeros((0, WIDTH))
    path = folder / f"{_digest(texts)}.npy"
    kept = _kept(path, len(texts))
    if kept is not None:
        return kept
    encoder = ModelSpans(load(SHIPPED))
    found = [encoder.read(text).embedding for text in texts]
    rows: Floats = np.stack([np.zeros(WIDTH) if one is None else one for one in found])
    _keep(path, rows)
    return rows


def _digest(texts: Sequence[str]) -> str:
    parts = [encoder_digest(), *texts]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _kept(path: Path, count: int) -> Floats | None:
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, *BROKEN):
        return None
    is_whole = isinstance(rows, np.ndarray) and rows.shape == (count, WIDTH) and rows.dtype == np.float64
    return rows if is_whole else None


def _keep(path: Path, rows: Floats) -> None:
    """Written beside and renamed, since several workers may do so at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.save(file, rows)
        os.replace(file.name, path)  # noqa: PTH105, the temporary file's name is text
    except OSError as error:
        event("examples_not_kept", path=str(path), error=str(error))
