"""Who is who: B-cubed precision, recall and F1 of mentions joined to entities, against people's reading of 60 articles.

Run `python -m benchmarks.joining`; needs ../shared/pages and the labels of training/ner/labels. Two readers, A and B,
marked every mention of the articles and said which are the same entity.

- Joining alone: the reader's spans are given, with kinds and score 1. A mention is scored by the reader's span that it
  overlaps; a span that joining dropped stands alone; what joining adds is left out.
- Same words: the reader's spans, joined where kind and folded words are equal and not otherwise: what needs no joining.
- End to end: `tag_text` on the text. A mention counts as found if start and end are the reader's; its kind is not
  asked. A mention that the tagger misses has recall 0, one that the reader has not has precision 0 and also lowers
  the precision of the mentions it is joined with. This is the strictest of the usual ways to count them.
- Reader against reader: as end to end, B's labels in the tagger's place: what two careful people agree on.

Precision of a mention is the share of its entity's mentions that the reader gives to the same entity as this one;
recall is the share of the reader's entity that it is joined with; both averaged over mentions. Within articles an
entity ends with its article; across articles it is one through all 60, joined by `pipeline.link.join`, and of
readers one where kind and folded name are equal. Kinds are the reader's for recall and the tagger's for precision.
Intervals are 95 % of 1,000 resamples of the articles; across articles each mention keeps the score it has in all 60.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.bootstrap import bounds, draws
from pipeline.decisions import Decided
from pipeline.folding import entity_key
from pipeline.link.join import join_entities
from pipeline.records import Kind, MentionMethod
from pipeline.tag.batch import mention_row
from pipeline.tag.interfaces import EntityMention, NameSpan, TagContext
from pipeline.tag.tagger import tag_text
from pipeline.tag.who.article import mentions_of

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = CHECKOUT.parent / "shared" / "pages" / "gold.jsonl"
LABELS = CHECKOUT / "training" / "ner" / "labels"
GOAL = 0.90
"""B-cubed F1 within articles, joining alone, against each reader."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One article as one reader sees it."""

    page: str
    text: str
    title: str | None
    entities: tuple[tuple[str, str], ...]  # kind and canonical name
    mentions: tuple[tuple[int, int, int], ...]  # start, end, number of the entity


@dataclass(frozen=True, slots=True)
class Marked:
    """One mention of an article, whoever marked it: its entity in the article, and across all."""

    span: Span
    kind: str
    within: Hashable
    across: Hashable


@dataclass(slots=True)
class Sums:
    """Sums of one article: of precision over what was found, of recall over what there is."""

    precision: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    found: Counter[str] = field(default_factory=Counter)
    recall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    gold: Counter[str] = field(default_factory=Counter)


def read_labels(file: Path, pages: Path) -> list[Labelled]:
    """The labelled articles with their texts; a text that is not the one that was read is an error."""
    with pages.open(encoding="utf-8") as lines:
        rows = {f"{row['set']}/{row['id']}": row for row in map(json.loads, lines)}
    with file.open(encoding="utf-8") as lines:
        return [_labelled(label, rows[label["page"]]) for label in map(json.loads, lines)]


def _labelled(label: Mapping[str, Any], row: Mapping[str, Any]) -> Labelled:
    digest = hashlib.sha256(row["text"].encode()).hexdigest()
    if not digest.startswith(label["sha256"]):
        raise SystemExit(f"{label['page']}: the text in ../shared/pages is not the one that was labelled")
    entities = tuple((kind, name) for kind, name in label["entities"])
    return Labelled(
        label["page"], row["text"], row.get("title"), entities, tuple((a, b, n) for a, b, n in label["mentions"])
    )


def marked_by_reader(labelled: Labelled) -> list[Marked]:
    """A reader's mentions."""
    return [
        Marked((start, end), labelled.entities[n][0], n, entity_key(*labelled.entities[n]))
        for start, end, n in labelled.mentions
    ]


def joined_alone(labelled: Labelled) -> list[EntityMention]:
    """The product's mentions when the reader's spans are given."""
    spans = [NameSpan(a, b, labelled.entities[n][0], 1.0, MentionMethod.MODEL) for a, b, n in labelled.mentions]
    return mentions_of(labelled.text, spans, title=None, title_spans=(), language="en", context=TagContext())


def on_readers_spans(mentions: Sequence[EntityMention], labelled: Labelled) -> list[EntityMention | None]:
    """For each of the reader's spans the mention that overlaps it; None where joining dropped it."""
    ends = [m.end for m in mentions]
    found: list[EntityMention | None] = []
    for start, end, _ in labelled.mentions:
        at = bisect_left(ends, start + 1)
        found.append(mentions[at] if at < len(mentions) and mentions[at].start < end else None)
    return found


def tagged(labelled: Labelled) -> list[EntityMention]:
    """The product's mentions, everything its own."""
    tags = tag_text(labelled.text, title=labelled.title, language=None, context=TagContext())
    return list(tags.mentions)


def joined_across(articles: Sequence[tuple[str, Sequence[EntityMention]]]) -> dict[str, str]:
    """Entity across articles by local key, as the stage `link` joins them with an empty warehouse."""
    rows = [mention_row(page, mention) for page, mentions in articles for mention in mentions]
    linked, _ = join_entities(rows, (), Decided(()))
    return {row.local_key: row.entity_key for row in linked}


def b_cubed(gold: Sequence[Sequence[Marked]], found: Sequence[Sequence[Marked]], *, across: bool) -> list[Sums]:
    """Sums per article; entities are those of the article, or with `across` those of all articles together."""
    truth = {(page, m.span): _entity(page, m, across) for page, ms in enumerate(gold) for m in ms}
    guess = {(page, m.span): _entity(page, m, across) for page, ms in enumerate(found) for m in ms}
    both = Counter((guess[place], truth[place]) for place in guess.keys() & truth.keys())
    guessed, true = Counter(guess.values()), Counter(truth.values())
    sums = [Sums() for _ in gold]
    for page, marks in enumerate(found):
        for m in marks:
            place = page, m.span
            sums[page].found[m.kind] += 1
            if place in truth:
                sums[page].precision[m.kind] += both[guess[place], truth[place]] / guessed[guess[place]]
    for page, marks in enumerate(gold):
        for m in marks:
            place = page, m.span
            sums[page].gold[m.kind] += 1
            if place in guess:
                sums[page].recall[m.kind] += both[guess[place], truth[place]] / true[truth[place]]
    return sums


def _entity(page: int, mark: Marked, across: bool) -> Hashable:
    return mark.across if across else (page, mark.within)


def figures(sums: Sequence[Sums], kinds: Iterable[str]) -> dict[str, float]:
    """Precision, recall and F1 with its interval, over the mentions of these kinds."""
    chosen = tuple(kinds)
    table = np.array(
        [
            [
                sum(s.precision[k] for k in chosen),
                sum(s.found[k] for k in chosen),
                sum(s.recall[k] for k in chosen),
                sum(s.gold[k] for k in chosen),
            ]
            for s in sums
        ]
    )
    precision, recall, f1 = _scores(table.sum(axis=0))
    low, high = bounds(np.array([_scores(table[rows].sum(axis=0))[2] for rows in draws(len(sums))]))
    return {"precision": precision, "recall": recall, "f1": f1, "low": low, "high": high, "mentions": table[:, 3].sum()}


def _scores(total: Any) -> tuple[float, float, float]:
    precision, recall = total[0] / max(1, total[1]), total[2] / max(1, total[3])
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def same_words_marks(articles: Sequence[Labelled]) -> list[list[Marked]]:
    """The reader's spans under their own words: a surname alone stays alone."""
    return [
        [
            Marked((a, b), article.entities[n][0], key := entity_key(article.entities[n][0], article.text[a:b]), key)
            for a, b, n in article.mentions
        ]
        for article in articles
    ]


def alone_marks(articles: Sequence[Labelled]) -> list[list[Marked]]:
    """Joining alone: the reader's spans with the product's entities."""
    joined = [joined_alone(a) for a in articles]
    across = joined_across([(a.page, ms) for a, ms in zip(articles, joined, strict=True)])
    marks = []
    for article, mentions in zip(articles, joined, strict=True):
        row = []
        for (start, end, n), m in zip(article.mentions, on_readers_spans(mentions, article), strict=True):
            key: Hashable = entity_key(m.kind, m.name) if m else ("dropped", article.page, start)
            row.append(Marked((start, end), article.entities[n][0], key, across.get(str(key), key)))
        marks.append(row)
    return marks


def tagged_marks(articles: Sequence[Labelled]) -> list[list[Marked]]:
    """End to end: the product's own mentions."""
    found = [tagged(a) for a in articles]
    across = joined_across([(a.page, ms) for a, ms in zip(articles, found, strict=True)])
    return [
        [Marked((m.start, m.end), m.kind, key := entity_key(m.kind, m.name), across[key]) for m in mentions]
        for mentions in found
    ]


def main() -> int:
    """Prints a table per question; the exit code is 1 if joining alone is below its goal for a reader."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    files = [LABELS / f"pages_test_{reader}.jsonl" for reader in "ab"]
    missing = [str(f) for f in (PAGES, *files) if not f.exists()]
    if missing:
        print("Not measured, for these files are missing:", ", ".join(missing))
        return 1
    one, other = (sorted(read_labels(f, PAGES), key=lambda a: a.page) for f in files)
    readers = {"A": one, "B": other}
    reached = True
    for reader, articles in readers.items():
        gold = [marked_by_reader(a) for a in articles]
        _show(f"Same words, against {reader}", gold, same_words_marks(articles))
        reached &= _show(f"Joining alone, against {reader}", gold, alone_marks(articles)) >= GOAL
    for reader, articles in readers.items():
        _show(f"End to end, against {reader}", [marked_by_reader(a) for a in articles], tagged_marks(articles))
    _show("Reader B, against A", [marked_by_reader(a) for a in one], [marked_by_reader(a) for a in other])
    verdict = "reached" if reached else "missed"
    print(f"Goal: F1 of {GOAL:.2f} within articles, joining alone, for both readers: {verdict}.")
    return int(not reached)


def _show(title: str, gold: Sequence[Sequence[Marked]], found: Sequence[Sequence[Marked]]) -> float:
    """Print one table; gives F1 within articles over all kinds."""
    table = Table("", "precision", "recall", "F1", "95 %", "mentions", title=title)
    within = b_cubed(gold, found, across=False)
    rows: list[tuple[str, list[Sums], Iterable[str]]] = [("within articles", within, Kind)]
    rows.extend((f"  {kind}", within, (kind,)) for kind in Kind)
    rows.append(("across articles", b_cubed(gold, found, across=True), Kind))
    for name, sums, kinds in rows:
        f = figures(sums, kinds)
        scores = [f"{f[key]:.3f}" for key in ("precision", "recall", "f1")]
        table.add_row(name, *scores, f"{f['low']:.3f} to {f['high']:.3f}", f"{f['mentions']:.0f}")
    Console().print(table)
    return figures(within, Kind)["f1"]


if __name__ == "__main__":
    sys.exit(main())
