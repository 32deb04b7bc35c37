"""The labels: what readers said of each text (GUIDELINES.md), and the invented texts that carry theirs with them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courlan import extract_domain

from training.topics.texts import HERE, NewsText, text_of

LABELS = HERE / "labels"
NAMES = {
    "arts": "01", "crime": "02", "disaster": "03", "economy": "04", "education": "05", "environment": "06", "health": "07",
    "human": "08", "labour": "09", "lifestyle": "10", "politics": "11", "religion": "12", "science": "13", "society": "14",
    "sport": "15", "conflict": "16", "weather": "17",
}  # fmt: skip
"""The readers' short names of level 1, and the two digits of the code."""
TOP = tuple(sorted(f"medtop:{digits}000000" for digits in NAMES.values()))
_INVENTED_WEIGHT = 0.5
"""An invented text is worth half a real one: its author knew the label."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with what its readers said. `topics` are level-1 codes, the main one first; `main` is of level 2."""

    text: NewsText
    readings: tuple[tuple[str, ...], ...]  # one per reader
    main: str | None
    group: str  # texts of one group are never on both sides of a fold
    weight: float = 1.0

    def share(self, code: str) -> float:
        """Of the readers, how many say that it is about the topic: 0 to 1."""
        return sum(code in topics for topics in self.readings) / len(self.readings)


@dataclass(frozen=True, slots=True)
class Tested:
    """One text of the test: two readers who did not see each other, and what a third decided where they differ."""

    text: NewsText
    first: tuple[str, ...]
    second: tuple[str, ...]
    topics: tuple[str, ...]  # decided, the main one first
    mains: tuple[str | None, str | None]
    main: str | None


def to_learn() -> list[Labelled]:
    """All texts to learn from: read ones, then invented ones."""
    return [*_read(LABELS / "train.jsonl"), *_invented()]


def to_test() -> list[Tested]:
    """The test; nothing is fitted or chosen on it."""
    found = []
    for row in _rows(LABELS / "test.jsonl"):
        a, b, gold = row["a"], row["b"], row["gold"]
        found.append(
            Tested(
                row["text"],
                tuple(a["topics"]),
                tuple(b["topics"]),
                tuple(gold["topics"]),
                (a["main"], b["main"]),
                gold["main"],
            )
        )
    return found


def _read(path: Path) -> Iterator[Labelled]:
    for row in _rows(path):
        readings = tuple(tuple(reading) for reading in row["readings"])
        weight = _INVENTED_WEIGHT if row["id"].startswith("names/") else 1.0
        yield Labelled(row["text"], readings, row["main"], group_of(row["text"]), weight)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows with their text; raises ValueError if a text is no longer the one that was read."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = text_of(row["id"])
        if digest(text) != row["sha256"]:
            raise ValueError(f"{path.name}: {row['id']} is not the text that was labelled")
        yield {**row, "text": text}


def digest(text: NewsText) -> str:
    """Short hash of a text, to know it again."""
    return hashlib.sha256(f"{text.title or ''}\n{text.text}".encode()).hexdigest()[:16]


def _invented() -> Iterator[Labelled]:
    """`=== <level-2 code> | other level-1 topics` stands above each article."""
    parents = _parents()
    for path in sorted((HERE / "written").glob("*.txt")):
        heads = re.findall(r"(?m)^=== (\d{8}) *\| *(.*)$", path.read_text(encoding="utf-8"))
        for number, (code, others) in enumerate(heads):
            names = [name.strip() for name in others.split(",") if name.strip() in NAMES]
            topics = (parents[f"medtop:{code}"], *(f"medtop:{NAMES[name]}000000" for name in names))
            text = text_of(f"written/{path.stem}-{number}")
            yield Labelled(text, (topics,), f"medtop:{code}", text.id, _INVENTED_WEIGHT)


def _parents() -> dict[str, str]:
    from pipeline.tag.topics.taxonomy import load_taxonomy

    return {topic.code: topic.parent for topic in load_taxonomy() if topic.parent}


def group_of(text: NewsText) -> str:
    """The site of a page; 400 neighbouring sentences of the GMB, which tell of the same days; else the text itself."""
    if text.url:
        return extract_domain(text.url) or text.id
    if text.id.startswith("gmb/"):
        return f"gmb {int(text.id[4:].split('-')[0]) // 400}"
    return text.id
