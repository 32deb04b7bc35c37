"""Topics against two readers: F1 with intervals, calibration, level 2, BBC sections, other languages.

Run `python -m benchmarks.topics`; needs ../shared. The test (training/topics/labels/test.jsonl) was read twice; nothing
was fitted or chosen on it. `--confusion` prints who is taken for whom, `--mistakes` where the surest errors are.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from benchmarks.topic_scores import Bools, Floats, alpha, f1_scores, intervals, marked
from pipeline.tag.interfaces import Reading, ScoredTopic, TagContext
from pipeline.tag.tagger import tagger_with
from pipeline.tag.topics.keywords import KeywordTopicScorer
from pipeline.tag.topics.taxonomy import load_taxonomy
from training.calibration import calibration_error, reliability
from training.topics.features import context_of
from training.topics.labelled import LABELS, TOP, Tested, to_test
from training.topics.others import foreign
from training.topics.texts import SHARED, NewsText, text_of

RESULTS = Path(__file__).parent / "results"
MACRO_GOAL, MICRO_GOAL, BELOW_GOAL, ERROR_GOAL, SECTION_GOAL = 0.75, 0.78, 0.60, 0.05, 0.80
SECTIONS = {"01": "entertainment", "04": "business", "11": "politics", "13": "tech", "15": "sport"}
"""Level-1 topics as the BBC's sections of 2004 and 2005; other topics are passed over when the likeliest is taken."""
Scorer = Callable[[NewsText, TagContext], Sequence[ScoredTopic]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a system says of the test: level 1 as texts × TOP, the likeliest of level 2 per text."""

    scores: Floats
    assigned: Bools
    below: list[str | None]


def product(text: NewsText, context: TagContext, language: str | None = None) -> Sequence[ScoredTopic]:
    """The product, with what cleaning finds on the page where there is one; it finds out the language itself."""
    tagger = tagger_with()
    language = language or tagger.language.language_of(text.text)
    reading = tagger.reader.read(text.text, title=text.title, language=language)
    given = {"title": text.title, "language": language, "context": context, "reading": reading}
    return tagger.topics.topics(text.text, **given)  # type: ignore[arg-type]


def text_alone(text: NewsText, context: TagContext, language: str | None = None) -> Sequence[ScoredTopic]:
    """The product without section, address and tags."""
    del context
    return product(text, TagContext(), language)


def words_alone(text: NewsText, context: TagContext, language: str = "en") -> Sequence[ScoredTopic]:
    """Keywords by themselves, as before the model."""
    scorer = KeywordTopicScorer()
    return scorer.topics(text.text, title=text.title, language=language, context=context, reading=Reading())


def answers(system: Scorer, tested: Sequence[Tested], contexts: Mapping[str, TagContext]) -> Answers:
    """A system put to every text of the test."""
    scores, assigned = np.zeros((len(tested), len(TOP))), np.zeros((len(tested), len(TOP)), dtype=bool)
    below: list[str | None] = []
    for row, one in enumerate(tested):
        topics = system(one.text, contexts.get(one.text.id, TagContext()))
        by_code = {topic.code: topic for topic in topics}
        for column, code in enumerate(TOP):
            if code in by_code:
                scores[row, column], assigned[row, column] = by_code[code].score, by_code[code].is_assigned
        below.append(next((topic.code for topic in topics if topic.level == 2), None))
    return Answers(scores, assigned, below)


def measure_test(tested: Sequence[Tested]) -> tuple[dict[str, Any], Answers]:
    """All that is measured on the doubly read test; and what the product answered."""
    contexts = {one.text.id: context_of(one.text.file, one.text.url) for one in tested if one.text.file}
    gold, first, second = (marked(sets) for sets in zip(*((t.topics, t.first, t.second) for t in tested), strict=True))
    own = answers(product, tested, contexts)
    macro, micro, by_topic = f1_scores(own.assigned, gold)
    table = reliability(own.scores, gold)
    mains = [one.main for one in tested]
    systems = {"text alone": text_alone, "keywords alone": words_alone}
    return {
        "texts": len(tested),
        "macro_f1": macro,
        "micro_f1": micro,
        "intervals": intervals(own.assigned, gold),
        "by_topic": dict(zip(TOP, by_topic.tolist(), strict=True)),
        "texts_by_topic": dict(zip(TOP, gold.sum(0).tolist(), strict=True)),
        "by_reader": {"first": f1_scores(own.assigned, first)[:2], "second": f1_scores(own.assigned, second)[:2]},
        "readers": {
            "f1": f1_scores(first, second)[:2],
            "alpha_level_1": alpha(first.ravel().tolist(), second.ravel().tolist()),
            "alpha_main": alpha([t.first[:1] for t in tested], [t.second[:1] for t in tested]),
            "alpha_level_2": alpha([t.mains[0] for t in tested], [t.mains[1] for t in tested]),
            "level_2_equal": float(np.mean([t.mains[0] == t.mains[1] for t in tested])),
        },
        "systems": {
            name: f1_scores(answers(system, tested, contexts).assigned, gold)[:2] for name, system in systems.items()
        },
        "reliability": table,
        "calibration_error": calibration_error(table),
        "calibration_error_from_0.1": calibration_error([row for row in table if row["from"] >= 0.1]),
        "brier": float(((own.scores - gold) ** 2).mean()),
        "main_right": float(
            np.mean([TOP[s.argmax()] in t.topics[:1] for s, t in zip(own.scores, tested, strict=True)])
        ),
        "level_2_right": float(np.mean([a == b for a, b in zip(own.below, mains, strict=True)])),
        "level_2_by_reader": [
            float(np.mean([a == t.mains[i] for a, t in zip(own.below, tested, strict=True)])) for i in (0, 1)
        ],
    }, own


def measure_sections() -> dict[str, float]:
    """The likeliest topic as one of five BBC sections, over the texts that no label was read for."""
    read = {json.loads(line)["id"] for path in _labels() for line in path.read_text(encoding="utf-8").splitlines()}
    with zipfile.ZipFile(SHARED / "topics" / "bbc.zip").open("bbc.jsonl") as lines:
        labels = {f"bbc/{number}": json.loads(line)["label"] for number, line in enumerate(lines)}
    texts = {code: label for code, label in labels.items() if code not in read}
    pairs = [(_section(product(text_of(code), TagContext())), label) for code, label in texts.items()]
    names = sorted(set(SECTIONS.values()))
    found, gold = (np.array([[name == n for n in names] for name in column]) for column in zip(*pairs, strict=True))
    macro, _, by_section = f1_scores(found, gold)
    return {
        "texts": len(pairs),
        "accuracy": float(np.mean([a == b for a, b in pairs])),
        "macro_f1": macro,
        **dict(zip(names, by_section.tolist(), strict=True)),
    }


def _labels() -> list[Path]:
    return sorted(LABELS.glob("*.jsonl"))


def _section(topics: Sequence[ScoredTopic]) -> str | None:
    return next((SECTIONS[t.code[7:9]] for t in topics if t.level == 1 and t.code[7:9] in SECTIONS), None)


def measure_other_languages() -> dict[str, Any]:
    """Invented news in other languages: the half that nothing was fitted on."""
    texts = list(foreign(to_fit=False))
    rows: dict[str, Any] = {}
    for language in sorted({one.language for one in texts}):
        own = [one for one in texts if one.language == language]
        topics = [product(one.text, TagContext(), language) for one in own]
        found = marked([[t.code for t in of_text if t.is_assigned] for of_text in topics])
        macro, micro, _ = f1_scores(found, marked([sorted(one.topics) for one in own]))
        rows[language] = {"texts": len(own), "macro_f1": macro, "micro_f1": micro}
    return rows


def confusion(tested: Sequence[Tested], own: Answers) -> npt.NDArray[np.int64]:
    """Main topic as decided (rows) against the likeliest topic found (columns)."""
    counts = np.zeros((len(TOP), len(TOP)), dtype=np.int64)
    for one, scores in zip(tested, own.scores, strict=True):
        if one.topics:
            counts[TOP.index(one.topics[0]), int(scores.argmax())] += 1
    return counts


def main() -> int:
    """Measure, print, write benchmarks/results/topics.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--confusion", action="store_true", help="print main topics against those found")
    options.add_argument("--mistakes", type=int, default=0, help="print so many of the surest mistakes")
    given = options.parse_args()
    console = Console()
    if not (SHARED / "pages" / "gold.jsonl").exists():
        console.print("skipped: ../shared is not beside the checkout")
        return 0
    tested = to_test()
    quality, own = measure_test(tested)
    sections, languages = measure_sections(), measure_other_languages()
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {"at": at, "test": quality, "bbc": sections, "other_languages": languages}
    (RESULTS / "topics.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _print(console, quality, sections, languages)
    if given.confusion:
        _print_confusion(console, confusion(tested, own))
    _print_mistakes(console, tested, own, given.mistakes)
    reached = (
        quality["macro_f1"] >= MACRO_GOAL
        and quality["micro_f1"] >= MICRO_GOAL
        and quality["level_2_right"] >= BELOW_GOAL
        and quality["calibration_error"] <= ERROR_GOAL
        and sections["macro_f1"] >= SECTION_GOAL
    )
    return int(not reached)


def _print(console: Console, quality: dict[str, Any], sections: dict[str, float], languages: dict[str, Any]) -> None:
    (low, high), (micro_low, micro_high) = quality["intervals"]
    readers = quality["readers"]
    console.print(f"topics, level 1, {quality['texts']} texts read twice")
    console.print(f"  macro-F1 {quality['macro_f1']:.3f} ({low:.3f} to {high:.3f}; goal {MACRO_GOAL})")
    console.print(f"  micro-F1 {quality['micro_f1']:.3f} ({micro_low:.3f} to {micro_high:.3f}; goal {MICRO_GOAL})")
    for name, (macro, micro) in quality["systems"].items():
        console.print(f"  {name}: macro-F1 {macro:.3f}, micro-F1 {micro:.3f}")
    for name, (macro, micro) in quality["by_reader"].items():
        console.print(f"  against the {name} reader: macro-F1 {macro:.3f}, micro-F1 {micro:.3f}")
    console.print(
        f"  readers: micro-F1 {readers['f1'][1]:.3f}; alpha {readers['alpha_level_1']:.3f} (level 1), "
        f"{readers['alpha_main']:.3f} (main topic), {readers['alpha_level_2']:.3f} (level 2)"
    )
    console.print(
        f"calibration: error {quality['calibration_error']:.3f} (goal {ERROR_GOAL}), "
        f"{quality['calibration_error_from_0.1']:.3f} of scores from 0.1 on; Brier {quality['brier']:.4f}"
    )
    console.print(f"level 2: main topic right {quality['level_2_right']:.3f} (goal {BELOW_GOAL})")
    console.print(
        f"BBC sections, {sections['texts']:.0f} texts never read: macro-F1 {sections['macro_f1']:.3f}, "
        f"accuracy {sections['accuracy']:.3f}"
    )
    for language, row in languages.items():
        console.print(f"{language}, {row['texts']} invented texts: macro-F1 {row['macro_f1']:.3f}")
    labels = {topic.code: topic.label for topic in load_taxonomy()}
    table = Table("topic", "texts", "F1", title="level 1")
    for code, score in quality["by_topic"].items():
        table.add_row(labels[code], str(quality["texts_by_topic"][code]), f"{score:.3f}")
    console.print(table)
    steps = Table("score", "decisions", "mean score", "right", title="reliability")
    for row in quality["reliability"]:
        steps.add_row(f"{row['from']:.1f}", f"{row['decisions']:,}", f"{row['score']:.3f}", f"{row['right']:.3f}")
    console.print(steps)


def _print_confusion(console: Console, counts: npt.NDArray[np.int64]) -> None:
    digits = [code[7:9] for code in TOP]
    console.print("| main topic | " + " | ".join(digits) + " |")
    for code, row in zip(digits, counts, strict=True):
        console.print(f"| {code} | " + " | ".join(str(n) if n else "" for n in row) + " |")


def _print_mistakes(console: Console, tested: Sequence[Tested], own: Answers, most: int) -> None:
    """Decisions that are furthest from what was decided, one per text."""
    distance = np.abs(own.scores - marked([one.topics for one in tested]))
    for row in np.argsort(-distance.max(1))[:most]:
        column = int(distance[row].argmax())
        one = tested[row]
        decided = ", ".join(c[7:9] for c in one.topics)
        console.print(f"{one.text.id}: {TOP[column][7:9]} scored {own.scores[row, column]:.2f}; decided: {decided}")


if __name__ == "__main__":
    sys.exit(main())
