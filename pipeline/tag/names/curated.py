"""Organisations, places, persons and events of config/entities/: read, checked, given out by name.

One entity is one line: `- {name: …, aliases: [...]}`, with `qid` (Wikidata) and `country` (ISO 3166-1) where certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.tag.lexicon import ENTITY_FOLDER, read_yaml
from pipeline.tag.names.countries import countries
from pipeline.tag.names.known import Known

FILES = {
    "organisations.yml": ("ORG", "organisation"),
    "places.yml": ("LOC", "place"),
    "persons.yml": ("PER", "person"),
    "events.yml": ("EVENT", "event"),
}
"""File → kind of entity and what it is."""

_KEYS = frozenset({"name", "qid", "country", "aliases"})
_QID = re.compile(r"Q[1-9]\d*")


@lru_cache(maxsize=1)
def curated_names() -> tuple[tuple[str, Known], ...]:
    """Each name and alias with its entity. ConfigError, naming file and entity, for what cannot be meant so."""
    return tuple(read_curated(ENTITY_FOLDER))


def read_curated(folder: Path) -> list[tuple[str, Known]]:
    """The files of a folder; see `curated_names`."""
    pairs: list[tuple[str, Known]] = []
    owners: dict[str, str] = {}
    qids: dict[str, str] = {}
    for file, (kind, what) in FILES.items():
        for entry in _entries(folder / file):
            known = _known(file, entry, kind, what)
            where = f"config/entities/{file}: {known.name}"
            _claim(qids, known.qid, where, "stands for one entity")
            for name in dict.fromkeys((known.name, *_aliases(where, entry))):
                _claim(owners, name, where, "may lead to one entity; keep it where it is meant most")
                pairs.append((name, known))
    return pairs


def _entries(path: Path) -> Iterator[Any]:
    raw = read_yaml(path)
    if not isinstance(raw, list):
        raise ConfigError(f"config/entities/{path.name}: must be a list of entities, each a line that begins with '- '")
    yield from raw


def _known(file: str, entry: Any, kind: str, what: str) -> Known:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ConfigError(f"config/entities/{file}: {entry!r} has no name; write `- {{name: …, aliases: […]}}`")
    where = f"config/entities/{file}: {name}"
    unknown = set(entry) - _KEYS
    if unknown:
        raise ConfigError(f"{where}: unknown {', '.join(sorted(map(str, unknown)))}; known are {sorted(_KEYS)}")
    qid, country = entry.get("qid"), entry.get("country")
    if qid is not None and not _QID.fullmatch(str(qid)):
        raise ConfigError(f"{where}: qid {qid!r} is not of the form Q42; leave it out if you are not certain")
    if country is not None and country not in countries():
        raise ConfigError(
            f'{where}: country {country!r} is no ISO 3166-1 code in use (two capitals; NO needs quotes: "NO")'
        )
    return Known(kind, name, what, qid, country)


def _aliases(where: str, entry: dict[str, Any]) -> list[str]:
    aliases = entry.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(a, str) and a.strip() for a in aliases):
        raise ConfigError(f"{where}: aliases must be a list of names in brackets; put names like NO or 42 in quotes")
    return aliases


def _claim(owners: dict[str, str], claimed: str | None, where: str, why: str) -> None:
    if claimed is None:
        return
    if owners.setdefault(claimed, where) != where:
        raise ConfigError(f"{where}: {claimed!r} is taken by {owners[claimed]}; it {why}")
