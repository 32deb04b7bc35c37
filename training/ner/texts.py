"""What training reads: documents of sentences with the names marked in them, whatever corpus they come from."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.tag.ner.tags import KINDS

__all__ = ["KINDS", "Document", "Sentence", "Span"]

Span = tuple[int, int, str]  # start, end (code points, exclusive), kind


@dataclass(slots=True)
class Sentence:
    """One sentence or paragraph. `unsure` are stretches whose label is not to be learnt from."""

    text: str
    spans: list[Span] = field(default_factory=list)
    unsure: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """Sentences that stand together; `corpus` names where they come from."""

    corpus: str
    name: str
    sentences: list[Sentence]


def detokenised(words: Sequence[str], spans: Iterable[tuple[int, int, str]], *, spaced: bool = False) -> Sentence:
    """A sentence from its tokens, set as print sets it (or all `spaced`); spans with the kind "" become `unsure`."""
    places: list[tuple[int, int]] = []
    text, open_quote, glue = "", False, True
    for word in words:
        before = not glue and (spaced or not _clings_left(word, open_quote))
        text += " " if before else ""
        places.append((len(text), len(text) + len(word)))
        text += word
        glue = not spaced and (word in "([{$£€#@“‘" or (word == '"' and not open_quote))
        open_quote ^= word == '"'
    sentence = Sentence(text)
    for first, last, kind in spans:
        start, end = places[first][0], places[last - 1][1]
        if kind:
            sentence.spans.append((start, end, kind))
        else:
            sentence.unsure.append((start, end))
    return sentence


_TAILS = frozenset({"'s", "’s", "n't", "n’t", "'re", "'ve", "'ll", "'d", "'m", "'", "’", "%"})


def _clings_left(word: str, open_quote: bool) -> bool:
    return word in _TAILS or word in ",.;:?!)]}”" or word in ("...", "…") or (word == '"' and open_quote)


def spans_of_tags(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Spans (first word, word after the last, kind) of B-X, I-X and O; an I- that continues nothing begins."""
    start = 0
    while start < len(tags):
        if tags[start] == "O":
            start += 1
            continue
        kind, end = tags[start][2:], start + 1
        while end < len(tags) and tags[end] == f"I-{kind}":
            end += 1
        yield start, end, kind
        start = end


def curled(sentence: Sentence, rng: random.Random) -> Sentence:
    """The same sentence with typographic quotes: most newspapers set them, most corpora do not. Lengths stay."""
    letters, open_quote = list(sentence.text), False
    for i, ch in enumerate(letters):
        if ch == "'":
            letters[i] = "’" if (i and sentence.text[i - 1].isalnum()) or rng.random() < 0.3 else "‘"
        elif ch == '"':
            letters[i] = "”" if open_quote else "“"
            open_quote = not open_quote
    return Sentence("".join(letters), sentence.spans, sentence.unsure)


def shouted(sentence: Sentence) -> Sentence:
    """All in capitals, as some headlines are; None of the letters may change their number."""
    upper = "".join(ch.upper() if len(ch.upper()) == 1 else ch for ch in sentence.text)
    return Sentence(upper, sentence.spans, sentence.unsure)


def headlined(sentence: Sentence) -> Sentence:
    """Every word with a capital, as many headlines are."""
    text = sentence.text
    letters = [
        ch.upper() if ch.islower() and (i == 0 or text[i - 1].isspace()) and len(ch.upper()) == 1 else ch
        for i, ch in enumerate(text)
    ]
    return Sentence("".join(letters), sentence.spans, sentence.unsure)
