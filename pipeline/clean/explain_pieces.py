"""Which blocks of a page the article's text is made of, and what became of the others."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from lxml import etree
from lxml.html import HtmlElement

from pipeline.clean.folding import fold_name, fold_words
from pipeline.clean.lines import residue, tidy
from pipeline.clean.pieces import Piece

_BLOCKS = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "figcaption", "td", "th", "dt", "dd", "div",
     "section", "article", "aside", "header", "footer", "nav", "main", "ul", "ol", "dl", "table", "tr", "tbody",
     "figure", "form", "body", "button", "address", "details", "summary", "fieldset", "br", "hr")
)  # fmt: skip
_UNSEEN = frozenset(("script", "style", "noscript", "template", "svg", "head", "title", "textarea", "select", "iframe"))
_ASIDES = {
    "nav": "navigation", "header": "page header", "footer": "footer", "aside": "sidebar", "form": "form",
    "button": "form", "figcaption": "caption",
}  # fmt: skip
_LONG_CHARS = 20
"""Shorter blocks are found inside any long line by chance."""

Block = tuple[str, str, str | None]
"""A block's text, the tag of its element, and the kind of box it stands in."""


def blocks_of(tree: HtmlElement) -> list[Block]:
    """The texts of the page that a reader sees as blocks, in page order."""
    body = tree.find("body")
    found: list[Block] = []
    outer: list[tuple[str, str | None]] = [("body", None)]  # the block around each element, and the box that is in
    parts: list[str] = []

    def close() -> None:
        tag, box = outer[-1]
        found.extend((line, tag, box) for line in tidy(" ".join("".join(parts).split())))
        parts.clear()

    walk = etree.iterwalk(tree if body is None else body, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        is_block = tag in _BLOCKS
        if event == "start":
            if is_block:
                close()
                outer.append((tag, _ASIDES.get(tag, outer[-1][1])))
            if tag in _UNSEEN:
                walk.skip_subtree()
            else:
                parts.append(element.text or "")
        else:
            if is_block:
                close()
                outer.pop()
            parts.append(element.tail or "")
    return found


def read_pieces(blocks: Sequence[Block], read: Sequence[str], extractor: str) -> tuple[Piece, ...]:
    """The blocks as the extractor left them: taken where one of its lines `read` shows them."""
    in_read = _Lines(read)
    taken = f"taken by the {extractor} reading"
    return tuple(
        Piece(text, is_taken, taken if is_taken else box or "not taken as article text", None, tag)
        for text, tag, box in blocks
        for is_taken in (in_read.holds(text),)
    )


def final_pieces(
    taken: Sequence[Piece], kept: Sequence[str], titles: Sequence[str], extractor: str
) -> tuple[Piece, ...]:
    """Every block with its fate: `taken` as the extractor left them, `kept` the lines that became the text.

    The kept pieces are exactly the lines of the text, in its order, about where their first blocks stand on the page;
    a line that no block shows (taken from JSON-LD) follows the line before it.
    """
    wanted = {fold_name(title) for title in titles} - {""}
    in_text = _Lines(kept)
    placed: list[tuple[int | None, Piece]] = []  # with the number of its line, if it is one
    for piece in taken:
        if in_text.holds(piece.text):
            why = piece.why if piece.is_kept else f"taken by the {extractor} reading"
            placed += [(n, Piece(kept[n], True, why, piece.score, piece.tag)) for n in in_text.take(piece.text)]
        else:
            why = _why_dropped(piece.text, None if piece.is_kept else piece.why, wanted)
            placed.append((None, Piece(piece.text, False, why, piece.score, piece.tag)))
    for n in in_text.untaken():
        at = next((i for i, (number, _) in enumerate(placed) if number is not None and number == n - 1), -1)
        placed.insert(at + 1, (n, Piece(kept[n], True, f"not a block of the page: {extractor}", None, "line")))
    in_order = iter(sorted(((n, piece) for n, piece in placed if n is not None), key=itemgetter(0)))
    return tuple(piece if number is None else next(in_order)[1] for number, piece in placed)


def plain_pieces(read: Sequence[str], kept: Sequence[str], title: str | None) -> tuple[Piece, ...]:
    """The lines of a text without elements."""
    left = list(kept)
    pieces: list[Piece] = []
    for line in read:
        if line in left:
            left.remove(line)
            pieces.append(Piece(line, True, "a line of the text", None, "line"))
        else:
            why = "headline" if line == title else _why_dropped(line, None, set())
            pieces.append(Piece(line, False, why, None, "line"))
    return (*pieces, *(Piece(line, True, "a line of the text", None, "line") for line in left))


def _why_dropped(text: str, why_not_taken: str | None, wanted: set[str]) -> str:
    """What the extractor took and the text still lacks was dropped by the rules for lines (lines.py)."""
    folded = fold_name(text)
    if any(folded == title or (len(folded) > _LONG_CHARS and folded in title) for title in wanted):
        return "headline"
    if fold_words(text) in residue().whole:
        return "residue"
    return why_not_taken or "byline, residue or repeat"


class _Lines:
    """Lines of a text, found again in blocks: a line may be made of several blocks, a block hold several lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._folded = [fold_words(line) for line in lines]
        self._taken: set[int] = set()

    def holds(self, text: str) -> bool:
        """The text is one of the lines, holds one, or is a part of one."""
        return bool(self._found(fold_words(text)))

    def take(self, text: str) -> list[int]:
        """Numbers of the lines that the text is the first to show."""
        fresh = [number for number in self._found(fold_words(text)) if number not in self._taken]
        self._taken.update(fresh)
        return fresh

    def untaken(self) -> list[int]:
        """Numbers of the lines that no text has shown."""
        return [number for number in range(len(self._folded)) if number not in self._taken]

    def _found(self, block: str) -> list[int]:
        same = [number for number, line in enumerate(self._folded) if line == block and number not in self._taken]
        if same or len(block) < _LONG_CHARS:
            return same[:1]
        return [number for number, line in enumerate(self._folded) if self._shows(block, number, line)]

    def _shows(self, block: str, number: int, line: str) -> bool:
        if len(line) >= _LONG_CHARS and line in block:
            return True
        # A link to another article may be worded like a part of this one: the first block of a line is its beginning.
        return block in line and (number in self._taken or line.startswith(block) or 2 * len(block) > len(line))
