"""Two foldings for comparing texts that are written alike but not the same; the warehouse learns by them, too."""

from __future__ import annotations

from pipeline.folding import fold_name, fold_words

__all__ = ["fold_name", "fold_words"]
