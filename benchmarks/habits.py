"""Is an outlet's furniture told from the background of a running story? On two sets of real articles.

Run `python -m benchmarks.habits`; needs ../shared/topics. A paragraph that no article has is put under some articles of
a window: at the end of any, as outlets put their promotions (it is to be learnt), or into those on one running story,
anywhere behind the first paragraph, as they repeat its background (it is not). Stories are found by a word they all
name at least three times; the other articles of the window are drawn from all, or from the same field, which is harder.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.warehouse.habits import repeated_lines

TOPICS = Path(__file__).resolve().parent.parent.parent / "shared" / "topics"
LINE = "The row began in October, when the board announced that it would close two of the four plants it runs there."
STORIES = (
    "yukos", "tsunami", "kilroy", "ukip", "mourinho", "kenteris", "blunkett", "ebbers", "federer", "house arrest",
    "hunting", "council tax", "oscar", "dollar",
)  # fmt: skip
WINDOWS = ((12, 4), (20, 5), (50, 5), (50, 8))
"""Articles looked at, and those of them with the line."""
DRAWS = 100
LEARNT_GOAL, WRONG_GOAL = 0.8, 0.03
"""Furniture that is learnt at the first chance, at least; running stories that are mistaken for it where the other
articles are of all fields, at most. The share where they are of one field is shown, and held to no goal."""

Article = tuple[str, str]
"""Field and text; one paragraph a line."""


def main() -> int:
    """Print the shares; the exit code is 1 if a goal was missed."""
    console = Console()
    if not TOPICS.is_dir():
        console.print("skipped: ../shared is not beside the checkout")
        return 0
    bbc, africa = _bbc(), _jsonl((TOPICS / "masakhanews_en_dev.jsonl").read_text(encoding="utf-8"))
    draw = random.Random(20261124)
    table = Table("articles", "with the line", "BBC: furniture learnt", "masakhanews: furniture learnt",
                  "BBC: story learnt", "story learnt, all of one field")  # fmt: skip
    is_reached = True
    for size, count in WINDOWS:
        learnt = [_furniture(draw, articles, size, count) for articles in (bbc, africa)]
        wrong = [_stories(draw, bbc, size, count, one_field=one_field) for one_field in (False, True)]
        table.add_row(str(size), str(count), *(f"{share:.1%}" for share in (*learnt, *wrong)))
        is_reached &= min(learnt) >= LEARNT_GOAL and wrong[0] <= WRONG_GOAL
    console.print(table)
    windows = [[text for _, text in draw.sample(bbc, 50)] for _ in range(40)]
    began = time.process_time()
    found = sum(len(repeated_lines(texts)) for texts in windows)
    spent = (time.process_time() - began) / len(windows)
    console.print(f"{1000 * spent:.1f} ms an outlet of 50 articles; {found} lines learnt of 40 windows as they are")
    return 0 if is_reached else 1


def _furniture(draw: random.Random, articles: Sequence[Article], size: int, count: int) -> float:
    """Share of the draws in which the line under any articles is learnt."""
    hits = 0
    for _ in range(DRAWS):
        texts = [text for _, text in draw.sample(articles, size)]
        hits += _learns([f"{text}\n{LINE}" for text in texts[:count]] + texts[count:])
    return hits / DRAWS


def _stories(draw: random.Random, articles: Sequence[Article], size: int, count: int, *, one_field: bool) -> float:
    """Share of the draws in which the line under articles on one story is learnt."""
    hits = tries = 0
    for name in STORIES:
        told = [a for a in articles if len(re.findall(name, a[1], re.IGNORECASE)) >= 3]
        for _ in range(DRAWS // 10 if len(told) >= count else 0):
            own = draw.sample(told, count)
            field = Counter(field for field, _ in own).most_common(1)[0][0]
            rest = [a for a in articles if a not in told and (a[0] == field or not one_field)]
            others = [text for _, text in draw.sample(rest, size - count)]
            hits += _learns([_with_background(draw, text) for _, text in own] + others)
            tries += 1
    return hits / tries


def _with_background(draw: random.Random, text: str) -> str:
    lines = text.split("\n")
    lines.insert(draw.randint(1, len(lines)), LINE)
    return "\n".join(lines)


def _learns(texts: list[str]) -> bool:
    return any(habit.example == LINE for habit in repeated_lines(texts))


def _bbc() -> list[Article]:
    with zipfile.ZipFile(TOPICS / "bbc.zip") as archive:
        return _jsonl(archive.read("bbc.jsonl").decode())


def _jsonl(lines: str) -> list[Article]:
    rows = [json.loads(line) for line in lines.splitlines() if line.strip()]
    texts = {re.sub(r"\s*\n\s*", "\n", row["text"].strip()): row["label"] for row in rows}
    return [(label, text) for text, label in texts.items()]


if __name__ == "__main__":
    sys.exit(main())
