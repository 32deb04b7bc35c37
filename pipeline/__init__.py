"""Media monitor: from a publisher's feed to a row an analyst can trust.

Stages live in subpackages and do not import each other; `dags/` strings them together.
"""

__version__ = "0.1.0"
