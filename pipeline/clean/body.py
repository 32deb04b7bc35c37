"""The text of a parsed page: three readings of it, and the choice among its blocks (decision 5)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray
from trafilatura.utils import load_html

from pipeline.clean import linked_data
from pipeline.clean.block_features import Numbers, features, shares_of, shown_of
from pipeline.clean.blocks import Block, blocks_of
from pipeline.clean.containers import Groups, groups_of
from pipeline.clean.facts import PageFacts, description
from pipeline.clean.pieces import Piece
from pipeline.clean.readings import NAMES, read_all
from pipeline.clean.selector import Trees, load_trees, smoothed, threshold

_CONSENT = (
    "onetrust", "cookie-consent", "cookieconsent", "cookie-banner", "cookiebanner", "cookie-notice", "cookie-law",
    "cybotcookiebot", "didomi", "qc-cmp", "sp_message_container", "usercentrics", "gdpr-consent", "consent-banner",
    "truste-", "truste_", "borlabs-cookie", "cmplz-", "iubenda-cs", "fc-consent-root", "ot-sdk-",
)  # fmt: skip
"""Class and id beginnings of the consent tools that newspapers embed; their text is never the article's."""
_COMMENTS = frozenset((
    "comentarios", "comentários", "commentaires", "kommentare", "kommentarbereich", "kommentarer", "commenti",
    "reacties",
))  # fmt: skip
"""Readers' comments by the names that other languages give them; trafilatura knows the English ones."""
_BOXES = {
    "nav": "navigation", "header": "page header", "footer": "footer", "aside": "sidebar", "form": "form",
    "figcaption": "caption",
}  # fmt: skip
_SAME = 0.98
"""A reading that has this much of the chosen text, and little more, is said to have won."""
_MARKUP = re.compile(r"<(?:/?(?:p|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|blockquote)|br|img|script)\b", re.IGNORECASE)
_CLOSING = re.compile(r"</(?:p|div|li|h[1-6]|blockquote)\s*>", re.IGNORECASE)
_STATED_WINS, _STATED_CHARS = 2.0, 400
"""JSON-LD's own text is taken when it is twice as long as what the page shows, and not just a summary."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The blocks of a page and what speaks for them; one row per block everywhere."""

    blocks: list[Block]
    shares: Numbers  # of the block that each reading kept, one column per reading
    groups: Groups
    rows: Numbers  # what the model goes by


@dataclass(frozen=True, slots=True)
class Choice:
    """The blocks of a page, what each reading kept of them, their scores, and which were taken."""

    blocks: list[Block]
    shares: Numbers  # one row per block, one column per reading
    scores: Numbers
    kept: NDArray[np.bool_]

    def pieces(self) -> tuple[Piece, ...]:
        """Every block in page order, and why it was taken or left."""
        found = []
        for block, shares, score, is_kept in zip(self.blocks, self.shares, self.scores, self.kept, strict=True):
            having = [name for name, share in zip(NAMES, shares, strict=True) if share >= 0.5]
            box = None if is_kept else _box(block.element)
            kept_by = f"kept by {', '.join(having) or 'no extractor'}"
            why = f"{box}, {kept_by}" if box else kept_by
            found.append(Piece(block.text, bool(is_kept), why, round(float(score), 3), block.element.tag))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Body:
    """The page's text block by block, and which reading it is."""

    lines: list[str]
    extractor: str  # strict, loose, readability: the reading that agrees; blocks: none does; json_ld; none
    reason: str | None
    choice: Choice | None  # None where the page has no blocks

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What became of each block; of a text from JSON-LD none was taken."""
        return self.choice.pieces() if self.choice else ()


def extract_body(
    tree: HtmlElement, url: str | None, facts: PageFacts, titles: list[str], trees: Trees | None = None
) -> Body:
    """Choose the article's blocks. The tree is not changed, except that consent dialogs and comments are taken out.

    `titles` are all forms of the headline; `trees` another model than the shipped one.
    """
    stated = stated_body(facts)
    weighed = weigh(tree, url, facts, titles, stated)
    if weighed is None:
        return _from_json_ld(stated, None) if stated else Body([], "none", "the page shows no text", None)
    choice = _chosen(weighed, trees or load_trees())
    lines = [block.text for block, is_kept in zip(choice.blocks, choice.kept, strict=True) if is_kept]
    chars = sum(map(len, lines))
    if len(stated) > max(_STATED_CHARS, _STATED_WINS * chars):
        nothing = replace(choice, kept=np.zeros_like(choice.kept))
        return _from_json_ld(stated, nothing, f"the page shows {chars} of the {len(stated)} characters it states")
    winner, reason = _agreeing(choice)
    return Body(lines, winner, reason, choice)


def weigh(tree: HtmlElement, url: str | None, facts: PageFacts, titles: list[str], stated: str) -> Weighed | None:
    """The blocks of a page with their numbers, for choosing and for training; None if there are none.

    `stated` is what `stated_body` gives. Consent dialogs and comments are taken out of the tree.
    """
    _prune(tree)
    blocks = blocks_of(tree)
    if not blocks:
        return None
    shares, groups = shares_of(blocks, read_all(tree, url)), groups_of(blocks)
    shown = shown_of(titles, description(facts), stated)
    return Weighed(blocks, shares, groups, features(blocks, groups, shares, shown))


def _chosen(weighed: Weighed, trees: Trees) -> Choice:
    length = np.array([len(block.text) for block in weighed.blocks], dtype=float)
    scores = smoothed(trees.scores(weighed.rows), weighed.groups.path, length)
    return Choice(weighed.blocks, weighed.shares, scores, scores >= threshold(scores, length))


def _box(element: HtmlElement) -> str | None:
    """What a dropped block stood in, for a person."""
    around = [element.tag, *(outer.tag for outer in element.iterancestors())]
    return next((_BOXES[tag] for tag in around if tag in _BOXES), None)


def _agreeing(choice: Choice) -> tuple[str, str]:
    """The reading that equals the choice, else `blocks`; and how far each agrees (F1 of characters)."""
    kept, blocks = choice.kept, choice.blocks
    size = np.array([len(block.squeezed) for block in blocks], dtype=float)
    agreement = {}
    for name, share in zip(NAMES, choice.shares.T, strict=True):
        has = size * share
        agreement[name] = 2 * float((has * kept).sum()) / max(1.0, float(has.sum() + (size * kept).sum()))
    best = max(agreement, key=lambda name: agreement[name])
    listed = ", ".join(f"{name} {share:.2f}" for name, share in agreement.items())
    winner = best if agreement[best] >= _SAME else "blocks"
    return winner, f"{int(kept.sum())} of {len(blocks)} blocks; agreement with extractors: {listed}"


def _from_json_ld(stated: str, choice: Choice | None, reason: str = "only JSON-LD has the text") -> Body:
    return Body(stated.split("\n"), "json_ld", reason, choice)


def stated_body(facts: PageFacts) -> str:
    """The text that JSON-LD gives, one paragraph per line; empty if none."""
    raw = facts.article.get("articleBody")
    if not isinstance(raw, str):
        return ""
    raw = raw.replace("\r", "\n")
    if _MARKUP.search(html.unescape(raw)):
        markup = (raw if _MARKUP.search(raw) else html.unescape(raw)).replace("\n", "<br>")  # ends a paragraph here
        markup = _CLOSING.sub(r"\g<0><br>", markup)  # and so does an end without a beginning
        tree = load_html(f"<html><body>{markup}</body></html>")
        return "\n".join(linked_data.plain(block.text) for block in blocks_of(tree)) if tree is not None else ""
    return "\n".join(p for p in map(linked_data.plain, raw.split("\n")) if p)


def _prune(tree: HtmlElement) -> None:
    """Take consent dialogs and readers' comments out of the tree."""
    for element in [e for e in tree.iter("div", "section", "aside", "dialog", "ul", "ol") if _is_never_text(e)]:
        if element.getparent() is not None and not _holds_article(element):
            element.clear(keep_tail=True)  # taking it out would join the tails of thousands again and again


def _holds_article(element: HtmlElement) -> bool:
    """A wrapper of the whole page that carries a mark of the dialog's state."""
    return next(element.iter("article", "main", "h1"), None) is not None


def _is_never_text(element: HtmlElement) -> bool:
    marks = f"{element.get('id') or ''} {element.get('class') or ''}".lower().split()
    return any(mark.startswith(_CONSENT) or mark in _COMMENTS for mark in marks)
