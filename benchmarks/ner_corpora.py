"""The gold corpora of ../shared/ner as texts with spans, for `benchmarks.tag`.

Tokens are joined by spaces and sentences by line breaks: text as it comes pre-tokenised. Spans are the corpora's own,
in code points; only PER, ORG and LOC count.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("PER", "ORG", "LOC")
SENTENCES_PER_TEXT = 30
"""Corpora without documents are cut into texts of this many sentences, about an article."""

Span = tuple[int, int, str]  # start, end, kind


@dataclass(slots=True)
class GoldText:
    """One text and what is named in it."""

    text: str = ""
    spans: set[Span] = field(default_factory=set)

    def add(self, words: list[str], spans: Iterable[Span]) -> None:
        """Add a sentence; its spans count words."""
        places: list[tuple[int, int]] = []
        for word in words:
            places.append((len(self.text), len(self.text) + len(word)))
            self.text += word + " "
        self.text = self.text.rstrip(" ") + "\n"
        self.spans |= {(places[a][0], places[b - 1][1], kind) for a, b, kind in spans if kind in KINDS}


def read_columns(archive: Path, member: str, word: int, tag: int, separator: str | None) -> Iterator[GoldText]:
    """A CoNLL-like file: one token per line, tags B-X, I-X or O (or I-X alone)."""
    current = GoldText()
    for sentences, rows in enumerate(_sentences(archive, member, separator), start=1):
        words, tags = [r[word] for r in rows], [r[tag] for r in rows]
        current.add(words, _spans_of_tags(tags))
        if sentences % SENTENCES_PER_TEXT == 0:
            yield current
            current = GoldText()
    if current.text:
        yield current


def _sentences(archive: Path, member: str, separator: str | None) -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    with zipfile.ZipFile(archive) as opened, opened.open(member) as raw:
        for line in io.TextIOWrapper(raw, encoding="utf-8"):
            stripped = line.rstrip("\n")
            if stripped.startswith("# ") and "\t" not in stripped:
                continue
            if stripped.strip():
                rows.append(stripped.split(separator))
            elif rows:
                yield rows
                rows = []
    if rows:
        yield rows


def _spans_of_tags(tags: list[str]) -> Iterator[Span]:
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


_GUM_KINDS = {"person": "PER", "organization": "ORG", "place": "LOC"}
_GUM_TITLE = re.compile(
    "mrs?|ms|dr|president|prime|minister|senator|secretary|general|prof|governor|king|queen|sir", re.IGNORECASE
)
_BRACKET = re.compile(r"\(([^()]+)|(\d+)?\)")


def read_gum(archive: Path) -> Iterator[GoldText]:
    """GUM news and interviews. Outermost named spans of person, organization and place, without article and title.

    GUM marks every noun phrase; one counts as a name if it has a proper noun and only words that may stand in names.
    So the figures show a trend and are not comparable with published ones.
    """
    with zipfile.ZipFile(archive) as opened:
        members = sorted(n for n in opened.namelist() if n.endswith(".conllu"))
    for member in members:
        current, open_spans = GoldText(), dict[str, list[tuple[int, str]]]()
        for rows in _sentences(archive, member, "\t"):
            tokens = [r for r in rows if len(r) > 9 and r[0].isdigit()]
            current.add([t[1] for t in tokens], _outermost(_gum_names(tokens, open_spans)))
        yield current


def _gum_names(tokens: list[list[str]], open_spans: dict[str, list[tuple[int, str]]]) -> Iterator[Span]:
    last = ""
    for index, token in enumerate(tokens):
        entity = re.search(r"Entity=([^|]*)", token[9])
        for opening, closing in _BRACKET.findall(entity.group(1)) if entity else ():
            if opening:
                last, kind, *_ = opening.split("-")
                open_spans.setdefault(last, []).append((index, kind))
            elif open_spans.get(closing or last):
                start, kind = open_spans[closing or last].pop()
                yield from _gum_name(tokens, start, index + 1, _GUM_KINDS.get(kind))


def _gum_name(tokens: list[list[str]], start: int, end: int, kind: str | None) -> Iterator[Span]:
    while start < end and tokens[start][4] in ("DT", "PRP$"):
        start += 1
    while kind == "PER" and start < end and _GUM_TITLE.fullmatch(tokens[start][1].rstrip(".")):
        start += 1
    while start < end and tokens[end - 1][1] in ("'s", "’s", ","):
        end -= 1
    inside = tokens[start:end]
    allowed = {"PROPN", "ADP", "CCONJ", "DET", "PUNCT", "NUM", "PART"}
    is_name = any(t[4] in ("NNP", "NNPS") for t in inside)
    if kind and is_name and all(t[3] in allowed or t[1][:1].isupper() for t in inside):
        yield start, end, kind


def _outermost(spans: Iterable[Span]) -> Iterator[Span]:
    reached = -1
    for start, end, kind in sorted(set(spans), key=lambda s: (s[0], -s[1])):
        if start >= reached:
            yield start, end, kind
            reached = end
