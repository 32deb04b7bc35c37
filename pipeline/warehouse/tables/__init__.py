"""SQLAlchemy tables of the schemas `raw`, `core` and `ops` (dbt owns `mart`).

Every table and column carries a comment: the data dictionary is generated from the database.
"""

from pipeline.warehouse.tables import core, ops, raw
from pipeline.warehouse.tables.base import PARTITIONED, metadata

__all__ = ["PARTITIONED", "core", "metadata", "ops", "raw"]
