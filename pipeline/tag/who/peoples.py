"""Nationalities, ethnic, religious and political groups under their adjective: Palestinians are Palestinian."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.folding import fold
from pipeline.tag.lexicon import load_lexicon
from pipeline.tag.who.known import peoples
from pipeline.tag.who.names import plain


def people_of(surfaces: Sequence[str]) -> list[str]:
    """For each name of a group its adjective in the singular: Britons are British, Frenchmen French.

    What config/entities does not know keeps its words; its plural goes where the article also writes the singular.
    """
    called = {surface: _people(surface) for surface in surfaces}
    names = {fold(name): name for name in called.values()}
    return [names.get(fold(called[s]).removesuffix("s"), called[s]) for s in surfaces]


def _people(surface: str) -> str:
    name = plain(surface)
    head, _, last = name.rpartition(" ")
    adjective = _adjective(last)
    return f"{head} {adjective}" if head else adjective


def _adjective(word: str) -> str:
    folded = word.replace("’", "'").lower()
    for singular in _singulars(folded):
        if singular in peoples():
            return peoples()[singular]
        if singular in load_lexicon().demonyms:
            return _as_written(singular, word)
    return word.title() if word.isupper() and len(word) > 3 else word


def _singulars(word: str) -> list[str]:
    """The word and what it may be the plural of, the plural first."""
    if word.endswith("ies"):
        return [word[:-3] + "y", word[:-1], word]
    if word.endswith(("men", "women")):
        stem = word.removesuffix("women") if word.endswith("women") else word.removesuffix("men")
        return [stem + "man", word]
    return [word[:-1], word] if word.endswith("s") else [word]


def _as_written(singular: str, word: str) -> str:
    """Capitals where the article has them: "African-Americans" keeps both."""
    kept = word[: len(singular)]
    if kept.lower() == singular and not word.isupper():
        return kept
    return kept[: len(singular) - 1] + singular[-1] if not word.isupper() else singular.title()
