"""A text read once, with everything the rules ask about its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.tag.gazetteer import Hit
from pipeline.tag.lexicon import Lexicon, function_words
from pipeline.tag.tokens import Shape, Token

HYPHENS = frozenset("-‐‑–")


@dataclass(slots=True)
class Segment:
    """One candidate: tokens `first` to `last` (exclusive), and what stood before it in its run."""

    first: int
    last: int
    title: str | None = None  # "prime minister": the words before a person, lower case
    is_adjective: bool = False  # "Paris-based"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read once: tokens, known names by their first token, and the words of its language."""

    tokens: Sequence[Token]
    hits: dict[int, Hit]
    lexicon: Lexicon
    language: str | None
    common: frozenset[str]  # words that a sentence may begin with without being a name
    surnames: frozenset[str] = frozenset()  # ordinary words that are somebody's family name in this article

    def is_plain(self, index: int) -> bool:
        """A large letter that only the sentence start or the headline asks for."""
        token = self.tokens[index]
        if not (token.opens or token.headline) or token.key in self.surnames:
            return False
        if self.lexicon.has("org_words", token.key) and not token.headline:
            return False
        if self._begins_name(index):
            return False
        return token.key in self.common or self._looks_common(token)

    def is_no_name(self, word: str) -> bool:
        """Written large, but never a name by itself: days, months, faiths."""
        abroad = self.language != "en" and self.lexicon.has("other_words_abroad", word)
        return abroad or self.lexicon.has("other_words", word)

    def _begins_name(self, index: int) -> bool:
        """A word at a sentence's start that the next words make part of a name: "Ministry of …", "Human Rights …"."""
        tokens = self.tokens
        if tokens[index].headline or index + 2 >= len(tokens) or not tokens[index + 1].spaced:
            return False
        following, third = tokens[index + 1], tokens[index + 2]
        if self.lexicon.has("org_head", tokens[index].key) and following.key in ("of", "de", "du", "del", "for"):
            return third.is_name_like and not self.is_no_name(third.key)
        common = following.shape is Shape.CAPITAL and following.key in self.lexicon.common_en
        titled = self.lexicon.has("titles", following.key) or self.lexicon.has("title_modifiers", tokens[index].key)
        return common and not titled and not self._is_function_word(tokens[index])

    def _is_function_word(self, token: Token) -> bool:
        if any(self.lexicon.has(cue, token.key) for cue in ("title_modifiers", "org_head", "org_tail", "directions")):
            return False
        return token.key in function_words(self.language) or self._looks_common(token)

    @staticmethod
    def _looks_common(token: Token) -> bool:
        return token.shape is Shape.CAPITAL and len(token.key) > 5 and token.key.endswith(("ly", "ing"))
