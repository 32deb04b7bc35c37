"""The first schema: raw, core, ops, and an empty mart for dbt."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the frozen statements beside this file."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """There is nothing below the first schema."""
    raise NotImplementedError("The first schema has no schema before it; `make reset` removes the warehouse.")
