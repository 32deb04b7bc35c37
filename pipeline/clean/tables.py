"""The word tables beside this code, as YAML; what each holds, the modules that use it say."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


def load_table(name: str) -> dict[str, Any]:
    """`residue.yml` or another table, read anew at every call; who uses one keeps it."""
    table: dict[str, Any] = YAML(typ="safe").load(files("pipeline.clean").joinpath(name).read_text(encoding="utf-8"))
    return table
