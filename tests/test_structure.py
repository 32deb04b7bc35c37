"""The shape of the code: imports go one way, stages stay apart, DAG files stay light."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOUNDATION = {
    "errors", "records", "settings", "frames", "landing", "urls", "log", "folding", "warc", "warc_file", "http", "identity",
    "content_encoding", "content_type", "shown", "decisions", "acronyms", "quick_yaml", "config_file",
}  # fmt: skip
STAGES = {"sources", "discover", "fetch", "clean", "resolve", "tag", "link"}
# What a package may import besides itself and the foundation.
MAY_USE = {
    **{stage: {"warehouse"} for stage in STAGES},
    "discover": {"warehouse", "sources"},  # a source's configuration is what discover and fetch work from
    "fetch": {"warehouse", "sources"},
    "clean": set(),  # pure: landing zone only
    "tag": set(),
    "link": set(),
    "resolve": set(),
    "warehouse": {"sources"},
    "report": {"warehouse"},
    "ops": {*STAGES, "warehouse", "report", "cli"},
    "cli": {*STAGES, "warehouse", "report", "ops"},
}
# Imported inside the function of a command line: the layer above puts stages together.
COMMANDS = {("clean", "cli"), ("tag", "cli"), ("sources", "cli"), ("report", "cli")}


def _modules() -> list[Path]:
    return sorted((ROOT / "pipeline").rglob("*.py"))


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _packages_of_ours(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("pipeline.")} - {"__version__"}


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    inside = path.relative_to(ROOT / "pipeline").with_suffix("").parts
    package = inside[0]
    used = _packages_of_ours(_imports(path)) - {package} - FOUNDATION
    if inside[:2] in COMMANDS or (len(inside) > 1 and inside[1] == "cli"):
        return
    if package in FOUNDATION:
        assert not used, f"the foundation uses {used}"
    elif package != "__init__":
        assert used <= MAY_USE[package], f"{package} must not use {used - MAY_USE[package]}"


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_warehouse_is_the_only_door_to_the_database(path: Path) -> None:
    inside = path.relative_to(ROOT / "pipeline").parts
    if inside[0] in ("warehouse", "ops"):
        return
    names = {name.split(".")[0] for name in _imports(path)}
    assert not names & {"sqlalchemy", "psycopg", "psycopg2", "alembic"}


@pytest.mark.parametrize("stage", ["clean", "resolve", "tag", "link"])
def test_pure_stages_know_no_network_and_no_database(stage: str) -> None:
    for path in sorted((ROOT / "pipeline" / stage).rglob("*.py")):
        if path.stem == "cli" or "cli" in path.parts:
            continue
        names = {name.split(".")[0] for name in _imports(path)}
        assert not names & {"aiohttp", "requests", "urllib3", "httpx", "socket", "sqlalchemy", "psycopg"}, path


def test_dag_files_are_tables_of_contents() -> None:
    for path in sorted((ROOT / "dags").glob("*.py")):
        assert len(path.read_text().splitlines()) < 120, f"{path.name} is long"
