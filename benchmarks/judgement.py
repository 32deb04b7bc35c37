"""The verdict beside what a person says of the same page: precision and recall per reason and per flag.

Run `python -m benchmarks.judgement`; needs ../shared/pages (the pages of the demo newsroom are made here). The labels,
gold/judgement.jsonl, were written by reading pages before any rule was measured on them; one line is one page:

- `id`: set and id of ../shared/pages, or `demo/<outlet><path>` as the demo newsroom serves it on DEMO_DAY
- `half`: rules were improved on `dev` only; all pages of one site are in the same half, chosen by a hash of its name
- `verdict`, `reasons`: what should become of it; each of the reasons would be right, the first is the one counted
- `flags`: paywalled, live_blog, opinion, sponsored (where the page says so) and gallery
- `why`: what the person saw

The rules were written afterwards by who had read the pages of both halves, so the test half flatters the kinds, too;
the verdicts on the demo's pages hold because tests demand it. Intervals are 95 % of 1,000 bootstrap samples of the
pages. A page is quarantined rightly when any labelled reason is given; nothing here says that the text of a good page
is complete (benchmarks/clean.py does).
`--all` (as `make bench` runs it) also shows, on all three sets of ../shared/pages, whether quality ranks pages as F1
against gold does.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.bootstrap import bounds, draws
from benchmarks.clean import PAGES, RESULTS, SETS, html_of, load_gold, overlap
from demo import site
from demo.newsroom import Newsroom
from pipeline.clean.content import QUARANTINED, PageContent, PageHints
from pipeline.clean.page import clean_page

LABELS = Path(__file__).resolve().parent / "gold" / "judgement.jsonl"
DEMO_DAY = date(2026, 11, 23)
HALVES = ("dev", "test")
FLAGS: dict[str, Callable[[PageContent], bool]] = {
    "paywalled": lambda c: c.is_paywalled,
    "live_blog": lambda c: c.is_live_blog,
    "opinion": lambda c: c.is_opinion,
    "sponsored": lambda c: c.is_sponsored,
    "gallery": lambda c: "gallery" in c.judgement.reasons,
}
CONDEMNED_GOAL = 0.02
"""Of the pages labelled good in the test half, at most this share is quarantined: a lost article is worse than a
bad one, which quality still shows."""
POOR_F1 = 0.8
CAUGHT_GOAL = 0.85
"""Of the pages labelled bad in the test half, at least this share is quarantined."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one page."""

    id: str
    half: str
    verdict: str
    reasons: tuple[str, ...]
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled page and what cleaning says of it."""

    label: Label
    content: PageContent

    @property
    def is_condemned(self) -> bool:
        """Cleaning would quarantine it."""
        return self.content.judgement.verdict == QUARANTINED


def load_labels() -> list[Label]:
    """The labelled pages, in the order of the file."""
    rows = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    return [Label(r["id"], r["half"], r["verdict"], tuple(r["reasons"]), frozenset(r["flags"])) for r in rows]


def judge_all(labels: list[Label]) -> list[Judged]:
    """Clean every labelled page as a nightly run would."""
    gold = {f"{g['set']}/{g['id']}": g for g in load_gold(1)} if PAGES.is_dir() else {}
    newsroom = Newsroom(DEMO_DAY)
    judged = []
    for label in labels:
        if label.id.startswith("demo/"):
            content = _clean_demo(newsroom, label.id.removeprefix("demo/"))
        else:
            content = clean_page(html_of(gold[label.id]), url=gold[label.id].get("url"))
        judged.append(Judged(label, content))
    return judged


def _clean_demo(newsroom: Newsroom, page: str) -> PageContent:
    outlet, _, path = page.partition("/")
    answer = site.reply(newsroom, outlet, f"/{path}", {})
    kind = answer.headers["Content-Type"]
    charset = kind.partition("charset=")[2] or None
    hints = PageHints(
        content_type=kind, charset=charset, fetched_at=datetime.combine(DEMO_DAY, datetime.min.time(), UTC)
    )
    return clean_page(answer.body, url=newsroom.url(outlet, f"/{path}"), hints=hints)


def measures(judged: list[Judged]) -> dict[str, dict[str, Any]]:
    """Precision and recall per row: quarantined at all, each reason, each flag; with counts and intervals."""
    found = {"quarantined": _scored(judged, lambda j: j.label.verdict == QUARANTINED, lambda j: j.is_condemned)}
    reasons = {r for j in judged for r in (*j.label.reasons[:1], *filter(None, [j.content.judgement.reason]))}
    for reason in sorted(reasons):
        found[reason] = _scored(judged, _is_due(reason), _is_given(reason))
    for flag, says in FLAGS.items():
        found[f"is {flag}"] = _scored(judged, _is_labelled(flag), _is_said(says))
    return found


def _is_due(reason: str) -> Callable[[Judged], bool]:
    """Any labelled reason is right, so a page counts for the one it was given if that is among them."""

    def due(page: Judged) -> bool:
        given = page.content.judgement.reason
        return given == reason if given in page.label.reasons else reason in page.label.reasons[:1]

    return due


def _is_given(reason: str) -> Callable[[Judged], bool]:
    return lambda page: page.content.judgement.reason == reason


def _is_labelled(flag: str) -> Callable[[Judged], bool]:
    return lambda page: flag in page.label.flags


def _is_said(says: Callable[[PageContent], bool]) -> Callable[[Judged], bool]:
    return lambda page: says(page.content)


def _scored(judged: list[Judged], due: Callable[[Judged], bool], given: Callable[[Judged], bool]) -> dict[str, Any]:
    wanted = np.array([due(j) for j in judged], dtype=bool)
    got = np.array([given(j) for j in judged], dtype=bool)
    picks = draws(len(judged))
    right = wanted & got
    return {
        "labelled": int(wanted.sum()),
        "given": int(got.sum()),
        "right": int(right.sum()),
        "precision": _share(right, got, picks),
        "recall": _share(right, wanted, picks),
    }


def _share(part: np.ndarray, whole: np.ndarray, picks: np.ndarray) -> list[float] | None:
    """The share and its interval; None where there is nothing to take a share of."""
    if not whole.any():
        return None
    parts, wholes = part[picks].sum(axis=1), whole[picks].sum(axis=1)
    shares = parts[wholes > 0] / wholes[wholes > 0]
    return [round(float(v), 3) for v in (part.sum() / whole.sum(), *bounds(shares))]


def quality_against_f1() -> dict[str, Any]:
    """Per set: how quality ranks the pages, and their mean F1 by their quality."""
    rows = []
    for gold in load_gold(1):
        content = clean_page(html_of(gold), url=gold.get("url"))
        f1 = overlap(gold.get("text") or "", content.text).f1
        rows.append((gold["set"], content.judgement.quality, f1))
    table = pd.DataFrame(rows, columns=["set", "quality", "f1"])
    table["bucket"] = pd.cut(table["quality"], [-0.01, 0.4, 0.7, 0.8, 0.9, 0.95, 1.0]).astype(str)
    parts = {name: table[table["set"] == name] for name in SETS} | {"all": table}
    return {name: _ranking(part) for name, part in parts.items()}


def _ranking(part: pd.DataFrame) -> dict[str, Any]:
    """Rank correlation with F1; how many pages lie under `POOR_F1`, and in what share of all pairs of one of them and
    another page the poor one has less quality (equal quality is half)."""
    poor = part["f1"] < POOR_F1
    buckets = part.groupby("bucket")["f1"].agg(["size", "mean"])
    return {
        "spearman": round(float(part["quality"].rank().corr(part["f1"].rank())), 3),
        "pages": len(part),
        "poor": int(poor.sum()),
        "poor_ranked_lower": _ranked_lower(part.loc[poor, "quality"], part.loc[~poor, "quality"]),
        "f1_by_quality": {str(k): [int(row["size"]), round(float(row["mean"]), 3)] for k, row in buckets.iterrows()},
    }


def _ranked_lower(poor: pd.Series, others: pd.Series) -> float | None:
    if poor.empty or others.empty:
        return None
    apart = np.sign(others.to_numpy()[None, :] - poor.to_numpy()[:, None])
    return round(float((apart.mean() + 1) / 2), 3)


def wrong(judged: Iterable[Judged]) -> list[str]:
    """One line per page where verdict, reason or a flag differs from the label."""
    lines = []
    for page in judged:
        said = {name for name, says in FLAGS.items() if says(page.content)}
        j = page.content.judgement
        reason_is_wrong = page.is_condemned and j.reason not in page.label.reasons
        if page.is_condemned != (page.label.verdict == QUARANTINED) or reason_is_wrong or said != page.label.flags:
            labelled = ", ".join((*page.label.reasons[:1], *sorted(page.label.flags))) or "ok"
            found = ", ".join((*filter(None, [j.reason]), *sorted(said))) or "ok"
            lines.append(f"{page.label.half:4} {page.label.id}: labelled {labelled}; judged {found} ({j.detail or ''})")
    return lines


def main() -> int:
    """Measure, print, write benchmarks/results/judgement.json; 1 if a goal is missed on the test half."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--all", action="store_true", help="quality beside F1 on all of ../shared/pages, too")
    options.add_argument("--wrong", choices=HALVES, help="list the pages of this half that are judged otherwise")
    given = options.parse_args()
    console = Console()
    if not PAGES.is_dir():
        console.print(f"skipped: {PAGES.name} is not beside the checkout")
        return 0
    logging.disable(logging.CRITICAL)
    judged = judge_all(load_labels())
    halves = {name: [j for j in judged if j.label.half == name] for name in HALVES}
    measured: dict[str, Any] = {name: measures(part) for name, part in halves.items()}
    condemned, caught = _verdicts(halves["test"])
    quality = quality_against_f1() if given.all else {}
    RESULTS.mkdir(parents=True, exist_ok=True)
    result = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "halves": measured, "quality": quality}
    (RESULTS / "judgement.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, part in halves.items():
        _print(console, f"Judgement, {name} half, {len(part)} pages", measured[name])
    for line in wrong(halves[given.wrong]) if given.wrong else ():
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    for name, ranking in quality.items():
        console.print(f"quality beside F1, {name}: {ranking}", highlight=False, markup=False)
    console.print(
        f"test half: {condemned:.1%} of the good pages quarantined (goal {CONDEMNED_GOAL:.0%} at most), "
        f"{caught:.1%} of the bad ones (goal {CAUGHT_GOAL:.0%} at least)"
    )
    return int(condemned > CONDEMNED_GOAL or caught < CAUGHT_GOAL)


def _verdicts(judged: list[Judged]) -> tuple[float, float]:
    good = [j.is_condemned for j in judged if j.label.verdict != QUARANTINED]
    bad = [j.is_condemned for j in judged if j.label.verdict == QUARANTINED]
    return sum(good) / len(good), sum(bad) / len(bad)


def _print(console: Console, title: str, rows: dict[str, dict[str, Any]]) -> None:
    table = Table("", "labelled", "given", "right", "precision", "recall", title=title)
    for name, row in rows.items():
        counts = (str(row[key]) for key in ("labelled", "given", "right"))
        table.add_row(name, *counts, _interval(row["precision"]), _interval(row["recall"]))
    console.print(table)


def _interval(share: list[float] | None) -> str:
    return "–" if share is None else f"{share[0]:.2f} ({share[1]:.2f} to {share[2]:.2f})"


if __name__ == "__main__":
    sys.exit(main())
