"""Tagging: articles per second on one core and memory with everything on, topics against BBC's sections.

Run `python -m benchmarks.tag`; needs ../shared. What names are found: benchmarks.names; who is who: benchmarks.joining.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.tagger import tag_text
from pipeline.tag.topics.keywords import KeywordTopicScorer

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"
RESULTS = CHECKOUT / "benchmarks" / "results"
SPEED_GOAL = 6.0
"""Articles of 600 words per second and core, at least: a night of 20,000 articles in half an hour on two cores."""
MEMORY_GOAL = 600.0
"""MB of a tag worker, at most: four of them beside Airflow and Postgres on a small machine."""
SECTIONS = {"01": "entertainment", "04": "business", "11": "politics", "13": "tech", "15": "sport"}
"""IPTC top-level topics as the BBC's sections; other topics are passed over when the first guess is taken."""


def measure_speed() -> dict[str, float]:
    """CPU seconds over the gold texts of ../shared/pages, everything on; figures per article of 600 words.

    Peak memory is this process's own, as a tag worker's would be after the same texts.
    """
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {
        "articles": len(texts),
        "words": words,
        "load_s": load,
        "articles_600_words_per_s": words / 600 / seconds,
        "peak_memory_mb": memory,
    }


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
    topics = KeywordTopicScorer().topics(text, title=None, language="en", context=TagContext(), reading=Reading())
    return next((SECTIONS[t.code[7:9]] for t in topics if t.code[7:9] in SECTIONS), None)


def main() -> int:
    """Measure, print, write benchmarks/results/tag.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--speed-only", action="store_true", help="leave out topics")
    given = options.parse_args()
    console = Console()
    if not (SHARED / "pages" / "gold.jsonl").exists():
        console.print("skipped: ../shared is not beside the checkout")
        return 0
    speed = measure_speed()
    topics = {} if given.speed_only else measure_topics()
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {"at": at, "speed": speed, "topics": topics}
    (RESULTS / "tag.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _print(console, speed, topics)
    rate, memory = speed["articles_600_words_per_s"], speed["peak_memory_mb"]
    return int(rate < SPEED_GOAL or memory > MEMORY_GOAL)


def _print(console: Console, speed: dict[str, float], topics: dict[str, float]) -> None:
    if topics:
        accuracy, f1, count = topics["accuracy"], topics["macro_f1"], topics["texts"]
        console.print(f"topics: BBC sections, accuracy {accuracy:.3f}, macro-F1 {f1:.3f} over {count} texts")
    rate, load = speed["articles_600_words_per_s"], speed["load_s"]
    console.print(
        f"speed: {rate:.1f} articles of 600 words per second and core (goal {SPEED_GOAL:.0f}), loading {load:.1f} s"
    )
    console.print(f"memory: at most {speed['peak_memory_mb']:.0f} MB (goal {MEMORY_GOAL:.0f})")


if __name__ == "__main__":
    sys.exit(main())
