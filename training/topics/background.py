"""Make pipeline/tag/models/topics/background.npz: what news in general means, so that a topic can stand out from it.

`python -m training.topics.background`, one minute. The news is the invented news of training/ner/written, which is
ours to ship; only embeddings are written, no text. Make it again when the encoder changes: its digest stands in the
file, and examples of topics are refused with a background of another encoder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.tag.ner.model import SHIPPED, digest_of, load
from pipeline.tag.ner.spans import ModelSpans
from pipeline.tag.topics.background import BACKGROUND
from training.ner.corpora import written


def main() -> None:
    """Write the file; the same encoder and texts give the same bytes."""
    encoder = ModelSpans(load(SHIPPED))
    texts = ["\n".join(sentence.text for sentence in document.sentences) for document in written()]
    found = [embedding for text in texts if (embedding := encoder.read(text).embedding) is not None]
    write(BACKGROUND, np.stack(found).astype(np.float16), digest_of(SHIPPED))
    print(f"{len(found)} articles, {BACKGROUND.stat().st_size:,} bytes")


def write(path: Path, embeddings: np.ndarray, encoder: str) -> None:
    """Store embeddings (articles × 384) with the digest of the encoder that made them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, embeddings=embeddings, encoder=np.array(encoder))


if __name__ == "__main__":
    main()
