"""Link one run: the mentions of all its batches in, one row per name out, and what English carries over."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import __version__, landing
from pipeline.decisions import Decided
from pipeline.frames import read_records, read_table, write_records
from pipeline.identity import END
from pipeline.link.established import ENGLISH, Reading, established_mentions, established_names
from pipeline.link.join import join_entities
from pipeline.log import event
from pipeline.records import (
    CleanedPage,
    EntityDecision,
    KnownEntity,
    LinkedEntity,
    Maker,
    Mention,
    MovedMention,
    Resolution,
    StageCounts,
)
from pipeline.settings import Settings

RULES_VERSION = "names-3"
"""Changes whenever the same mentions would be joined differently."""


@dataclass(frozen=True, slots=True)
class LinkFiles:
    """URIs of what link reads. The order of the lists does not matter."""

    mentions: Sequence[str]  # tag/*.mention.parquet
    cleaned: Sequence[str]  # clean/*.parquet, for the texts
    resolution: str | None  # resolve/resolution.parquet
    known_entities: str | None  # context/entities.parquet
    decisions: str | None  # context/decisions.parquet


def link_run(files: LinkFiles, out: str) -> StageCounts:
    """Write `entities`, `established.mention` and `moved` (.parquet) of a run into the folder `out`.

    The result depends on the set of mentions, texts and decisions only, not on how they were cut into batches or in
    which order the files are named. Of the known entities (frozen at the start of the run) keys and names are reused.
    Counts are distinct names in and entities out, with how many were joined to a known one.
    """
    known = _read(files.known_entities, KnownEntity)
    decided = Decided(_read(files.decisions, EntityDecision))
    mentions = [m for uri in sorted(set(files.mentions)) for m in read_records(uri, Mention)]
    established = _established(mentions, files, {k.entity_key for k in known})
    linked, moved = join_entities(one_per_span(established, mentions), known, decided)
    write_records(f"{out}/established.mention.parquet", established, Mention)
    write_records(f"{out}/moved.parquet", moved, MovedMention)
    write_records(f"{out}/entities.parquet", linked, LinkedEntity)
    entities = {row.entity_key for row in linked}
    reused = len(entities & {k.entity_key for k in known})
    counts = {"known": reused, "new": len(entities) - reused}
    counts |= {"established": len(established)} if established else {}
    event("linked", out=out, names=len(linked), entities=len(entities), moved=len(moved), **counts)
    return StageCounts(len(linked), len(entities), counts)


def one_per_span(established: Sequence[Mention], tagged: Sequence[Mention]) -> list[Mention]:
    """One mention for each span of an article, by place: the one that load keeps.

    An established one stands in the place of what tagging found there, else the surest, else the first key in the
    alphabet. What load leaves out is no evidence, and no split may move it.
    """
    surest = sorted(established, key=_surest_first) + sorted(tagged, key=_surest_first)
    kept: dict[tuple[str, int, int], Mention] = {}
    for m in surest:
        kept.setdefault((m.article_key, m.start, m.end), m)
    return [kept[place] for place in sorted(kept)]


def _surest_first(m: Mention) -> tuple[float, str]:
    return -m.score, m.entity_key


def _established(mentions: Sequence[Mention], files: LinkFiles, known_keys: set[str]) -> list[Mention]:
    """Mentions that the night's English articles add to those in other languages, in order of article and place."""
    keys = {r.entry_id: r.article_key for r in _read(files.resolution, Resolution) if r.action != END}
    languages = {key: row["language"] for row, key in _texts(files.cleaned, keys, ("language",))}
    names = established_names(mentions, {k for k, language in languages.items() if language == ENGLISH}, known_keys)
    if not names:
        return []
    others = {key for key, language in languages.items() if language not in (ENGLISH, None)}
    by_article: dict[str, list[Mention]] = defaultdict(list)
    for m in mentions:
        if m.article_key in others:
            by_article[m.article_key].append(m)
    readings = (
        Reading(key, row["language"], row["title"] or "", row["text"])
        for row, key in _texts(files.cleaned, keys, ("language", "title", "text"))
        if key in others
    )
    found = established_mentions(readings, names, by_article)
    return sorted(found, key=lambda m: (m.article_key, m.start, m.end))


def _texts(uris: Sequence[str], keys: dict[int, str], columns: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    """Columns of the pages that go on to load, with the key of their article; one file of texts in memory at a time."""
    for uri in sorted(set(uris)):
        table = read_table(uri, CleanedPage).select(["entry_id", *columns])
        for row in table.to_pylist():
            key = keys.get(row["entry_id"])
            if key is not None:
                yield row, key


def _read(uri: str | None, record: type[Any]) -> list[Any]:
    return read_records(uri, record) if uri is not None and landing.exists(uri) else []


def maker(settings: Settings) -> Maker:  # noqa: ARG001 - no setting changes how names are joined; every stage is asked alike
    """The versions that make links: code and rules."""
    parts = ("link", __version__, RULES_VERSION, "")
    return Maker(*parts, digest=hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32])
