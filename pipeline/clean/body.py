"""The text of a parsed page: three readings of it, and the choice among its blocks (decision 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipeline.clean import linked_data
from pipeline.clean.block_features import Numbers, features, shares_of, shown_of
from pipeline.clean.blocks import Block, blocks_of
from pipeline.clean.containers import groups_of
from pipeline.clean.facts import PageFacts, description
from pipeline.clean.pieces import Piece
from pipeline.clean.readings import NAMES, read_all
from pipeline.clean.selector import Trees, load_trees, smoothed, threshold

_CONSENT = (
    "onetrust", "cookie-consent", "cookieconsent", "cookie-banner", "cookiebanner", "cookie-notice", "cookie-law",
    "cybotcookiebot", "didomi", "qc-cmp", "sp_message_container", "usercentrics", "gdpr-consent", "consent-banner",
    "truste", "borlabs-cookie", "cmplz-", "iubenda-cs", "fc-consent-root", "ot-sdk-",
)  # fmt: skip
"""Class and id beginnings of the consent tools that newspapers embed; their text is never the article's."""
_COMMENTS = frozenset((
    "comentarios", "comentários", "commentaires", "kommentare", "kommentarbereich", "kommentarer", "commenti",
    "reacties",
))  # fmt: skip
"""Readers' comments by the names that other languages give them; trafilatura knows the English ones."""
_SAME = 0.98
"""A reading that has this much of the chosen text, and little more, is said to have won."""
_STATED_WINS, _STATED_CHARS = 2.0, 400
"""JSON-LD's own text is taken when it is twice as long as what the page shows, and not just a summary."""


@dataclass(frozen=True, slots=True)
class Body:
    """The page's text block by block, and which reading it is."""

    lines: list[str]
    extractor: str  # strict, loose, readability: the reading that agrees; blocks: none does; json_ld; none
    reason: str | None
    pieces: tuple[Piece, ...]  # every block of the page, in page order


def extract_body(
    tree: HtmlElement, url: str | None, facts: PageFacts, titles: list[str], trees: Trees | None = None
) -> Body:
    """Choose the article's blocks. The tree is not changed, except that consent dialogs and comments are taken out.

    `titles` are all forms of the headline; `trees` another model than the shipped one.
    """
    prune(tree)
    blocks = blocks_of(tree)
    stated = stated_body(facts)
    if not blocks:
        return _from_json_ld(stated, ()) if stated else Body([], "none", "the page shows no text", ())
    shares = shares_of(blocks, read_all(tree, url))
    groups = groups_of(blocks)
    rows = features(blocks, groups, shares, shown_of(titles, description(facts), stated))
    length = np.array([len(block.text) for block in blocks], dtype=float)
    scores = smoothed((trees or load_trees()).scores(rows), groups.path, length)
    kept = scores >= threshold(scores, length)
    pieces = _pieces(blocks, shares, scores, kept)
    lines = [block.text for block, is_kept in zip(blocks, kept, strict=True) if is_kept]
    chars = sum(map(len, lines))
    if len(stated) > max(_STATED_CHARS, _STATED_WINS * chars):
        return _from_json_ld(stated, pieces, f"the page shows {chars} of the {len(stated)} characters it states")
    winner, reason = _agreeing(blocks, shares, kept)
    return Body(lines, winner, reason, pieces)


def _pieces(blocks: list[Block], shares: Numbers, scores: Numbers, kept: NDArray[np.bool_]) -> tuple[Piece, ...]:
    found = []
    for block, having_it, score, is_kept in zip(blocks, shares, scores, kept, strict=True):
        having = [name for name, share in zip(NAMES, having_it, strict=True) if share >= 0.5]
        why = f"in {', '.join(having)}" if having else "in no reading"
        found.append(Piece(block.text, bool(is_kept), why, round(float(score), 3), block.element.tag))
    return tuple(found)


def _agreeing(blocks: list[Block], shares: Numbers, kept: NDArray[np.bool_]) -> tuple[str, str]:
    """The reading that equals the choice, else `blocks`; and how far each agrees (F1 of characters)."""
    size = np.array([len(block.squeezed) for block in blocks], dtype=float)
    agreement = {}
    for name, share in zip(NAMES, shares.T, strict=True):
        has = size * share
        agreement[name] = 2 * float((has * kept).sum()) / max(1.0, float(has.sum() + (size * kept).sum()))
    best = max(agreement, key=lambda name: agreement[name])
    listed = ", ".join(f"{name} {share:.2f}" for name, share in agreement.items())
    winner = best if agreement[best] >= _SAME else "blocks"
    return winner, f"{int(kept.sum())} of {len(blocks)} blocks; agreement: {listed}"


def _from_json_ld(stated: str, pieces: tuple[Piece, ...], reason: str = "only JSON-LD has the text") -> Body:
    return Body(stated.split("\n"), "json_ld", reason, pieces)


def stated_body(facts: PageFacts) -> str:
    """The text that JSON-LD gives, one paragraph per line; empty if none."""
    raw = facts.article.get("articleBody")
    if not isinstance(raw, str):
        return ""
    paragraphs = raw.replace("</p>", "\n").replace("<br", "\n<br").replace("\r", "\n").split("\n")
    return "\n".join(p for p in map(linked_data.plain, paragraphs) if p)


def prune(tree: HtmlElement) -> None:
    """Take consent dialogs and readers' comments out of the tree."""
    for element in [e for e in tree.iter("div", "section", "aside", "dialog", "ul", "ol") if _is_never_text(e)]:
        parent = element.getparent()
        if parent is not None:
            element.drop_tree()


def _is_never_text(element: HtmlElement) -> bool:
    marks = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return any(mark.startswith(_CONSENT) or mark in _COMMENTS for mark in marks)
