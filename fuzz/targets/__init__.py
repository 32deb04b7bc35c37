"""One module per target: `check(data)` raises if these bytes break a promise of the product.

A target may name `DICTIONARY` (tokens worth trying), `INSTRUMENT` (packages whose branches guide the search, besides
`pipeline`) and `MAX_LEN` (bytes).
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

CORPUS = Path(__file__).resolve().parent.parent / "corpus"


def names() -> list[str]:
    """Every target, by name."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def load(name: str) -> ModuleType:
    """The module of a target."""
    return importlib.import_module(f"fuzz.targets.{name}")


def check_of(name: str) -> Callable[[bytes], None]:
    """The check of a target."""
    check: Callable[[bytes], None] = load(name).check
    return check


def corpus_of(name: str) -> list[Path]:
    """The kept inputs of a target: one file each."""
    return sorted((CORPUS / name).iterdir())
