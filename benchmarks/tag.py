"""Tagging: articles per second on one core, names against gold corpora, topics against BBC's sections.

Run `python -m benchmarks.tag`; needs ../shared. Names count only if start, end and kind are right (span F1).
Intervals are 95 % of 1,000 resamples of the texts. Which corpora the rules were written by is said in
docs/decisions/0006-tagging.md; "seen" marks them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ner_corpora import KINDS, GoldText, read_columns, read_gum
from pipeline.tag.interfaces import TagContext
from pipeline.tag.tagger import DEFAULT_TAGGER, tag_text

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"
RESULTS = CHECKOUT / "benchmarks" / "results"
SPEED_GOAL = 20.0
"""Articles of 600 words per second and core, at least: a night of 20,000 articles in ten minutes on two cores."""
NER = SHARED / "ner"
CORPORA: dict[str, Callable[[], Iterable[GoldText]]] = {
    "GUM news and interviews (seen)": lambda: read_gum(NER / "gum_news.zip"),
    "Wikigold (seen)": lambda: read_columns(NER / "wikigold.zip", "wikigold.conll", 0, -1, None),
    "UNER EWT dev (seen)": lambda: read_columns(NER / "uner_ewt.zip", "en_ewt-ud-dev.iob2", 1, 2, "\t"),
    "UNER EWT test": lambda: read_columns(NER / "uner_ewt.zip", "en_ewt-ud-test.iob2", 1, 2, "\t"),
}
SECTIONS = {"01": "entertainment", "04": "business", "11": "politics", "13": "tech", "15": "sport"}
"""IPTC top-level topics as the BBC's sections; other topics are passed over when the first guess is taken."""

Counts = dict[str, tuple[int, int, int]]  # by kind: right, found, gold


def measure_speed() -> dict[str, float]:
    """CPU seconds over the gold texts of ../shared/pages, everything on; figures per article of 600 words."""
    with (SHARED / "pages" / "gold.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    started = time.process_time()
    tag_text("Loading.", title=None, language=None, context=TagContext())
    tag_text("Loading in London.", title=None, language="en", context=TagContext())
    load = time.process_time() - started
    started = time.process_time()
    for text in texts:
        tag_text(text, title=None, language=None, context=TagContext())
    seconds = time.process_time() - started
    words = sum(len(text.split()) for text in texts)
    return {"articles": len(texts), "words": words, "load_s": load, "articles_600_words_per_s": words / 600 / seconds}


def measure_names(texts: Iterable[GoldText]) -> dict[str, Any]:
    """Span F1 by kind and over all, the latter with its interval."""
    counts = [_count(gold) for gold in texts]
    rng = random.Random(7)
    resampled = sorted(_f1(_total(rng.choices(counts, k=len(counts)), KINDS)) for _ in range(1000))
    values: dict[str, Any] = {kind: _f1(_total(counts, (kind,))) for kind in KINDS}
    right, found, gold = _total(counts, KINDS)
    return {
        **values, "all": _f1((right, found, gold)), "low": resampled[25], "high": resampled[974],
        "precision": right / max(1, found), "recall": right / max(1, gold), "spans": gold,
    }  # fmt: skip


def _count(gold: GoldText) -> Counts:
    mentions = DEFAULT_TAGGER.entities.mentions(gold.text, title=None, language="en", context=TagContext())
    found = {(m.start, m.end, m.kind) for m in mentions}
    return {
        kind: (
            sum(s[2] == kind for s in found & gold.spans),
            sum(s[2] == kind for s in found),
            sum(s[2] == kind for s in gold.spans),
        )
        for kind in KINDS
    }


def _total(counts: Iterable[Counts], kinds: Iterable[str]) -> tuple[int, int, int]:
    rows = [c[kind] for c in counts for kind in kinds]
    return sum(r[0] for r in rows), sum(r[1] for r in rows), sum(r[2] for r in rows)


def _f1(counts: tuple[int, int, int]) -> float:
    right, found, gold = counts
    return 2 * right / max(1, found + gold)


def measure_topics() -> dict[str, float]:
    """Accuracy and macro-F1 of the first topic that stands for a BBC section."""
    with zipfile.ZipFile(SHARED / "topics" / "bbc.zip").open("bbc.jsonl") as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [(row["label"], _section(row["text"])) for row in rows]
    labels = sorted({label for label, _ in pairs})
    f1 = {
        label: _f1(
            (
                sum(a == b == label for a, b in pairs),
                sum(b == label for _, b in pairs),
                sum(a == label for a, _ in pairs),
            )
        )
        for label in labels
    }
    return {
        "texts": len(pairs),
        "accuracy": sum(a == b for a, b in pairs) / len(pairs),
        "macro_f1": sum(f1.values()) / len(f1),
        **f1,
    }


def _section(text: str) -> str | None:
    topics = DEFAULT_TAGGER.topics.topics(text, title=None, language="en", context=TagContext())
    return next((SECTIONS[t.code[7:9]] for t in topics if t.code[7:9] in SECTIONS), None)


def main() -> int:
    """Measure, print tables, write benchmarks/results/tag.json; 1 if the speed goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--speed-only", action="store_true", help="leave out names and topics")
    given = options.parse_args()
    console = Console()
    if not (SHARED / "pages" / "gold.jsonl").exists():
        console.print("skipped: ../shared is not beside the checkout")
        return 0
    speed = measure_speed()
    names = {} if given.speed_only else {name: measure_names(read()) for name, read in CORPORA.items()}
    topics = {} if given.speed_only else measure_topics()
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {"at": at, "speed": speed, "names": names, "topics": topics}
    (RESULTS / "tag.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _print(console, speed, names, topics)
    return 0 if speed["articles_600_words_per_s"] >= SPEED_GOAL else 1


def _print(
    console: Console, speed: dict[str, float], names: dict[str, dict[str, Any]], topics: dict[str, float]
) -> None:
    table = Table("corpus", "PER", "ORG", "LOC", "all", "95 %", "precision", "recall", "spans", title="Names, span F1")
    for corpus, v in names.items():
        figures = [f"{v[k]:.3f}" for k in (*KINDS, "all")]
        table.add_row(
            corpus,
            *figures,
            f"{v['low']:.3f} to {v['high']:.3f}",
            f"{v['precision']:.3f}",
            f"{v['recall']:.3f}",
            str(v["spans"]),
        )
    if names:
        console.print(table)
        accuracy, f1, count = topics["accuracy"], topics["macro_f1"], topics["texts"]
        console.print(f"topics: BBC sections, accuracy {accuracy:.3f}, macro-F1 {f1:.3f} over {count} texts")
    rate, load = speed["articles_600_words_per_s"], speed["load_s"]
    console.print(
        f"speed: {rate:.0f} articles of 600 words per second and core (goal {SPEED_GOAL:.0f}), loading {load:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
