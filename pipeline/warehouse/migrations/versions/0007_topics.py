"""Topics: their Wikidata ids."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements beside this file."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """What has been collected since would not fit."""
    raise NotImplementedError("Restore a backup from before the upgrade; `make reset` removes the warehouse.")
