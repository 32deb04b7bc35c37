"""What was taken down: asked by everything that might collect, keep or load it again.

A tombstone names an address (by its `url_key`) or a body (by the sha256 of its unpacked bytes), never a word of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

_LOCK = 7033  # of advisory locks: a takedown holds it alone, loads share it
_ALL = "SELECT url_key, sha256 FROM core.tombstone"
_STAMP = "SELECT count(*), coalesce(max(tombstone_id), 0) FROM core.tombstone"
_AMONG = """
SELECT url_key, sha256 FROM core.tombstone WHERE url_key = ANY(:keys) OR sha256 = ANY(:hashes)
"""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Addresses and bodies that are not to be had again."""

    url_keys: frozenset[str] = frozenset()
    sha256s: frozenset[str] = frozenset()
    stamp: tuple[int, int] = (0, 0)  # changes whenever they do

    def forbid(self, *url_keys: str, sha256: str | None = None) -> bool:
        """True if the body, or one of the addresses it has, was taken down."""
        return sha256 in self.sha256s or not self.url_keys.isdisjoint(url_keys)


def tombstones(connection: Connection, known: Tombstones | None = None) -> Tombstones:
    """All of them; `known` is given back as it is when nothing has changed since."""
    row = connection.execute(text(_STAMP)).one()
    stamp = (int(row[0]), int(row[1]))
    if known is not None and known.stamp == stamp:
        return known
    return _collect(connection, _ALL, {}, stamp)


def tombstones_among(connection: Connection, url_keys: Collection[str], sha256s: Collection[str] = ()) -> Tombstones:
    """Those of these addresses and bodies that were taken down."""
    return _collect(connection, _AMONG, {"keys": sorted(set(url_keys)), "hashes": sorted(set(sha256s))}, (0, 0))


def hold_off_takedowns(connection: Connection) -> None:
    """Until the end of this transaction no takedown happens: what it finds not taken down, it may load."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock_shared({_LOCK})"))


def hold_off_loads(connection: Connection) -> None:
    """Until the end of this transaction nothing is loaded."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _collect(connection: Connection, query: str, values: dict[str, list[str]], stamp: tuple[int, int]) -> Tombstones:
    rows = connection.execute(text(query), values).all()
    keys = frozenset(str(row.url_key) for row in rows if row.url_key is not None)
    return Tombstones(keys, frozenset(str(row.sha256) for row in rows if row.sha256 is not None), stamp)
