"""Link one run: the mentions of all its batches in, one row per entity out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from pipeline import __version__, landing
from pipeline.frames import read_records, write_records
from pipeline.link.join import join_entities
from pipeline.log import event
from pipeline.records import KnownEntity, LinkedEntity, Maker, Mention, StageCounts
from pipeline.settings import Settings

RULES_VERSION = "names-1"
"""Changes whenever the same mentions would be joined differently."""


def link_run(mention_uris: Sequence[str], known_entities_uri: str | None, out_uri: str) -> StageCounts:
    """Join the entities of a run across its articles and write LinkedEntity rows to `out_uri`, sorted by local key.

    The result depends on the set of mentions only, not on how they were cut into batches or in which order the
    files are named. `known_entities_uri` (KnownEntity rows frozen at the start of the run) gives the keys to reuse.
    Counts are distinct names in and entities out, with how many were joined to a known one.
    """
    known = _known(known_entities_uri)
    linked = join_entities(_mentions(mention_uris), known)
    write_records(out_uri, linked, LinkedEntity)
    entities = {row.entity_key for row in linked}
    reused = len(entities & {k.entity_key for k in known})
    event("linked", out=out_uri, names=len(linked), entities=len(entities), known=reused)
    return StageCounts(len(linked), len(entities), {"known": reused, "new": len(entities) - reused})


def _mentions(uris: Sequence[str]) -> Iterator[Mention]:
    for uri in sorted(set(uris)):
        yield from read_records(uri, Mention)


def _known(uri: str | None) -> list[KnownEntity]:
    return read_records(uri, KnownEntity) if uri is not None and landing.exists(uri) else []


def maker(settings: Settings) -> Maker:  # noqa: ARG001 - no setting changes how names are joined; every stage is asked alike
    """The versions that make links: code and rules."""
    parts = ("link", __version__, RULES_VERSION, "")
    return Maker(*parts, digest=hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32])
