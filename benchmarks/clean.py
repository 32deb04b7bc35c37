"""Cleaning beside plain trafilatura: quality on three sets of real pages, speed in the same run.

Run `python -m benchmarks.clean`; needs ../shared/pages. Quality is scored as ../shared/README.md says: precision,
recall and F1 of 4-gram shingles of words. The text of each page is chosen by a model that has not seen its site
(training/clean/folds); "shipped" is the model of the product, which has seen all these pages. Intervals are of 95 %,
by bootstrap over pages. Speed is CPU time per core, page by page, the two sides taking turns
at going first, so that what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import math
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import trafilatura
from courlan import extract_domain
from rich.console import Console
from rich.table import Table

from benchmarks.bootstrap import bounds, draws
from pipeline.clean.content import PageContent
from pipeline.clean.page import clean_page
from pipeline.clean.selector import Trees, load_trees

UNSEEN, SEEN = "ours, sites not seen", "ours, shipped (has seen them)"
CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = CHECKOUT.parent / "shared" / "pages"
FOLD_MODELS = CHECKOUT / "training" / "clean" / "folds"
RESULTS = CHECKOUT / "benchmarks" / "results"
SETS = ("aeb", "andy", "wcxb")
SPEED_GOAL = 0.5
"""Pages per second beside `trafilatura.bare_extraction(with_metadata=True)`, at least."""
FOLDS = 5
TEXT_GOALS = {"aeb": 0.975}
"""F1; elsewhere the better of trafilatura's default and precision mode, and 0.01 more."""
TITLE_GOALS = {"andy": 0.85, "wcxb": 0.80}
DAY_GAIN = {"wcxb": 0.03}
"""Over trafilatura; andy has wrong years in its gold."""
MODES: dict[str, dict[str, Any]] = {
    "trafilatura default": {},
    "trafilatura precision": {"favor_precision": True},
    "trafilatura recall": {"favor_recall": True},
    "trafilatura fast": {"fast": True},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one system says of one page."""

    text: str
    title: str | None
    day: str | None  # yyyy-mm-dd
    authors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a text is right (precision) and found (recall), in 4-gram shingles."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean; 0 when nothing is right."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def overlap(gold: str, found: str) -> Overlap:
    """Compare two texts by their shingles, counted as often as they occur."""
    wanted, got = _shingles(gold), _shingles(found)
    shared = sum((wanted & got).values())
    if not wanted and not got:
        return Overlap(1.0, 1.0)
    return Overlap(shared / max(1, sum(got.values())), shared / max(1, sum(wanted.values())))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    if len(words) < 4:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(words, words[1:], words[2:], words[3:], strict=False))


def fold_of(gold: dict[str, Any]) -> int:
    """The fold of a page, by its registrable domain: no site is trained and tested on."""
    site = extract_domain(gold.get("url") or "") or gold["id"]
    return int(hashlib.blake2b(site.encode(), digest_size=4).hexdigest(), 16) % FOLDS


def load_gold(step: int) -> list[dict[str, Any]]:
    """Every `step`-th gold line."""
    lines = (PAGES / "gold.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines[::step] if line]


def reading_of(content: PageContent) -> Reading:
    """What this project says; the day is the one the page prints."""
    day = content.published.printed_on.isoformat() if content.published else None
    return Reading(content.text, content.title, day, frozenset(map(_fold, content.authors)))


def read_plain(html: bytes, url: str | None, options: dict[str, Any], *, metadata: bool) -> Reading:
    """What plain trafilatura says."""
    found = trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=metadata, **options)
    if found is None:
        return Reading("", None, None, frozenset())
    names = frozenset(_fold(name) for name in (found.author or "").split(";") if name.strip())
    return Reading(found.text or "", found.title, found.date, names)


def interval(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Where F1 of mean precision and recall lies."""
    precision, recall = np.array(pairs)[draws(len(pairs))].mean(axis=1).T
    return bounds(2 * precision * recall / np.maximum(precision + recall, 1e-12))


def share_interval(hits: list[bool]) -> tuple[float, float]:
    """Where a share lies."""
    return bounds(np.array(hits, dtype=float)[draws(len(hits))].mean(axis=1))


def unseen_trees(gold: dict[str, Any]) -> Trees:
    """The model that was trained without the page's site."""
    return load_trees(FOLD_MODELS / f"{fold_of(gold)}.json")


def score(gold: list[dict[str, Any]], readings: list[Reading]) -> dict[str, dict[str, float]]:
    """Per set: mean F1 over pages, F1 of mean precision and recall (as published), title, day, authors."""
    result: dict[str, dict[str, float]] = {}
    for name in SETS:
        pairs = [(g, r) for g, r in zip(gold, readings, strict=True) if g["set"] == name]
        overlaps = [overlap(g.get("text") or "", r.text) for g, r in pairs]
        mean = Overlap(_mean(o.precision for o in overlaps), _mean(o.recall for o in overlaps))
        low, high = interval([(o.precision, o.recall) for o in overlaps]) if pairs else (math.nan, math.nan)
        titles = [_fold(g["title"]) == _fold(r.title) for g, r in pairs if g.get("title")]
        days = [g["published_on"][:10] == r.day for g, r in pairs if g.get("published_on")]
        result[name] = {
            "pages": len(pairs),
            "f1_low": low,
            "f1_high": high,
            "f1_mean": _mean(o.f1 for o in overlaps),
            "f1_published": mean.f1,
            "precision": mean.precision,
            "recall": mean.recall,
            "title": _mean(titles),
            "day": _mean(days),
            **_bounds("title", titles),
            **_bounds("day", days),
            "authors": _mean(gold_authors(g) == r.authors for g, r in pairs if g.get("authors")),
        }
    return result


def _bounds(name: str, hits: list[bool]) -> dict[str, float]:
    low, high = share_interval(hits) if hits else (math.nan, math.nan)
    return {f"{name}_low": low, f"{name}_high": high}


def gold_authors(gold: dict[str, Any]) -> frozenset[str]:
    """The authors a person noted, folded."""
    names = gold["authors"]
    return frozenset(map(_fold, names if isinstance(names, list) else [names]))


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept) if kept else float("nan")


def _fold(text: str | None) -> str:
    return re.sub(r"[\W_]+", "", (text or "").casefold())


def compare_speed(gold: list[dict[str, Any]]) -> dict[str, float]:
    """CPU seconds of both sides over the same pages, and pages/s of ours as a share of trafilatura's."""
    seconds: defaultdict[str, float] = defaultdict(float)
    sides: list[tuple[str, Callable[[bytes, str | None], object]]] = [
        ("trafilatura", lambda html, url: trafilatura.bare_extraction(html, url=url, with_metadata=True)),
        ("ours", lambda html, url: clean_page(html, url=url)),
    ]
    pages = [(html_of(g), g.get("url")) for g in gold]
    for html, url in pages[:10]:  # both sides load their tables and models before the clock runs
        for _, run in sides:
            run(html, url)
    for number, (html, url) in enumerate(pages):
        for name, run in sides if number % 2 else sides[::-1]:
            started = time.process_time()
            run(html, url)
            seconds[name] += time.process_time() - started
    return {
        "pages": len(pages),
        "trafilatura_s": seconds["trafilatura"],
        "ours_s": seconds["ours"],
        "ratio": seconds["trafilatura"] / seconds["ours"],
    }


def html_of(gold: dict[str, Any]) -> bytes:
    """The page of a gold line, as it came."""
    return gzip.decompress((PAGES / gold["file"]).read_bytes())


def main() -> int:
    """Measure, print a table, write benchmarks/results/clean.json; 1 if a goal is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--step", type=int, default=1, help="take every n-th page only")
    options.add_argument("--speed-only", action="store_true", help="leave out the comparison of quality")
    given = options.parse_args()
    console = Console(width=120)
    if not PAGES.is_dir():
        console.print(f"skipped: {PAGES.name} is not beside the checkout")
        return 0
    logging.disable(logging.CRITICAL)
    gold = load_gold(given.step)
    speed = compare_speed(gold)
    quality = {} if given.speed_only else _quality(gold)
    RESULTS.mkdir(parents=True, exist_ok=True)
    goals = goals_of(quality, speed["ratio"])
    at = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {"at": at, "goals": goals, "speed": speed, "quality": quality}
    (RESULTS / "clean.json").write_text(json.dumps(_without_nan(measured), indent=2) + "\n", encoding="utf-8")
    _print(console, quality, speed)
    _print_goals(console, goals)
    return int(any(not goal["reached"] for goal in goals))


def goals_of(quality: dict[str, dict[str, dict[str, float]]], ratio: float) -> list[dict[str, Any]]:
    """Each goal with its figure and whether it is reached; the text's figures are those on sites not seen."""
    goals = [_goal("speed, × trafilatura with metadata", ratio, SPEED_GOAL)]
    if not quality:
        return goals
    ours, plain, strict = (quality[name] for name in (UNSEEN, "trafilatura default", "trafilatura precision"))
    for name in SETS:
        least = TEXT_GOALS.get(name) or max(plain[name]["f1_published"], strict[name]["f1_published"]) + 0.01
        goals.append(_goal(f"text F1, {name}", ours[name]["f1_published"], least))
    goals += [_goal(f"title, {name}", ours[name]["title"], least) for name, least in TITLE_GOALS.items()]
    goals += [_goal(f"day, {name}", ours[name]["day"], plain[name]["day"] + gain) for name, gain in DAY_GAIN.items()]
    return goals


def _goal(what: str, figure: float, least: float) -> dict[str, Any]:
    return {"what": what, "figure": round(figure, 4), "at_least": round(least, 4), "reached": figure >= least}


def _print_goals(console: Console, goals: list[dict[str, Any]]) -> None:
    table = Table("goal", "figure", "at least", "")
    for goal in goals:
        mark = "reached" if goal["reached"] else "missed"
        table.add_row(goal["what"], f"{goal['figure']:.4f}", f"{goal['at_least']:.4f}", mark)
    console.print(table)


def _quality(gold: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    pages = [(html_of(g), g.get("url")) for g in gold]
    unseen = [clean_page(html, url=url, trees=unseen_trees(g)) for g, (html, url) in zip(gold, pages, strict=True)]
    shipped = [clean_page(html, url=url) for html, url in pages]
    scores = {name: score(gold, list(map(reading_of, found))) for name, found in ((UNSEEN, unseen), (SEEN, shipped))}
    for name, options in MODES.items():
        with_metadata = not options  # it does not depend on the mode
        scores[name] = score(gold, [read_plain(html, url, options, metadata=with_metadata) for html, url in pages])
        if not with_metadata:
            for values in scores[name].values():
                values.update(title=math.nan, day=math.nan, authors=math.nan)
    return scores


def _without_nan(value: Any) -> Any:
    """JSON has no NaN: what was not measured is null."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _print(console: Console, quality: dict[str, dict[str, dict[str, float]]], speed: dict[str, float]) -> None:
    table = Table("system", "set", "F1", "95 %", "F1 (mean)", "title", "day", "authors", title="Cleaning, real pages")
    for system, sets in quality.items():
        for name, values in sets.items():
            shown = [values[key] for key in ("f1_mean", "title", "day", "authors")]
            table.add_row(
                system,
                name,
                f"{values['f1_published']:.4f}",
                f"{values['f1_low']:.3f}-{values['f1_high']:.3f}",
                *("–" if math.isnan(value) else f"{value:.4f}" for value in shown),
            )
    if quality:
        console.print(table)
    console.print(
        f"speed: {speed['ratio']:.2f} × trafilatura with metadata (goal {SPEED_GOAL}); "
        f"{speed['pages'] / speed['ours_s']:.0f} against {speed['pages'] / speed['trafilatura_s']:.0f} pages/s per core"
    )


if __name__ == "__main__":
    sys.exit(main())
