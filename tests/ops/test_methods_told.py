"""Where a field was found, in words: for every method that cleaning can write."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from pipeline.ops.cli.article import METHODS

CLEAN = Path(__file__).resolve().parents[2] / "pipeline" / "clean"
WRITERS = ("titles", "authors", "section", "dates", "stated_dates", "printed_dates", "page")
HAVE_A_METHOD = {"Claim", "StatedDate", "Authorship", "Section", "Tags"}
"""Records whose second field is the method."""


def strings(node: ast.AST) -> set[str]:
    """The texts that an expression may give, either side of its conditions included."""
    match node:
        case ast.Constant(value=str(value)):
            return {value}
        case ast.IfExp(body=body, orelse=other):
            return strings(body) | strings(other)
    return set()


def pairs(node: ast.AST | None) -> Iterator[ast.Tuple]:
    """The tuples that an expression may give."""
    match node:
        case ast.Tuple():
            yield node
        case ast.IfExp(body=body, orelse=other):
            yield from (*pairs(body), *pairs(other))
        case ast.List(elts=elements):
            for element in elements:
                yield from pairs(element)


def methods_in(node: ast.AST) -> set[str]:
    """Methods stand first or last in what is returned or yielded, in a record, or in a variable of their own."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, method, *_]) if name in HAVE_A_METHOD:
            return strings(method)
        case ast.keyword(arg=str(name), value=value) if name.endswith("_method"):
            return strings(value)
        case ast.Assign(targets=[ast.Name(id="kind")], value=value):
            return strings(value)
        case (
            ast.Return(value=value) | ast.Yield(value=value) | ast.Assign(targets=[ast.Name(id="stated")], value=value)
        ):
            return {s for pair in pairs(value) for s in strings(pair.elts[0]) | strings(pair.elts[-1])}
    return set()


def test_every_method_of_cleaning_has_words() -> None:
    trees = [ast.parse((CLEAN / f"{name}.py").read_text(encoding="utf-8")) for name in WRITERS]
    assert {method for tree in trees for node in ast.walk(tree) for method in methods_in(node)} == set(METHODS)
