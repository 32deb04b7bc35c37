"""Make pipeline/tag/models/topics/background.npz: what news in general means, so that a topic can stand out from it.

`python -m training.topics.background`, two minutes; needs ../shared. The news is the invented news of
training/ner/written, which is ours to ship; only embeddings are written, no text. Invented news is about everything,
but written by one hand: the mean of real pages (one vector, of ../shared/pages) says where real news lies as a whole.
Make it again when the encoder changes: its digest stands in the file, and a background of another one is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from pipeline.tag.interfaces import Floats
from pipeline.tag.ner.model import SHIPPED, encoder_digest, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.topics.background import BACKGROUND
from training.ner.corpora import SHARED, written

_CHARS = (400, 4_000)
"""Of a real page: shorter ones say little, and of longer ones the beginning does."""


def main() -> None:
    """Write the file; the same encoder and texts give the same bytes."""
    encoder = ModelSpans(load(SHIPPED))
    invented = _embedded(encoder, ("\n".join(s.text for s in document.sentences) for document in written()))
    centre = _embedded(encoder, real_pages()).mean(0)
    write(BACKGROUND, invented, centre, encoder_digest())
    print(f"{len(invented)} articles, {BACKGROUND.stat().st_size:,} bytes")


def real_pages() -> Iterator[str]:
    """Every second article page of the two sets in which all are articles."""
    with (SHARED / "pages" / "gold.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["set"] in ("aeb", "andy")]
    for row in rows[::2]:
        text = (row["text"] or "")[: _CHARS[1]]
        if len(text) > _CHARS[0]:
            yield f"{row.get('title') or ''}\n{text}"


def write(path: Path, embeddings: Floats, centre: Floats, encoder: str) -> None:
    """Store embeddings (articles × 384) and the centre of real news with the digest of the encoder that made them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = embeddings.astype(np.float16)
    np.savez(path, embeddings=half, centre=centre.astype(np.float32), encoder=np.array(encoder))


def _embedded(encoder: ModelSpans, texts: Iterable[str]) -> Floats:
    return np.stack([found for text in texts if (found := encoder.read(text).embedding) is not None])


if __name__ == "__main__":
    main()
