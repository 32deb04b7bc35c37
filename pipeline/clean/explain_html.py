"""An explanation as one HTML page: the article as cleaned, with what was dropped in its place, dimmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pipeline.clean.content import PageContent
from pipeline.clean.explanation import CHOSEN, Explanation, shares
from pipeline.clean.pieces import Piece
from pipeline.shown import page_template

OPEN_PIECES = 3
"""Longer runs of dropped blocks are folded: a menu of 200 links must not stand between two paragraphs."""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks that follow each other and were all kept, or all dropped for the same reason."""

    is_kept: bool
    why: str
    pieces: tuple[Piece, ...]

    @property
    def is_open(self) -> bool:
        """Shown without a click."""
        return len(self.pieces) <= OPEN_PIECES


def as_html(page_id: str, content: PageContent, explanation: Explanation) -> str:
    """A whole page without scripts or anything fetched; all that came from the web is escaped."""
    found = shares(explanation.pieces)
    return page_template("pipeline.clean", "page.html.jinja").render(
        page_id=page_id,
        content=content,
        fields=explanation.found,
        missing=explanation.missing,
        runs=list(runs(explanation.pieces)),
        shares=found,
        kept=sum(share.count for share in found if share.is_kept),
        dropped=sum(share.count for share in found if not share.is_kept),
        chosen=CHOSEN,
        headings=_HEADINGS,
    )


def runs(pieces: Iterable[Piece]) -> Iterable[Run]:
    """The pieces in page order, neighbours of the same fate together; kept ones whatever the reason."""
    for (is_kept, why), group in groupby(pieces, key=lambda p: (p.is_kept, "" if p.is_kept else p.why)):
        yield Run(is_kept, why, tuple(group))
