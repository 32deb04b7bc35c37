"""Tagging: articles per second on one core and memory with everything on.

Run `python -m benchmarks.tag`; needs ../shared. What names are found: benchmarks.names; who is who: benchmarks.joining;
which topics: benchmarks.topics.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from pipeline.tag.interfaces import TagContext
from pipeline.tag.tagger import tag_text

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"
RESULTS = CHECKOUT / "benchmarks" / "results"
SPEED_GOAL = 6.0
"""Articles of 600 words per second and core, at least: a night of 20,000 articles in half an hour on two cores."""
MEMORY_GOAL = 600.0
"""MB of a tag worker, at most: four of them beside Airflow and Postgres on a small machine."""


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


def main() -> int:
    """Measure, print, write benchmarks/results/tag.json; 1 if a goal is missed."""
    console = Console()
    if not (SHARED / "pages" / "gold.jsonl").exists():
        console.print("skipped: ../shared is not beside the checkout")
        return 0
    speed = measure_speed()
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {"at": at, "speed": speed}
    (RESULTS / "tag.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _print(console, speed)
    rate, memory = speed["articles_600_words_per_s"], speed["peak_memory_mb"]
    return int(rate < SPEED_GOAL or memory > MEMORY_GOAL)


def _print(console: Console, speed: dict[str, float]) -> None:
    rate, load = speed["articles_600_words_per_s"], speed["load_s"]
    console.print(
        f"speed: {rate:.1f} articles of 600 words per second and core (goal {SPEED_GOAL:.0f}), loading {load:.1f} s"
    )
    console.print(f"memory: at most {speed['peak_memory_mb']:.0f} MB (goal {MEMORY_GOAL:.0f})")


if __name__ == "__main__":
    sys.exit(main())
