"""Which blocks of a page the article's text is made of, and what became of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.clean.charset import repair_mojibake
from pipeline.clean.lines import residue, sifted, tidy
from pipeline.clean.pieces import Piece
from pipeline.folding import fold_name, fold_words

_STATED = "stated in JSON-LD, not shown on the page"


def final_pieces(
    taken: Sequence[Piece], kept: Sequence[str], titles: list[str], repeated: frozenset[str]
) -> tuple[Piece, ...]:
    """Every block with its fate: `taken` as the selector left them, `kept` the lines that became the text.

    The kept pieces are exactly the lines of the text, in its order; lines of a text from JSON-LD stand at the end.
    """
    wanted = {fold_name(title) for title in titles} - {""}
    pieces = [piece if piece.is_kept else replace(piece, why=_why_left(piece, wanted)) for piece in taken]
    numbers = [number for number, piece in enumerate(taken) if piece.is_kept]
    mended = repair_mojibake("\n".join(taken[number].text for number in numbers)).split("\n")
    chosen = [(number, line) for number, text in zip(numbers, mended, strict=False) for line in tidy(text)]
    for number in numbers:
        pieces[number] = replace(taken[number], is_kept=False, why="embedded data, not text")
    sieved = sifted([line for _, line in chosen], titles, repeated)
    for (number, _), (line, why) in zip(chosen, sieved, strict=True):
        pieces[number] = replace(taken[number], text=line, is_kept=why is None, why=why or taken[number].why)
    shown = any(piece.is_kept for piece in pieces)
    stated = [] if shown else [Piece(line, True, _STATED, None, "line") for line in kept]
    return (*pieces, *stated)


def _why_left(piece: Piece, wanted: set[str]) -> str:
    """What the selector left has a plainer reason, if it is the headline or a line that no article has."""
    if fold_name(piece.text) in wanted:
        return "headline"
    return "residue" if fold_words(piece.text) in residue().whole else piece.why


def plain_pieces(read: Sequence[str], kept: Sequence[str], title: str | None) -> tuple[Piece, ...]:
    """The lines of a text without elements."""
    left = list(kept)
    pieces: list[Piece] = []
    for line, why in sifted(list(read), [title] if title else []):
        if line in left:
            left.remove(line)
            pieces.append(Piece(line, True, "a line of the text", None, "line"))
        else:
            why_dropped = "headline" if line == title else why or "byline, residue or repeat"
            pieces.append(Piece(line, False, why_dropped, None, "line"))
    return (*pieces, *(Piece(line, True, "a line of the text", None, "line") for line in left))
