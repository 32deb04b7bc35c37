"""Entities: what found a mention, roles, GeoNames ids, and what analysts decided about who is who."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from alembic import op
from sqlalchemy import text

from pipeline.decisions import sealed
from pipeline.records import DecisionAction, EntityDecision

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements beside this file."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    _keep_merges()


def _keep_merges() -> None:
    """Merges were a column until now; as decisions, under the keys that an import gives them, they stay in force."""
    now = datetime.now(UTC)
    for row in op.get_bind().execute(text(_MERGED)).all():
        reason, by = "merged before decisions were kept", "migration"
        merge = EntityDecision(
            "", DecisionAction.MERGE, row.entity_key, row.into_key, row.into_name, None, (), reason, by, now
        )
        op.get_bind().execute(text(_KEEP), asdict(sealed(merge)))


_MERGED = """
SELECT e.entity_key, t.entity_key AS into_key, t.name AS into_name
FROM core.entity e JOIN core.entity t ON t.entity_id = e.merged_into ORDER BY e.entity_key
"""
_KEEP = """
INSERT INTO core.entity_decision
    (decision_key, action, entity_key, into_key, into_name, article_keys, reason, decided_by, decided_at)
VALUES (:decision_key, :action, :entity_key, :into_key, :into_name, '{}', :reason, :decided_by, :decided_at)
"""


def downgrade() -> None:
    """What has been collected since would not fit."""
    raise NotImplementedError("Restore a backup from before the upgrade; `make reset` removes the warehouse.")
