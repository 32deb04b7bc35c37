"""What the letters of a name may be where the article does not say so in brackets."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.folding import fold
from pipeline.tag.lexicon import load_lexicon

_FEWEST = 3
"""Words whose initials are looked for: two letters fit too much."""


def initials_of(name: str) -> Iterator[str]:
    """What a name of three words or more may be shortened to without saying so.

    That is with and without its small words, without the country in front and without what an "and" adds: CDC, the US
    Centers for Disease Control and Prevention.
    """
    words = fold(name).split()
    if len(words) < _FEWEST:
        return
    for some in (words, words[1:] if _is_country(words[0]) else words):
        before_and = some[: some.index("and")] if "and" in some[_FEWEST:] else some
        for chosen in (some, _large(some), _large(before_and)):
            if len(chosen) >= _FEWEST:
                yield "".join(word[0] for word in chosen)


def _large(words: list[str]) -> list[str]:
    return [w for w in words if not load_lexicon().has("links", w) and w != "and"]


def _is_country(word: str) -> bool:
    return word in ("us", "uk", "un", "eu") or word in load_lexicon().demonyms
