"""Makers: which version of a stage made a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from pipeline.records import Maker

_INSERT = """
INSERT INTO ops.maker (stage, code_version, model_version, settings_digest, digest, first_used_at)
VALUES (:stage, :code_version, :model_version, :settings_digest, :digest, :now)
ON CONFLICT (digest) DO NOTHING
"""


def ensure_makers(connection: Connection, makers: Iterable[Maker], now: datetime) -> dict[str, int]:
    """Digest → maker_id of these makers, with a row for each that has none yet."""
    wanted = {maker.digest: maker for maker in makers}
    known = _ids(connection, wanted)
    for digest in sorted(wanted.keys() - known.keys()):
        maker = wanted[digest]
        connection.execute(
            text(_INSERT),
            {
                "stage": maker.stage,
                "code_version": maker.code_version,
                "model_version": maker.model_version,
                "settings_digest": maker.settings_digest,
                "digest": maker.digest,
                "now": now,
            },
        )
    return known if known.keys() == wanted.keys() else _ids(connection, wanted)


def _ids(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(
        text("SELECT digest, maker_id FROM ops.maker WHERE digest = ANY(:digests)"), {"digests": list(digests)}
    )
    return {row.digest: row.maker_id for row in rows}
