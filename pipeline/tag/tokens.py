"""A text as tokens that know their place, and where sentences and headlines lie. The text is never changed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum

MAX_TOKEN = 60
"""Longer runs of letters are no names: base64, a text without spaces. The longest place name in use has 58."""


class Shape(IntEnum):
    """How a word is written."""

    LOWER = 0
    CAPITAL = 1  # first letter large
    UPPER = 2  # all large, two letters or more
    INITIAL = 3  # "J." or "J"
    UNCASED = 4  # Arabic, Devanagari, Han …
    NUMBER = 5
    SIGN = 6


@dataclass(slots=True)
class Token:
    """One word or sign; `start` and `end` are code points of the text."""

    start: int
    end: int
    text: str
    key: str  # to look it up: lower case, one kind of apostrophe, dots of an acronym removed
    shape: Shape
    glued: bool  # joined by a hyphen to the token before
    spaced: bool  # nothing but spaces (or nothing) between it and the token before, no line break
    opens: bool  # the first word of a sentence, quote or line
    headline: bool  # in a line written in title case or all in capitals

    @property
    def is_name_like(self) -> bool:
        """Written the way names are."""
        return self.shape in (Shape.CAPITAL, Shape.UPPER, Shape.INITIAL)


_LETTER = (
    "(?:[^\\W\\d_]|[\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0900-\u0903\u093a-\u094f\u0962\u0963\u0980-\u0983\u09bc-\u09cd\u0a00-\u0a4d\u0a80-\u0acd\u0b00-\u0bcd\u0c00-\u0ccd\u0d00-\u0d4d"
    "\u0e31-\u0e3a\u0e47-\u0e4e\u200c\u200d])"
)
_TOKEN = re.compile(
    rf"(?P<acronym>(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?![^\W\d_]))?)"
    rf"|(?P<initial>[^\W\d_]\.(?=\s*[^\W\d_.]|-))"
    rf"|(?P<word>{_LETTER}+(?:['’ʼ]{_LETTER}+)*)"
    r"|(?P<possessive>['’][sS](?!\w))"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
    r"|(?P<line>\n)"
    r"|(?P<sign>[^\w\s])"
)
_ELISION = re.compile(r"(?:l|d|j|n|s|c|m|t|qu|dell|all|nell|sull|lorsqu|jusqu|puisqu)['’ʼ]", re.IGNORECASE)
_ELIDING = frozenset({"fr", "it", "ca", "oc"})
_HYPHENS = frozenset("-‐‑–")
_CLOSERS = frozenset("\"'”’)]»")
_OPENERS = frozenset("“„«‘([¿¡—•*>|")
_ENDERS = frozenset(".!?…:;。！？؟۔।")
_FULL_STOPS = frozenset(".;:。")
_ABBREVIATION = re.compile(
    "mrs?|ms|dr|prof|gen|sen|rep|gov|st|lt|col|sgt|capt|maj|cmdr|adm|hon|rev|[js]r|no|vs|[fm]t|inc|corp|co|ltd|bros|"
    "dept|univ|jan|feb|mar|apr|ju[nl]|aug|sept?|oct|nov|dec|bzw|ca|vgl|nr|str|mme|mm|mlle|sra|srta|dra|uds?"
)
_UNSPACED_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4ff\uac00-\ud7af\uf900-\ufaff"
UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]+")
"""Scripts that put no spaces between words, and Hangul, which writes particles onto them."""
_ONE_SCRIPT = re.compile(f"[{_UNSPACED_LETTERS}]+|[^{_UNSPACED_LETTERS}]+")
_UNCASED = re.compile(
    "[\u0590-\u109f\u10d0-\u139f\u1780-\u18af\u1900-\u1bff\u2e80-\ua4ff\ua840-\uab2f\uabc0-\ufdff\ufe70-\ufeff\uff66-\uffdc\U00020000-\U0003ffff]"
)


def tokenise(text: str, language: str | None) -> list[Token]:
    """All tokens of the text in order; time and memory grow with its length only."""
    tokens: list[Token] = []
    state = _State()
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "line":
            state.line_ends(tokens)
            continue
        for start, end in _pieces(match, language):
            tokens.append(state.token(text, start, end, match.lastgroup or "sign", tokens))
    state.line_ends(tokens)
    return tokens


class _State:
    """What the next token must know of those before it."""

    def __init__(self) -> None:
        self.new_line = True
        self.ended = True  # a sentence has just ended
        self.quoted = False
        self.line_start = 0  # index of the first token of this line

    def token(self, text: str, start: int, end: int, group: str, before: list[Token]) -> Token:
        word = text[start:end]
        last = before[-1] if before else None
        shape = _shape(word, group)
        glued = False
        if last is not None and last.text in _HYPHENS and last.end == start and len(before) > 1:
            glued = before[-2].end == last.start and before[-2].shape not in (Shape.SIGN, Shape.NUMBER)
        gap = text[last.end : start] if last else ""
        token = Token(
            start, end, word, _key(word, group), shape, glued, not self.new_line and len(gap) < 4, self.ended, False
        )
        self.new_line = False
        self._sentence(word, shape, last)
        return token

    def _sentence(self, word: str, shape: Shape, last: Token | None) -> None:
        if shape is not Shape.SIGN:
            self.ended = False
        elif word in _ENDERS:
            after_short = (
                last is not None and word == "." and (_ABBREVIATION.fullmatch(last.key) or last.shape is Shape.INITIAL)
            )
            self.ended = not after_short
        elif word == '"':  # opens and closes alike: every other one opens
            self.quoted = not self.quoted
            self.ended = self.ended or self.quoted
        elif word in _OPENERS:
            self.ended = True
        elif word not in _CLOSERS:
            self.ended = False

    def line_ends(self, tokens: list[Token]) -> None:
        line = tokens[self.line_start :]
        if _is_headline(line):
            for token in line:
                token.headline = True
        self.line_start = len(tokens)
        self.new_line = self.ended = True
        self.quoted = False


def _is_headline(line: list[Token]) -> bool:
    if any(t.text in _FULL_STOPS for t in line[-2:]):  # a sentence full of names, not a headline
        return False
    words = [t for t in line if t.shape in (Shape.LOWER, Shape.CAPITAL, Shape.UPPER)]
    if len(words) < 4 or len(words) > 40:
        return False
    upper = sum(t.shape is Shape.UPPER for t in words)
    if upper > 0.6 * len(words):
        return True
    long_words = [t for t in words if len(t.text) > 3]
    large = sum(t.shape is not Shape.LOWER for t in long_words)
    return len(long_words) >= 4 and large >= 0.8 * len(long_words)


def _pieces(match: re.Match[str], language: str | None) -> list[tuple[int, int]]:
    """A word without what is stuck to it: possessive 's, and in Romance languages l' and d'."""
    start, end = match.span()
    word = match.group()
    if match.lastgroup == "word" and not word.isascii() and UNSPACED.search(word) and not UNSPACED.fullmatch(word):
        return [(start + part.start(), start + part.end()) for part in _ONE_SCRIPT.finditer(word)]  # MBC는, iPhoneの
    if match.lastgroup != "word" or end - start < 3:
        return [(start, end)]
    pieces: list[tuple[int, int]] = []
    elided = _ELISION.match(word)
    if elided and (word[0].islower() or language in _ELIDING) and elided.end() < len(word):
        pieces.append((start, start + elided.end()))
        start += elided.end()
        word = word[elided.end() :]
    if language == "tr" and "'" in word.replace("’", "'"):  # Ankara'da: the ending is no part of the name
        cut = start + word.replace("’", "'").index("'")
        return [*pieces, (start, cut), (cut, end)] if cut > start else [(start, end)]
    if len(word) > 2 and word[-1] in "sS" and word[-2] in "'’ʼ":
        return [*pieces, (start, end - 2), (end - 2, end)]
    return [*pieces, (start, end)]


def _key(word: str, group: str) -> str:
    if group == "acronym":
        word = word.replace(".", "")
    elif group == "initial":
        word = word[0]
    if not word.isascii():
        word = unicodedata.normalize("NFC", word.replace("’", "'").replace("ʼ", "'").replace("ـ", ""))
    return word.lower()


def _shape(word: str, group: str) -> Shape:
    if group == "sign":
        return Shape.SIGN
    if group == "possessive":
        return Shape.LOWER
    if group == "number":
        return Shape.NUMBER
    if len(word) > MAX_TOKEN:  # a sentence, in scripts without spaces
        return Shape.UNCASED if _UNCASED.match(word[0]) else Shape.LOWER
    if word[-1] in "'’ʼ":  # L'Unione, D'abord: the article, whatever its case
        return Shape.LOWER
    if group == "initial":
        return Shape.INITIAL if word[0].isupper() else Shape.LOWER
    first = word[0]
    if first.isupper() or first.istitle():
        if group == "acronym" or (len(word) > 1 and word.upper() == word):
            return Shape.UPPER
        return Shape.INITIAL if len(word) == 1 else Shape.CAPITAL
    if first.islower():
        inner = word[1:2].isupper()  # iPhone, eBay
        return Shape.CAPITAL if inner and len(word) > 3 else Shape.LOWER
    return Shape.UNCASED if _UNCASED.match(first) else Shape.LOWER
