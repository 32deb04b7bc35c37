"""The ledger as a flow: how URLs came into the run (left) and what became of them (right).

Pure geometry; the template draws it. A band's width is its number of URLs, with a floor of one pixel, so that a
single URL can be seen beside thousands.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report.wording import GOOD, HELD, LOST, WAITING, plain, tone

_ROW = 22.0
"""Height of one line of text with its space: no two labels are nearer."""
_INFLOW_ORDER = ("new", "carried", "reopened", "rechecked")
_TONE_ORDER = (GOOD, HELD, LOST, WAITING)


@dataclass(frozen=True, slots=True)
class Node:
    """One bar with its label."""

    label: str
    entries: int
    tone: str
    y: float
    height: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Band:
    """URLs that came in one way and ended in one way; `path` is an SVG path."""

    path: str
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A drawing in pixels: inflow bars end at x `left`, outcome bars start at x `right`."""

    width: float
    height: float
    left: float
    right: float
    inflow: tuple[Node, ...]
    outcome: tuple[Node, ...]
    bands: tuple[Band, ...]


def draw_flow(outcomes: pd.DataFrame, *, width: float, left: float, right: float, body: float = 230.0) -> Flow | None:
    """Lay out a frame with one row per URL (`inflow`, `state`, `reason`); None if there is none.

    `body` is the height of all bars together, without the gaps between them.
    """
    if outcomes.empty:
        return None
    counted = outcomes.groupby(["inflow", "state", "reason"]).size().rename("entries").reset_index()
    counted["tone"] = counted["state"].map(tone)
    counted["outcome"] = [_outcome_label(s, r) for s, r in zip(counted["state"], counted["reason"], strict=True)]
    scale = body / float(counted["entries"].sum())
    inflow = _stack(_sums(counted, "inflow", _INFLOW_ORDER), scale, dict.fromkeys(counted["inflow"], "ink"))
    tones = dict(zip(counted["outcome"], counted["tone"], strict=True))
    outcome = _stack(_outcome_sums(counted), scale, tones)
    height = max(node.y + max(node.height, _ROW) for node in (*inflow, *outcome))
    return Flow(width, height, left, right, inflow, outcome, _bands(counted, inflow, outcome, scale, left, right))


def _outcome_label(state: str, reason: str) -> str:
    return plain(state) if reason == state else f"{plain(state)} · {plain(reason)}"


def _sums(counted: pd.DataFrame, by: str, order: tuple[str, ...]) -> list[tuple[str, int]]:
    sums = counted.groupby(by)["entries"].sum()
    known = [name for name in order if name in sums.index]
    return [(name, int(sums[name])) for name in [*known, *sorted(set(sums.index) - set(known))]]


def _outcome_sums(counted: pd.DataFrame) -> list[tuple[str, int]]:
    sums = counted.groupby(["tone", "outcome"])["entries"].sum().reset_index()
    sums["rank"] = sums["tone"].map(_TONE_ORDER.index)
    sums = sums.sort_values(["rank", "entries", "outcome"], ascending=[True, False, True])
    return [(str(name), int(n)) for name, n in zip(sums["outcome"], sums["entries"], strict=True)]


def _stack(sums: list[tuple[str, int]], scale: float, tones: dict[str, str]) -> tuple[Node, ...]:
    nodes, y = [], 0.0
    for name, entries in sums:
        height = max(entries * scale, 1.0)
        slot = max(height + 4, _ROW)
        top = y + (slot - height) / 2
        nodes.append(Node(name, entries, tones[name], top, height, y + slot / 2))
        y += slot
    return tuple(nodes)


def _bands(
    counted: pd.DataFrame, inflow: tuple[Node, ...], outcome: tuple[Node, ...], scale: float, left: float, right: float
) -> tuple[Band, ...]:
    entries = {(row.inflow, row.outcome): int(str(row.entries)) for row in counted.itertuples()}
    from_y = {node.label: node.y for node in inflow}
    to_y = {node.label: node.y for node in outcome}
    bands = []
    for end in outcome:
        for start in inflow:
            n = entries.get((start.label, end.label), 0)
            if n == 0:
                continue
            width = max(n * scale, 1.0)
            path = _band_path(left, from_y[start.label], right, to_y[end.label], width)
            bands.append(Band(path, end.tone, f"{n:,} {plain(start.label)} → {end.label}"))
            from_y[start.label] += width
            to_y[end.label] += width
    return tuple(bands)


def _band_path(x0: float, y0: float, x1: float, y1: float, width: float) -> str:
    middle = (x0 + x1) / 2
    return (
        f"M{x0:.1f},{y0:.1f} C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f} "
        f"L{x1:.1f},{y1 + width:.1f} C{middle:.1f},{y1 + width:.1f} {middle:.1f},{y0 + width:.1f} "
        f"{x0:.1f},{y0 + width:.1f} Z"
    )
