"""Which code made a cleaned page. Bump CLEAN_VERSION whenever the same bytes give other text or fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from functools import lru_cache
from importlib.metadata import version

from pipeline.clean.selector import load_trees
from pipeline.records import Maker
from pipeline.settings import Settings

CLEAN_VERSION = "3"
_LIBRARIES = ("trafilatura", "htmldate", "py3langid", "charset-normalizer", "lxml", "numpy")


def maker(settings: Settings) -> Maker:
    """The clean stage's maker: own version, its libraries', and the settings that can change a verdict."""
    names = ("page_timeout_s", "page_memory_mb", "max_page_bytes")
    relevant = " ".join(f"{name}={getattr(settings, name)}" for name in names)
    settings_digest = hashlib.blake2b(relevant.encode(), digest_size=8).hexdigest()
    libraries = _library_versions()
    whole = "\n".join(("clean", CLEAN_VERSION, libraries, settings_digest))
    return Maker(
        stage="clean",
        code_version=CLEAN_VERSION,
        model_version=libraries,
        settings_digest=settings_digest,
        digest=hashlib.blake2b(whole.encode(), digest_size=16).hexdigest(),
    )


def hints_digest(outlet: str | None, repeated_lines: Collection[str], title_suffixes: Collection[str]) -> str:
    """Hash of what is known of an outlet and can change a page's text or title: its name (cut off titles), the lines
    it repeats, the suffixes of its titles. Two texts made with other knowledge differ by us, not by the publisher.
    """
    known = json.dumps([outlet, sorted(repeated_lines), sorted(title_suffixes)], ensure_ascii=False)
    return hashlib.blake2b(known.encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=1)
def _library_versions() -> str:
    return " ".join([*(f"{name}-{version(name)}" for name in _LIBRARIES), f"text_blocks-{load_trees().digest}"])
